"""How a shift is called in its member's own calendar."""

from zoneinfo import ZoneInfo

from app.shifts.models import Shift, WorkKind
from app.shifts.spans import Slot
from app.suites.working_days import WorkingDay

_PARTS = {Slot.MORNING: "morning", Slot.AFTERNOON: "afternoon"}


def working_day(shift: Shift) -> WorkingDay:
    """The day to write for a shift at an office, which comes with its building, or for one worked remotely."""
    part = _part(shift)
    place = None
    if shift.kind is WorkKind.AT_OFFICE:
        place = f"{shift.building.name if shift.building else 'the office'}{part}"
    subject = f"Working remotely{part}" if place is None else f"Working at {place}"
    return WorkingDay(day=shift.date, time_zone=shift.time_zone, subject=subject, place=place)


def _part(shift: Shift) -> str:
    if shift.slot is Slot.WHOLE_DAY:
        return ""
    if shift.slot in _PARTS:
        return f" ({_PARTS[shift.slot]})"
    zone = ZoneInfo(shift.time_zone)
    start, end = (moment.astimezone(zone).strftime("%H:%M") for moment in (shift.starts_at, shift.ends_at))
    return f" ({start}-{end})"
