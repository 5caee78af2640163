"""Reading a series' recurrence from a request.

https://learn.microsoft.com/graph/outlook-schedule-recurring-events
"""

from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from app.sandbox.microsoft.graph.errors import invalid_property
from app.sandbox.microsoft.mailboxes.items import WallTime
from app.sandbox.microsoft.mailboxes.recurrence import (
    DayOfWeek,
    PatternType,
    RangeType,
    Recurrence,
    RecurrencePattern,
    RecurrenceRange,
    WeekIndex,
)
from app.sandbox.microsoft.mailboxes.zones import find_zone

E = TypeVar("E", bound=StrEnum)
MAXIMUM_OCCURRENCES = 999
_MAXIMUM_INTERVAL = 999
_EARLIEST, _LATEST = date(1900, 1, 1), date(9000, 1, 1)
_MONTHLY = frozenset({PatternType.ABSOLUTE_MONTHLY, PatternType.ABSOLUTE_YEARLY})
_YEARLY = frozenset({PatternType.ABSOLUTE_YEARLY, PatternType.RELATIVE_YEARLY})
_BY_WEEKDAY = frozenset({PatternType.WEEKLY, PatternType.RELATIVE_MONTHLY, PatternType.RELATIVE_YEARLY})


def read_choice(kind: type[E], value: Any, name: str) -> E:
    """A member of an enumeration; Graph minds no case. Raises GraphError."""
    for choice in kind:
        if isinstance(value, str) and choice.value.lower() == value.lower():
            return choice
    raise invalid_property(f"The value of '{name}' is not one of those allowed.")


def read_recurrence(value: Any, start: WallTime) -> Recurrence:
    """A patternedRecurrence of a meeting that starts then. Raises GraphError."""
    if not isinstance(value, dict) or not isinstance(value.get("pattern"), dict):
        raise invalid_property("The recurrence needs a pattern and a range.")
    if not isinstance(value.get("range"), dict):
        raise invalid_property("The recurrence needs a range.")
    return Recurrence(pattern=_pattern(value["pattern"], start.local.date()), range=_range(value["range"], start))


def _pattern(wire: dict[str, Any], start: date) -> RecurrencePattern:
    kind = read_choice(PatternType, wire.get("type"), "recurrence.pattern.type")
    interval = _whole(wire, "interval", 1, 1, _MAXIMUM_INTERVAL)
    days = wire.get("daysOfWeek") or []
    if not isinstance(days, list):
        raise invalid_property("The value of 'daysOfWeek' is not a list.")
    weekdays = tuple(read_choice(DayOfWeek, day, "daysOfWeek") for day in days)
    if kind in _BY_WEEKDAY and not weekdays:
        raise invalid_property("The recurrence pattern needs daysOfWeek.")
    return RecurrencePattern(
        type=kind,
        interval=interval,
        days_of_week=weekdays if kind in _BY_WEEKDAY else (),
        day_of_month=_whole(wire, "dayOfMonth", start.day, 1, 31) if kind in _MONTHLY else 0,
        month=_whole(wire, "month", start.month, 1, 12) if kind in _YEARLY else 0,
        index=read_choice(WeekIndex, wire.get("index") or "first", "index"),
        first_day_of_week=read_choice(DayOfWeek, wire.get("firstDayOfWeek") or "sunday", "firstDayOfWeek"),
    )


def _range(wire: dict[str, Any], start: WallTime) -> RecurrenceRange:
    kind = read_choice(RangeType, wire.get("type"), "recurrence.range.type")
    zone = wire.get("recurrenceTimeZone") or start.zone
    if not isinstance(zone, str):
        raise invalid_property("The value of 'recurrenceTimeZone' is not a text.")
    find_zone(zone)
    first = _day(wire, "startDate") or start.local.date()
    last = _day(wire, "endDate") if kind is RangeType.END_DATE else None
    if kind is RangeType.END_DATE and (last is None or last < first):
        raise invalid_property("The recurrence range needs an endDate that is not before its startDate.")
    count = 0
    if kind is RangeType.NUMBERED:
        count = _whole(wire, "numberOfOccurrences", None, 1, MAXIMUM_OCCURRENCES)
    return RecurrenceRange(type=kind, start_date=first, end_date=last, number_of_occurrences=count, time_zone=zone)


def _whole(wire: dict[str, Any], name: str, default: int | None, least: int, most: int) -> int:
    value = wire.get(name) or default
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise invalid_property(f"The value of '{name}' must be a whole number from {least} to {most}.")
    return value


def _day(wire: dict[str, Any], name: str) -> date | None:
    value = wire.get(name)
    if value is None:
        return None
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise invalid_property(f"The value of '{name}' is not a date.") from error
    if not _EARLIEST <= day <= _LATEST:
        raise invalid_property(f"The value of '{name}' is out of range.")
    return day
