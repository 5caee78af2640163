"""Two administrators at once, on the database that really lets them: one wins, the other is told, nothing is lost."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import combinations_with_replacement

import pytest

from app.audit.models import AuditAction, AuditEntry
from app.errors import IntegrationStatusConflict, TestNotPassed
from app.events_bus.memory import MemoryBus
from app.identity.principal import Principal
from app.integrations.models import Integration
from app.integrations.starting import WantedIntegration
from app.integrations.status import CLAIMS_TENANT, IntegrationStatus
from app.integrations.transitions import Act, Transitions
from app.rooms.models import RoomSync
from app.suites.protocol import SuiteName
from tests.integrations.doubles import World, make_world
from tests.support.database import open_database

S = IntegrationStatus
INTERLEAVINGS = 50

Deed = Callable[[World, Principal], Awaitable[object]]


def start(world: World, principal: Principal) -> Awaitable[object]:
    return world.service.start(principal, WantedIntegration(suite=SuiteName.MICROSOFT_365))


DEEDS: dict[str, Deed] = {
    "start": start,
    "cancel": lambda world, principal: world.service.cancel(principal),
    "mark": lambda world, principal: world.service.mark_awaiting_admin_approval(principal),
    "test": lambda world, principal: world.service.run_test(principal),
    "enable": lambda world, principal: world.service.enable(principal),
}
PAIRS = list(combinations_with_replacement(sorted(DEEDS), 2))


@pytest.mark.postgresql
async def test_of_two_who_saw_the_same_status_exactly_one_wins(postgresql_url: str) -> None:
    async with open_database(postgresql_url):
        bus = MemoryBus()
        transitions = Transitions(bus)
        for turn in range(INTERLEAVINGS):
            world = await make_world(f"Organisation{turn}", bus=bus, tenant=f"tenant-{turn}")
            await _tested(world, f"tenant-{turn}")
            seen = await Integration.of(world.organisation_id).get()
            wanted = [S.ENABLED, S.NOT_CONFIGURED] if turn % 2 else [S.AWAITING_CONSENT, S.ENABLED]

            results = await asyncio.gather(
                *(transitions.move(seen, status, _act(world)) for status in wanted), return_exceptions=True
            )

            present = await Integration.of(world.organisation_id).get()
            winners = [result for result in results if isinstance(result, Integration)]
            losers = [result for result in results if isinstance(result, IntegrationStatusConflict)]
            assert (len(winners), len(losers)) == (1, 1), results
            assert winners[0].status is present.status
            assert losers[0].status == present.status
            assert present.version == seen.version + 1


@pytest.mark.postgresql
async def test_whatever_two_administrators_do_at_once_the_integration_stays_whole(postgresql_url: str) -> None:
    async with open_database(postgresql_url):
        bus = MemoryBus()
        for turn in range(INTERLEAVINGS):
            deeds = [DEEDS[name] for name in PAIRS[turn % len(PAIRS)]]
            world = await make_world(f"Organisation{turn}", bus=bus, tenant=f"tenant-{turn}")
            await _tested(world, f"tenant-{turn}")
            before = await Integration.of(world.organisation_id).get()
            entries = await AuditEntry.of(world.organisation_id).count()

            results = await asyncio.gather(
                deeds[0](world, world.administrator), deeds[1](world, world.colleague), return_exceptions=True
            )

            await _assert_whole(world, before, entries, results)


@pytest.mark.postgresql
async def test_of_two_first_starts_one_wins_and_the_other_is_told(postgresql_url: str) -> None:
    async with open_database(postgresql_url):
        for turn in range(INTERLEAVINGS):
            world = await make_world(f"Organisation{turn}")

            results = await asyncio.gather(
                start(world, world.administrator), start(world, world.colleague), return_exceptions=True
            )

            unexpected = [
                result
                for result in results
                if isinstance(result, BaseException) and not isinstance(result, IntegrationStatusConflict)
            ]
            assert unexpected == []
            assert await Integration.of(world.organisation_id).filter(active_slot=1).count() == 1


async def _tested(world: World, tenant: str) -> None:
    world.approve(tenant)
    await world.start()
    await world.consent()


async def _assert_whole(world: World, before: Integration, entries: int, results: Sequence[object]) -> None:
    unexpected = [
        result
        for result in results
        if isinstance(result, BaseException) and not isinstance(result, (IntegrationStatusConflict, TestNotPassed))
    ]
    assert unexpected == []
    rows = await Integration.of(world.organisation_id)
    assert sum(row.active_slot == 1 for row in rows) <= 1
    for row in rows:
        assert (row.claimed_tenant is not None) == (row.status in CLAIMS_TENANT)
        assert (row.active_slot == 1) == (row.status is not S.NOT_CONFIGURED)
    present = next(row for row in rows if row.id == before.id)
    syncs = await RoomSync.of(world.organisation_id).count()
    written = await AuditEntry.of(world.organisation_id).filter(target_id=present.id).count()
    assert present.version - before.version == written - entries, "every change has its entry, and none was lost"
    assert syncs == (1 if present.status is S.ENABLED else 0)


def _act(world: World) -> Act:
    return Act(action=AuditAction.INTEGRATION_STARTED, actor_id=world.administrator.member_id, attempt="changed")
