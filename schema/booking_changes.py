"""Changing what was booked: another room in the place of one that said no, or another time."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.bookings.commands import CancelScope, ReplaceRoom, RescheduleBooking
from app.suites.events import NewTime
from schema.booking_steps import SCOPE_FIELDS
from schema.bookings import RoomBooking, booking_of
from schema.context import Info
from schema.errors import (
    BookingClosed,
    CalendarProblem,
    EventChanged,
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    NotOrganiser,
    RoomNotBookable,
    RoomNotPaired,
)
from schema.ids import NodeKind
from schema.optional import when_present
from schema.permissions import member_mutation
from schema.scalars import TimeZone


@strawberry.input(description="Another room in the place of a booking's.")
class ReplaceRoomInput:
    booking_id: strawberry.ID = strawberry.field(description="The id of one of the viewer's own bookings.")
    room_id: strawberry.ID = strawberry.field(
        description="The room to ask instead, by its id; `roomSuggestions` names free ones."
    )
    scope: CancelScope | None = strawberry.field(description=SCOPE_FIELDS["scope"], default=None)
    occurrence_id: strawberry.ID | None = strawberry.field(description=SCOPE_FIELDS["occurrence_id"], default=None)
    idempotency_key: str | None = strawberry.field(
        description=(
            "1 to 64 characters of the client's choice: a repeat under the same key reads the booking anew, even where "
            "the new room has said no meanwhile. Null: a repeat asks the same room again only where it is not there."
        ),
        default=None,
    )


@strawberry.type(description="The other room is asked, and the one before is let go.")
class RoomReplaced:
    booking: RoomBooking = strawberry.field(
        description="The booking as it stands now: pending with its new room, or on the dates that were meant."
    )


@strawberry.input(description="Another time for what a booking is for.")
class RescheduleBookingInput:
    booking_id: strawberry.ID = strawberry.field(description="The id of one of the viewer's own bookings.")
    start: datetime = strawberry.field(
        description=(
            "When it starts instead, an instant that is not past. Of a whole series: the new time on any one of its "
            "coming dates; the series keeps its days. With `THIS_AND_FOLLOWING`: when the named date starts instead."
        )
    )
    end: datetime = strawberry.field(description="When it ends instead, an instant after the start.")
    time_zone: TimeZone = strawberry.field(description="The zone of the new time; a series repeats by its clock.")
    scope: CancelScope | None = strawberry.field(
        description=(
            f"{SCOPE_FIELDS['scope']} With `THIS_AND_FOLLOWING` every later date gets the same shift of day and time "
            "of day in `timeZone`, and the same length. The shift is counted from where the series itself has each "
            "date, also for one that had been moved by itself; dates on which the room was let go stay where they are."
        ),
        default=None,
    )
    occurrence_id: strawberry.ID | None = strawberry.field(description=SCOPE_FIELDS["occurrence_id"], default=None)


@strawberry.type(description="The event takes place at the new time, and its rooms are asked for that.")
class BookingRescheduled:
    booking: RoomBooking = strawberry.field(
        description="The booking as it stands now; the other rooms of the event are pending again, too."
    )


RescheduleBookingResult = Annotated[
    BookingRescheduled | InvalidInput | NotFound | BookingClosed | NotOrganiser | EventChanged | CalendarProblem,
    strawberry.union("RescheduleBookingResult", description="The booking at its new time, or why it stays."),
]
ReplaceRoomResult = Annotated[
    RoomReplaced
    | InvalidInput
    | NotFound
    | BookingClosed
    | RoomNotPaired
    | RoomNotBookable
    | NotOrganiser
    | EventChanged
    | IdempotencyKeyReused
    | CalendarProblem,
    strawberry.union("ReplaceRoomResult", description="The booking with its new room, or why it keeps the one it has."),
]


@strawberry.type
class BookingChangeMutations:
    @member_mutation(
        description=(
            "Move what a room is booked for to another time: the event, one date of a series, a date and those that "
            "follow (at most 100 together), or the whole series on the same days, which forgets what was changed on "
            "single dates. Every room of it is asked anew. A date and those that follow are moved one by one: where "
            "one fails, those that were reached stay moved, and the same request repeated goes on."
        )
    )
    async def reschedule_booking(
        self,
        info: Info,
        command: Annotated[
            RescheduleBookingInput, strawberry.argument(name="input", description="What to move, and when it is then.")
        ],
    ) -> RescheduleBookingResult:
        ids = info.context.ids
        row = await info.context.services.bookings.reschedule(
            info.context.member,
            RescheduleBooking(
                booking_id=ids.open(NodeKind.ROOM_BOOKING, command.booking_id),
                time=NewTime(start=command.start, end=command.end, time_zone=command.time_zone),
                scope=command.scope,
                occurrence_id=when_present(
                    command.occurrence_id, lambda id_: ids.open(NodeKind.BOOKING_OCCURRENCE, id_)
                ),
            ),
        )
        return BookingRescheduled(booking=booking_of(row))

    @member_mutation(
        description=(
            "Put another room in the place of a booking's, in one change at the suite: for the event, the series, one "
            "date of it, or a date and at most 100 that follow. From then on only the new room's answer counts. After "
            "`SuiteUnavailable` the outcome is open: repeat the request."
        )
    )
    async def replace_room(
        self,
        info: Info,
        command: Annotated[ReplaceRoomInput, strawberry.argument(name="input", description="Which room, and where.")],
    ) -> ReplaceRoomResult:
        ids = info.context.ids
        row = await info.context.services.bookings.replace(
            info.context.member,
            ReplaceRoom(
                booking_id=ids.open(NodeKind.ROOM_BOOKING, command.booking_id),
                room_id=ids.open(NodeKind.ROOM, command.room_id),
                scope=command.scope,
                occurrence_id=when_present(
                    command.occurrence_id, lambda id_: ids.open(NodeKind.BOOKING_OCCURRENCE, id_)
                ),
                idempotency_key=command.idempotency_key,
            ),
        )
        return RoomReplaced(booking=booking_of(row))
