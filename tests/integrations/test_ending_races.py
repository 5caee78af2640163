"""Ends and beginnings that meet, each in a process of its own on PostgreSQL: the first commit wins, nothing is half."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

import pytest

from app import clock
from app.audit.models import AuditAction, AuditEntry
from app.connections.models import CalendarConnection
from app.connections.tokens import TokenService
from app.errors import ConfirmationStale, SwitchConfirmationRequired
from app.events_bus.memory import MemoryBus
from app.integrations.models import Integration
from app.integrations.starting import WantedIntegration
from app.integrations.status import CLAIMS_TENANT, IntegrationStatus
from app.keys import Vault
from app.rooms.models import Room, RoomPairing
from app.suites.protocol import Credentials, SuiteName
from app.suites.registry import SuiteRegistry
from tests.bookings.house import START, Ticker
from tests.integrations.belongings import furnish, left
from tests.integrations.contender import KEYRING, SUCCEEDED
from tests.integrations.doubles import World, make_world
from tests.integrations.test_disabling import disable
from tests.support.database import open_database
from tests.support.suites import FakeSuite

pytestmark = pytest.mark.postgresql

S = IntegrationStatus
INTERLEAVINGS = 50
TURN = timedelta(minutes=20)
"""Between two organisations: each is past its five days before the next one is."""
INSTANT = timedelta(microseconds=1)


class Process:
    """One contender."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def turn(self, world: World, moment: datetime, details: str = "-") -> str:
        """Do the deed now; how it ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{world.organisation_id} {moment.isoformat()} {details}\n".encode())
        return (await self._process.stdout.readline()).decode().strip()


@asynccontextmanager
async def contenders(url: str, *deeds: str) -> AsyncIterator[list[Process]]:
    """One process for each deed, ready; the second of two is the organisation's other administrator."""
    async with AsyncExitStack() as stack:
        processes = []
        for who, deed in enumerate(deeds):
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.integrations.contender",
                url,
                deed,
                str(who),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            assert process.stdin is not None
            stack.push_async_callback(process.wait)
            stack.callback(process.stdin.close)
            processes.append(process)
        for process in processes:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"ready\n"
        yield [Process(process) for process in processes]


async def furnished(turn: int, moment: datetime, *others: FakeSuite) -> World:
    """An organisation that was enabled at this moment, with a connected member."""
    with clock.use(Ticker(moment)):
        world = await make_world(f"Organisation{turn}", tenant=f"tenant-{turn}", others=others)
        world.approve(f"tenant-{turn}")
        await world.enabled()
        await furnish(world)
    return world


async def test_a_purge_and_an_enabling_that_meet_at_the_last_moment_leave_one_winner(postgresql_url: str) -> None:
    async with open_database(postgresql_url), contenders(postgresql_url, "enable", "purge") as (enabler, purger):
        for turn in range(INTERLEAVINGS):
            disabled_at = START + turn * TURN
            world = await furnished(turn, disabled_at)
            with clock.use(Ticker(disabled_at)):
                ends = (await disable(world)).retained_until
                await world.service.run_test(world.administrator)
            assert ends is not None

            # Two servers, whose clocks differ by less than anybody can set them.
            enabled, purged = await asyncio.gather(enabler.turn(world, ends - INSTANT), purger.turn(world, ends))

            present = await Integration.of(world.organisation_id).get()
            assert purged == SUCCEEDED
            if enabled == SUCCEEDED:
                await _assert_whole(world, present)
            else:
                assert enabled == "IntegrationStatusConflict"
                assert present.status is S.NOT_CONFIGURED
                assert await left(world) == {}
            await Integration.of(world.organisation_id).delete()


