"""Which events a window of time holds, and in which order."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from app.suites.events import Event, EventTime
from app.suites.windows import in_window, order_of_start, overlaps
from tests.integrations.doubles import make_event

START = datetime(2026, 11, 12, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
AMSTERDAM = timezone(HOUR)


def whole_days(first: date, days: int = 1) -> Event:
    ends = EventTime("UTC", date=first + timedelta(days=days))
    return replace(make_event("Away", START), start=EventTime("UTC", date=first), end=ends, is_all_day=True)


def test_an_event_belongs_to_the_window_it_touches_and_to_no_other() -> None:
    event = make_event("Planning", START)

    assert overlaps(event, START - HOUR, START + timedelta(minutes=1))
    assert overlaps(event, START + timedelta(minutes=59), START + 2 * HOUR)
    assert not overlaps(event, START - HOUR, START)
    assert not overlaps(event, START + HOUR, START + 2 * HOUR)


def test_an_event_without_length_belongs_to_the_window_it_stands_in() -> None:
    event = replace(make_event("Reminder", START), end=EventTime("UTC", START))

    assert overlaps(event, START, START + HOUR)
    assert not overlaps(event, START - HOUR, START)


def test_an_all_day_event_is_compared_with_the_days_as_the_window_is_written() -> None:
    event = whole_days(date(2026, 11, 12))
    thursday = datetime(2026, 11, 12, tzinfo=AMSTERDAM)

    assert overlaps(event, thursday, thursday + DAY)
    assert not overlaps(event, thursday - DAY, thursday)
    assert not overlaps(event, thursday + DAY, thursday + 2 * DAY)
    assert overlaps(event, thursday + timedelta(hours=20), thursday + timedelta(hours=21))


@given(
    first=st.dates(date(2026, 1, 1), date(2026, 12, 1)),
    days=st.integers(1, 5),
    offset=st.integers(-8, 8),
    length=st.integers(1, 6),
)
def test_a_whole_day_is_in_the_windows_that_hold_one_of_its_days(
    first: date, days: int, offset: int, length: int
) -> None:
    event = whole_days(first, days)
    begins = datetime(first.year, first.month, first.day, tzinfo=UTC) + offset * DAY
    held = {first + timedelta(days=number) for number in range(days)}
    asked = {(begins + number * DAY).date() for number in range(length)}

    assert overlaps(event, begins, begins + length * DAY) == bool(held & asked)


def test_events_stand_in_order_of_their_start_whole_days_first() -> None:
    day, early, late = whole_days(START.date()), make_event("Early", START - 12 * HOUR), make_event("Late", START)

    assert order_of_start([late, early, day]) == [day, early, late]


def test_what_comes_twice_while_it_changes_counts_once_and_as_it_came_last() -> None:
    before = make_event("Before", START)
    after, outside = replace(before, subject="After"), make_event("Elsewhere", START + 2 * DAY)

    assert in_window([before, outside, after], START, START + DAY) == [after]
