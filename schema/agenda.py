"""The member's agenda: a window of their calendar, or one event."""

from typing import Annotated

import strawberry

from app.agenda.pages import page_of
from app.agenda.values import AgendaResult as FoundAgenda
from app.agenda.values import CalendarSelection
from schema.asked import AGENDA_EVENTS, page_of_agenda, parts_of_agenda, parts_of_event
from schema.context import Info
from schema.enums import describe
from schema.errors import CalendarProblem, InvalidInput, NotFound, Problem, problem_of
from schema.events import Event, event_of
from schema.fields import computed_field, context_field
from schema.paging import After, Connection, First, connection_of, page_request
from schema.permissions import member_field
from schema.windows import From, To

describe(
    CalendarSelection,
    "Which of the viewer's calendars an agenda shows.",
    {
        CalendarSelection.DEFAULT: "The default calendar alone.",
        CalendarSelection.ALL_OWNED: "Every calendar that the viewer owns, read side by side.",
    },
)


@strawberry.type(description="The events of a window, and what could not be read.")
class Agenda:
    source: strawberry.Private[FoundAgenda]

    @context_field(description="The events that overlap the window, series expanded, in order of their start.")
    def events(self, info: Info, first: First = 50, after: After = None) -> Connection[Event]:
        page = page_of(self.source, page_request(info, AGENDA_EVENTS, first, after))
        return connection_of(AGENDA_EVENTS, page, event_of)

    @computed_field(description="What is missing from a partial answer, such as a calendar that cannot be read.")
    def problems(self) -> list[Problem]:
        return [problem_of(error) for error in self.source.problems]


AgendaResult = Annotated[
    Agenda | InvalidInput | NotFound | CalendarProblem,
    strawberry.union("AgendaResult", description="The agenda, or why there is none."),
]

EventResult = Annotated[
    Event | NotFound | InvalidInput | CalendarProblem,
    strawberry.union("EventResult", description="The event as it is now, or why it is not shown."),
]


@strawberry.type
class AgendaQueries:
    @member_field(
        description=(
            "The events of a window of at most 62 days in the viewer's own calendar, read from the suite with their "
            "own consent. Needs a connected calendar."
        )
    )
    async def agenda(
        self,
        info: Info,
        start: From,
        end: To,
        calendars: Annotated[
            CalendarSelection, strawberry.argument(description="Which of the viewer's calendars to read.")
        ] = CalendarSelection.DEFAULT,
    ) -> AgendaResult:
        context = info.context
        found = await context.services.agenda.agenda(
            context.member, start, end, calendars, parts=parts_of_agenda(info), page=page_of_agenda(info)
        )
        return Agenda(source=found)

    @member_field(description="One event of the viewer's own calendar, read from the suite at this moment.")
    async def event(
        self,
        info: Info,
        event_id: Annotated[strawberry.ID, strawberry.argument(name="id", description="The event's id.")],
    ) -> EventResult:
        context = info.context
        mailbox_id = context.ids.open_event(event_id)
        parts = parts_of_event(info)
        return event_of(await context.services.agenda.event(context.member, mailbox_id, parts=parts))