async def _assert_whole(world: World, present: Integration) -> None:
    """Enabled, with everything that the member had."""
    assert present.status is S.ENABLED
    remaining = await left(world)
    assert {"CalendarConnection", "RoomBooking", "EventNote", "MailboxReference"} <= remaining.keys()
    assert await Room.of(world.organisation_id).filter(pairing=RoomPairing.PAIRED).count() == 1
    purges = AuditEntry.of(world.organisation_id).filter(action=AuditAction.INTEGRATION_PURGED)
    assert await purges.count() == 0


async def test_a_refresh_that_is_under_way_resurrects_nothing_that_was_purged(postgresql_url: str) -> None:
    tokens = TokenService(Vault(KEYRING), SuiteRegistry({}), MemoryBus())
    async with open_database(postgresql_url), contenders(postgresql_url, "refresh", "purge") as (refresher, purger):
        for turn in range(INTERLEAVINGS):
            disabled_at = START + turn * TURN
            world = await furnished(turn, disabled_at)
            await _expire_credentials(world, tokens, disabled_at)
            with clock.use(Ticker(disabled_at)):
                ends = (await disable(world)).retained_until
            assert ends is not None

            refreshed, purged = await asyncio.gather(refresher.turn(world, ends), purger.turn(world, ends))

            assert purged == SUCCEEDED
            assert refreshed in {SUCCEEDED, "ConsentNeeded"}
            assert await left(world) == {}


async def _expire_credentials(world: World, tokens: TokenService, moment: datetime) -> None:
    for row in await CalendarConnection.of(world.organisation_id):
        credentials = Credentials(
            access_token="old", expires_at=moment, refresh_token="refresh", scopes=frozenset(row.scopes)
        )
        row.credentials = tokens.sealed(row.organisation_id, row.id, credentials)
        await row.save()


async def _confirmation_of_disabling(world: World) -> str:
    return (await world.service.disable_preview(world.administrator)).confirmation


async def _confirmation_of_switching(world: World) -> str:
    with pytest.raises(SwitchConfirmationRequired) as raised:
        await world.service.start(world.administrator, WantedIntegration(suite=SuiteName.GOOGLE_WORKSPACE))
    return raised.value.confirmation


CONFIRMED: dict[str, Callable[[World], object]] = {
    "disable": _confirmation_of_disabling,
    "switch": _confirmation_of_switching,
}


@pytest.mark.parametrize("deeds", [("disable", "disable"), ("switch", "switch"), ("disable", "switch")])
async def test_of_two_administrators_who_end_it_at_once_one_does_and_the_other_is_told(
    postgresql_url: str, deeds: tuple[str, str]
) -> None:
    async with open_database(postgresql_url), contenders(postgresql_url, *deeds) as (first, second):
        for turn in range(INTERLEAVINGS):
            world = await furnished(turn, START, FakeSuite(SuiteName.GOOGLE_WORKSPACE))
            with clock.use(Ticker(START)):
                shown = [await CONFIRMED[deed](world) for deed in deeds]  # type: ignore[misc]  # each is a coroutine

            ended = await asyncio.gather(first.turn(world, START, shown[0]), second.turn(world, START, shown[1]))

            assert SUCCEEDED in ended
            assert set(ended) <= {
                SUCCEEDED,
                "IntegrationStatusConflict",
                ConfirmationStale.__name__,
                SwitchConfirmationRequired.__name__,
            }
            await _assert_one_end(world, is_switch="switch" in deeds)


async def _assert_one_end(world: World, *, is_switch: bool) -> None:
    """However it went: disabled once, at most one current integration, tenants claimed as the table says."""
    rows = await Integration.of(world.organisation_id)
    disablings = AuditEntry.of(world.organisation_id).filter(action=AuditAction.INTEGRATION_DISABLED)
    assert await disablings.count() == 1
    assert sum(row.active_slot == 1 for row in rows) == 1
    assert sum(row.status is S.DISABLED for row in rows) == 1
    assert len(rows) <= (2 if is_switch else 1)
    for row in rows:
        assert (row.claimed_tenant is not None) == (row.status in CLAIMS_TENANT)
