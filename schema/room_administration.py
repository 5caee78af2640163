"""What an administrator does with rooms that are there: override details, pair, unpair, remove."""

from typing import Annotated

import strawberry

from app.rooms.administration import DetailChanges
from app.rooms.details import RoomDetail
from schema.context import Info
from schema.errors import (
    ConfirmationRequired,
    ConfirmationStale,
    ConnectionBlocked,
    ConnectionRequired,
    IntegrationUnavailable,
    InvalidInput,
    NotFound,
    Problem,
    ReconnectRequired,
    RoomAddressTaken,
    RoomAddressUnknown,
    SuiteNotConfigured,
    SuiteUnavailable,
    problem_of,
)
from schema.ids import NodeKind
from schema.permissions import administrator_mutation
from schema.rooms import Room, room_of

_TAKEN_BACK = "null takes an override back, left out nothing changes"


@strawberry.input(description="What to say of a room instead of what the suite says.")
class UpdateRoomInput:
    room_id: strawberry.ID = strawberry.field(description="The room's id.")
    name: strawberry.Maybe[str | None] = strawberry.field(
        description=f"What to call it, one line of 1 to 256 characters; {_TAKEN_BACK}.", default=None
    )
    building: strawberry.Maybe[str | None] = strawberry.field(
        description=f"The building's name, at most 256 characters, empty for none; {_TAKEN_BACK}.", default=None
    )
    floor: strawberry.Maybe[str | None] = strawberry.field(
        description=f"The floor's name, at most 64 characters, empty for none; {_TAKEN_BACK}.", default=None
    )
    capacity: strawberry.Maybe[int | None] = strawberry.field(
        description=f"How many people it takes, 1 to 100,000; {_TAKEN_BACK}.", default=None
    )
    equipment: strawberry.Maybe[list[str] | None] = strawberry.field(
        description=f"What is in it, at most 50 pieces of at most 100 characters; {_TAKEN_BACK}.", default=None
    )
    is_accessible: strawberry.Maybe[bool | None] = strawberry.field(
        description=f"Whether it can be reached with a wheelchair; {_TAKEN_BACK}.", default=None
    )
    is_bookable: strawberry.Maybe[bool | None] = strawberry.field(
        description=f"Whether members can book it; {_TAKEN_BACK}.", default=None
    )

    def changes(self) -> DetailChanges:
        """What the room service takes."""
        given = {
            RoomDetail.NAME: self.name,
            RoomDetail.BUILDING: self.building,
            RoomDetail.FLOOR: self.floor,
            RoomDetail.CAPACITY: self.capacity,
            RoomDetail.EQUIPMENT: self.equipment,
            RoomDetail.ACCESSIBILITY: self.is_accessible,
            RoomDetail.BOOKABLE: self.is_bookable,
        }
        return {detail: change.value for detail, change in given.items() if change is not None}


@strawberry.input(description="Which room to pair.")
class PairRoomInput:
    room_id: strawberry.ID = strawberry.field(description="The room's id.")
    email: str | None = strawberry.field(
        description="Another email address for it, where the suite gave it one; null: its own.", default=None
    )


@strawberry.input(description="Which room to unpair.")
class UnpairRoomInput:
    room_id: strawberry.ID = strawberry.field(description="The room's id.")


@strawberry.input(description="Which room to remove, and what was shown of it.")
class RemoveRoomInput:
    room_id: strawberry.ID = strawberry.field(description="The room's id.")
    confirmation: str | None = strawberry.field(
        description="From `ConfirmationRequired` or `ConfirmationStale`; null asks what removing it would do.",
        default=None,
    )


@strawberry.type(description="The open bookings of a room, in numbers.")
class RoomBookingFigures:
    pending: int = strawberry.field(description="How many wait for the room's answer.")
    accepted: int = strawberry.field(description="How many the room has accepted.")


@strawberry.type(description="The room is said to be so.")
class RoomUpdated:
    room: Room = strawberry.field(description="The room as it is now.")


@strawberry.type(description="The room is tied to the suite by its email address.")
class RoomPaired:
    room: Room = strawberry.field(description="The room as it is now.")
    problems: list[Problem] = strawberry.field(
        description="Why its address could not be checked; empty where the suite knows it."
    )


@strawberry.type(description="The room is not paired any more, and no sync pairs it again.")
class RoomUnpaired:
    room: Room = strawberry.field(description="The room as it is now.")
    bookings: RoomBookingFigures = strawberry.field(description="Its open bookings, which stay.")
    consequences: list[str] = strawberry.field(description="What that does, a sentence each, for people.")


