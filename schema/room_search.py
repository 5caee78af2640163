"""Finding a room: those that are free in a window, and the suite's own directory."""

from typing import Annotated

import strawberry

from app.paging import page_of
from app.rooms.availability import AvailableRoom as FoundRoom
from app.rooms.service import AvailableRooms as FoundRooms
from app.rooms.service import SuiteRooms as DirectoryRooms
from app.suites.events import Availability
from app.suites.events import SuiteRoom as DirectoryRoom
from schema.context import Info
from schema.errors import (
    ConnectionBlocked,
    ConnectionRequired,
    IntegrationUnavailable,
    InvalidInput,
    PermissionMissing,
    Problem,
    ReconnectRequired,
    SuiteNotConfigured,
    SuiteUnavailable,
    problem_of,
)
from schema.fields import computed_field, context_field
from schema.paging import After, Connection, First, connection_of, page_request
from schema.permissions import administrator_field, member_field
from schema.rooms import Filter, Room, filter_of, room_of
from schema.windows import From, To

_AVAILABLE = "AvailableRooms.rooms"
_DIRECTORY = "SuiteRooms.rooms"
_REMINDER = "A free room may still decline: the suite's booking rules cannot be read beforehand."


@strawberry.type(description="A room, and whether it is free in the window that was asked about.")
class AvailableRoom:
    room: Room = strawberry.field(description="One of the organisation's paired rooms.")
    availability: Availability = strawberry.field(description="Whether it is free during the whole window.")
    problem: Problem | None = strawberry.field(
        description="Why it is not known whether this room is free; null where it is known."
    )


@strawberry.type(description="Rooms that could be booked, and what could not be learned.")
class AvailableRooms:
    source: strawberry.Private[FoundRooms]
    reminder: str = strawberry.field(description="What to tell the member beside a free room, in words.")

    @context_field(
        description=(
            "The best fit first: free before unknown before busy, then those in the preferred building, then the "
            "smallest that suffices."
        )
    )
    def rooms(self, info: Info, first: First = 50, after: After = None) -> Connection[AvailableRoom]:
        found = self.source.rooms
        page = page_of(found, page_request(info, _AVAILABLE, first, after), lambda entry: entry.room.id.bytes)
        return connection_of(_AVAILABLE, page, _available_room_of)

    @computed_field(
        description="Why the availability of some rooms is unknown, each reason once; empty where every room was told."
    )
    def problems(self) -> list[Problem]:
        return [problem_of(error) for error in self.source.problems]


@strawberry.type(description="A room as the suite's own directory describes it, whether or not it is one of ours.")
class SuiteRoom:
    name: str = strawberry.field(description="What the directory calls it.")
    email: str = strawberry.field(description="Its email address, lower case.")
    building: str | None = strawberry.field(description="The building's name; null where the directory has none.")
    floor: str | None = strawberry.field(description="The floor's name; null where the directory has none.")
    capacity: int | None = strawberry.field(description="How many people it takes; null where unknown.")
    equipment: list[str] = strawberry.field(description="What is in it, as the directory spells it.")
    is_accessible: bool | None = strawberry.field(
        description="Whether it can be reached with a wheelchair; null where unknown."
    )
    is_bookable: bool = strawberry.field(description="False where the suite reserves it so that nobody can book it.")


@strawberry.type(description="Rooms of the suite's directory, and what could not be learned.")
class SuiteRooms:
    source: strawberry.Private[DirectoryRooms]

    @context_field(description="The rooms that match, by name.")
    def rooms(self, info: Info, first: First = 50, after: After = None) -> Connection[SuiteRoom]:
        page = page_of(
            self.source.rooms, page_request(info, _DIRECTORY, first, after), lambda entry: entry.address.encode()
        )
        return connection_of(_DIRECTORY, page, _suite_room_of)

    @computed_field(description="What is missing from a partial answer; empty where the directory was read whole.")
    def problems(self) -> list[Problem]:
        return [problem_of(error) for error in self.source.problems]


AvailableRoomsResult = Annotated[
    AvailableRooms
    | InvalidInput
    | ConnectionRequired
    | ReconnectRequired
    | ConnectionBlocked
    | IntegrationUnavailable
    | SuiteNotConfigured,
    strawberry.union("AvailableRoomsResult", description="The rooms, or why the suite could not be asked."),
]
SuiteRoomsResult = Annotated[
    SuiteRooms | InvalidInput | IntegrationUnavailable | SuiteNotConfigured | PermissionMissing | SuiteUnavailable,
    strawberry.union("SuiteRoomsResult", description="The directory's rooms, or why it could not be read."),
]


@strawberry.type
class RoomSearchQueries:
    @member_field(
        description=(
            "Paired rooms with whether each is free in a window of at most 62 days, read from the suite with the "
            "viewer's own consent. Needs a connected calendar."
        )
    )
    async def available_rooms(
        self,
        info: Info,
        start: From,
        end: To,
        wanted: Filter = None,
        preferred_building: Annotated[
            str | None,
            strawberry.argument(
                description=(
                    "The name of the building in which the room had best be, for example where the event's other rooms "
                    "are; rooms elsewhere are found too. At most 200 characters."
                )
            ),
        ] = None,
    ) -> AvailableRoomsResult:
        context = info.context
        found = await context.services.rooms.available(
            context.member, start, end, filter_of(wanted), preferred_building
        )
        return AvailableRooms(source=found, reminder=_REMINDER)

    @administrator_field(description="The suite's room directory, for completing email addresses while typing.")
    async def suite_rooms(
        self,
        info: Info,
        search: Annotated[
            str,
            strawberry.argument(
                description="A part of the name or the email address, at most 200 characters; empty finds every room."
            ),
        ] = "",
    ) -> SuiteRoomsResult:
        context = info.context
        return SuiteRooms(source=await context.services.rooms.suite_rooms(context.member, search))


def _available_room_of(entry: FoundRoom) -> AvailableRoom:
    return AvailableRoom(
        room=room_of(entry.room),
        availability=entry.availability,
        problem=None if entry.problem is None else problem_of(entry.problem),
    )


def _suite_room_of(entry: DirectoryRoom) -> SuiteRoom:
    return SuiteRoom(
        name=entry.name,
        email=entry.address,
        building=entry.building,
        floor=entry.floor,
        capacity=entry.capacity,
        equipment=list(entry.equipment),
        is_accessible=entry.is_accessible,
        is_bookable=entry.is_bookable,
    )
