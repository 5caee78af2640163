"""Two servers and a worker behind a load balancer, and the people who use them while they are restarted."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import aiohttp
from websockets.exceptions import ConnectionClosed

from app.sandbox.process import SandboxProcess
from tests.journeys.companies import NEWBRIDGE
from tests.journeys.story import BOOK, PENDING, Slot, Story
from tests.support import zygote
from tests.support.balancer import balancer
from tests.support.client import Client
from tests.support.server import ServerProcess, free_port, running_server

DRAIN_DELAY = "3"
"""Longer than the balancer takes to notice: a second to the next look, and a quarter to the one after."""
TIMES_A_DAY = 40
LISTENS_FOR = 60
READ = "{ viewer { member { name } } bookings(first: 3) { nodes { id state } } }"


@dataclass
class House:
    """Everything of one organisation that several processes serve."""

    story: Story
    servers: tuple[ServerProcess, ServerProcess]

    @property
    def sandbox(self) -> SandboxProcess:
        return self.story.sandbox

    async def restart_one_after_the_other(self) -> list[int]:
        """As an operator does: each once the one before is ready again. Their exit codes."""
        codes = []
        for server in self.servers:
            codes.append(await server.stop())
            await server.start()
        return codes


@asynccontextmanager
async def house_in(folder: Path, database_url: str, redis_url: str) -> AsyncIterator[House]:
    """Two servers on one database and one Redis; whatever the story asks goes through the balancer."""
    port = free_port()
    settings: dict[str, Any] = {
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "REDIS_URL": redis_url,
        "DRAIN_DELAY": DRAIN_DELAY,
        "PENDING_POLLING": "false",
        "MEMBER_MUTATIONS_PER_MINUTE": "60000",
        "MEMBER_SUITE_CALLS_PER_MINUTE": "60000",
    }
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        public = f"http://127.0.0.1:{port}"
        sandbox = await enter(SandboxProcess.spawn(folder / "sandbox", public_url=public, start=zygote.start))
        first = await enter(running_server(sandbox.description, free_port(), database_url, folder, **settings))
        other = {**first.environment, "HYBRID_MEETINGS_PORT": str(free_port())}
        second = ServerProcess(int(other["HYBRID_MEETINGS_PORT"]), other, folder / "second.log")
        await second.start()
        stack.push_async_callback(second.stop)
        await enter(balancer(port, first.port, second.port, folder / "balancer.log"))
        # Not a process, only an address: that of the balancer.
        front = ServerProcess(port, first.environment, folder / "front.log")
        try:
            yield House(Story(sandbox, front, NEWBRIDGE), (first, second))
        finally:
            # Nobody looks at how they stop any more, and each would take its time.
            await asyncio.gather(first.kill(), second.kill())


@dataclass
class Load:
    """What people did, and everything that went wrong. Nobody here repeats a request."""

    story: Story
    done: asyncio.Event = field(default_factory=asyncio.Event)
    failures: list[str] = field(default_factory=list)
    reads: int = 0
    booked: dict[str, str] = field(default_factory=dict)
    """Bookings by their ids, with the subject of their event."""

    async def keep_reading(self, token: str, *, by_get: bool) -> None:
        """One request after the other over one connection to the balancer, for as long as it keeps it."""
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self.story.server.address}/graphql"
        async with aiohttp.ClientSession(headers=headers) as session:

            async def read() -> None:
                if by_get:
                    request = session.get(f"{url}?{urlencode({'query': READ})}")
                else:
                    request = session.post(url, json={"query": READ})
                async with request as answer:
                    text = await answer.text()
                    if answer.status != 200 or "errors" in json.loads(text):
                        self.failures.append(f"read: {answer.status} {text[:300]}")
                self.reads += 1

            await self._until_done("read", read)

    async def keep_booking(
        self, token: str, rooms: list[dict[str, Any]], day: int, *, tokens_last: int | None = None
    ) -> None:
        """Room after room, each at a time of its own; the suite wants fresh tokens after so many, if that is said."""
        numbers = itertools.count()
        async with self.story.speaking_for(token) as member:

            async def book() -> None:
                number = next(numbers)
                if tokens_last is not None and number % tokens_last == 0:
                    await self.story.sandbox.control("POST", "entra/expire-access-tokens", {})
                days, part = divmod(number, TIMES_A_DAY)
                slot = Slot.in_days(day + days, part // 2, 30 * (part % 2))
                subject = f"Rolling {uuid4()}"
                answer = await member.send(
                    BOOK,
                    input={
                        "roomIds": [rooms[number % len(rooms)]["id"]],
                        "event": slot.as_event(subject),
                        "idempotencyKey": uuid4().hex,
                    },
                )
                made = (answer.get("data") or {}).get("bookRoom") or {}
                if answer.get("errors") or made["__typename"] != "RoomsBooked":
                    self.failures.append(f"book: {answer}")
                    return
                self.booked |= {booking["id"]: subject for booking in made["bookings"]}

            await self._until_done("book", book)

    async def _until_done(self, what: str, act: Callable[[], Awaitable[None]]) -> None:
        while not self.done.is_set():
            try:
                await act()
            except Exception as error:
                self.failures.append(f"{what}: {type(error).__name__} {error}")


@dataclass
class Listener:
    """Somebody who listens to their pending rooms, and after each loss goes on from what they saw last."""

    client: Client
    closings: list[int | None] = field(default_factory=list)
    """The codes of closed sockets; for streams that ended, how many events told them why."""
    last_at: str | None = None
    seen: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By booking, the last state that was told, and when it came to be."""

    async def listen_by_socket(self) -> None:
        while True:
            async with self.client.subscribe(PENDING, since=self.last_at) as updates:
                try:
                    while True:
                        self._hear(await updates.next(LISTENS_FOR))
                except ConnectionClosed as closed:
                    self.closings.append(closed.rcvd.code if closed.rcvd else None)

    async def listen_by_stream(self) -> None:
        while True:
            async with self.client.stream(PENDING, since=self.last_at) as stream:
                while (event := await stream.event(LISTENS_FOR)) is not None:
                    if event.name != "next":
                        self.closings.append(1)
                        break
                    self._hear(event.data["data"]["pendingRooms"])
                else:
                    self.closings.append(0)

    def _hear(self, update: dict[str, Any]) -> None:
        booking = update["booking"]
        self.seen[booking["id"]] = (booking["state"], update["at"])
        self.last_at = max(self.last_at or update["at"], update["at"])
