"""Our recurrence as Graph writes it: a pattern and a range.

https://learn.microsoft.com/graph/api/resources/patternedrecurrence
"""

from datetime import date

from app.suites.errors import InvalidRequest
from app.suites.events import Frequency, Recurrence, Weekday

MAX_INTERVAL = 99
MAX_OCCURRENCES = 999

_INDEXES = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}


def patterned_recurrence(recurrence: Recurrence, first: date, time_zone: str) -> dict[str, object]:
    """The wire form for a series whose first occurrence is on `first` in the zone that Graph calls `time_zone`.

    Raises InvalidRequest where the recurrence contradicts itself.
    """
    if not 1 <= recurrence.interval <= MAX_INTERVAL:
        raise InvalidRequest("RecurrenceInterval")
    return {"pattern": _pattern(recurrence, first), "range": _range(recurrence, first, time_zone)}


def _pattern(recurrence: Recurrence, first: date) -> dict[str, object]:
    interval = recurrence.interval
    match recurrence.frequency:
        case Frequency.DAILY:
            return {"type": "daily", "interval": interval}
        case Frequency.WEEKLY:
            days = recurrence.weekdays or (list(Weekday)[first.weekday()],)
            return {
                "type": "weekly",
                "interval": interval,
                "daysOfWeek": [_day(day) for day in days],
                "firstDayOfWeek": "monday",
            }
        case Frequency.MONTHLY_BY_DATE:
            return {"type": "absoluteMonthly", "interval": interval, "dayOfMonth": first.day}
        case Frequency.MONTHLY_BY_WEEKDAY:
            index = _INDEXES.get(recurrence.week_of_month or 0)
            if index is None or len(recurrence.weekdays) != 1:
                raise InvalidRequest("RecurrencePattern")
            return {
                "type": "relativeMonthly",
                "interval": interval,
                "daysOfWeek": [_day(recurrence.weekdays[0])],
                "index": index,
            }


def _range(recurrence: Recurrence, first: date, time_zone: str) -> dict[str, object]:
    common: dict[str, object] = {"startDate": first.isoformat(), "recurrenceTimeZone": time_zone}
    if (recurrence.until is None) == (recurrence.count is None):
        raise InvalidRequest("RecurrenceRange")
    if recurrence.until is not None:
        if recurrence.until < first:
            raise InvalidRequest("RecurrenceRange")
        return common | {"type": "endDate", "endDate": recurrence.until.isoformat()}
    if not 1 <= (recurrence.count or 0) <= MAX_OCCURRENCES:
        raise InvalidRequest("RecurrenceRange")
    return common | {"type": "numbered", "numberOfOccurrences": recurrence.count}


def _day(day: Weekday) -> str:
    return day.value.lower()
