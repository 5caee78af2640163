"""What a refresh costs those who wait for it, and what they must not be given by it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.connections.models import CalendarConnection
from app.connections.tokens import TokenService
from app.events_bus.bus import Message
from app.identity.models import Identity, Member, Role
from app.integrations.models import Integration
from app.keys import Keys, Place, Vault
from app.suites.errors import ConsentNeeded
from app.suites.protocol import SuiteName
from tests.connections.stack import RecordingBus, Stack, make_connection, make_integration, stored_row
from tests.identity.queries import counted_queries
from tests.support.carried import CarriedSuite
from tests.support.people import make_member, make_organisation, principal_of

CALLERS = 50
SOON = timedelta(minutes=1)
SCOPES = frozenset({"calendar", "rooms"})


class CountingVault(Vault):
    """Counts what it opens."""

    opened = 0

    def open(self, sealed: bytes, place: Place) -> bytes:
        self.opened += 1
        return super().open(sealed, place)


class InterruptedBus(RecordingBus):
    """Something happens before the first message is passed on."""

    def __init__(self, meanwhile: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._meanwhile: Callable[[], Awaitable[None]] | None = meanwhile

    async def publish(self, topic: str, message: Message) -> None:
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        await super().publish(topic, message)


@dataclass(frozen=True, slots=True)
class World:
    """An administrator whose consent lists the rooms, and whose access token is about to end."""

    stack: Stack
    suite: CarriedSuite
    member: Member
    integration: Integration

    async def consented(self) -> CalendarConnection:
        """Consents, anew where there was a consent before, and the access token is about to end again."""
        ends = clock.now() + SOON
        return await make_connection(self.stack, self.member, self.integration, expires_at=ends, scopes=SCOPES)

    async def loaded(self) -> CalendarConnection:
        """The row, as a request reads it for itself."""
        return await CalendarConnection.of(self.member.organisation_id).get()


async def _joined(tokens: TokenService, row: CalendarConnection) -> asyncio.Task[str]:
    """A caller who waits by now."""
    caller = asyncio.create_task(tokens.for_connection(row).current())
    await asyncio.sleep(0)
    return caller


@pytest.fixture
async def world(keys: Keys, vault: Vault, database: TortoiseContext) -> World:
    suite = CarriedSuite()
    stack = Stack(keys, vault, suite=suite)
    member = await make_member(await make_organisation(), role=Role.SUBSCRIPTION_ADMINISTRATOR)
    await Identity.of(member.organisation_id).update(suite=SuiteName.GOOGLE_WORKSPACE)
    integration = await make_integration(member.organisation, suite=SuiteName.GOOGLE_WORKSPACE)
    world = World(stack, suite, member, integration)
    await world.consented()
    return world


async def _cost_of(callers: int, world: World) -> tuple[int, int]:
    """How many statements are run and values opened until so many are answered, with one token."""
    await world.consented()
    rows = [await world.loaded() for _ in range(callers)]
    vault = CountingVault((("k1", b"\x01" * 32),))
    tokens = TokenService(vault, world.stack.registry, RecordingBus())
    async with counted_queries() as queries:
        answers = await asyncio.gather(*(tokens.for_connection(row).current() for row in rows))
    assert len(set(answers)) == 1
    assert {row.generation for row in rows} == {(await world.loaded()).generation}
    return len(queries), vault.opened


async def test_whoever_waits_for_a_refresh_costs_no_statement_and_opens_nothing(world: World) -> None:
    alone = await _cost_of(1, world)

    assert await _cost_of(CALLERS, world) == alone
    assert alone == (3, 2)  # read, locked, stored; what was there, and what is there now


async def test_all_who_wait_are_refused_where_the_member_disconnects_meanwhile(world: World) -> None:
    async def disconnect() -> None:
        await world.stack.connections.disconnect(principal_of(world.member))

    rows = [await world.loaded() for _ in range(CALLERS)]
    world.suite.before_refresh = disconnect

    answers = await asyncio.gather(
        *(world.stack.tokens.for_connection(row).current() for row in rows), return_exceptions=True
    )

    assert {type(answer) for answer in answers} == {ConsentNeeded}


async def test_who_comes_after_a_refresh_is_refused_what_was_purged_since(world: World) -> None:
    early, late = await world.loaded(), await world.loaded()
    await world.stack.tokens.for_connection(early).current()
    await CalendarConnection.of(world.member.organisation_id).delete()

    with pytest.raises(ConsentNeeded):
        await world.stack.tokens.for_connection(late).current()


async def test_nobody_who_has_read_a_newer_consent_is_given_the_token_of_the_one_before(world: World) -> None:
    waiting: list[asyncio.Task[str]] = []

    async def consent_anew() -> None:
        await world.consented()
        waiting.append(await _joined(tokens, await world.loaded()))

    tokens = TokenService(world.stack.vault, world.stack.registry, InterruptedBus(consent_anew))
    world.suite.withdrawn_scopes = frozenset({"rooms"})  # which is told of, once the refresh is stored

    of_former = await tokens.for_connection(await world.loaded()).current()

    [token] = await asyncio.gather(*waiting)
    assert token != of_former
    assert token == tokens.opened(await stored_row(await world.loaded())).access_token


async def test_nothing_of_a_refresh_is_kept_once_everybody_has_their_answer(world: World) -> None:
    tokens = world.stack.tokens
    caller = await _joined(tokens, await world.loaded())
    assert tokens.is_refreshing

    await caller

    assert not tokens.is_refreshing
