"""What members say on events: our own data, which the suite never hears of."""

from typing import Annotated

import strawberry

from schema.context import Info
from schema.errors import CalendarProblem, InvalidInput, NotFound
from schema.events import AttendanceKind, Event, event_of
from schema.permissions import member_mutation

_ON_WHAT = (
    "An event of the viewer's own calendar, one date of a series, or a series. What is set on a series stands on the "
    "series alone, never on its dates, and what is set on a date on that date alone."
)
_WHO_SEES = (
    "Seen only by colleagues whose own calendar shows them this event, and unknown to the suite. It stays with the "
    "event when that moves, with a date too when its series moves to another hour of its days; a date that comes in "
    "another's place, as on other days or in a series of its own, begins without it. It is erased when the viewer "
    "disconnects their calendar, thirty days after the event was found over or gone, and when the integration's "
    "consents are erased."
)


@strawberry.input(description="How the viewer attends an event.")
class SetAttendanceInput:
    event_id: strawberry.ID = strawberry.field(description=_ON_WHAT)
    kind: AttendanceKind | None = strawberry.field(
        description="In person or remote; null takes back what was said before.", default=None
    )


@strawberry.type(description="Colleagues on the event see how the viewer attends, or that they say nothing of it.")
class AttendanceSet:
    event: Event = strawberry.field(description="The event as the suite shows it now, with what everybody said.")


SetAttendanceResult = Annotated[
    AttendanceSet | InvalidInput | NotFound | CalendarProblem,
    strawberry.union("SetAttendanceResult", description="The event, or why nothing was set."),
]


@strawberry.input(description="A note on an event for colleagues.")
class SetEventNoteInput:
    event_id: strawberry.ID = strawberry.field(description=_ON_WHAT)
    text: str | None = strawberry.field(
        description=(
            "Plain text of at most 2,000 characters, without control characters but tabs and line breaks; blanks "
            "around it are cut off. Null, or nothing but blanks, takes the viewer's note back."
        ),
        default=None,
    )


@strawberry.type(description="Colleagues on the event see the note, or that there is none of the viewer's any more.")
class EventNoteSet:
    event: Event = strawberry.field(description="The event as the suite shows it now, with everybody's notes.")


SetEventNoteResult = Annotated[
    EventNoteSet | InvalidInput | NotFound | CalendarProblem,
    strawberry.union("SetEventNoteResult", description="The event, or why nothing was noted."),
]


@strawberry.type
class OwnDataMutations:
    @member_mutation(
        description=(
            "Say how the viewer attends an event, in person or remote; saying it again replaces it. Needs a connected "
            "calendar. A cancelled event is `InvalidInput`. " + _WHO_SEES
        )
    )
    async def set_attendance(
        self,
        info: Info,
        command: Annotated[SetAttendanceInput, strawberry.argument(name="input", description="What to say.")],
    ) -> SetAttendanceResult:
        ids, kind = info.context.ids, command.kind
        event = await info.context.services.own_data.set_attendance(
            info.context.member,
            ids.open_event(command.event_id),
            None if kind is None else kind is AttendanceKind.IN_PERSON,
        )
        return AttendanceSet(event=event_of(event))

    @member_mutation(
        description=(
            "Leave a note on an event for colleagues of the organisation, one for each member; writing again replaces "
            "it. Needs a connected calendar. A cancelled event is `InvalidInput`. The text is kept encrypted. "
            + _WHO_SEES
        )
    )
    async def set_event_note(
        self,
        info: Info,
        command: Annotated[SetEventNoteInput, strawberry.argument(name="input", description="What to note.")],
    ) -> SetEventNoteResult:
        ids = info.context.ids
        event = await info.context.services.own_data.set_note(
            info.context.member, ids.open_event(command.event_id), command.text
        )
        return EventNoteSet(event=event_of(event))
