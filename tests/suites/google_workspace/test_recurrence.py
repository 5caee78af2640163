"""Our recurrence as an RRULE line, judged by what dateutil makes of it."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from app.suites.errors import InvalidRequest
from app.suites.events import Frequency, Recurrence, Weekday
from app.suites.google_workspace.recurrence import rrule

AMSTERDAM = "Europe/Amsterdam"
MONDAY = date(2026, 11, 2)
ZONES = st.sampled_from([AMSTERDAM, "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu", "UTC"])
DAYS = list(Weekday)


def expanded(line: str, first: datetime) -> list[date]:
    """The dates on the clocks of the event's zone, which is how Google expands."""
    return [moment.date() for moment in rrulestr(line, dtstart=first)]


def test_a_weekly_series_names_its_days_and_its_week_begins_on_monday() -> None:
    recurrence = Recurrence(frequency=Frequency.WEEKLY, interval=2, weekdays=(Weekday.TUESDAY, Weekday.SUNDAY), count=5)

    assert rrule(recurrence, MONDAY, AMSTERDAM) == "RRULE:FREQ=WEEKLY;WKST=MO;BYDAY=TU,SU;INTERVAL=2;COUNT=5"


def test_a_weekly_series_without_days_falls_on_that_of_its_first_date() -> None:
    assert "BYDAY=MO;" in rrule(Recurrence(frequency=Frequency.WEEKLY, count=2), MONDAY, AMSTERDAM)


def test_the_last_friday_of_the_month_is_said_as_such() -> None:
    recurrence = Recurrence(
        frequency=Frequency.MONTHLY_BY_WEEKDAY, weekdays=(Weekday.FRIDAY,), week_of_month=-1, count=3
    )

    assert "FREQ=MONTHLY;BYDAY=-1FR" in rrule(recurrence, date(2026, 11, 27), AMSTERDAM)


@given(first=st.dates(date(2026, 1, 1), date(2030, 12, 31)), interval=st.integers(1, 13))
def test_a_monthly_series_falls_on_its_day_or_on_a_shorter_months_last(first: date, interval: int) -> None:
    recurrence = Recurrence(frequency=Frequency.MONTHLY_BY_DATE, interval=interval, count=15)

    dates = expanded(rrule(recurrence, first, "UTC"), datetime.combine(first, time(9), tzinfo=UTC))

    months = [first.year * 12 + first.month - 1 + interval * number for number in range(15)]
    last_days = [monthrange(month // 12, month % 12 + 1)[1] for month in months]
    assert [(day.year * 12 + day.month - 1, day.day) for day in dates] == [
        (month, min(first.day, last)) for month, last in zip(months, last_days, strict=True)
    ]


def test_the_last_day_counts_to_its_end_in_the_events_zone() -> None:
    until = Recurrence(frequency=Frequency.DAILY, until=date(2026, 11, 4))

    assert rrule(until, MONDAY, AMSTERDAM).endswith("UNTIL=20261104T225959Z")
    assert rrule(until, MONDAY, "Pacific/Kiritimati").endswith("UNTIL=20261104T095959Z")


@given(
    zone=ZONES,
    hour=st.integers(0, 23),
    first=st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    length=st.integers(0, 60),
    interval=st.integers(1, 5),
)
def test_a_daily_series_has_every_date_until_its_last_day_and_none_after(
    zone: str, hour: int, first: date, length: int, interval: int
) -> None:
    recurrence = Recurrence(frequency=Frequency.DAILY, interval=interval, until=first + timedelta(days=length))

    dates = expanded(rrule(recurrence, first, zone), datetime.combine(first, time(hour), tzinfo=ZoneInfo(zone)))

    assert dates == [first + timedelta(days=offset) for offset in range(0, length + 1, interval)]


@given(
    first=st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    chosen=st.sets(st.sampled_from(DAYS), min_size=1),
    interval=st.integers(1, 4),
    count=st.integers(1, 20),
)
def test_a_weekly_series_falls_on_its_days_in_every_so_manieth_week(
    first: date, chosen: set[Weekday], interval: int, count: int
) -> None:
    recurrence = Recurrence(frequency=Frequency.WEEKLY, interval=interval, weekdays=tuple(chosen), count=count)

    dates = expanded(rrule(recurrence, first, "UTC"), datetime.combine(first, time(9), tzinfo=UTC))

    week = first - timedelta(days=first.weekday())
    assert len(dates) == count
    assert all(DAYS[day.weekday()] in chosen and (day - week).days // 7 % interval == 0 for day in dates)


@given(
    first=st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    day=st.sampled_from(DAYS),
    week=st.sampled_from([1, 2, 3, 4, -1]),
)
def test_a_monthly_series_falls_on_its_weekday_of_that_week(first: date, day: Weekday, week: int) -> None:
    recurrence = Recurrence(frequency=Frequency.MONTHLY_BY_WEEKDAY, weekdays=(day,), week_of_month=week, count=6)

    dates = expanded(rrule(recurrence, first, "UTC"), datetime.combine(first, time(9), tzinfo=UTC))

    assert all(DAYS[found.weekday()] is day for found in dates)
    if week == -1:
        assert all((found + timedelta(days=7)).month != found.month for found in dates)
    else:
        assert all((found.day - 1) // 7 == week - 1 for found in dates)


@pytest.mark.parametrize(
    "nonsense",
    [
        Recurrence(frequency=Frequency.DAILY),
        Recurrence(frequency=Frequency.DAILY, count=0),
        Recurrence(frequency=Frequency.DAILY, count=2, until=date(2027, 1, 1)),
        Recurrence(frequency=Frequency.DAILY, until=date(2026, 11, 1)),
        Recurrence(frequency=Frequency.DAILY, interval=0, count=2),
        Recurrence(frequency=Frequency.MONTHLY_BY_WEEKDAY, weekdays=(Weekday.MONDAY,), count=2),
        Recurrence(frequency=Frequency.MONTHLY_BY_WEEKDAY, week_of_month=5, weekdays=(Weekday.MONDAY,), count=2),
        Recurrence(frequency=Frequency.MONTHLY_BY_WEEKDAY, week_of_month=1, count=2),
    ],
    ids=str,
)
def test_a_recurrence_that_contradicts_itself_is_refused(nonsense: Recurrence) -> None:
    with pytest.raises(InvalidRequest):
        rrule(nonsense, MONDAY, AMSTERDAM)
