"""Changing what was booked: another room in the place of one that said no."""

from typing import Annotated

import strawberry

from app.bookings.commands import CancelScope, ReplaceRoom
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
        return RoomReplaced(booking=booking_of(ids, row))
