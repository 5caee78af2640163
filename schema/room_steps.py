"""What an administrator does with rooms: enter one by its email address."""

from typing import Annotated

import strawberry

from app.rooms.entry import NewRoom
from schema.context import Info
from schema.errors import (
    ConnectionBlocked,
    ConnectionRequired,
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    Problem,
    ReconnectRequired,
    RoomAddressTaken,
    RoomAddressUnknown,
    SuiteUnavailable,
    problem_of,
)
from schema.permissions import administrator_mutation
from schema.rooms import Room, room_of


@strawberry.input(description="A room that is entered by hand.")
class CreateRoomInput:
    email: str = strawberry.field(description="Its email address in the suite: what invitations go to.")
    name: str = strawberry.field(description="What to call it, one line of 1 to 256 characters.")
    building: str | None = strawberry.field(
        description="The building's name, at most 256 characters; null where unknown.", default=None
    )
    floor: str | None = strawberry.field(
        description="The floor's name, at most 64 characters; null where unknown.", default=None
    )
    capacity: int | None = strawberry.field(
        description="How many people it takes, 1 to 100,000; null where unknown.", default=None
    )
    equipment: list[str] = strawberry.field(
        description="What is in it, at most 50 pieces of at most 100 characters.", default_factory=list
    )
    idempotency_key: str = strawberry.field(
        description="1 to 64 characters of the client's choice. A repeat under the same key enters nothing twice."
    )


@strawberry.type(description="The room is entered.")
class RoomCreated:
    room: Room = strawberry.field(description="The room: `PAIRED` where the suite could be asked, else `UNPAIRED`.")
    problems: list[Problem] = strawberry.field(
        description="Why it is not paired, or why its address could not be checked; empty otherwise, and for a repeat."
    )


CreateRoomResult = Annotated[
    RoomCreated
    | InvalidInput
    | NotFound
    | IdempotencyKeyReused
    | RoomAddressTaken
    | RoomAddressUnknown
    | ConnectionRequired
    | ReconnectRequired
    | ConnectionBlocked
    | SuiteUnavailable,
    strawberry.union("CreateRoomResult", description="The room, or why there is none: then nothing was done."),
]


@strawberry.type
class RoomMutations:
    @administrator_mutation(
        description=(
            "Enter a room by its email address, with or without a room directory. While the integration is enabled and "
            "the administrator's own calendar connected, the suite is asked about the address and the room is paired. "
            "A room that the directory lists later takes the directory's details over. Repeated under the same key, it "
            "reads the room anew."
        )
    )
    async def create_room(
        self,
        info: Info,
        command: Annotated[CreateRoomInput, strawberry.argument(name="input", description="The room, as you know it.")],
    ) -> CreateRoomResult:
        context = info.context
        wanted = NewRoom(
            address=command.email,
            name=command.name,
            building=command.building,
            floor=command.floor,
            capacity=command.capacity,
            equipment=tuple(command.equipment),
        )
        entered = await context.services.rooms.create(context.member, wanted, command.idempotency_key)
        return RoomCreated(room=room_of(entered.room), problems=[problem_of(problem) for problem in entered.problems])
