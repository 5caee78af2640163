"""Buildings with their floors and areas: where people work, how many each takes, and when it is open."""

from collections.abc import Sequence
from datetime import date, time
from zoneinfo import ZoneInfo

import strawberry

from app import clock
from app.buildings import models
from app.buildings.hours import OpeningHours, opening_hours
from app.shifts.spans import Slot
from app.suites.events import Weekday
from schema.context import Info
from schema.fields import computed_field, loaded_field
from schema.ids import NodeIds, NodeKind
from schema.node import Node
from schema.occupancy import DESCRIPTION, Asked, Day, Ends, Occupancy, Starts, WantedSlot, occupancy_of
from schema.optional import present
from schema.paging import After, Connection, First, connection_of, page_request
from schema.permissions import member_field
from schema.scalars import TimeZone

_BUILDINGS = "buildings"
_REMOVED = "Whether it was removed: nobody books it any more, and past shifts still name it."
_CAPACITY = "How many people may be there at once, 0 to 100,000; null where there is no limit of its own."


@strawberry.type(description="When a building is open on one day of the week, in its own time zone.")
class BuildingHours:
    weekday: Weekday = strawberry.field(description="On which day.")
    opens: time = strawberry.field(description="When it opens.")
    closes: time = strawberry.field(description="When it closes, later on the same day.")


@strawberry.type(description="A part of a floor where people work.")
class Area(Node):
    row: strawberry.Private[models.Area]
    name: str = strawberry.field(description="What it is called; no two areas of a floor share a name.")
    capacity: int | None = strawberry.field(description=_CAPACITY)
    is_removed: bool = strawberry.field(description=_REMOVED)

    @loaded_field(
        description="The floor that it is a part of.",
        key=lambda area: area.row.floor_id,
        loader=lambda loaders: loaders.floors,
    )
    def floor(self, row: models.Floor | None) -> "Floor":
        return floor_of(present(row))

    @member_field(description=DESCRIPTION)
    async def occupancy(
        self, info: Info, day: Day = None, slot: WantedSlot = Slot.WHOLE_DAY, start: Starts = None, end: Ends = None
    ) -> Occupancy:
        loaders = info.context.loaders
        floor = present(await loaders.floors.load(self.row.floor_id))
        building = present(await loaders.buildings.load(floor.building_id))
        return await occupancy_of(info.context, building, (floor, self.row), Asked(day, slot, start, end))

    def id_in(self, ids: NodeIds) -> strawberry.ID:
        return ids.seal(NodeKind.AREA, self.row.id)


@strawberry.type(description="A floor of a building.")
class Floor(Node):
    row: strawberry.Private[models.Floor]
    name: str = strawberry.field(description="What it is called; no two floors of a building share a name.")
    capacity: int | None = strawberry.field(
        description=f"{_CAPACITY} It need not be the sum of its areas, and people can be on the floor in no area."
    )
    is_removed: bool = strawberry.field(description=_REMOVED)

    @loaded_field(
        description="The building that it is in.",
        key=lambda floor: floor.row.building_id,
        loader=lambda loaders: loaders.buildings,
    )
    def building(self, row: models.Building | None) -> "Building":
        return building_of(present(row))

    @member_field(description=DESCRIPTION)
    async def occupancy(
        self, info: Info, day: Day = None, slot: WantedSlot = Slot.WHOLE_DAY, start: Starts = None, end: Ends = None
    ) -> Occupancy:
        building = present(await info.context.loaders.buildings.load(self.row.building_id))
        return await occupancy_of(info.context, building, (self.row,), Asked(day, slot, start, end))

    @loaded_field(
        description="The areas that it has now, at most 200 in a building, in the building's own order.",
        key=lambda floor: floor.row.id,
        loader=lambda loaders: loaders.areas_of,
    )
    def areas(self, rows: Sequence[models.Area]) -> list[Area]:
        return [area_of(row) for row in rows]

    def id_in(self, ids: NodeIds) -> strawberry.ID:
        return ids.seal(NodeKind.FLOOR, self.row.id)


@strawberry.type(description="A building where members of the organisation work.")
class Building(Node):
    row: strawberry.Private[models.Building]
    name: str = strawberry.field(description="What it is called; no two buildings of an organisation share a name.")
    suite_names: list[str] = strawberry.field(
        description="What the calendar suite's rooms call it besides, where that is not its name."
    )
    time_zone: TimeZone = strawberry.field(description="The zone of all its times and days.")
    capacity: int | None = strawberry.field(
        description=f"{_CAPACITY} It need not be the sum of its floors: what is safe for a whole building may be less."
    )
    slots: list[Slot] = strawberry.field(description="The parts of a day for which it can be booked.")
    afternoon_starts: time = strawberry.field(
        description="When the slot `MORNING` ends and `AFTERNOON` starts, in its time zone."
    )
    is_removed: bool = strawberry.field(description=_REMOVED)

    @computed_field(
        description="When it is open, in the order of the week; on a day that is missing it is closed all day."
    )
    def opening_hours(self) -> list[BuildingHours]:
        return hours_of(opening_hours(self.row.opening_hours))

    @computed_field(description="Which day it is there now, in its time zone.")
    def today(self) -> date:
        return clock.now().astimezone(ZoneInfo(self.row.time_zone)).date()

    @member_field(description=DESCRIPTION)
    async def occupancy(
        self, info: Info, day: Day = None, slot: WantedSlot = Slot.WHOLE_DAY, start: Starts = None, end: Ends = None
    ) -> Occupancy:
        return await occupancy_of(info.context, self.row, (), Asked(day, slot, start, end))

    @loaded_field(
        description="The floors that it has now, at most 100, in its own order.",
        key=lambda building: building.row.id,
        loader=lambda loaders: loaders.floors_of,
    )
    def floors(self, rows: Sequence[models.Floor]) -> list[Floor]:
        return [floor_of(row) for row in rows]

    def id_in(self, ids: NodeIds) -> strawberry.ID:
        return ids.seal(NodeKind.BUILDING, self.row.id)


@strawberry.type
class BuildingQueries:
    @member_field(
        description="The buildings where members of the organisation work, by name; removed ones are left out."
    )
    async def buildings(self, info: Info, first: First = 50, after: After = None) -> Connection[Building]:
        context = info.context
        page = await context.services.buildings.list(context.member, page_request(info, _BUILDINGS, first, after))
        return connection_of(_BUILDINGS, page, building_of)


def building_of(row: models.Building) -> Building:
    """A building's row as a client sees it."""
    return Building(
        row=row,
        name=row.name,
        suite_names=row.suite_names,
        time_zone=TimeZone(row.time_zone),
        capacity=row.capacity,
        slots=[Slot(name) for name in row.slots],
        afternoon_starts=time.fromisoformat(row.afternoon_starts),
        is_removed=row.removed_at is not None,
    )


def floor_of(row: models.Floor) -> Floor:
    """A floor's row as a client sees it."""
    return Floor(
        row=row,
        name=row.name,
        capacity=row.capacity,
        is_removed=row.removed_at is not None,
    )


def area_of(row: models.Area) -> Area:
    """An area's row as a client sees it."""
    return Area(
        row=row,
        name=row.name,
        capacity=row.capacity,
        is_removed=row.removed_at is not None,
    )


def hours_of(hours: OpeningHours) -> list[BuildingHours]:
    """Opening hours as a client sees them."""
    return [BuildingHours(weekday=day, opens=opening.opens, closes=opening.closes) for day, opening in hours.items()]
