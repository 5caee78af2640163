"""Answering invitations."""

from typing import Annotated

import strawberry

from app.agenda.responding import AnswerScope, InvitationAnswer, RespondToEvent
from schema.context import Info
from schema.enums import describe
from schema.errors import CalendarProblem, EventChanged, InvalidInput, NotFound
from schema.events import Event, event_of
from schema.optional import when_present
from schema.permissions import member_mutation

describe(
    InvitationAnswer,
    "What a person can answer to an invitation.",
    {
        InvitationAnswer.ACCEPT: "They come.",
        InvitationAnswer.TENTATIVE: "They come with reservation.",
        InvitationAnswer.DECLINE: "They do not come.",
    },
)
describe(
    AnswerScope,
    "How much of a series an answer is for.",
    {
        AnswerScope.OCCURRENCE: "The one date that the event's id names.",
        AnswerScope.SERIES: (
            "The whole series, also where the id names one of its dates. A date that was answered by itself may keep "
            "its own answer: the suite decides."
        ),
    },
)


@strawberry.input(description="An answer to an invitation.")
class RespondToEventInput:
    event_id: strawberry.ID = strawberry.field(
        description="An event of the viewer's own calendar that somebody else organises."
    )
    response: InvitationAnswer = strawberry.field(description="What to answer.")
    comment: str | None = strawberry.field(
        description="Words for the organiser, plain text of at most 1,000 characters; null for none.", default=None
    )
    scope: AnswerScope | None = strawberry.field(
        description="For a series: one date or all of it; null for exactly what the id names.", default=None
    )


@strawberry.type(description="The organiser is told the answer.")
class EventResponded:
    event: Event | None = strawberry.field(
        description=(
            "The event that the id names, read anew; null where the suite took it out of the calendar, as Microsoft "
            "365 does with what was declined, and where it does not show it at the moment."
        )
    )


RespondToEventResult = Annotated[
    EventResponded | InvalidInput | NotFound | EventChanged | CalendarProblem,
    strawberry.union("RespondToEventResult", description="What was answered, or why nothing was."),
]


@strawberry.type
class RespondingMutations:
    @member_mutation(
        description=(
            "Accept, tentatively accept or decline an invitation in the viewer's own calendar, for one date or for the "
            "series. Needs a connected calendar. Answering again replaces the answer; an event of the viewer's own is "
            "`InvalidInput`."
        )
    )
    async def respond_to_event(
        self,
        info: Info,
        command: Annotated[RespondToEventInput, strawberry.argument(name="input", description="What to answer.")],
    ) -> RespondToEventResult:
        ids = info.context.ids
        event = await info.context.services.agenda.respond(
            info.context.member,
            RespondToEvent(
                mailbox_id=ids.open_event(command.event_id),
                answer=command.response,
                comment=command.comment,
                scope=command.scope,
            ),
        )
        return EventResponded(event=when_present(event, lambda found: event_of(found)))
