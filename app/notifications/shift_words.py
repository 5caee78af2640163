"""Shifts in words: how many, where, and from which day on. Buildings are named, since they are ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.notifications.models import NotificationKind
from app.shifts.models import Shift, ShiftEnd, WorkKind

ABOUT_SHIFTS = frozenset(
    {NotificationKind.SHIFTS_BOOKED, NotificationKind.SHIFTS_CHANGED, NotificationKind.SHIFTS_CANCELLED}
)
MOST_PLACES = 3
"""How many buildings are named."""


@dataclass(frozen=True, slots=True)
class ToldShifts:
    """The shifts that a notification is about."""

    words: str
    """Such as `2 shifts at Lighthouse, the first on Thursday 3 December`."""
    no_longer_fit: bool
    """Whether they were cancelled because their building changed."""


def told_shifts(shifts: Sequence[Shift], building_names: Mapping[UUID, str]) -> ToldShifts | None:
    """These shifts, by their start, in words; None where none is left to be told of."""
    if not shifts:
        return None
    day = shifts[0].date
    when = f"{day:%A} {day.day} {day:%B}"
    what = _what(shifts, building_names)
    words = f"{what} on {when}" if len(shifts) == 1 else f"{what}, the first on {when}"
    return ToldShifts(words, any(shift.end_reason is ShiftEnd.NO_LONGER_FITS for shift in shifts))


def _what(shifts: Sequence[Shift], building_names: Mapping[UUID, str]) -> str:
    kinds = {shift.kind for shift in shifts}
    many = len(shifts) if len(shifts) > 1 else "a"
    plural = "s" if len(shifts) > 1 else ""
    if kinds == {WorkKind.REMOTE}:
        return f"{many} remote shift{plural}"
    if kinds == {WorkKind.NOT_WORKING}:
        return f"{many} day{plural} off"
    return f"{many} shift{plural}{_where(shifts, building_names) if kinds == {WorkKind.AT_OFFICE} else ''}"


def _where(shifts: Sequence[Shift], building_names: Mapping[UUID, str]) -> str:
    ids = dict.fromkeys(shift.building_id for shift in shifts if shift.building_id is not None)
    names = [building_names[building_id] for building_id in ids if building_id in building_names]
    if not names or len(names) < len(ids):
        return ""
    if len(names) > MOST_PLACES:
        return f" in {len(names)} buildings"
    return f" at {' and '.join(filter(None, [', '.join(names[:-1]), names[-1]]))}"
