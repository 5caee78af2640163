"""Buildings for tests that begin where a building is already there."""

from collections.abc import Mapping, Sequence
from datetime import time
from uuid import UUID

from app import clock
from app.buildings.hours import OFFICE_HOURS, OpeningHours, stored
from app.buildings.models import Area, Building, Floor
from app.shifts.spans import Slot

ALL_SLOTS = tuple(Slot)


async def make_building(
    organisation_id: UUID,
    name: str = "Lighthouse",
    *,
    capacity: int | None = None,
    time_zone: str = "Europe/Amsterdam",
    hours: OpeningHours = OFFICE_HOURS,
    slots: Sequence[Slot] = ALL_SLOTS,
    afternoon_starts: time = time(13),
) -> Building:
    """A building without floors, open on weekdays from eight to six unless told otherwise."""
    return await Building.create(
        organisation_id=organisation_id,
        name=name,
        present_name=name.casefold(),
        suite_names=[],
        time_zone=time_zone,
        capacity=capacity,
        opening_hours=stored(hours),
        slots=[slot.value for slot in slots],
        afternoon_starts=afternoon_starts.isoformat(timespec="minutes"),
        created_at=clock.now(),
    )


async def make_floor(
    building: Building, name: str = "Ground floor", *, capacity: int | None = None, position: int = 0
) -> Floor:
    """A floor without areas."""
    return await Floor.create(
        organisation_id=building.organisation_id,
        building_id=building.id,
        name=name,
        capacity=capacity,
        position=position,
    )


async def make_area(floor: Floor, name: str = "North", *, capacity: int | None = None, position: int = 0) -> Area:
    """A part of the floor."""
    return await Area.create(
        organisation_id=floor.organisation_id, floor_id=floor.id, name=name, capacity=capacity, position=position
    )


async def make_floors(
    building: Building, plan: Mapping[str, Mapping[str, int | None]]
) -> tuple[Mapping[str, Floor], Mapping[str, Area]]:
    """Floors by name with their areas by name, each with its capacity; floors have none of their own."""
    floors = {name: await make_floor(building, name, position=place) for place, name in enumerate(plan)}
    areas: dict[str, Area] = {}
    for floor_name, parts in plan.items():
        for place, (name, capacity) in enumerate(parts.items()):
            areas[name] = await make_area(floors[floor_name], name, capacity=capacity, position=place)
    return floors, areas
