"""A thousand callers find the same credential expired: one refresh serves them all."""

import asyncio
import copy
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from app import clock
from app.connections.models import CalendarConnection
from app.connections.tokens import TokenService
from app.database import engine
from app.events_bus.memory import MemoryBus
from app.suites.registry import SuiteRegistry
from benchmarks.benching.product.connected import Connected, connected
from benchmarks.benching.product.machine import require_postgresql
from benchmarks.benching.product.shared import Shared
from benchmarks.benching.rows import Compared, Conditions, Contender, Goal, Unit, Wrong
from tests.support.database import temporary_postgresql

CALLERS = 1_000
STORM, ONE = "1,000 callers", "one caller"
TOKENS = "/token"


class _Expiring:
    """A member's credential, and the service that keeps it fresh."""

    def __init__(self, member: Connected, tokens: TokenService) -> None:
        self._member = member
        self._tokens = tokens

    async def refreshed_for(self, callers: int) -> float:
        """Seconds from the first who asks to the last who is answered. Raises Wrong unless one refresh served all."""
        row = await self._expired()
        rows = [copy.copy(row) for _ in range(callers)]
        before = await self._refreshes()
        began = time.perf_counter()
        answers = await asyncio.gather(*(self._tokens.for_connection(one).current() for one in rows))
        took = time.perf_counter() - began
        refreshes = await self._refreshes() - before
        if refreshes != 1 or len(set(answers)) != 1:
            raise Wrong(f"{refreshes} refreshes brought {len(set(answers))} tokens")
        return took

    async def _expired(self) -> CalendarConnection:
        row = await self._member.connection()
        spent = replace(self._tokens.opened(row), expires_at=clock.now() - timedelta(minutes=1))
        if not await self._tokens.store(row, spent):
            raise Wrong("somebody else has refreshed it meanwhile")
        return await self._member.connection()

    async def _refreshes(self) -> int:
        counts = (await self._member.story.sandbox.control("GET", "calls"))["counts"]
        return sum(entry["count"] for entry in counts if entry["path"].endswith(TOKENS))


def contenders(conditions: Conditions) -> Mapping[str, Contender]:
    """The same credential, refreshed for one and for all."""
    shared = Shared(lambda: _expiring(conditions))

    def by(callers: int) -> Contender:
        @asynccontextmanager
        async def contender() -> AsyncIterator[Unit]:
            async with shared.use() as expiring:

                async def once() -> float:
                    return await expiring.refreshed_for(callers)

                yield once

        return contender

    return {STORM: by(conditions.pick(CALLERS, 20)), ONE: by(1)}


@asynccontextmanager
async def _expiring(conditions: Conditions) -> AsyncIterator[_Expiring]:
    require_postgresql()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(temporary_postgresql())
        member = await stack.enter_async_context(connected(url, conditions.folder))
        await member.story.server.stop()
        await stack.enter_async_context(engine.database(url))
        settings = member.settings()
        registry = SuiteRegistry.configured_by(settings.suites, settings.suite_timeout)
        stack.push_async_callback(registry.close)
        yield _Expiring(member, TokenService(member.vault, registry, MemoryBus()))


STORM_ROW = Compared(
    name="refresh-storm",
    measures="1,000 callers of one expired credential, by one refresh (else the row fails), on PostgreSQL.",
    goals=(Goal(contender=STORM, against=ONE, at_most=1.5),),
    contenders=contenders,
    repeats=3,
    warm_ups=2,
)
