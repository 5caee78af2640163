"""What problems with shifts point at: the shifts in the way, what is full, and what is left instead."""

from datetime import date

import strawberry

from app.buildings import models
from app.shifts import nearby
from app.shifts.nearby import PlaceLevel
from app.shifts.spans import Slot
from schema.buildings import Area, Building, Floor, area_of, building_of, floor_of
from schema.enums import describe
from schema.fields import computed_field, loaded_field
from schema.optional import present, when_present

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

    @loaded_field(
        description="In which building of the organisation it is.",
        key=lambda left: left.row.place.building_id,
        loader=lambda loaders: loaders.buildings,
    )
    def building(self, row: models.Building | None) -> Building:
        return building_of(present(row))

    @loaded_field(
        description="The floor; null where any will do.",
        key=lambda left: left.row.place.floor_id,
        loader=lambda loaders: loaders.floors,
    )
    def floor(self, row: models.Floor | None) -> Floor | None:
        return when_present(row, floor_of)

    @loaded_field(
        description="The area of the floor; null where any will do.",
        key=lambda left: left.row.place.area_id,
        loader=lambda loaders: loaders.areas,
    )
    def area(self, row: models.Area | None) -> Area | None:
        return when_present(row, area_of)


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
