"""What problems with shifts point at: the shifts in the way, what is full, and what is left instead.

Ids are sealed here, field by field, since the problem itself is made where nobody knows for whom.
"""

from datetime import date

import strawberry

from app.shifts import nearby
from app.shifts.nearby import PlaceLevel
from app.shifts.spans import Slot
from schema.buildings import Area, Building, Floor, area_by, building_by, floor_by
from schema.context import Info
from schema.enums import describe
from schema.fields import computed_field
from schema.permissions import member_field

describe(
    PlaceLevel,
    "What has a capacity of its own.",
    {
        PlaceLevel.BUILDING: "A whole building.",
        PlaceLevel.FLOOR: "A floor of a building.",
        PlaceLevel.AREA: "An area of a floor.",
    },
)


@strawberry.type(description="A place that has room on a day on which another one is full.")
class PlaceLeft:
    row: strawberry.Private[nearby.PlaceLeft]
    slot: Slot = strawberry.field(description="For which part of that day.")
    left: int | None = strawberry.field(
        description=(
            "How many more people it takes, and what it lies in: never fewer than 1, and rounded so that it says "
            "nothing about a single colleague. Null where nothing limits it."
        )
    )

    @member_field(description="In which building of the organisation it is.")
    async def building(self, info: Info) -> Building:
        return await building_by(info.context, self.row.place.building_id)

    @member_field(description="The floor; null where any will do.")
    async def floor(self, info: Info) -> Floor | None:
        floor_id = self.row.place.floor_id
        return None if floor_id is None else await floor_by(info.context, floor_id)

    @member_field(description="The area of the floor; null where any will do.")
    async def area(self, info: Info) -> Area | None:
        area_id = self.row.place.area_id
        return None if area_id is None else await area_by(info.context, area_id)


@strawberry.type(description="A day on which a place is full.")
class FullDay:
    row: strawberry.Private[nearby.FullPlace]
    day: date = strawberry.field(name="date", description="The day in the building's time zone.")
    level: PlaceLevel = strawberry.field(description="The widest level that is full, whatever is left within it.")
    name: str = strawberry.field(description="What the building, floor or area is called that is full.")

    @computed_field(
        description=(
            "What has room instead, nearest first: other areas of the floor, floors of the building, other parts of "
            "the day in the same place, other buildings; at most 5 of each. Empty where nothing is left."
        )
    )
    def alternatives(self) -> list[PlaceLeft]:
        return [PlaceLeft(row=row, slot=row.slot, left=row.left) for row in self.row.alternatives]


def full_day_of(row: nearby.FullPlace) -> FullDay:
    """A full day as a client sees it."""
    return FullDay(row=row, day=row.date, level=row.level, name=row.name)
