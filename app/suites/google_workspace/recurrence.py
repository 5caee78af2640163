"""Our recurrence as Google takes it: one RRULE line (https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10).

Google counts the event's own start as the first date. By itself it leaves out the months that lack a day; a series of
ours falls on their last day instead, as at every suite, which takes a rule for the last of several days.
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from app.suites.errors import InvalidRequest
from app.suites.events import Frequency, Recurrence, Weekday

SHORTEST_MONTH = 28
_WEEKS = frozenset({1, 2, 3, 4, -1})


def rrule(recurrence: Recurrence, first: date, time_zone: str) -> str:
    """The line for a series whose first date is `first`, with times in this IANA zone.

    Raises InvalidRequest where the recurrence contradicts itself.
    """
    if recurrence.interval < 1:
        raise InvalidRequest("RecurrenceInterval")
    parts = [*_pattern(recurrence, first), f"INTERVAL={recurrence.interval}", _range(recurrence, first, time_zone)]
    return "RRULE:" + ";".join(parts)


def _pattern(recurrence: Recurrence, first: date) -> list[str]:
    match recurrence.frequency:
        case Frequency.DAILY:
            return ["FREQ=DAILY"]
        case Frequency.WEEKLY:
            days = recurrence.weekdays or (list(Weekday)[first.weekday()],)
            return ["FREQ=WEEKLY", "WKST=MO", "BYDAY=" + ",".join(_day(day) for day in days)]
        case Frequency.MONTHLY_BY_DATE:
            return ["FREQ=MONTHLY", *_day_of_month(first.day)]
        case Frequency.MONTHLY_BY_WEEKDAY:
            if recurrence.week_of_month not in _WEEKS or len(recurrence.weekdays) != 1:
                raise InvalidRequest("RecurrencePattern")
            return ["FREQ=MONTHLY", f"BYDAY={recurrence.week_of_month}{_day(recurrence.weekdays[0])}"]


def _day_of_month(day: int) -> list[str]:
    """The day, or a shorter month's last one."""
    if day <= SHORTEST_MONTH:
        return [f"BYMONTHDAY={day}"]
    days = ",".join(str(candidate) for candidate in range(SHORTEST_MONTH, day + 1))
    return [f"BYMONTHDAY={days}", "BYSETPOS=-1"]


def _range(recurrence: Recurrence, first: date, time_zone: str) -> str:
    if recurrence.until is not None and recurrence.count is None and recurrence.until >= first:
        last = datetime.combine(recurrence.until, time(23, 59, 59), tzinfo=ZoneInfo(time_zone))
        return f"UNTIL={last.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    if recurrence.until is None and recurrence.count is not None and recurrence.count >= 1:
        return f"COUNT={recurrence.count}"
    raise InvalidRequest("RecurrenceRange")


def _day(day: Weekday) -> str:
    return day.value[:2]
