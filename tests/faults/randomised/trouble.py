"""Everything failing as planned: each trouble begins at its moment, lasts as long as it was drawn, and is put right."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from app.sandbox.process import SandboxClient
from tests.faults.randomised.machines import Machine
from tests.faults.randomised.plan import PlannedTrouble, Trouble, step_of
from tests.faults.randomised.shared_clock import SharedClock
from tests.faults.randomised.suites import SuiteSide
from tests.support.postgresql_server import PostgresqlServer
from tests.support.redis_server import RedisServer

HOSTS = ("graph", "google-calendar", "graph", "google-calendar", "entra", "google-accounts", "google-directory")
"""Calendars most often, since most calls are about them."""
REFUSALS = {"google-calendar": 403, "google-directory": 403, "entra": 503, "google-accounts": 503}
OF_THE_DATABASE = frozenset({Trouble.POSTGRESQL_KILLED, Trouble.POSTGRESQL_RESTARTED, Trouble.POSTGRESQL_PAUSED})
AFTERMATH_SECONDS = 12.0
"""So long after something was put right its consequences may still be seen."""
CALENDARS = frozenset({"graph", "google-calendar"})


@dataclass(frozen=True, slots=True)
class Window:
    """From when until when something was failing, by the monotonic clock."""

    trouble: Trouble
    began: float
    ended: float


@dataclass
class Stage:
    """Everything that can be made to fail."""

    servers: Sequence[Machine]
    workers: Sequence[Machine]
    postgresql: PostgresqlServer
    redis: RedisServer
    sandbox: SandboxClient
    sides: Sequence[SuiteSide]
    clock: SharedClock
    windows: list[Window] = field(default_factory=list)
    counts: Counter[Trouble] = field(default_factory=Counter)
    faults_met: int = 0
    """Calls that met a fault that was on order."""
    delivered: Counter[str] = field(default_factory=Counter)
    """What became of notifications while that was on order."""
    orphans: int = 0
    """Watches at the suites of which we know nothing any more."""

    def __post_init__(self) -> None:
        names = [machine.name for machine in (*self.servers, *self.workers)]
        self._alone = {name: asyncio.Lock() for name in (*names, "PostgreSQL", "Redis", "graph", "google")}

    async def advance(self, step: timedelta) -> None:
        """The suites first: what they gave out a moment ago is then old already when our clock shows so."""
        await self.sandbox.control("POST", "clock/advance", {"seconds": step.total_seconds()})
        self.clock.advance(step)

    def was_troubled(self, moment: float) -> bool:
        """Whether anything was failing then, or had just been."""
        return any(one.began <= moment <= one.ended + AFTERMATH_SECONDS for one in self.windows)

    def database_was_troubled(self, moment: float) -> bool:
        """Whether that could come from PostgreSQL."""
        return any(
            one.began - 1 <= moment <= one.ended + AFTERMATH_SECONDS
            for one in self.windows
            if one.trouble in OF_THE_DATABASE
        )

    async def suffer(self, planned: Sequence[PlannedTrouble]) -> None:
        """All of them; returns when the last is put right."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for one in planned:
                await asyncio.sleep(max(0.0, began + one.at - time.monotonic()))
                group.create_task(self._one(one))

    async def _one(self, planned: PlannedTrouble) -> None:
        began = time.monotonic()
        self.counts[planned.trouble] += 1
        await self._carry_out(planned)
        self.windows.append(Window(planned.trouble, began, time.monotonic()))

    async def _carry_out(self, planned: PlannedTrouble) -> None:
        match planned.trouble:
            case Trouble.SERVER_KILLED | Trouble.SERVER_TERMINATED:
                await self._end(self.servers, planned, is_kill=planned.trouble is Trouble.SERVER_KILLED)
            case Trouble.WORKER_KILLED | Trouble.WORKER_TERMINATED:
                await self._end(self.workers, planned, is_kill=planned.trouble is Trouble.WORKER_KILLED)
            case Trouble.POSTGRESQL_KILLED | Trouble.POSTGRESQL_RESTARTED | Trouble.POSTGRESQL_PAUSED:
                await self._postgresql(planned)
            case Trouble.REDIS_KILLED | Trouble.REDIS_FLUSHED | Trouble.REDIS_PAUSED:
                await self._redis(planned)
            case Trouble.NOTIFICATIONS_LOST:
                await self._lose_notifications(planned)
            case Trouble.NOTIFICATIONS_FORGED | Trouble.WATCH_ENDED:
                await self._meddle(planned)
            case Trouble.CLOCK_MOVED:
                await self.advance(step_of(planned))
            case _:
                await self._at_suite(planned)

    async def _end(self, machines: Sequence[Machine], planned: PlannedTrouble, *, is_kill: bool) -> None:
        machine = machines[int(planned.which * len(machines))]
        async with self._alone[machine.name]:
            await (machine.kill() if is_kill else machine.terminate())
            await asyncio.sleep(planned.lasts / 2)
            await machine.start()

    async def _postgresql(self, planned: PlannedTrouble) -> None:
        async with self._alone["PostgreSQL"]:
            if planned.trouble is Trouble.POSTGRESQL_PAUSED:
                self.postgresql.pause()
                await asyncio.sleep(planned.lasts)
                self.postgresql.resume()
                return
            is_kill = planned.trouble is Trouble.POSTGRESQL_KILLED
            await (self.postgresql.kill() if is_kill else self.postgresql.stop())
            await asyncio.sleep(planned.lasts / 2)
            await self.postgresql.start()

    async def _redis(self, planned: PlannedTrouble) -> None:
        async with self._alone["Redis"]:
            if planned.trouble is Trouble.REDIS_FLUSHED:
                await self.redis.flush()
            elif planned.trouble is Trouble.REDIS_PAUSED:
                self.redis.pause()
                await asyncio.sleep(planned.lasts)
                self.redis.resume()
            else:
                await self.redis.kill()
                await asyncio.sleep(planned.lasts / 2)
                await self.redis.start()

    async def _at_suite(self, planned: PlannedTrouble) -> None:
        """Calls meet a fault for a while; the sign-in hosts are only slow, busy or silent."""
        host = HOSTS[int(planned.which * len(HOSTS))]
        share = 0.2 + planned.share / 2
        order: dict[str, object] = {"host": host, "times": None, "probability": share, "seed": int(planned.at * 1000)}
        match planned.trouble:
            case Trouble.CALLS_THROTTLED:
                order |= {"status": REFUSALS.get(host, 429), "headers": {"Retry-After": "1"}}
            case Trouble.CALLS_DROPPED:
                order |= {"effect": "drop", "moment": "before"}
            case Trouble.ANSWERS_DROPPED:
                order |= {"effect": "drop", "moment": "after"}
            case Trouble.CALLS_DELAYED:
                order |= {"effect": "delay", "delay_seconds": 1.5}
            case _:
                order |= {"effect": "malformed", "host": host if host in CALENDARS else "graph"}
        fault = await self.sandbox.control("POST", "faults", order)
        await asyncio.sleep(planned.lasts)
        met = await self.sandbox.control("GET", f"faults/{fault['id']}")
        self.faults_met += met["applied"]
        await self.sandbox.control("DELETE", f"faults/{fault['id']}")

    async def _lose_notifications(self, planned: PlannedTrouble) -> None:
        control = "graph" if planned.which < 0.5 else "google"
        async with self._alone[control]:
            order = {
                "drop_probability": planned.share / 2,
                "duplicate_probability": 0.3,
                "shuffle": True,
                "spread_milliseconds": 800,
                "delay_milliseconds": int(planned.lasts * 100),
                "seed": int(planned.at * 1000),
            }
            await self.sandbox.control("PATCH", f"{control}/delivery", order)
            await asyncio.sleep(planned.lasts)
            told = await self.sandbox.control("GET", f"{control}/delivery")
            for name in ("messages", "dropped", "doubled"):
                self.delivered[name] += told[name]
            await self.sandbox.control("PATCH", f"{control}/delivery", {})

    async def _meddle(self, planned: PlannedTrouble) -> None:
        side = self.sides[int(planned.which * len(self.sides))]
        watches = await side.watches()
        if not watches:
            return
        watch = watches[int(planned.share * len(watches))]
        if planned.trouble is Trouble.WATCH_ENDED:
            await side.end_watch(watch)
        else:
            await side.forge(watch)
