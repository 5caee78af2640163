"""Where the dates of a series go when one of them and all that follow are moved."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agenda.times import instant
from app.bookings.shifting import Step, shift_between, steps
from app.suites.events import Event, EventKind, EventTime, NewTime
from tests.bookings.house import make_event

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONES = st.sampled_from(["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
MOMENTS = st.timedeltas(timedelta(), 730 * DAY).map(lambda since: datetime(2031, 1, 1, tzinfo=UTC) + since)
LENGTHS = st.timedeltas(timedelta(minutes=1), timedelta(hours=20))
SHIFTS = st.timedeltas(-3 * DAY, 3 * DAY)


def _date(begin: datetime, now: datetime | None = None) -> Event:
    return make_event(now or begin, kind=EventKind.OCCURRENCE, original_start=begin, series_mailbox_id="series")


def _wall(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _at(start: datetime, zone: str = "Europe/Amsterdam") -> NewTime:
    return NewTime(start=start, end=start + HOUR, time_zone=zone)


def _taken(step: Step) -> Event:
    """The date once the step is taken."""
    return _date(step.event.original_start or step.time.start, step.time.start)


@given(MOMENTS, SHIFTS, MOMENTS, LENGTHS, ZONES)
def test_every_date_goes_as_far_on_the_wall_as_the_named_one(
    begin: datetime, by: timedelta, other: datetime, length: timedelta, zone: str
) -> None:
    time = NewTime(start=begin + by, end=begin + by + length, time_zone=zone)

    moved = shift_between(begin, time).of(other)

    asked = _wall(begin + by, zone) - _wall(begin, zone)
    skipped = _wall(moved.start, zone) - _wall(other, zone) - asked
    assert skipped in {timedelta(), HOUR, HOUR / 2}
    assert (moved.end - moved.start, moved.time_zone) == (length, zone)


@pytest.mark.parametrize(
    ("begin", "expected"),
    [("2031-03-29T00:30Z", "2031-03-30T01:30Z"), ("2031-10-24T23:30Z", "2031-10-26T00:30Z")],
    ids=["an hour that the clock skips", "an hour that it shows twice"],
)
def test_a_time_on_the_night_of_the_change_is_one_that_exists(begin: str, expected: str) -> None:
    named = datetime(2031, 6, 1, 23, 30, tzinfo=UTC)
    shift = shift_between(named, _at(named + DAY + HOUR))

    moved = shift.of(datetime.fromisoformat(begin))

    assert moved.start == datetime.fromisoformat(expected)


def test_dates_that_only_get_another_length_begin_when_they_did() -> None:
    twice = datetime(2031, 10, 26, 1, 30, tzinfo=UTC)  # 02:30 in Amsterdam, for the second time
    named = datetime(2031, 6, 1, 0, 30, tzinfo=UTC)

    assert shift_between(named, _at(named)).of(twice).start == twice


@given(st.integers(2, 9), st.integers(1, 4), SHIFTS, st.data())
def test_a_repeat_after_any_number_of_steps_leaves_the_same_behind(
    count: int, days: int, by: timedelta, data: st.DataObject
) -> None:
    first = datetime(2031, 3, 20, 9, tzinfo=UTC)
    dates = [_date(first + place * days * DAY) for place in range(count)]
    time = _at(first + by)
    expected = {step.event.original_start: step.time for step in steps(first, time, dates)}
    done = steps(first, time, dates)[: data.draw(st.integers(0, count))]
    between = {step.event.original_start: _taken(step) for step in done}

    rest = steps(first, time, [between.get(date.original_start, date) for date in dates])

    assert {step.event.original_start for step in rest} == expected.keys() - between.keys()
    assert all(step.time == expected[step.event.original_start] for step in rest)


@given(st.lists(st.integers(-11, 11), min_size=2, max_size=9), st.integers(-60, 60))
def test_no_date_passes_its_neighbour_on_the_way(offsets: list[int], by: int) -> None:
    first = datetime(2031, 5, 12, 9, tzinfo=UTC)
    begins = [first + place * DAY for place in range(len(offsets))]
    now = {begin: _date(begin, begin + hours * HOUR) for begin, hours in zip(begins, offsets, strict=True)}

    for step in steps(first, _at(first + by * HOUR, "UTC"), list(now.values())):
        now[step.event.original_start or first] = _taken(step)

        starts = [instant(now[begin].start) for begin in begins]
        assert starts == sorted(starts)

    assert [instant(now[begin].start) for begin in begins] == [begin + by * HOUR for begin in begins]


def test_dates_come_in_no_order_and_are_taken_in_theirs() -> None:
    first = datetime(2031, 5, 12, 9, tzinfo=UTC)
    dates = [_date(first + place * DAY) for place in (2, 0, 1)]

    forwards = steps(first, _at(first - DAY), dates)
    backwards = steps(first, _at(first + DAY), dates)

    assert [step.event.start for step in forwards] == [_utc(first + place * DAY) for place in (0, 1, 2)]
    assert [step.event.start for step in backwards] == [_utc(first + place * DAY) for place in (2, 1, 0)]


def _utc(moment: datetime) -> EventTime:
    return EventTime("Europe/Amsterdam", moment)
