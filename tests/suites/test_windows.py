"""Which events a window of time holds, and in which order."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.suites.events import Event, EventTime
from app.suites.windows import Reach, Reading, TooManyEvents, first_moment, order_of_start, overlaps
from tests.integrations.doubles import make_event
from tests.suites.listing import BEGIN, SuiteList, calendars, timed

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

    reading = Reading(START, START + DAY)
    reading.take([before, outside])
    reading.take([after])

    assert reading.told(is_whole=True) == [after]


LENGTH = timedelta(days=4)


@given(
    events=calendars,
    zone=st.integers(-12, 14),
    page=st.integers(1, 12),
    since=st.none() | st.integers(-70, 120),
    enough=st.integers(1, 12),
)
def test_a_part_of_a_window_is_what_the_whole_has_there_wherever_the_suites_days_begin(
    events: list[Event], zone: int, page: int, since: int | None, enough: int
) -> None:
    listed = SuiteList(events, zone, page)
    moment = None if since is None else BEGIN + since * HOUR
    whole, _ = listed.read(BEGIN, BEGIN + LENGTH, None)
    wanted = [event for event in whole if moment is None or first_moment(event.start) >= moment]

    told, is_whole = listed.read(BEGIN, BEGIN + LENGTH, Reach(moment, enough))

    assert told == wanted[: len(told)]
    if is_whole:
        assert told == wanted
    else:
        assert sum(moment is None or first_moment(event.start) > moment for event in told) >= enough
        assert all(first_moment(event.start) > first_moment(told[-1].start) for event in wanted[len(told) :])


def test_no_more_pages_are_read_than_it_takes() -> None:
    listed = SuiteList([timed(number, number, 1) for number in range(90)], zone=0, page=10, most=30)

    told, is_whole = listed.read(BEGIN, BEGIN + LENGTH, Reach(BEGIN + 48 * HOUR, 5))

    assert not is_whole
    assert [event.subject for event in told[:6]] == ["48", "49", "50", "51", "52", "53"]
    with pytest.raises(TooManyEvents):
        listed.read(BEGIN, BEGIN + LENGTH, None)


def test_a_suite_that_keeps_no_order_is_read_to_the_end() -> None:
    reading = Reading(START, START + DAY, Reach(None, 1))
    late, early = make_event("Late", START + 9 * HOUR), make_event("Early", START)

    assert not reading.take([late, early])
    assert reading.told(is_whole=True) == [early, late]
