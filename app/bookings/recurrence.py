"""Whether a recurrence makes sense, before a suite is asked for it. The suites expand series; dateutil only checks.

Rules as in RFC 5545 §3.3.10 (https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10).
"""

from datetime import datetime, time
from itertools import islice, pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil import rrule

from app.errors import InvalidInput
from app.suites.events import Frequency, Recurrence, Weekday

MAX_INTERVAL = 99
MAX_COUNT = 999
"""Common to all suites: the most that the strictest of those that state a limit takes."""

_DAYS = dict(zip(Weekday, (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU), strict=True))
_FREQUENCIES: dict[Frequency, Literal[1, 2, 3]] = {
    Frequency.DAILY: rrule.DAILY,
    Frequency.WEEKLY: rrule.WEEKLY,
    Frequency.MONTHLY_BY_DATE: rrule.MONTHLY,
    Frequency.MONTHLY_BY_WEEKDAY: rrule.MONTHLY,
}


def check_recurrence(recurrence: Recurrence, start: datetime, end: datetime, time_zone: str, path: str) -> None:
    """Raises InvalidInput; `start` and `end` are aware instants, `path` the recurrence's place in the input."""
    if not 1 <= recurrence.interval <= MAX_INTERVAL:
        raise InvalidInput(f"{path}.interval", f"A series repeats every 1 to {MAX_INTERVAL} days, weeks or months.")
    _check_days(recurrence, path)
    _check_range(recurrence, path)
    _check_dates(recurrence, start, end, time_zone, path)


def _check_days(recurrence: Recurrence, path: str) -> None:
    days, frequency = recurrence.weekdays, recurrence.frequency
    if frequency is Frequency.WEEKLY and not days:
        raise InvalidInput(f"{path}.weekdays", "A weekly series needs at least one day of the week.")
    if frequency is Frequency.MONTHLY_BY_WEEKDAY:
        if len(set(days)) != 1:
            raise InvalidInput(f"{path}.weekdays", "A monthly series by weekday needs exactly one day of the week.")
        if recurrence.week_of_month not in {1, 2, 3, 4, -1}:
            raise InvalidInput(f"{path}.weekOfMonth", "The week of the month is 1, 2, 3, 4, or -1 for the last.")
        return
    if recurrence.week_of_month is not None:
        raise InvalidInput(f"{path}.weekOfMonth", "Only a monthly series by weekday has a week of the month.")
    if days and frequency is not Frequency.WEEKLY:
        raise InvalidInput(
            f"{path}.weekdays", "Only a weekly series, or a monthly one by weekday, has days of the week."
        )


def _check_range(recurrence: Recurrence, path: str) -> None:
    if (recurrence.until is None) == (recurrence.count is None):
        raise InvalidInput(path, "A series ends on a day or after a number of times: give exactly one of the two.")
    if recurrence.count is not None and not 1 <= recurrence.count <= MAX_COUNT:
        raise InvalidInput(f"{path}.count", f"A series has 1 to {MAX_COUNT} dates.")


def _check_dates(recurrence: Recurrence, start: datetime, end: datetime, time_zone: str, path: str) -> None:
    """The series has a date at all, and one date is over before the next begins."""
    first = start.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)
    if recurrence.until is not None and recurrence.until < first.date():
        raise InvalidInput(f"{path}.until", "The series ends before it begins.")
    by_day = [_DAYS[day] for day in recurrence.weekdays]
    if recurrence.week_of_month is not None:
        by_day = [day(recurrence.week_of_month) for day in by_day]
    is_by_date = recurrence.frequency is Frequency.MONTHLY_BY_DATE
    dates = rrule.rrule(
        _FREQUENCIES[recurrence.frequency],
        dtstart=first,
        interval=recurrence.interval,
        byweekday=by_day or None,
        # A month without that day uses its last one.
        bymonthday=range(min(first.day, _SHORTEST_MONTH), first.day + 1) if is_by_date else None,
        bysetpos=-1 if is_by_date else None,
        until=None if recurrence.until is None else datetime.combine(recurrence.until, time.max),
        count=recurrence.count,
    )
    upcoming = list(islice(dates, _LOOK_AHEAD))
    if not upcoming:
        raise InvalidInput(path, "No date fits this recurrence.")
    if upcoming[0].date() != first.date():
        raise InvalidInput(f"{path}.weekdays", "The event starts on none of the days that the series falls on.")
    gaps = [later - earlier for earlier, later in pairwise(upcoming)]
    if gaps and end - start > min(gaps):
        raise InvalidInput(path, "Each date of a series has to end before the next one begins.")


_SHORTEST_MONTH = 28
_LOOK_AHEAD = 8
"""Dates to compare: more than a week has days, so every gap of a weekly series is among them."""
