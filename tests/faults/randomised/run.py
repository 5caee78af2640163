"""The run itself: everything is set up, everybody acts while everything fails, and then it grows quiet."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from app.sandbox.process import SandboxProcess
from tests.faults.randomised import documents, quiet
from tests.faults.randomised.administrators import Administrator
from tests.faults.randomised.asking import Asker, Front, Ledger
from tests.faults.randomised.balancer import Balancer
from tests.faults.randomised.clocked import VARIABLE
from tests.faults.randomised.happenings import Happenings, first_day
from tests.faults.randomised.houses import Fate, House, houses
from tests.faults.randomised.known import Knowledge
from tests.faults.randomised.listening import Listener
from tests.faults.randomised.machines import Entrance, Machine, running
from tests.faults.randomised.members import RandomMember
from tests.faults.randomised.plan import Plan
from tests.faults.randomised.shared_clock import SharedClock
from tests.faults.randomised.suites import SuiteSide, side_of
from tests.faults.randomised.trouble import Stage
from tests.journeys.story import Story
from tests.support import zygote
from tests.support.postgresql_server import postgresql_server
from tests.support.redis_server import redis_server
from tests.support.server import environment_of, free_port

SERVERS = 2
WORKERS = 2
SIDE_BY_SIDE = 4
"""How many are set up at the same moment."""
ENDING_SECONDS = 75
"""So long after the last trouble everybody has their answer."""
RETENTION = timedelta(days=5, minutes=1)
DISABLED_AT, BACK_AT, DAYS_PASS_AT = 0.3, 0.45, 0.65
"""When in the run integrations are disabled, one of them comes back, and the five days go by."""
SETTINGS = {
    "LOG_LEVEL": "WARNING",
    "PENDING_POLL_INTERVAL": "3",
    "SUITE_TIMEOUT": "5",
    "MEMBER_MUTATIONS_PER_MINUTE": "60000",
    "MEMBER_SUITE_CALLS_PER_MINUTE": "60000",
    "ADDRESS_REQUESTS_PER_MINUTE": "60000",
}


class NeverAnsweredError(AssertionError):
    """Somebody asks and asks although everything is put right; the message says who, and for what."""


class _Paused(Protocol):
    @property
    def pause(self) -> float: ...


Act = TypeVar("Act", bound=_Paused)


@dataclass
class Home:
    """One organisation with everybody in it."""

    house: House
    side: SuiteSide
    story: Story
    knowledge: Knowledge
    happenings: Happenings
    administrator: Administrator
    members: list[RandomMember] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)


@dataclass
class Run:
    """One run, once it is set up."""

    plan: Plan
    stage: Stage
    front: Front
    homes: list[Home]
    folder: Path
    began: float = field(default_factory=time.monotonic)
    _is_over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ledger(self) -> Ledger:
        return self.front.ledger

    async def act(self) -> None:
        """Everybody acts and everything fails for as long as the plan says; whoever is at something ends it.

        Raises NeverAnsweredError.
        """
        self.began = time.monotonic()
        try:
            async with asyncio.timeout(self.plan.seconds + ENDING_SECONDS):
                await self._act()
        except TimeoutError:
            raise NeverAnsweredError(self._waiting()) from None

    def _waiting(self) -> str:
        """Who waits for what."""
        askers = {member.address: member.asker for home in self.homes for member in home.members}
        askers |= {home.house.company.administrator: home.administrator.asker for home in self.homes}
        return ", ".join(f"{who}: {asker.waiting_for}" for who, asker in askers.items() if asker.waiting_for)

    async def _act(self) -> None:
        async with asyncio.TaskGroup() as group:
            for home in self.homes:
                name = home.house.company.name
                group.create_task(self._go_on(self.plan.house_acts(name), home.happenings.happen))
                group.create_task(self._go_on(self.plan.office_acts(name), home.administrator.act))
                for member in home.members:
                    group.create_task(self._go_on(self.plan.acts(member.address), member.act))
            fates = group.create_task(self._fates())
            await self.stage.suffer(self.plan.troubles())
            await self._until(1.0)
            await fates
            self._is_over.set()

    async def grow_quiet(self) -> None:
        """Raises NeverQuietError."""
        await quiet.grow(self.stage)

    @asynccontextmanager
    async def listened(self) -> AsyncIterator[None]:
        """Every member's client follows their bookings."""
        following = [asyncio.ensure_future(one.follow()) for home in self.homes for one in home.listeners]
        try:
            yield
        finally:
            for task in following:
                task.cancel()
            await asyncio.gather(*following, return_exceptions=True)

    async def _go_on(self, acts: Iterator[Act], do: Callable[[Act], Awaitable[None]]) -> None:
        for act in acts:
            try:
                async with asyncio.timeout(act.pause):
                    await self._is_over.wait()
            except TimeoutError:
                await do(act)
            else:
                return

    async def _fates(self) -> None:
        """Two integrations are disabled, one of them comes back, and then five days go by."""
        await self._until(DISABLED_AT)
        leaving = [home for home in self.homes if home.house.fate is not Fate.STAYS]
        for home in leaving:
            await home.administrator.disable()
        await self._until(BACK_AT)
        for home in leaving:
            if home.house.fate is Fate.COMES_BACK:
                await home.administrator.enable()
        await self._until(DAYS_PASS_AT)
        await self.stage.advance(RETENTION)
        for home in leaving:
            if home.house.fate is Fate.ENDS:
                for member in home.members:
                    member.forget()

    async def _until(self, share: float) -> None:
        await asyncio.sleep(max(0.0, self.began + share * self.plan.seconds - time.monotonic()))