@strawberry.type(description="The room is gone, and its bookings are closed.")
class RoomRemoved:
    room: Room = strawberry.field(description="The room as it was.")
    closed_bookings: RoomBookingFigures = strawberry.field(
        description="The bookings that were closed with it; their members are told, of rejected ones too."
    )


UpdateRoomResult = Annotated[
    RoomUpdated | InvalidInput | NotFound,
    strawberry.union("UpdateRoomResult", description="The room, or why nothing was changed."),
]
PairRoomResult = Annotated[
    RoomPaired
    | InvalidInput
    | NotFound
    | RoomAddressTaken
    | RoomAddressUnknown
    | ConnectionRequired
    | ReconnectRequired
    | ConnectionBlocked
    | IntegrationUnavailable
    | SuiteNotConfigured
    | SuiteUnavailable,
    strawberry.union("PairRoomResult", description="The room, or why it was not paired."),
]
UnpairRoomResult = Annotated[
    RoomUnpaired | NotFound,
    strawberry.union("UnpairRoomResult", description="The room, or why there is none."),
]
RemoveRoomResult = Annotated[
    RoomRemoved | NotFound | ConfirmationRequired | ConfirmationStale,
    strawberry.union("RemoveRoomResult", description="What was removed, or why nothing was."),
]


@strawberry.type
class RoomAdministrationMutations:
    @administrator_mutation(
        description=(
            "Override details of a room. What is said here holds everywhere, survives every sync, and never reaches "
            "the suite's directory; `Room.suiteDetails` goes on showing what the suite says."
        )
    )
    async def update_room(
        self,
        info: Info,
        command: Annotated[
            UpdateRoomInput, strawberry.argument(name="input", description="Which one, and what is said of it.")
        ],
    ) -> UpdateRoomResult:
        context = info.context
        room_id = context.ids.open(NodeKind.ROOM, command.room_id)
        room = await context.services.room_administration.update(context.member, room_id, command.changes())
        return RoomUpdated(room=room_of(room))

    @administrator_mutation(
        description=(
            "Pair a room that was unpaired or that the directory does not list, after asking the suite about its email "
            "address with the administrator's own calendar."
        )
    )
    async def pair_room(
        self,
        info: Info,
        command: Annotated[
            PairRoomInput, strawberry.argument(name="input", description="Which one, and by which address.")
        ],
    ) -> PairRoomResult:
        context = info.context
        room_id = context.ids.open(NodeKind.ROOM, command.room_id)
        paired = await context.services.room_administration.pair(context.member, room_id, command.email)
        return RoomPaired(room=room_of(paired.room), problems=[problem_of(problem) for problem in paired.problems])

    @administrator_mutation(
        description=(
            "Unpair a room: nobody can book it until `pairRoom`, whatever a sync finds. Its details and its bookings "
            "stay."
        )
    )
    async def unpair_room(
        self,
        info: Info,
        command: Annotated[
            UnpairRoomInput, strawberry.argument(name="input", description="Which one nobody is to book.")
        ],
    ) -> UnpairRoomResult:
        context = info.context
        room_id = context.ids.open(NodeKind.ROOM, command.room_id)
        unpaired = await context.services.room_administration.unpair(context.member, room_id)
        figures = RoomBookingFigures(pending=unpaired.figures.pending, accepted=unpaired.figures.accepted)
        return RoomUnpaired(room=room_of(unpaired.room), bookings=figures, consequences=list(unpaired.consequences))

    @administrator_mutation(
        description=(
            "Remove a room from the organisation's. Asked without a confirmation it says what that does to bookings; "
            "confirmed, they are closed and their members told. No sync brings the room back, `createRoom` does."
        )
    )
    async def remove_room(
        self,
        info: Info,
        command: Annotated[
            RemoveRoomInput, strawberry.argument(name="input", description="The room, and the confirmation.")
        ],
    ) -> RemoveRoomResult:
        context = info.context
        room_id = context.ids.open(NodeKind.ROOM, command.room_id)
        removed = await context.services.room_administration.remove(context.member, room_id, command.confirmation)
        figures = RoomBookingFigures(pending=removed.figures.pending, accepted=removed.figures.accepted)
        return RoomRemoved(room=room_of(removed.room), closed_bookings=figures)
