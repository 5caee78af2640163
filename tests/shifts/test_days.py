"""Which days a request means, and which instants a part of a day covers, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.buildings.hours import WEEKDAYS, weekday_of
from app.errors import InvalidInput
from app.shifts.capacity import Place, Taking, most_at_once
from app.shifts.commands import Weekly
from app.shifts.days import LONGEST_WINDOW, wanted_days
from app.shifts.spans import Part, Slot, Span, span_of
from tests.shifts.places import AREAS, HOUSE, PLACES

ZONES = ("UTC", "Europe/Amsterdam", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana")
days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
zones = st.sampled_from(ZONES).map(ZoneInfo)
afternoons = st.times(time(1), time(23)).map(lambda moment: moment.replace(second=0, microsecond=0))
patterns = st.builds(
    lambda first, length, weekdays: Weekly(first, first + timedelta(days=length), tuple(weekdays)),
    days,
    st.integers(0, LONGEST_WINDOW.days),
    st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7, unique=True),
)


@given(patterns)
def test_a_pattern_is_every_day_between_its_ends_that_falls_on_its_weekdays(pattern: Weekly) -> None:
    count = (pattern.last - pattern.first).days + 1
    all_days = [pattern.first + timedelta(days=offset) for offset in range(count)]
    expected = [day for day in all_days if weekday_of(day) in pattern.weekdays]

    if expected:
        assert [day.date for day in wanted_days(None, pattern)] == expected
    else:
        with pytest.raises(InvalidInput):
            wanted_days(None, pattern)


@given(st.lists(days, min_size=1, max_size=100, unique=True))
def test_single_days_come_in_order_each_with_its_place_in_the_input(dates: list[date]) -> None:
    found = wanted_days(dates, None)

    assert [day.date for day in found] == sorted(dates)
    assert {day.field: day.date for day in found} == {f"days.dates.{place}": day for place, day in enumerate(dates)}


@given(days, zones)
def test_a_whole_day_is_exactly_the_instants_that_have_this_date_there(day: date, zone: ZoneInfo) -> None:
    span = span_of(day, Part(), zone)
    step = timedelta(minutes=30)
    moments = [span.start + step * number for number in range(-4, int((span.end - span.start) / step) + 4)]

    for moment in moments:
        assert (span.start <= moment < span.end) == (moment.astimezone(zone).date() == day)


@given(days, zones, afternoons)
def test_morning_and_afternoon_divide_the_whole_day(day: date, zone: ZoneInfo, starts: time) -> None:
    whole, morning, afternoon = (
        span_of(day, Part(slot), zone, starts) for slot in (Slot.WHOLE_DAY, Slot.MORNING, Slot.AFTERNOON)
    )

    assert (morning.start, morning.end, afternoon.end) == (whole.start, afternoon.start, whole.end)
    assert not morning.overlaps(afternoon)


def test_the_day_on_which_the_clocks_go_forward_has_twenty_three_hours() -> None:
    span = span_of(date(2026, 3, 29), Part(), ZoneInfo("Europe/Amsterdam"))

    assert span == Span(datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC))


MIDNIGHT = datetime(2026, 12, 3, tzinfo=UTC)
spans = st.tuples(st.integers(0, 22), st.integers(1, 10)).map(
    lambda hours: Span(MIDNIGHT + timedelta(hours=hours[0]), MIDNIGHT + timedelta(hours=hours[0] + hours[1]))
)
crowd = st.lists(
    st.builds(
        lambda where, span, people: Taking(MIDNIGHT.date(), where[0], where[1], span, people),
        st.sampled_from(AREAS),
        spans,
        st.integers(1, 4),
    ),
    max_size=15,
)


@given(crowd, st.sampled_from(PLACES), spans)
def test_the_most_people_at_once_are_those_of_the_busiest_hour(there: list[Taking], place: Place, span: Span) -> None:
    hours = int((span.end - span.start) / timedelta(hours=1))
    present = [
        sum(
            taking.people
            for taking in there
            if place.contains(taking.floor_id, taking.area_id) and taking.span.start <= moment < taking.span.end
        )
        for moment in (span.start + timedelta(hours=hour) for hour in range(hours))
    ]

    assert most_at_once(there, place, span) == max(present)


@given(crowd, st.sampled_from(AREAS), spans, st.sampled_from(PLACES), spans)
def test_a_place_that_somebody_gives_up_counts_as_if_they_had_never_been_there(
    there: list[Taking], where: tuple[None, None], own: Span, place: Place, span: Span
) -> None:
    mine = Taking(MIDNIGHT.date(), where[0], where[1], own, 1)
    given_up = Taking(MIDNIGHT.date(), where[0], where[1], own, -1)

    assert most_at_once([*there, mine, given_up], place, span) == most_at_once(there, place, span)


def test_somebody_in_an_area_is_on_its_floor_and_in_its_building() -> None:
    floor_id, area_id = AREAS[0]
    there = [Taking(MIDNIGHT.date(), floor_id, area_id, Span(MIDNIGHT, MIDNIGHT + timedelta(hours=8)), 1)]
    noon = Span(MIDNIGHT + timedelta(hours=7), MIDNIGHT + timedelta(hours=9))

    counted = [most_at_once(there, place, noon) for place in Place(HOUSE, floor_id, area_id).levels]

    assert counted == [1, 1, 1]