@asynccontextmanager
async def prepared(plan: Plan, folder: Path) -> AsyncIterator[Run]:
    """Everything runs, every organisation is enabled, every member connected."""
    async with AsyncExitStack() as stack:
        postgresql = await stack.enter_async_context(postgresql_server())
        stack.callback(lambda: (folder / "postgresql.log").write_text(postgresql.log()))
        redis = await stack.enter_async_context(redis_server())
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        sandbox = await stack.enter_async_context(
            SandboxProcess.spawn(folder / "sandbox", public_url=url, start=zygote.start)
        )
        clock = SharedClock(folder / "clock")
        settings = SETTINGS | {"REDIS_URL": redis.url, "PUBLIC_URL": url}

        def environment(own_port: int) -> dict[str, str]:
            own = environment_of(sandbox.description, own_port, postgresql.url, **settings)
            return {**_path(), **own, VARIABLE: str(clock.path)}

        servers = [_server(number, environment, folder) for number in range(SERVERS)]
        workers = [
            Machine(f"worker {number}", "worker", environment(port), folder / f"worker-{number}.log")
            for number in range(WORKERS)
        ]
        await stack.enter_async_context(running([*servers, *workers]))
        ports = [server.port for server in servers if server.port is not None]
        balancer = Balancer(lambda: ports, plan.chance("balancer"))
        await stack.enter_async_context(balancer.listening(port))
        front = Front(lambda: [server.address for server in servers], plan.chance("front"), Ledger())
        stack.push_async_callback(front.close)
        entrance = Entrance(port, environment(port), folder / "commands.log")
        homes = [await _home(house, sandbox, entrance, front) for house in houses(plan.members)]
        await _join(homes, front, clock)
        sides = [home.side for home in homes]
        stage = Stage(servers, workers, postgresql, redis, sandbox, sides, clock)
        yield Run(plan, stage, front, homes, folder)


def _server(number: int, environment: Callable[[int], dict[str, str]], folder: Path) -> Machine:
    port = free_port()
    return Machine(f"server {number}", "serve", environment(port), folder / f"server-{number}.log", port)


def _path() -> dict[str, str]:
    """What every process inherits but for a developer's own settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HYBRID_MEETINGS_")}


async def _home(house: House, sandbox: SandboxProcess, entrance: Entrance, front: Front) -> Home:
    """Its rooms are there and its integration enabled."""
    side = side_of(sandbox, house)
    await side.add_rooms()
    for number in range(house.members):
        await side.add_member(number)
    story = Story(sandbox, entrance, house.company)
    token = await story.enabled(approved_already=house.is_approved)
    async with story.speaking_for(token) as administrator:
        rooms = (await administrator.field(documents.ROOM_IDS))["nodes"]
    known = {room["email"]: room["id"] for room in rooms}
    house.rooms.update({address: known[address] for address, _ in house.room_addresses()})
    knowledge = Knowledge()
    happenings = Happenings(side, house, knowledge)
    return Home(house, side, story, knowledge, happenings, Administrator(Asker(front, token), house))


async def _join(homes: list[Home], front: Front, clock: SharedClock) -> None:
    """Every member signs in and connects."""
    now = clock.now()
    places = asyncio.Semaphore(SIDE_BY_SIDE)

    async def join(home: Home, number: int) -> tuple[RandomMember, Listener]:
        async with places:
            token = await home.story.connected_member(home.house.member_address(number))
        asker = Asker(front, token)
        member = RandomMember(
            asker=asker,
            story=home.story,
            house=home.house,
            number=number,
            knowledge=home.knowledge,
            today=first_day(now),
        )
        return member, Listener(front, token, now, clock)

    for home in homes:
        joined = await asyncio.gather(*(join(home, number) for number in range(home.house.members)))
        home.members, home.listeners = [one for one, _ in joined], [one for _, one in joined]
