"""Which dates a pattern stands for."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sandbox.microsoft.mailboxes.recurrence import (
    DayOfWeek,
    OccurrenceDates,
    PatternType,
    RangeType,
    Recurrence,
    RecurrencePattern,
    RecurrenceRange,
    WeekIndex,
)


def numbered(pattern: RecurrencePattern, start: date, count: int) -> list[date]:
    span = RecurrenceRange(type=RangeType.NUMBERED, start_date=start, number_of_occurrences=count)
    return list(Recurrence(pattern=pattern, range=span).dates())


@pytest.mark.parametrize(
    ("pattern", "start", "expected"),
    [
        (RecurrencePattern(type=PatternType.DAILY, interval=2), date(2026, 2, 27), ["2026-02-27", "2026-03-01"]),
        (
            RecurrencePattern(type=PatternType.WEEKLY, days_of_week=(DayOfWeek.MONDAY, DayOfWeek.FRIDAY)),
            date(2026, 11, 25),
            ["2026-11-27", "2026-11-30", "2026-12-04"],
        ),
        (
            RecurrencePattern(type=PatternType.ABSOLUTE_MONTHLY, day_of_month=31),
            date(2027, 1, 31),
            ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"],
        ),
        (
            RecurrencePattern(
                type=PatternType.RELATIVE_MONTHLY, days_of_week=(DayOfWeek.THURSDAY,), index=WeekIndex.LAST
            ),
            date(2026, 11, 1),
            ["2026-11-26", "2026-12-31", "2027-01-28"],
        ),
        (
            RecurrencePattern(type=PatternType.ABSOLUTE_YEARLY, day_of_month=29, month=2),
            date(2027, 1, 1),
            ["2027-02-28", "2028-02-29", "2029-02-28"],
        ),
        (
            RecurrencePattern(
                type=PatternType.RELATIVE_YEARLY,
                days_of_week=(DayOfWeek.MONDAY,),
                index=WeekIndex.SECOND,
                month=9,
            ),
            date(2026, 1, 1),
            ["2026-09-14", "2027-09-13"],
        ),
    ],
)
def test_each_pattern_gives_the_dates_outlook_gives(
    pattern: RecurrencePattern, start: date, expected: list[str]
) -> None:
    found = numbered(pattern, start, len(expected))

    assert [day.isoformat() for day in found] == expected


@given(
    start=st.dates(date(2000, 1, 1), date(2050, 1, 1)),
    interval=st.integers(1, 30),
    offset=st.integers(0, 400),
    length=st.integers(0, 100),
)
def test_asking_piecemeal_gives_the_same_dates_as_asking_at_once(
    start: date, interval: int, offset: int, length: int
) -> None:
    pattern = RecurrencePattern(type=PatternType.DAILY, interval=interval)
    recurrence = Recurrence(pattern=pattern, range=RecurrenceRange(type=RangeType.NO_END, start_date=start))
    first = start + timedelta(days=offset)
    last = first + timedelta(days=length)

    dates = OccurrenceDates(recurrence)
    piecemeal = [day for n in range(length + 1) for day in dates.between(*[first + timedelta(days=n)] * 2)]

    assert piecemeal == OccurrenceDates(recurrence).between(first, last)


def test_neighbours_of_a_date_are_the_dates_next_to_it() -> None:
    pattern = RecurrencePattern(type=PatternType.DAILY, interval=7)
    span = RecurrenceRange(type=RangeType.NUMBERED, start_date=date(2026, 11, 2), number_of_occurrences=3)
    dates = OccurrenceDates(Recurrence(pattern=pattern, range=span))

    assert dates.around(date(2026, 11, 9)) == (date(2026, 11, 2), date(2026, 11, 16))
    assert dates.around(date(2026, 11, 16)) == (date(2026, 11, 9), None)
