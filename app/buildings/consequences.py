"""What changing or removing a building does to shifts: told before it is done, and confirmed as it was shown."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import orjson

from app.buildings.fitting import Misfit
from app.buildings.hours import stored
from app.buildings.layout import BuildingLayout
from app.buildings.shifts import LockedBuilding
from app.identity.principal import Principal
from app.shifts.spans import Slot
from app.shifts.visibility import shifts_in_view

MAX_SHOWN = 100
"""How many of the shifts are listed; all of them are counted."""

_WHY = {
    Misfit.PLACE_REMOVED: "their place is removed",
    Misfit.BUILDING_CLOSED: "the building is closed on that day of the week",
    Misfit.SLOT_NOT_OFFERED: "it can no longer be booked for that part of a day",
    Misfit.OUTSIDE_OPENING_HOURS: "it is not open at their times",
    Misfit.OVERLAPS: "their times move onto another shift of the same member",
    Misfit.OVER_CAPACITY: "there is no room for them any more",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedShift:
    """A shift that would be cancelled, as an administrator is shown it."""

    date: date
    slot: Slot
    start: datetime
    end: datetime
    floor: str | None
    area: str | None
    member_id: UUID | None
    """Null where the administrator may not see where this member works."""
    reason: Misfit


async def affected_shifts(
    principal: Principal, locked: LockedBuilding, misfits: Mapping[UUID, Misfit]
) -> tuple[AffectedShift, ...]:
    """The first of them, in order of time; whose they are only as far as the administrator may see it."""
    first = [shift for shift in locked.shifts if shift.id in misfits][:MAX_SHOWN]
    seen = await shifts_in_view(principal).filter(id__in=[shift.id for shift in first]) if first else []
    in_view = {shift.id for shift in seen}
    floors = {floor.id: floor.name for floor in locked.floors}
    areas = {area.id: area.name for area in locked.areas}
    return tuple(
        AffectedShift(
            date=shift.date,
            slot=shift.slot,
            start=shift.starts_at,
            end=shift.ends_at,
            floor=floors.get(shift.floor_id) if shift.floor_id else None,
            area=areas.get(shift.area_id) if shift.area_id else None,
            member_id=shift.member_id if shift.id in in_view else None,
            reason=misfits[shift.id],
        )
        for shift in first
    )


def sentences(locked: LockedBuilding, misfits: Mapping[UUID, Misfit], *, is_removal: bool) -> tuple[str, ...]:
    """What would happen, for people: how many shifts go, whose number, and why."""
    name = locked.building.name
    of_removal = (f"Nobody can book {name} any more. Past shifts there still name it.",) if is_removal else ()
    lost = [shift for shift in locked.shifts if shift.id in misfits]
    if not lost:
        return (*of_removal, "No shift is cancelled: nobody has one there that is not over.")
    reasons = [misfits[shift.id] for shift in lost]
    members = len({shift.member_id for shift in lost})
    return (
        *of_removal,
        f"{_number(len(lost), 'shift')} of {_number(members, 'member')} would be cancelled, and the members told.",
        *(f"{_number(reasons.count(why), 'shift')}: {_WHY[why]}." for why in Misfit if why in reasons),
    )


def shown(locked: LockedBuilding, layout: BuildingLayout | None, misfits: Mapping[UUID, Misfit]) -> Sequence[object]:
    """Everything that a confirmation stands for: the building as it would be, and the shifts that would go.

    Only a digest of it travels: the ids of shifts are nobody's business.
    """
    will_be = None if layout is None else _plain(layout)
    content = orjson.dumps([will_be, sorted((str(shift_id), reason.value) for shift_id, reason in misfits.items())])
    building = locked.building
    return [str(building.organisation_id), str(building.id), hashlib.sha256(content).hexdigest()]


def _plain(layout: BuildingLayout) -> object:
    floors = [
        [str(floor.id), floor.name, floor.capacity, [[str(area.id), area.name, area.capacity] for area in floor.areas]]
        for floor in layout.floors
    ]
    return [
        layout.name,
        list(layout.suite_names),
        layout.time_zone,
        layout.capacity,
        stored(layout.hours),
        [slot.value for slot in layout.slots],
        layout.afternoon_starts,
        floors,
    ]


def content_of(layout: BuildingLayout) -> bytes:
    """The same for the same building, whatever comes of it."""
    return orjson.dumps(_plain(layout))


def _number(many: int, noun: str) -> str:
    return f"{many} {noun}" if many == 1 else f"{many} {noun}s"
