"""The product inside this process beside the sandbox, at a moment that is always the same, with one member.

The moment lies far ahead: windows, time zones and the length of what is said never depend on the day of measuring.
"""

import io
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
import orjson
import structlog

from app import clock, logs, main
from app.composing.foundation import foundation
from app.composing.jobs import jobs_of
from app.composing.services import services_of
from app.connections.models import CalendarConnection
from app.events_bus.memory import MemoryBus
from app.jobs.runner import Job
from app.keyring.guard import KeyGuard
from app.keyring.proofs import KeyCheck
from app.keys import Keys, Vault
from app.sandbox.crowd import Size, members_of
from app.settings import LogFormat, Settings
from app.suites.registry import SuiteRegistry
from benchmarks.benching.product.connected import Connected
from benchmarks.benching.rows import Wrong
from benchmarks.growing.door import Door
from benchmarks.growing.wire import Exchanges, overheard
from benchmarks.loading.deployment import GENEROUS
from tests.journeys.companies import BROOKSIDE, NEWBRIDGE, Company
from tests.journeys.story import Story, story_on
from tests.support.database import sqlite_url

PRESENT = datetime(2036, 2, 4, 8, tzinfo=UTC)
"""A Monday, in the morning."""
FIRST_DAY = PRESENT.replace(hour=0) + timedelta(days=7)
"""From here on everything is planted."""
DOMAINS: Mapping[str, tuple[str, str]] = {
    NEWBRIDGE.suite: ("MICROSOFT", "newbridge.example"),
    BROOKSIDE.suite: ("GOOGLE", "brookside.example"),
}
"""The sandbox's name for each suite, and the domain that people and rooms are added to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is measured, and whoever it belongs to. The database is open."""

    member: Connected
    door: Door
    orders: aiohttp.ClientSession
    """With the sandbox's control; no connection stays open, which the sandbox might close under a request."""
    exchanges: Exchanges
    """With the suite; of jobs too."""
    jobs: Mapping[str, Job]
    """By name; none runs by itself."""
    bus: MemoryBus
    """On which jobs and the server hear of each other."""

    @property
    def company(self) -> Company:
        return self.member.story.company

    @property
    def keys(self) -> Keys:
        """What hashes as the server does."""
        return Keys(self.member.settings().secret_key_bytes)

    @property
    def vault(self) -> Vault:
        """What seals as the server does."""
        return self.member.vault

    async def control(self, method: str, path: str, order: Any = None) -> Any:
        """Tell the company's suite; the path begins below it. Raises Wrong where it refuses."""
        return await self.order(method, f"{self.company.control}/{path}", order)

    async def order(self, method: str, path: str, order: Any = None) -> Any:
        """Tell the sandbox. Raises Wrong where it refuses."""
        async with self.orders.request(method, f"/control/{path}", json=order) as response:
            body = await response.read()
            if response.status >= 400:
                raise Wrong(f"{response.status}: {body[:500]!r}")
            return orjson.loads(body) if body else None

    async def connection(self) -> CalendarConnection:
        """The member's."""
        return await self.member.connection()


@asynccontextmanager
async def world(folder: Path, company: Company = NEWBRIDGE, *, rooms: int = 0) -> AsyncIterator[World]:
    """On SQLite; the organisation is enabled and has so many rooms besides those of the seed."""
    # The sandbox takes seconds for a page of fifty thousand events, which is not what is measured.
    patient = {"SUITE_TIMEOUT": "120", "EXECUTION_DEADLINE": "120"}
    chosen = {"LOG_LEVEL": "WARNING", "PENDING_POLLING": "false", **GENEROUS, **patient}
    async with story_on(sqlite_url(folder), folder, company, moves_clock=True, **chosen) as story:
        ahead = PRESENT - datetime.now(UTC)
        await story.advance(ahead)
        member = await _newcomer(story, rooms, sqlite_url(folder))
        await story.server.stop()
        moved = clock.MovedClock(ahead)
        with clock.use_everywhere(moved.now), _logging_as_always(), overheard() as exchanges:
            async with _composed(member, exchanges) as composed:
                yield composed


@contextmanager
def _logging_as_always() -> Iterator[None]:
    """What production logs is written, and nobody reads it: writing a line is part of what things cost."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logs.configure("INFO", LogFormat.JSON, io.StringIO())
    try:
        yield
    finally:
        root.handlers[:], root.level = before[0], before[1]
        structlog.reset_defaults()


async def _newcomer(story: Story, rooms: int, database_url: str) -> Connected:
    """Somebody whose calendar is empty."""
    suite, domain = DOMAINS[story.company.suite]
    size = Size(members=1, rooms=rooms, events=0)
    order = {"suite": suite, "domain": domain, "members": size.members, "rooms": size.rooms, "events": size.events}
    await story.sandbox.control("POST", "large-tenant", order)
    await story.enabled()
    [newcomer] = members_of(size)
    address = f"{newcomer.local_part}@{domain}"
    return Connected(story, await story.connected_member(address), address, database_url)


@asynccontextmanager
async def _composed(member: Connected, exchanges: Exchanges) -> AsyncIterator[World]:
    settings, bus = member.settings(), MemoryBus()
    async with AsyncExitStack() as stack:
        stack.enter_context(patch.object(main, "bus_of", lambda _: bus))
        running = await stack.enter_async_context(main.deployment(settings, runs_jobs=False))
        jobs = await _jobs(stack, settings, bus)
        address, connector = member.story.sandbox.description.http, aiohttp.TCPConnector(force_close=True)
        orders = await stack.enter_async_context(aiohttp.ClientSession(address, connector=connector))
        yield World(
            member=member, door=Door(running.app, member.token), orders=orders, exchanges=exchanges, jobs=jobs, bus=bus
        )


async def _jobs(stack: AsyncExitStack, settings: Settings, bus: MemoryBus) -> Mapping[str, Job]:
    """Those of a worker beside the server."""
    registry = SuiteRegistry.configured_by(settings.suites, settings.suite_timeout)
    stack.push_async_callback(registry.close)
    guard = KeyGuard(KeyCheck(settings.secret_key_bytes, settings.encryption_keyring))
    base = foundation(settings, registry, bus, guard)
    stack.push_async_callback(base.rates.close)
    return {job.name: job for job in jobs_of(base, services_of(base))}
