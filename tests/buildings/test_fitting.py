"""Which shifts no longer fit a building that changes: the rule itself, against whatever is booked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.buildings.fitting import Booked, Fitting, Misfit, fit
from app.buildings.hours import OFFICE_HOURS, Opening, OpeningHours, opening_hours, stored, weekday_of
from app.buildings.layout import AreaLayout, BuildingLayout, FloorLayout, capacities
from app.buildings.validation import OpenDay, checked_hours
from app.shifts.capacity import Place, Taking, most_at_once
from app.shifts.spans import Part, Slot, Span, span_of
from app.suites.events import Weekday

BUILDING = UUID(int=1)
FLOORS = (UUID(int=10), UUID(int=20))
AREAS = {FLOORS[0]: (UUID(int=11), UUID(int=12)), FLOORS[1]: (UUID(int=21),)}
PLACES = (
    Place(BUILDING),
    *(Place(BUILDING, floor) for floor in FLOORS),
    *(Place(BUILDING, floor, area) for floor, areas in AREAS.items() for area in areas),
)
MONDAY = date(2031, 5, 12)
NOW = datetime(2031, 5, 12, 9, tzinfo=UTC)
LONG_AGO = datetime(2031, 1, 1, tzinfo=UTC)
ALWAYS: OpeningHours = {day: Opening(time(), time(23, 59)) for day in Weekday}


def layout_of(**changes: object) -> BuildingLayout:
    floors = tuple(
        FloorLayout(
            f"Floor {floor.int}", None, tuple(AreaLayout(f"Area {area.int}", None, area) for area in areas), floor
        )
        for floor, areas in AREAS.items()
    )
    plain = BuildingLayout(
        name="Lighthouse",
        time_zone="Europe/Amsterdam",
        hours=ALWAYS,
        slots=tuple(Slot),
        afternoon_starts=time(13),
        floors=floors,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # whichever a test is about


def parts() -> st.SearchStrategy[Part]:
    moments = st.tuples(st.integers(0, 22), st.integers(1, 23)).filter(lambda pair: pair[0] < pair[1])
    timed = moments.map(lambda pair: Part(Slot.TIMES, time(pair[0]), time(pair[1])))
    return st.one_of(st.sampled_from([Part(Slot.WHOLE_DAY), Part(Slot.MORNING), Part(Slot.AFTERNOON)]), timed)


@st.composite
def crowds(draw: st.DrawFn) -> Sequence[Booked]:
    """Shifts of people who are each in one place on a day, booked one after the other, some of them begun."""
    found = []
    zone = ZoneInfo("Europe/Amsterdam")
    for number in range(draw(st.integers(0, 12))):
        day = MONDAY + timedelta(days=draw(st.integers(-1, 2)))
        part = draw(parts())
        found.append(
            Booked(
                id=UUID(int=1000 + number),
                member_id=UUID(int=number),
                place=draw(st.sampled_from(PLACES)),
                date=day,
                part=part,
                span=span_of(day, part, zone),
                booked_at=LONG_AGO + timedelta(minutes=draw(st.integers(0, 5))),
            )
        )
    return found


LIMITS = st.fixed_dictionaries({place: st.one_of(st.none(), st.integers(0, 4)) for place in PLACES})


def staying(shifts: Iterable[Booked], fitting: Fitting) -> Sequence[tuple[Booked, Span]]:
    return [(shift, fitting.moved.get(shift.id, shift.span)) for shift in shifts if shift.id not in fitting.misfits]


def most(people: Iterable[tuple[Booked, Span]], place: Place, day: date) -> int:
    """Counted by walking through the day in steps of a quarter of an hour."""
    there = [(shift, span) for shift, span in people if shift.date == day and place in shift.place.levels]
    start = datetime.combine(day, time(), ZoneInfo("Europe/Amsterdam")).astimezone(UTC)
    moments = (start + timedelta(minutes=15 * step) for step in range(96))
    return max(sum(span.start <= moment < span.end for _, span in there) for moment in moments)


@given(crowds(), LIMITS)
def test_afterwards_no_place_holds_more_people_than_it_takes_but_those_who_have_begun(
    shifts: Sequence[Booked], limits: Mapping[Place, int | None]
) -> None:
    fitting = fit(shifts, layout_of(), limits, NOW, {})

    begun = [(shift, shift.span) for shift in shifts if shift.span.start <= NOW]
    for place, limit in limits.items():
        for day in {shift.date for shift in shifts}:
            allowed = max(limit, most(begun, place, day)) if limit is not None else len(shifts)
            assert most(staying(shifts, fitting), place, day) <= allowed


@given(crowds(), LIMITS)
def test_whoever_goes_for_want_of_room_would_not_fit_beside_those_who_booked_before(
    shifts: Sequence[Booked], limits: Mapping[Place, int | None]
) -> None:
    fitting = fit(shifts, layout_of(), limits, NOW, {})

    order = {shift.id: (shift.booked_at, shift.id) for shift in shifts}
    for gone in (shift for shift in shifts if shift.id in fitting.misfits):
        assert fitting.misfits[gone.id] is Misfit.OVER_CAPACITY
        before = [
            shift
            for shift, _ in staying(shifts, fitting)
            if shift.date == gone.date and (shift.span.start <= NOW or order[shift.id] < order[gone.id])
        ]
        takings = [Taking(shift.date, shift.place.floor_id, shift.place.area_id, shift.span, 1) for shift in before]
        full = [
            level
            for level in gone.place.levels
            if (limit := limits[level]) is not None and most_at_once(takings, level, gone.span) >= limit
        ]
        assert full


@given(crowds(), LIMITS)
def test_what_has_begun_stays_and_does_not_move(shifts: Sequence[Booked], limits: Mapping[Place, int | None]) -> None:
    changed = layout_of(hours={}, slots=(Slot.TIMES,), time_zone="Asia/Tokyo", afternoon_starts=time(9))

    fitting = fit(shifts, changed, limits, NOW, {})

    for shift in shifts:
        if shift.span.start <= NOW:
            assert shift.id not in fitting.misfits
            assert shift.id not in fitting.moved


@given(crowds())
def test_where_nothing_changes_and_nothing_is_limited_everybody_stays_where_they_are(shifts: Sequence[Booked]) -> None:
    assert fit(shifts, layout_of(), dict.fromkeys(PLACES), NOW, {}) == Fitting({}, {})


@given(crowds(), LIMITS)
def test_asked_again_about_those_who_stay_nobody_else_goes(
    shifts: Sequence[Booked], limits: Mapping[Place, int | None]
) -> None:
    fitting = fit(shifts, layout_of(), limits, NOW, {})
    rest = [shift for shift, _ in staying(shifts, fitting)]

    assert fit(rest, layout_of(), limits, NOW, {}) == Fitting({}, {})


@given(crowds(), st.sampled_from(["America/New_York", "Asia/Kolkata", "Pacific/Auckland", "UTC"]), st.integers(1, 23))
def test_what_comes_keeps_its_day_and_what_the_clock_shows(shifts: Sequence[Booked], zone: str, afternoon: int) -> None:
    changed = layout_of(time_zone=zone, afternoon_starts=time(afternoon))

    fitting = fit(shifts, changed, dict.fromkeys(PLACES), NOW, {})

    for shift, span in staying(shifts, fitting):
        if shift.span.start > NOW:
            assert span == span_of(shift.date, shift.part, ZoneInfo(zone), time(afternoon))


@given(crowds(), st.sampled_from(PLACES))
def test_everybody_in_a_removed_place_goes_and_whoever_is_around_it_stays(
    shifts: Sequence[Booked], removed: Place
) -> None:
    places = {place: None for place in PLACES if removed not in place.levels}

    fitting = fit(shifts, layout_of(), places, NOW, {})

    assert fitting.misfits == {shift.id: Misfit.PLACE_REMOVED for shift in shifts if removed in shift.place.levels}


@given(crowds(), st.sets(st.sampled_from(list(Weekday))), st.integers(6, 11), st.integers(12, 20))
def test_what_comes_goes_exactly_where_nobody_could_book_it_any_more(
    shifts: Sequence[Booked], days: set[Weekday], opens: int, closes: int
) -> None:
    hours = {day: Opening(time(opens), time(closes)) for day in days}

    fitting = fit(shifts, layout_of(hours=hours), dict.fromkeys(PLACES), NOW, {})

    for shift in (shift for shift in shifts if shift.span.start > NOW):
        part, is_open = shift.part, weekday_of(shift.date) in days
        is_outside = (
            part.start is not None
            and part.end is not None
            and not (opens <= part.start.hour and part.end.hour <= closes)
        )
        expected = Misfit.OUTSIDE_OPENING_HOURS if is_open and is_outside else None
        assert fitting.misfits.get(shift.id) is (expected if is_open else Misfit.BUILDING_CLOSED)


def booked(part: Part, *, number: int = 0, member: int = 0, place: Place = PLACES[0], day: date = MONDAY) -> Booked:
    day += timedelta(days=1)
    span = span_of(day, part, ZoneInfo("Europe/Amsterdam"))
    return Booked(UUID(int=number), UUID(int=member), place, day, part, span, LONG_AGO + timedelta(minutes=number))


def test_a_shift_that_goes_for_another_reason_takes_no_room() -> None:
    first = booked(Part(Slot.MORNING), number=1, member=1)
    second = booked(Part(), number=2, member=2)

    fitting = fit([first, second], layout_of(slots=(Slot.WHOLE_DAY,)), {PLACES[0]: 1}, NOW, {})

    assert fitting.misfits == {first.id: Misfit.SLOT_NOT_OFFERED}


def test_people_who_are_there_one_after_the_other_take_one_place() -> None:
    morning = booked(Part(Slot.MORNING), number=1, member=1)
    afternoon = booked(Part(Slot.AFTERNOON), number=2, member=2)
    day = booked(Part(), number=3, member=3)

    fitting = fit([day, afternoon, morning], layout_of(), {PLACES[0]: 1}, NOW, {})

    assert fitting.misfits == {day.id: Misfit.OVER_CAPACITY}


def test_a_building_is_full_before_its_areas_are() -> None:
    areas = PLACES[-3:]
    shifts = [booked(Part(), number=number, member=number, place=area) for number, area in enumerate(areas)]
    limits: dict[Place, int | None] = dict.fromkeys(PLACES, 10)

    fitting = fit(shifts, layout_of(), limits | {PLACES[0]: 2}, NOW, {})

    assert fitting.misfits == {shifts[2].id: Misfit.OVER_CAPACITY}


def test_a_shift_that_moves_gives_way_to_those_of_its_member_elsewhere() -> None:
    mine = booked(Part(Slot.AFTERNOON), number=1, member=1)
    theirs = booked(Part(Slot.AFTERNOON), number=2, member=2)
    lunch = span_of(mine.date, Part(Slot.TIMES, time(12), time(13)), ZoneInfo("Europe/Amsterdam"))

    fitting = fit(
        [mine, theirs],
        layout_of(afternoon_starts=time(12)),
        dict.fromkeys(PLACES),
        NOW,
        {(mine.member_id, mine.date): [lunch]},
    )

    assert fitting.misfits == {mine.id: Misfit.OVERLAPS}
    assert set(fitting.moved) == {theirs.id}


def test_a_part_of_a_day_that_the_new_zone_skips_no_longer_fits() -> None:
    # In Lisbon the clocks go from one to two on that Sunday.
    day = date(2032, 3, 28)
    shift = replace(booked(Part(Slot.TIMES, time(1, 30), time(2))), date=day)
    shift = replace(shift, span=span_of(day, shift.part, ZoneInfo("UTC")))

    fitting = fit([shift], layout_of(time_zone="Europe/Lisbon"), dict.fromkeys(PLACES), NOW, {})

    assert fitting.misfits == {shift.id: Misfit.OUTSIDE_OPENING_HOURS}


def test_a_crowd_of_a_thousand_is_looked_through_day_by_day() -> None:
    shifts = [
        booked(Part(slot), number=number, member=number, day=MONDAY + timedelta(days=number % 5))
        for number, slot in enumerate([Slot.MORNING, Slot.AFTERNOON, Slot.WHOLE_DAY] * 400)
    ]

    fitting = fit(shifts, layout_of(), {PLACES[0]: 100}, NOW, {})

    kept: dict[date, int] = defaultdict(int)
    for shift, _ in staying(shifts, fitting):
        kept[shift.date] += shift.part.slot is not Slot.AFTERNOON
    assert set(kept.values()) == {100}


def test_the_places_of_a_layout_are_those_that_have_an_id_already() -> None:
    new = FloorLayout("Roof", 4, (AreaLayout("Terrace", 2),))
    layout = layout_of(capacity=9)

    assert set(capacities(BUILDING, replace(layout, floors=(*layout.floors, new)))) == set(PLACES)


WEEKS = st.dictionaries(
    st.sampled_from(list(Weekday)),
    st.tuples(st.times(), st.times())
    .map(lambda pair: tuple(moment.replace(second=0, microsecond=0) for moment in pair))
    .filter(lambda pair: pair[0] < pair[1])
    .map(lambda pair: Opening(*pair)),
)


@given(WEEKS)
def test_opening_hours_come_back_from_a_row_as_they_went_in_and_in_the_order_of_the_week(hours: OpeningHours) -> None:
    read = opening_hours(stored(hours))

    assert read == dict(hours)
    assert list(read) == [day for day in Weekday if day in hours]


@given(WEEKS, st.randoms())
def test_opening_hours_are_the_same_in_whichever_order_the_days_are_named(hours: OpeningHours, random: Random) -> None:
    days = [OpenDay(day, opening.opens, opening.closes) for day, opening in hours.items()]
    random.shuffle(days)

    assert list(checked_hours(days).items()) == list(opening_hours(stored(hours)).items())


def test_office_hours_are_monday_to_friday() -> None:
    assert list(OFFICE_HOURS) == list(Weekday)[:5]
    assert weekday_of(MONDAY) is Weekday.MONDAY
