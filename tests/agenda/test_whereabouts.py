"""Where somebody works at the time of an event: which of their shifts counts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agenda.locations import NOWHERE, Stay, Whereabouts, part_of
from app.agenda.values import UNKNOWN_LOCATION, AttendeeLocation, AttendeeLocationKind
from app.shifts.spans import Span
from app.suites.events import Event, EventTime
from tests.bookings.house import START, make_event

DAY = datetime(2031, 5, 12, tzinfo=UTC)


def hour(number: float) -> datetime:
    return DAY + timedelta(hours=number)


def at_office(building: str) -> AttendeeLocation:
    return AttendeeLocation(kind=AttendeeLocationKind.AT_OFFICE, building=building)


def works(*stays: tuple[float, float, str]) -> Whereabouts:
    return Whereabouts([Stay(hour(start), hour(end), at_office(building)) for start, end, building in stays])


def building(whereabouts: Whereabouts, start: float, end: float) -> str | None:
    return whereabouts.during(Span(hour(start), hour(end))).building


def all_day(first: date, last: date, zone: str) -> Event:
    end = last + timedelta(days=1)
    return replace(make_event(), is_all_day=True, start=EventTime(zone, date=first), end=EventTime(zone, date=end))


def test_somebody_without_a_shift_at_that_time_is_nobody_knows_where() -> None:
    assert NOWHERE.during(Span(hour(9), hour(10))) is UNKNOWN_LOCATION
    assert works((8, 12, "Harbour")).during(Span(hour(13), hour(14))) is UNKNOWN_LOCATION


def test_a_shift_that_only_touches_an_event_does_not_count() -> None:
    morning = works((8, 12, "Harbour"))

    assert building(morning, 12, 13) is None
    assert building(morning, 7, 8) is None


def test_the_shift_that_covers_most_of_an_event_counts() -> None:
    day = works((0, 10, "Harbour"), (10, 11, "Pier"), (11, 24, "Lighthouse"))

    assert building(day, 9, 10.5) == "Harbour"
    assert building(day, 9.75, 10.5) == "Pier"
    assert building(day, 9.75, 12.5) == "Lighthouse"


def test_of_two_shifts_that_cover_as_much_the_earlier_counts() -> None:
    day = works((0, 12, "Harbour"), (12, 24, "Pier"))

    assert building(day, 11, 13) == "Harbour"


def test_whoever_travels_is_where_the_next_day_begins_as_soon_as_it_does_there() -> None:
    on_the_move = works((5, 29, "Mill"), (23, 47, "Lighthouse"))

    assert building(on_the_move, 21, 22) == "Mill"
    assert building(on_the_move, 24, 25) == "Lighthouse"
    assert building(on_the_move, 21, 24.5) == "Mill"


def test_an_event_without_length_is_where_somebody_is_at_that_moment() -> None:
    day = works((8, 12, "Harbour"), (12, 16, "Pier"))

    assert [building(day, moment, moment) for moment in (7, 8, 11, 12, 16)] == [
        None,
        "Harbour",
        "Harbour",
        "Pier",
        None,
    ]


@st.composite
def days_and_events(draw: st.DrawFn) -> tuple[list[tuple[int, int, str]], int, int]:
    """Shifts that do not overlap, in order, and an event that may have no length."""
    edges = draw(st.lists(st.integers(0, 60), max_size=12, unique=True).map(sorted))
    shifts = [(start, end, f"{start}") for start, end in pairwise(edges) if draw(st.booleans())]
    start = draw(st.integers(0, 60))
    return shifts, start, start + draw(st.integers(0, 20))


@given(days_and_events())
def test_no_other_shift_covers_more_than_the_one_that_counts(day: tuple[list[tuple[int, int, str]], int, int]) -> None:
    shifts, start, end = day

    def covered(shift: tuple[int, int, str]) -> float:
        if start == end:
            return 1 if shift[0] <= start < shift[1] else 0
        return max(0, min(shift[1], end) - max(shift[0], start))

    most = max((covered(shift) for shift in shifts), default=0)
    expected = next((name for *_, name in shifts if most and covered((*_, name)) == most), None)
    assert building(works(*shifts), start, end) == expected


def test_an_event_is_looked_at_in_full_for_a_day_and_no_longer() -> None:
    short, long = make_event(START, timedelta(hours=24)), make_event(START, timedelta(days=5))

    assert part_of(short) == part_of(long) == Span(START, START + timedelta(hours=24))
    assert part_of(make_event(START, timedelta(minutes=5))).end == START + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("UTC", datetime(2031, 5, 12, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2031, 5, 11, 15, tzinfo=UTC)),
        ("America/New_York", datetime(2031, 5, 12, 4, tzinfo=UTC)),
    ],
)
def test_the_days_of_an_all_day_event_are_those_of_its_own_zone(zone: str, begins: datetime) -> None:
    day = date(2031, 5, 12)

    assert part_of(all_day(day, day, zone)) == Span(begins, begins + timedelta(hours=24))


def test_a_day_that_the_clock_makes_shorter_ends_when_it_ends() -> None:
    spring = date(2031, 3, 30)

    part = part_of(all_day(spring, spring, "Europe/Amsterdam"))

    assert part.end - part.start == timedelta(hours=23)


@pytest.mark.parametrize("moment", [datetime(1601, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_an_event_at_the_end_of_time_is_an_event(moment: datetime) -> None:
    time = EventTime("UTC", moment)

    assert part_of(replace(make_event(), start=time, end=time)) == Span(moment, moment)


def test_an_event_that_ends_before_it_starts_counts_as_a_moment() -> None:
    assert part_of(make_event(START, timedelta(hours=-1))) == Span(START, START)
