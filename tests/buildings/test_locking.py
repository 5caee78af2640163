"""Whoever changes a building waits for those who are booking just then, and sees what they booked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, time, timedelta

import pytest
from tortoise.transactions import in_transaction

from app import clock
from app.buildings.administration import BuildingAdministration
from app.buildings.consequences import AffectedShift
from app.buildings.fitting import Misfit
from app.buildings.layout import LayoutChanges
from app.buildings.models import Building
from app.errors import ShiftsNoLongerFit
from app.events_bus.memory import MemoryBus
from app.identity.idempotency import IdempotencyService
from app.identity.models import Member, Role
from app.keys import Keys
from app.notifications.service import notify
from app.shifts.spans import Part, Slot
from tests.buildings.making import make_building
from tests.support.database import open_database, until_somebody_waits_for_a_lock
from tests.support.people import make_member, make_organisation, principal_of
from tests.support.workplaces import make_shift

pytestmark = pytest.mark.postgresql


def _monday() -> date:
    today = clock.now().date()
    return today + timedelta(days=14 - today.weekday())


@asynccontextmanager
async def _booking(
    member: Member, part: Part, *, at: Building | None = None, leaves: asyncio.Event
) -> AsyncIterator["asyncio.Task[None]"]:
    """Somebody who has written a shift as `bookShift` does, and commits it once they may."""
    is_written = asyncio.Event()

    async def book() -> None:
        async with in_transaction():
            await Member.of(member.organisation_id).select_for_update(no_key=True).get(id=member.id)
            if at is not None:
                await Building.of(member.organisation_id).select_for_update(no_key=True).get(id=at.id)
            await make_shift(member, _monday(), at, part=part)
            is_written.set()
            await leaves.wait()

    booking = asyncio.create_task(book())
    await is_written.wait()
    yield booking
    await booking


async def _asked_back(change: "asyncio.Task[object]") -> list[AffectedShift]:
    with pytest.raises(ShiftsNoLongerFit) as asked:
        await change
    return list(asked.value.affected)


async def test_a_member_who_books_elsewhere_just_then_is_not_left_in_two_places(
    postgresql_url: str, keys: Keys
) -> None:
    async with open_database(postgresql_url):
        organisation = await make_organisation()
        administrator = await make_member(organisation, "Bo Ruiz", role=Role.SUBSCRIPTION_ADMINISTRATOR)
        member, building = await make_member(organisation), await make_building(organisation.id)
        await make_shift(member, _monday(), building, part=Part(Slot.MORNING))
        service = BuildingAdministration(keys, IdempotencyService(keys), notify, MemoryBus())
        may_commit = asyncio.Event()

        async with _booking(member, Part(Slot.TIMES, time(13, 15), time(13, 45)), leaves=may_commit):
            changes = LayoutChanges(afternoon_starts=time(14))
            change = asyncio.create_task(service.update(principal_of(administrator), building.id, changes, None))
            await until_somebody_waits_for_a_lock()
            may_commit.set()
            affected = await _asked_back(change)

        assert [shift.reason for shift in affected] == [Misfit.OVERLAPS]


async def test_somebody_who_books_there_for_the_first_time_just_then_is_counted_too(
    postgresql_url: str, keys: Keys
) -> None:
    async with open_database(postgresql_url):
        organisation = await make_organisation()
        administrator = await make_member(organisation, "Bo Ruiz", role=Role.SUBSCRIPTION_ADMINISTRATOR)
        known, new = await make_member(organisation, "Ada Vos"), await make_member(organisation, "Cy Ito")
        building = await make_building(organisation.id)
        await make_shift(known, _monday(), building)
        service = BuildingAdministration(keys, IdempotencyService(keys), notify, MemoryBus())
        may_commit = asyncio.Event()

        async with _booking(new, Part(), at=building, leaves=may_commit):
            changes = LayoutChanges(capacity=1)
            change = asyncio.create_task(service.update(principal_of(administrator), building.id, changes, None))
            await until_somebody_waits_for_a_lock()
            may_commit.set()
            affected = await _asked_back(change)

        assert [shift.reason for shift in affected] == [Misfit.OVER_CAPACITY]
