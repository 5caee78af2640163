"""Series: Exchange's pattern and range, and the dates they stand for.

A series is expanded in *dates*; the wall time is put on each date afterwards, in the series' own zone, so a daily
meeting at nine stays at nine when the clocks change.
https://learn.microsoft.com/graph/api/resources/patternedrecurrence
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Literal

from dateutil import rrule

from app.sandbox.unrolled import Unrolled


class DayOfWeek(StrEnum):
    """Days as Graph writes them."""

    SUNDAY = "sunday"
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"


class PatternType(StrEnum):
    """How a series repeats."""

    DAILY = "daily"
    WEEKLY = "weekly"
    ABSOLUTE_MONTHLY = "absoluteMonthly"
    RELATIVE_MONTHLY = "relativeMonthly"
    ABSOLUTE_YEARLY = "absoluteYearly"
    RELATIVE_YEARLY = "relativeYearly"


class WeekIndex(StrEnum):
    """Which of the matching days in a month."""

    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    FOURTH = "fourth"
    LAST = "last"


class RangeType(StrEnum):
    """How a series ends."""

    END_DATE = "endDate"
    NO_END = "noEnd"
    NUMBERED = "numbered"


_WEEKDAYS = {
    DayOfWeek.MONDAY: rrule.MO,
    DayOfWeek.TUESDAY: rrule.TU,
    DayOfWeek.WEDNESDAY: rrule.WE,
    DayOfWeek.THURSDAY: rrule.TH,
    DayOfWeek.FRIDAY: rrule.FR,
    DayOfWeek.SATURDAY: rrule.SA,
    DayOfWeek.SUNDAY: rrule.SU,
}
_POSITIONS = {
    WeekIndex.FIRST: 1,
    WeekIndex.SECOND: 2,
    WeekIndex.THIRD: 3,
    WeekIndex.FOURTH: 4,
    WeekIndex.LAST: -1,
}
_FREQUENCIES: dict[PatternType, Literal[0, 1, 2, 3]] = {
    PatternType.DAILY: rrule.DAILY,
    PatternType.WEEKLY: rrule.WEEKLY,
    PatternType.ABSOLUTE_MONTHLY: rrule.MONTHLY,
    PatternType.RELATIVE_MONTHLY: rrule.MONTHLY,
    PatternType.ABSOLUTE_YEARLY: rrule.YEARLY,
    PatternType.RELATIVE_YEARLY: rrule.YEARLY,
}
_SHORTEST_MONTH = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrencePattern:
    """The rhythm; members that a type does not use keep Graph's empty values."""

    type: PatternType
    interval: int = 1
    days_of_week: tuple[DayOfWeek, ...] = ()
    day_of_month: int = 0
    month: int = 0
    index: WeekIndex = WeekIndex.FIRST
    first_day_of_week: DayOfWeek = DayOfWeek.SUNDAY


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrenceRange:
    """From when until when; ``time_zone`` is the name in which the dates count, as the client wrote it."""

    type: RangeType
    start_date: date
    end_date: date | None = None
    number_of_occurrences: int = 0
    time_zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A pattern over a range."""

    pattern: RecurrencePattern
    range: RecurrenceRange

    def dates(self) -> Iterator[date]:
        """Every date of the series, in order; endless for a range without end."""
        return (moment.date() for moment in self._rule())

    def _rule(self) -> rrule.rrule:
        pattern, span = self.pattern, self.range
        positions: int | None = None
        month_days: list[int] | None = None
        weekdays: list[rrule.weekday] | None = None
        if pattern.type in (PatternType.ABSOLUTE_MONTHLY, PatternType.ABSOLUTE_YEARLY):
            # A month without that day uses its last one, as Outlook does.
            month_days = list(range(min(pattern.day_of_month, _SHORTEST_MONTH), pattern.day_of_month + 1))
            positions = -1
        elif pattern.type is not PatternType.DAILY:
            weekdays = [_WEEKDAYS[day] for day in pattern.days_of_week]
            if pattern.type is not PatternType.WEEKLY:
                positions = _POSITIONS[pattern.index]
        yearly = pattern.type in (PatternType.ABSOLUTE_YEARLY, PatternType.RELATIVE_YEARLY)
        until = span.end_date if span.type is RangeType.END_DATE else None
        return rrule.rrule(
            _FREQUENCIES[pattern.type],
            dtstart=datetime.combine(span.start_date, time()),
            interval=pattern.interval,
            wkst=_WEEKDAYS[pattern.first_day_of_week],
            bymonth=pattern.month if yearly else None,
            bymonthday=month_days,
            byweekday=weekdays,
            bysetpos=positions,
            count=span.number_of_occurrences if span.type is RangeType.NUMBERED else None,
            until=datetime.combine(until, time()) if until else None,
        )


class OccurrenceDates(Unrolled[date]):
    """The dates of one series."""

    def __init__(self, recurrence: Recurrence) -> None:
        super().__init__(recurrence.dates())
