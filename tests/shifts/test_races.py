"""No place ever holds more people than it takes, whoever comes at the same moment, from however many processes."""

import asyncio
from collections import Counter
from datetime import date, timedelta
from uuid import UUID

import pytest

from app import clock
from app.identity.models import Member, Organisation
from app.shifts.capacity import Place
from app.shifts.models import Shift
from tests.buildings.making import make_area, make_building, make_floor
from tests.shifts.contending import BOOKED, Wish, contend
from tests.support.database import open_database
from tests.support.people import make_member, make_organisation
from tests.support.workplaces import make_shift

FULL = "CapacityReached"


def _monday() -> date:
    """The next one: open everywhere, and ahead."""
    tomorrow = clock.now().date() + timedelta(days=2)
    return tomorrow + timedelta(days=-tomorrow.weekday() % 7)


async def _members(organisation: Organisation, count: int) -> list[Member]:
    return [await make_member(organisation, f"Member {number}") for number in range(count)]


async def _people(organisation: Organisation, **where: UUID) -> int:
    return await Shift.of(organisation.id).filter(cancelled_at__isnull=True, **where).count()


@pytest.mark.postgresql
async def test_of_fifty_processes_that_fight_for_the_last_ten_places_of_an_area_exactly_ten_get_in(
    postgresql_url: str,
) -> None:
    async with open_database(postgresql_url):
        organisation, day = await make_organisation(), _monday()
        building = await make_building(organisation.id, capacity=100)
        floor = await make_floor(building, capacity=40)
        area = await make_area(floor, capacity=13)
        for member in [await make_member(organisation, f"Early bird {number}") for number in range(3)]:
            await make_shift(member, day, building, floor=floor, area=area)
        place = Place(building.id, floor.id, area.id)
        wishes = [Wish(member.id, place, day) for member in await _members(organisation, 50)]

        told = await asyncio.to_thread(contend, postgresql_url, wishes)

        assert Counter(told) == {BOOKED: 10, FULL: 40}
        assert await _people(organisation, area_id=area.id) == 13


@pytest.mark.postgresql
async def test_a_building_that_takes_fewer_than_its_areas_together_is_not_exceeded_through_them(
    postgresql_url: str,
) -> None:
    async with open_database(postgresql_url):
        organisation, day = await make_organisation(), _monday()
        building = await make_building(organisation.id, capacity=5)
        places = []
        for number in range(4):
            floor = await make_floor(building, f"Floor {number}", capacity=4)
            area = await make_area(floor, capacity=3)
            places.append(Place(building.id, floor.id, area.id))
        members = await _members(organisation, 12)
        wishes = [Wish(member.id, places[turn % 4], day) for turn, member in enumerate(members)]

        told = await asyncio.to_thread(contend, postgresql_url, wishes)

        assert Counter(told) == {BOOKED: 5, FULL: 7}
        assert await _people(organisation, building_id=building.id) == 5


@pytest.mark.postgresql
async def test_those_who_move_to_a_place_and_those_who_book_it_count_together(postgresql_url: str) -> None:
    async with open_database(postgresql_url):
        organisation, day = await make_organisation(), _monday()
        building, other = (
            await make_building(organisation.id, capacity=10),
            await make_building(organisation.id, "Quay"),
        )
        members, place = await _members(organisation, 20), Place(building.id)
        wishes = [Wish(member.id, place, day) for member in members[:10]]
        elsewhere = [await make_shift(member, day, other) for member in members[10:]]
        wishes += [Wish(shift.member_id, place, day, moves=shift.id) for shift in elsewhere]

        told = await asyncio.to_thread(contend, postgresql_url, wishes)

        assert Counter(told) == {BOOKED: 10, FULL: 10}
        assert await _people(organisation, building_id=building.id) == 10


async def test_one_member_who_books_two_places_at_the_same_moment_gets_one(database_url: str) -> None:
    async with open_database(database_url):
        organisation, day = await make_organisation(), _monday()
        member = await make_member(organisation)
        places = [Place((await make_building(organisation.id, name)).id) for name in ("Lighthouse", "Quay")]

        told = await asyncio.to_thread(contend, database_url, [Wish(member.id, place, day) for place in places])

        assert Counter(told) == {BOOKED: 1, "ShiftsOverlap": 1}
        assert await _people(organisation, member_id=member.id) == 1


async def test_the_last_place_goes_to_one_of_two_processes(database_url: str) -> None:
    async with open_database(database_url):
        organisation, day = await make_organisation(), _monday()
        place = Place((await make_building(organisation.id, capacity=1)).id)
        wishes = [Wish(member.id, place, day) for member in await _members(organisation, 2)]

        told = await asyncio.to_thread(contend, database_url, wishes)

        assert Counter(told) == {BOOKED: 1, FULL: 1}


async def test_a_request_that_reaches_two_processes_at_once_is_carried_out_once(database_url: str) -> None:
    async with open_database(database_url):
        organisation, day = await make_organisation(), _monday()
        member = await make_member(organisation)
        place = Place((await make_building(organisation.id, capacity=1)).id)

        told = await asyncio.to_thread(contend, database_url, [Wish(member.id, place, day, key="once")] * 2)

        assert Counter(told) == {BOOKED: 2}
        assert await _people(organisation, member_id=member.id) == 1
