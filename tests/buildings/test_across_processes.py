"""Buildings that change while others book there, each in a process of their own."""

import asyncio
import multiprocessing
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from app import clock
from app.audit.models import AuditAction, AuditEntry
from app.buildings.models import Area, Building, Floor
from app.identity.models import Member, Organisation, Role
from app.notifications.models import Notification
from app.shifts.capacity import Place, most_at_once, takings
from app.shifts.models import Shift, ShiftEnd
from app.shifts.spans import Part, span_of
from tests.buildings import changing
from tests.buildings.changing import Actor, Books, Narrows, Removes
from tests.buildings.making import make_building, make_floors
from tests.support.database import open_database
from tests.support.people import make_member, make_organisation

BOOKING = {"sqlite": 6, "postgres": 20}
"""How many people book: SQLite's writers wait for each other by asking again and again."""
LEFT, LEFT_IN_NORTH = 4, 2
ADMINISTRATOR = Role.SUBSCRIPTION_ADMINISTRATOR


class Site:
    """An organisation with a building of one floor and two areas, whose people are about to book it."""

    def __init__(self, organisation: Organisation, building: Building, floor: Floor, areas: dict[str, Area]) -> None:
        self.organisation, self.building, self.floor, self.areas = organisation, building, floor, areas
        now = clock.now().astimezone(ZoneInfo(building.time_zone)).date()
        ahead = now + timedelta(days=7 - now.weekday())
        self.days = tuple(ahead + timedelta(days=day) for day in range(2))
        """Monday and Tuesday of next week."""

    @classmethod
    async def make(cls) -> "Site":
        organisation = await make_organisation()
        building = await make_building(organisation.id)
        floors, areas = await make_floors(building, {"Ground": {"North": None, "South": None}})
        return cls(organisation, building, floors["Ground"], dict(areas))

    def place(self, area: str) -> Place:
        return Place(self.building.id, self.floor.id, self.areas[area].id)

    async def people(self, many: int, role: Role = Role.MEMBER) -> list[Member]:
        return [await make_member(self.organisation, f"{role.value} {number}", role=role) for number in range(many)]

    def narrowing(self, **areas: int | None) -> Narrows:
        parts = tuple((self.areas[name].id, name, capacity) for name, capacity in areas.items())
        return Narrows(self.building.id, self.floor.id, LEFT, parts)

    async def most(self, place: Place, day: date) -> int:
        there = (await takings(self.organisation.id, [self.building.id], [day]))[self.building.id]
        return most_at_once(there, place, span_of(day, Part(), ZoneInfo(self.building.time_zone)))

    async def open_shifts(self) -> list[Shift]:
        return await Shift.of(self.organisation.id).filter(cancelled_at__isnull=True)


@pytest.mark.parametrize(
    "areas", [{"North": LEFT_IN_NORTH, "South": None}, {"North": LEFT_IN_NORTH}], ids=["narrowed", "an area removed"]
)
async def test_after_a_change_amid_bookings_nobody_is_above_a_capacity_or_in_a_removed_place(
    database_url: str, areas: dict[str, int | None]
) -> None:
    async with open_database(database_url):
        site = await Site.make()
        [administrator] = await site.people(1, ADMINISTRATOR)
        booking = [
            Actor(member.id, Books(site.place("South" if number % 2 else "North"), site.days))
            for number, member in enumerate(await site.people(_many(database_url)))
        ]

        told = await asyncio.to_thread(_run, database_url, [Actor(administrator.id, site.narrowing(**areas)), *booking])

        assert told[0] == ["DONE"]
        assert {outcome for outcomes in told[1:] for outcome in outcomes} <= {"BOOKED", "CapacityReached", "NotFound"}
        for day in site.days:
            assert await site.most(Place(site.building.id), day) <= LEFT
            assert await site.most(site.place("North"), day) <= LEFT_IN_NORTH
        if "South" not in areas:
            assert [shift for shift in await site.open_shifts() if shift.area_id == site.areas["South"].id] == []
        await _is_accounted_for(site, told)


async def test_of_a_building_that_is_removed_amid_bookings_nobody_keeps_a_place(database_url: str) -> None:
    async with open_database(database_url):
        site = await Site.make()
        [administrator] = await site.people(1, ADMINISTRATOR)
        booking = [
            Actor(member.id, Books(site.place("North"), site.days)) for member in await site.people(_many(database_url))
        ]

        told = await asyncio.to_thread(
            _run, database_url, [Actor(administrator.id, Removes(site.building.id)), *booking]
        )

        assert told[0] == ["DONE"]
        assert await site.open_shifts() == []
        await _is_accounted_for(site, told)


async def test_two_administrators_at_once_leave_one_state_and_each_change_in_the_log(database_url: str) -> None:
    async with open_database(database_url):
        site = await Site.make()
        first, second = await site.people(2, ADMINISTRATOR)
        booking = [
            Actor(member.id, Books(site.place("South" if number % 2 else "North"), site.days))
            for number, member in enumerate(await site.people(_many(database_url) // 2))
        ]
        narrows = site.narrowing(North=2, South=2)

        told = await asyncio.to_thread(
            _run, database_url, [Actor(first.id, narrows), Actor(second.id, Removes(site.building.id)), *booking]
        )

        assert told[1] == ["DONE"]
        assert told[0] in (["DONE"], ["NotFound"])
        assert await site.open_shifts() == []
        entries = AuditEntry.of(site.organisation.id)
        assert await entries.filter(action=AuditAction.BUILDING_REMOVED).count() == 1
        assert await entries.filter(action=AuditAction.BUILDING_UPDATED).count() == (told[0] == ["DONE"])


def _many(url: str) -> int:
    return BOOKING[url.partition(":")[0]]


async def _is_accounted_for(site: Site, told: Sequence[Sequence[str]]) -> None:
    """Everything that was booked is there or was cancelled by the change, and whoever lost something was told once."""
    booked = sum(outcome == "BOOKED" for outcomes in told[1:] for outcome in outcomes)
    rows = await Shift.of(site.organisation.id).all()
    lost = [shift for shift in rows if shift.cancelled_at is not None]
    assert len(rows) == booked
    assert {shift.end_reason for shift in lost} <= {ShiftEnd.NO_LONGER_FITS}
    told_members: list[UUID] = [row.member_id for row in await Notification.of(site.organisation.id).all()]
    assert sorted(told_members) == sorted({shift.member_id for shift in lost})


def _run(url: str, actors: Sequence[Actor]) -> list[list[str]]:
    """What came of each, in their order."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.buildings.changing", "asyncpg", "tortoise.backends.asyncpg"])
    gate = context.Barrier(len(actors))
    queues = [context.Queue() for _ in actors]
    processes = [
        context.Process(target=changing.run, args=(url, actor, gate, queue), daemon=True)
        for actor, queue in zip(actors, queues, strict=True)
    ]
    for process in processes:
        process.start()
    told: list[list[str]] = [queue.get(timeout=120) for queue in queues]
    for process in processes:
        process.join(30)
    return told
