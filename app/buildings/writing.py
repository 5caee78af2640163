"""A building's rows, written as its layout says: inside a transaction, with the building locked where it is there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from app.buildings.hours import stored
from app.buildings.layout import AreaLayout, BuildingLayout, FloorLayout
from app.buildings.models import Area, Building, Floor
from app.buildings.shifts import LockedBuilding, in_parts
from app.buildings.validation import name_key


async def write_new(organisation_id: UUID, layout: BuildingLayout, now: datetime) -> Building:
    """The building with its floors and areas. Raises IntegrityError where another one has its name."""
    building = Building(id=uuid4(), organisation_id=organisation_id, created_at=now, **_columns(layout))
    await building.save(force_create=True)
    for position, floor in enumerate(layout.floors):
        await _write_floor(building, floor, position, present=())
    return building


async def write_changes(locked: LockedBuilding, layout: BuildingLayout) -> None:
    """What is new, changed or removed. Raises IntegrityError where another building has its name."""
    building = locked.building
    columns = _columns(layout)
    await Building.of(building.organisation_id).filter(id=building.id).update(**columns)
    for column, value in columns.items():
        setattr(building, column, value)
    staying = _Staying.of(layout)
    await _remove_parts(Area, locked, [area.id for area in locked.areas if area.id not in staying.areas])
    await _remove_parts(Floor, locked, [floor.id for floor in locked.floors if floor.id not in staying.floors])
    for position, floor in enumerate(layout.floors):
        await _write_floor(building, floor, position, present=[*locked.floors, *locked.areas])


async def write_removed(locked: LockedBuilding) -> None:
    """The building is gone with everything in it; its name is free."""
    building = locked.building
    building.removed_at, building.present_name = locked.now, None
    rows = Building.of(building.organisation_id).filter(id=building.id)
    await rows.update(removed_at=building.removed_at, present_name=None)
    await _remove_parts(Area, locked, [area.id for area in locked.areas])
    await _remove_parts(Floor, locked, [floor.id for floor in locked.floors])


@dataclass(frozen=True, slots=True)
class _Staying:
    floors: frozenset[UUID]
    areas: frozenset[UUID]

    @classmethod
    def of(cls, layout: BuildingLayout) -> "_Staying":
        return cls(
            frozenset(floor.id for floor in layout.floors if floor.id),
            frozenset(area.id for area in layout.areas if area.id),
        )


def _columns(layout: BuildingLayout) -> dict[str, Any]:
    return {
        "name": layout.name,
        "present_name": name_key(layout.name),
        "suite_names": list(layout.suite_names),
        "time_zone": layout.time_zone,
        "capacity": layout.capacity,
        "opening_hours": stored(layout.hours),
        "slots": [slot.value for slot in layout.slots],
        "afternoon_starts": layout.afternoon_starts.isoformat(timespec="minutes"),
    }


async def _write_floor(
    building: Building, floor: FloorLayout, position: int, present: Collection[Floor | Area]
) -> None:
    floor_id = await _write_part(Floor, building, floor, position, present, building_id=building.id)
    for place, area in enumerate(floor.areas):
        await _write_part(Area, building, area, place, present, floor_id=floor_id)


async def _write_part(
    model: type[Floor] | type[Area],
    building: Building,
    part: FloorLayout | AreaLayout,
    position: int,
    present: Collection[Floor | Area],
    **within: UUID,
) -> UUID:
    """The id of the row; one that is there is written only where it changes."""
    organisation_id = building.organisation_id
    values: dict[str, Any] = {"name": part.name, "capacity": part.capacity, "position": position}
    if part.id is None:
        values |= within
        return (await model.create(organisation_id=organisation_id, **values)).id
    [row] = [row for row in present if row.id == part.id]
    if any(getattr(row, column) != value for column, value in values.items()):
        await model.of(organisation_id).filter(id=part.id).update(**values)
    return part.id


async def _remove_parts(model: type[Floor] | type[Area], locked: LockedBuilding, ids: Sequence[UUID]) -> None:
    for gone in in_parts(ids):
        await model.of(locked.building.organisation_id).filter(id__in=gone).update(removed_at=locked.now)
