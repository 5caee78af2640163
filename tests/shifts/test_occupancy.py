"""How full places are: rounded so that nobody is revealed, and true where a place is full."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tortoise.context import TortoiseContext

from app.buildings.models import Building
from app.identity.models import LocationSharing, Member
from app.shifts.capacity import Place, Taking, most_at_once
from app.shifts.occupancy import (
    COUNTED_TOGETHER,
    OccupancyKey,
    PeopleThere,
    PlaceOccupancy,
    least_left,
    occupancies,
    occupancy_of,
)
from app.shifts.spans import Part, Slot, Span
from tests.buildings.making import make_area, make_building, make_floor
from tests.support.database import open_database
from tests.support.people import make_member, make_organisation, principal_of
from tests.support.queries import counted_queries
from tests.support.workplaces import make_shift, shares

DAY = date(2026, 12, 3)
MIDNIGHT = datetime(2026, 12, 3, tzinfo=UTC)
WHOLE_DAY = Span(MIDNIGHT, MIDNIGHT + timedelta(days=1))
MORNING = Span(MIDNIGHT, MIDNIGHT + timedelta(hours=13))
AFTERNOON = Span(MORNING.end, WHOLE_DAY.end)
HOUSE = UUID(int=1)
AREAS = ((UUID(int=10), UUID(int=100)), (UUID(int=10), UUID(int=101)), (UUID(int=11), None), (None, None))
"""A floor of two areas, a floor of none, and the building without a floor."""
PLACES = (
    Place(HOUSE),
    Place(HOUSE, UUID(int=10)),
    Place(HOUSE, UUID(int=10), UUID(int=100)),
    Place(HOUSE, UUID(int=10), UUID(int=101)),
    Place(HOUSE, UUID(int=11)),
)


def _taking(where: tuple[UUID | None, UUID | None] = (None, None), span: Span = WHOLE_DAY, people: int = 1) -> Taking:
    return Taking(DAY, where[0], where[1], span, people)


def _told(there: PeopleThere, capacity: int | None = None, place: Place = PLACES[0]) -> PlaceOccupancy:
    return occupancy_of(there, OccupancyKey(place, DAY, WHOLE_DAY, capacity))


spans = st.sampled_from([WHOLE_DAY, MORNING, AFTERNOON]) | st.tuples(st.integers(0, 22), st.integers(1, 23)).map(
    lambda hours: Span(MIDNIGHT + timedelta(hours=hours[0]), MIDNIGHT + timedelta(hours=hours[0] + hours[1]))
)
single = st.builds(_taking, st.sampled_from(AREAS), spans)
crowds = st.lists(single, max_size=12)
few = st.lists(single, max_size=COUNTED_TOGETHER - 1)
keys = st.builds(OccupancyKey, st.sampled_from(PLACES), st.just(DAY), spans, st.none() | st.integers(0, 15))


@given(crowds, few, few, keys)
def test_which_of_nought_to_four_hidden_people_are_there_changes_no_answer_while_nothing_is_full(
    seen: list[Taking], some: list[Taking], others: list[Taking], key: OccupancyKey
) -> None:
    answers = [occupancy_of(PeopleThere(seen, hidden), key) for hidden in (some, others)]
    assume(not any(answer.is_full for answer in answers))

    assert answers[0] == answers[1]


@given(crowds, crowds, keys)
def test_of_the_hidden_only_whole_fives_and_fullness_are_told(
    seen: list[Taking], hidden: list[Taking], key: OccupancyKey
) -> None:
    told = occupancy_of(PeopleThere(seen, hidden), key)
    fives = most_at_once(hidden, key.place, key.span) // COUNTED_TOGETHER
    assume(not told.is_full)

    in_a_row = [_taking((key.place.floor_id, key.place.area_id), key.span, people=fives * COUNTED_TOGETHER)]
    assume(not occupancy_of(PeopleThere(seen, in_a_row), key).is_full)
    assert occupancy_of(PeopleThere(seen, in_a_row), key) == told


@given(crowds, crowds, keys)
def test_a_place_is_full_exactly_where_nobody_can_be_booked_for_the_span(
    seen: list[Taking], hidden: list[Taking], key: OccupancyKey
) -> None:
    told = occupancy_of(PeopleThere(seen, hidden), key)

    one_more = most_at_once(
        [*seen, *hidden, _taking((key.place.floor_id, key.place.area_id), key.span)], key.place, key.span
    )
    assert told.is_full == (key.capacity is not None and one_more > key.capacity)
    assert told.left is None if key.capacity is None else (told.left == 0) == told.is_full


@given(crowds, crowds, keys)
def test_people_and_what_is_left_are_the_capacity(seen: list[Taking], hidden: list[Taking], key: OccupancyKey) -> None:
    told = occupancy_of(PeopleThere(seen, hidden), key)
    assume(key.capacity is not None and told.people <= key.capacity)

    assert told.left is not None
    assert told.people + told.left == key.capacity


@given(crowds, crowds, spans)
def test_a_shift_of_ones_own_moves_the_count_by_one_whoever_is_hidden(
    seen: list[Taking], hidden: list[Taking], span: Span
) -> None:
    key = OccupancyKey(PLACES[0], DAY, span, None)

    before = occupancy_of(PeopleThere(seen, hidden), key)
    after = occupancy_of(PeopleThere([*seen, _taking(span=span)], hidden), key)

    assert after.people == before.people + 1


@pytest.mark.parametrize(("hidden", "people"), [(0, 2), (4, 2), (5, 7), (9, 7), (10, 12)])
def test_hidden_people_are_counted_in_fives(hidden: int, people: int) -> None:
    there = PeopleThere([_taking(people=2)], [_taking(people=hidden)])

    assert _told(there) == PlaceOccupancy(people=people, left=None, is_full=False)
    assert _told(there, capacity=20) == PlaceOccupancy(people=people, left=20 - people, is_full=False)


def test_hidden_people_in_small_numbers_everywhere_are_told_where_they_are_five_together() -> None:
    there = PeopleThere((), [_taking(AREAS[0], people=3), _taking(AREAS[1], people=2)])

    assert [_told(there, place=place).people for place in PLACES] == [5, 5, 0, 0, 0]


def test_a_place_that_is_full_says_so_and_one_that_has_room_never_does() -> None:
    assert _told(PeopleThere((), [_taking(people=4)]), 4) == PlaceOccupancy(people=4, left=0, is_full=True)
    assert _told(PeopleThere((), [_taking(people=4)]), 5) == PlaceOccupancy(people=0, left=5, is_full=False)


def test_people_who_share_a_place_one_after_the_other_leave_room() -> None:
    there = PeopleThere([_taking(span=MORNING, people=5)], [_taking(span=AFTERNOON, people=5)])

    assert _told(there, 8) == PlaceOccupancy(people=7, left=1, is_full=False)


def test_a_place_takes_no_more_than_the_fullest_place_around_it() -> None:
    levels = [PlaceOccupancy(90, 10, False), PlaceOccupancy(20, None, False), PlaceOccupancy(1, 3, False)]

    assert least_left(levels) == 3
    assert least_left(levels[1:2]) is None


@pytest.fixture
async def ada(database: TortoiseContext) -> Member:
    return await make_member(await make_organisation())


async def _crowd(ada: Member, number: int, sharing: LocationSharing) -> Sequence[Member]:
    organisation = await ada.organisation
    crowd = [await make_member(organisation, f"{sharing.value.title()} {index}") for index in range(number)]
    for member in crowd:
        await shares(member, sharing)
    return crowd


def _key(building: Building, capacity: int | None = None) -> OccupancyKey:
    start = datetime(2026, 12, 2, 23, tzinfo=UTC)
    return OccupancyKey(Place(building.id), DAY, Span(start, start + timedelta(days=1)), capacity)


async def _five_hidden_and_two_seen(ada: Member) -> Building:
    building = await make_building(ada.organisation_id)
    hidden = await _crowd(ada, 5, LocationSharing.PEOPLE_I_MEET)
    [seen] = await _crowd(ada, 1, LocationSharing.EVERYONE)
    for member in (*hidden, seen, ada):
        await make_shift(member, DAY, building)
    return building


async def test_those_whom_the_viewer_sees_are_counted_and_the_others_in_fives(ada: Member) -> None:
    building = await _five_hidden_and_two_seen(ada)
    [last] = await _crowd(ada, 1, LocationSharing.NOBODY)
    await make_shift(last, DAY, building)

    [told] = (await occupancies(principal_of(ada), [_key(building, 20)])).values()

    assert told == PlaceOccupancy(people=7, left=13, is_full=False)


async def test_only_shifts_that_hold_and_only_those_of_the_day_take_a_place(ada: Member) -> None:
    building = await make_building(ada.organisation_id)
    await make_shift(ada, DAY, building, is_cancelled=True)
    await make_shift(ada, DAY + timedelta(days=1), building)
    await make_shift(ada, DAY)

    [told] = (await occupancies(principal_of(ada), [_key(building)])).values()

    assert told.people == 0


async def test_many_places_on_many_days_cost_one_statement(ada: Member) -> None:
    wanted = []
    for number in range(3):
        building = await make_building(ada.organisation_id, f"House {number}")
        floor = await make_floor(building)
        area = await make_area(floor)
        await make_shift(ada, DAY + timedelta(days=number), building, floor=floor, area=area)
        for day in range(3):
            span = Span(WHOLE_DAY.start + timedelta(days=day, hours=-1), WHOLE_DAY.end + timedelta(days=day, hours=-1))
            levels = Place(building.id, floor.id, area.id).levels
            wanted += [OccupancyKey(place, DAY + timedelta(days=day), span, None) for place in levels]

    async with counted_queries() as queries:
        told = await occupancies(principal_of(ada), wanted)

    assert (len(told), len(queries)) == (27, 1)
    assert [told[key].people for key in wanted] == [1] * 3 + [0] * 9 + [1] * 3 + [0] * 9 + [1] * 3


async def test_nothing_is_asked_where_no_place_is(ada: Member) -> None:
    async with counted_queries() as queries:
        assert await occupancies(principal_of(ada), []) == {}

    assert len(queries) == 0


async def test_a_shift_that_the_viewer_booked_for_somebody_is_counted_as_seen(ada: Member) -> None:
    building = await make_building(ada.organisation_id)
    [ben] = await _crowd(ada, 1, LocationSharing.NOBODY)
    await make_shift(ben, DAY, building, booked_by=ada, part=Part(Slot.MORNING))

    [told] = (await occupancies(principal_of(ada), [_key(building)])).values()

    assert told.people == 1


@pytest.mark.postgresql
async def test_postgresql_counts_alike(postgresql_url: str) -> None:
    async with open_database(postgresql_url):
        ada = await make_member(await make_organisation())
        building = await _five_hidden_and_two_seen(ada)

        [told] = (await occupancies(principal_of(ada), [_key(building, 20)])).values()

    assert told == PlaceOccupancy(people=7, left=13, is_full=False)
