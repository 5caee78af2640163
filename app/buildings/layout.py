"""What a building is, as an administrator says it: its floors with their areas, how many it takes, when it is open."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from typing import TypedDict
from uuid import UUID

from app.buildings.hours import OpeningHours, opening_hours
from app.buildings.models import Area, Building, Floor
from app.shifts.capacity import Place
from app.shifts.spans import Slot


@dataclass(frozen=True, slots=True)
class AreaLayout:
    """A part of a floor; without an id it is new."""

    name: str
    capacity: int | None = None
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FloorLayout:
    """A floor with all its areas, in order; without an id it is new."""

    name: str
    capacity: int | None = None
    areas: tuple[AreaLayout, ...] = ()
    id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingLayout:
    """A whole building."""

    name: str
    suite_names: tuple[str, ...] = ()
    time_zone: str
    """An IANA name."""
    capacity: int | None = None
    """How many people may be in it at once; null for no limit. It need not be the sum of its floors'."""
    hours: OpeningHours
    slots: tuple[Slot, ...]
    afternoon_starts: time
    floors: tuple[FloorLayout, ...] = ()

    @property
    def areas(self) -> Iterator[AreaLayout]:
        """The areas of all floors."""
        return (area for floor in self.floors for area in floor.areas)


class LayoutChanges(TypedDict, total=False):
    """What is to be otherwise; what is missing stays. Floors, where given, are the whole list."""

    name: str
    suite_names: tuple[str, ...]
    time_zone: str
    capacity: int | None
    hours: OpeningHours
    slots: tuple[Slot, ...]
    afternoon_starts: time
    floors: tuple[FloorLayout, ...]


def layout_of(building: Building, floors: Collection[Floor], areas: Collection[Area]) -> BuildingLayout:
    """A building as its rows hold it; floors and areas are those that it has now, in order."""
    return BuildingLayout(
        name=building.name,
        suite_names=tuple(building.suite_names),
        time_zone=building.time_zone,
        capacity=building.capacity,
        hours=opening_hours(building.opening_hours),
        slots=tuple(Slot(name) for name in building.slots),
        afternoon_starts=time.fromisoformat(building.afternoon_starts),
        floors=tuple(
            FloorLayout(
                floor.name,
                floor.capacity,
                tuple(AreaLayout(area.name, area.capacity, area.id) for area in areas if area.floor_id == floor.id),
                floor.id,
            )
            for floor in floors
        ),
    )


def capacities(building_id: UUID, layout: BuildingLayout) -> Mapping[Place, int | None]:
    """Every place that the building has already and goes on having, with how many it takes then."""
    found: dict[Place, int | None] = {Place(building_id): layout.capacity}
    for floor in layout.floors:
        if floor.id is None:
            continue
        found[Place(building_id, floor.id)] = floor.capacity
        found.update({Place(building_id, floor.id, area.id): area.capacity for area in floor.areas if area.id})
    return found
