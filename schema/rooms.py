"""The organisation's rooms, and when each is taken."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.paging import page_of
from app.rooms import details, models
from app.rooms.availability import RoomSchedule as SuiteSchedule
from app.rooms.details import RoomDetail, RoomDetails
from app.rooms.filters import RoomFilter
from app.rooms.models import RoomPairing
from app.suites.events import Availability
from app.suites.events import BusyInterval as SuiteInterval
from schema.context import Info
from schema.enums import describe
from schema.errors import CalendarProblem, InvalidInput, NotFound, Problem, RoomNotPaired, problem_of
from schema.fields import computed_field, context_field
from schema.ids import NodeIds, NodeKind
from schema.node import Node
from schema.optional import when_present
from schema.paging import After, Connection, First, connection_of, page_request
from schema.permissions import member_field
from schema.reads import ScheduleKey
from schema.windows import From, To

_ROOMS = "rooms"
_BUSY = "RoomSchedule.busy"


@strawberry.type(description="A slot in which a room is taken; by whom and what for is not told.")
class BusyInterval:
    start: datetime = strawberry.field(description="When it begins, an instant in UTC.")
    end: datetime = strawberry.field(description="When it ends, an instant in UTC; the room is free from then on.")
    is_tentative: bool = strawberry.field(description="Whether it is taken with reservation only.")


@strawberry.type(description="When a room is taken within a window.")
class RoomSchedule:
    source: strawberry.Private[SuiteSchedule]
    availability: Availability = strawberry.field(description="For the window as a whole.")
    suite_code: str | None = strawberry.field(
        description="The suite's own code where it could not tell, for its support; null otherwise."
    )

    @computed_field(description="Why nothing is known, where a permission is missing; empty where the suite was asked.")
    def problems(self) -> list[Problem]:
        return [] if self.source.problem is None else [problem_of(self.source.problem)]

    @context_field(description="The slots in which the room is taken, in order of time.")
    def busy(self, info: Info, first: First = 50, after: After = None) -> Connection[BusyInterval]:
        intervals = self.source.busy
        page = page_of(intervals, page_request(info, _BUSY, first, after), _interval_key)
        return connection_of(_BUSY, page, _interval_of)


RoomScheduleResult = Annotated[
    RoomSchedule | RoomNotPaired | InvalidInput | NotFound | CalendarProblem,
    strawberry.union("RoomScheduleResult", description="The room's schedule, or why it is not known."),
]


describe(
    RoomDetail,
    "A detail of a room that an administrator can override.",
    {
        RoomDetail.NAME: "What it is called.",
        RoomDetail.BUILDING: "The building's name.",
        RoomDetail.FLOOR: "The floor's name.",
        RoomDetail.CAPACITY: "How many people it takes.",
        RoomDetail.EQUIPMENT: "What is in it.",
        RoomDetail.ACCESSIBILITY: "Whether it can be reached with a wheelchair.",
        RoomDetail.BOOKABLE: "Whether it can be booked.",
    },
)


@strawberry.type(description="What the suite's directory says of a room, whatever an administrator says instead.")
class SuiteRoomDetails:
    name: str = strawberry.field(description="What the directory calls it.")
    building: str | None = strawberry.field(description="The building's name; null where the directory has none.")
    floor: str | None = strawberry.field(description="The floor's name; null where the directory has none.")
    capacity: int | None = strawberry.field(description="How many people it takes; null where unknown.")
    equipment: list[str] = strawberry.field(description="What is in it, as the directory spells it.")
    is_accessible: bool | None = strawberry.field(
        description="Whether it can be reached with a wheelchair; null where unknown."
    )
    is_bookable: bool = strawberry.field(description="False where the suite reserves it so that nobody can book it.")


@strawberry.type(
    description=(
        "A meeting room of the organisation. Its details stay when it is unpaired; each is what an administrator says, "
        "where `overridden` names it, else what the suite says."
    )
)
class Room(Node):
    row: strawberry.Private[models.Room]
    name: str = strawberry.field(description="What it is called.")
    email: str = strawberry.field(description="Its email address, lower case: what ties it to the suite.")
    building: str | None = strawberry.field(description="The building's name; null where unknown.")
    floor: str | None = strawberry.field(description="The floor's name; null where unknown.")
    capacity: int | None = strawberry.field(description="How many people it takes; null where unknown.")
    equipment: list[str] = strawberry.field(description="What is in it, as the suite's directory spells it.")
    is_accessible: bool | None = strawberry.field(
        description="Whether it can be reached with a wheelchair; null where unknown."
    )
    is_bookable: bool = strawberry.field(
        description="False where the suite reserves it so that nobody can book it, or an administrator does."
    )
    pairing: RoomPairing = strawberry.field(
        description="Whether it is tied to the suite: only paired rooms can be booked."
    )

    @computed_field(description="The details in which an administrator's word holds instead of what lies beneath it.")
    def overridden(self) -> list[RoomDetail]:
        return details.overridden(self.row)

    @computed_field(
        description=(
            "What the suite's directory said of the room when it was synced last; null where the directory never "
            "listed it, as for a room that was entered by hand."
        )
    )
    def suite_details(self) -> SuiteRoomDetails | None:
        return when_present(details.suite_details(self.row), _suite_details_of)

    @member_field(
        description=(
            "When the room is taken in a window of at most 62 days, read from the suite with the viewer's own consent; "
            "the rooms of one answer are asked about together."
        )
    )
    async def schedule(self, info: Info, start: From, end: To) -> RoomScheduleResult:
        key = ScheduleKey(self.row.id, start, end, self.row)
        schedule = await info.context.loaders.schedules.load(key)
        return RoomSchedule(source=schedule, availability=schedule.availability, suite_code=schedule.provider_code)

    def id_in(self, ids: NodeIds) -> strawberry.ID:
        return ids.seal(NodeKind.ROOM, self.row.id)


@strawberry.input(description="Which rooms to answer with; every condition that is given has to hold.")
class RoomFilterInput:
    search: str | None = strawberry.field(
        description="A part of the name or of the email address, whatever the case; at most 200 characters.",
        default=None,
    )
    building: str | None = strawberry.field(description="The building's name, exactly.", default=None)
    floor: str | None = strawberry.field(description="The floor's name, exactly.", default=None)
    min_capacity: int | None = strawberry.field(description="For how many people it has to suffice.", default=None)
    equipment: list[str] = strawberry.field(
        description="What has to be in it, all of it, whatever the case.", default_factory=list
    )
    pairing: RoomPairing | None = strawberry.field(description="Only rooms that are so; null: both.", default=None)

    def to_filter(self) -> RoomFilter:
        """What the room service takes. Raises InvalidInput."""
        return RoomFilter(
            search=self.search,
            building=self.building,
            floor=self.floor,
            min_capacity=self.min_capacity,
            equipment=tuple(self.equipment),
            pairing=self.pairing,
        )


Filter = Annotated[
    RoomFilterInput | None, strawberry.argument(name="filter", description="Which rooms to look at; null: all.")
]


@strawberry.type
class RoomQueries:
    @member_field(description="The organisation's rooms, by name.")
    async def rooms(
        self, info: Info, wanted: Filter = None, first: First = 50, after: After = None
    ) -> Connection[Room]:
        context = info.context
        request = page_request(info, _ROOMS, first, after)
        page = await context.services.rooms.list(context.member, filter_of(wanted), request)
        return connection_of(_ROOMS, page, room_of)


def filter_of(wanted: RoomFilterInput | None) -> RoomFilter:
    """The filter a client gave, or one that lets every room pass."""
    return wanted.to_filter() if wanted else RoomFilter()


def room_of(row: models.Room) -> Room:
    """A room's row as a client sees it."""
    return Room(
        row=row,
        name=row.name,
        email=row.address,
        building=row.building,
        floor=row.floor,
        capacity=row.capacity,
        equipment=row.equipment,
        is_accessible=row.is_accessible,
        is_bookable=row.is_bookable,
        pairing=row.pairing,
    )


def _suite_details_of(said: RoomDetails) -> SuiteRoomDetails:
    return SuiteRoomDetails(
        name=said.name,
        building=said.building,
        floor=said.floor,
        capacity=said.capacity,
        equipment=list(said.equipment),
        is_accessible=said.is_accessible,
        is_bookable=said.is_bookable,
    )


def _interval_key(interval: SuiteInterval) -> bytes:
    return f"{interval.start.isoformat()}/{interval.end.isoformat()}".encode()


def _interval_of(interval: SuiteInterval) -> BusyInterval:
    return BusyInterval(start=interval.start, end=interval.end, is_tentative=interval.is_tentative)
