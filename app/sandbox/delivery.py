"""How messages get out to receivers, whichever suite sends: gathered per address, retried, with faults to order."""

import asyncio
import ipaddress
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import aiohttp

from app.sandbox.clock import SandboxClock
from app.sandbox.delivery_faults import DeliveryFaults

ANSWER_TIMEOUT = timedelta(seconds=3)
FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(minutes=10)
GIVES_UP_AFTER = timedelta(hours=4)
GATHERING_TIME = timedelta(milliseconds=20)
LOG_LENGTH = 5_000

Parcel = TypeVar("Parcel")
Record = TypeVar("Record")


@dataclass(slots=True)
class _Outbox(Generic[Parcel]):
    waiting: list[tuple[Parcel, int]] = field(default_factory=list)
    task: asyncio.Task[None] | None = None


class Dispatcher(Generic[Parcel]):
    """Gathers what goes to one address within a moment, and hands it over in tasks of the running event loop."""

    def __init__(self, deliver: Callable[[str, list[Parcel]], Coroutine[None, None, None]]) -> None:
        self.faults = DeliveryFaults()
        self._deliver = deliver
        self._outboxes: dict[str, _Outbox[Parcel]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, url: str, parcel: Parcel) -> None:
        """Put a message on its way; it goes together with what else goes to that address now."""
        copies = self.faults.copies()
        if self.faults.spread:
            for _ in range(copies):
                self.spawn(self._send_later(url, parcel, self.faults.hold_back()))
            return
        self._gather(url, parcel, copies)

    def waiting(self, url: str) -> list[Parcel]:
        """What is being gathered for an address, that which will be dropped included."""
        outbox = self._outboxes.get(url)
        return [parcel for parcel, _ in outbox.waiting] if outbox else []

    def spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Run something until it is done or everything is forgotten."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def clear(self) -> None:
        """Forget what waits and what was to go wrong."""
        for task in self._tasks:
            task.cancel()
        self._outboxes.clear()
        self.faults = DeliveryFaults()

    async def _send_later(self, url: str, parcel: Parcel, pause: timedelta) -> None:
        await asyncio.sleep(pause.total_seconds())
        self._gather(url, parcel, 1)

    def _gather(self, url: str, parcel: Parcel, copies: int) -> None:
        outbox = self._outboxes.setdefault(url, _Outbox())
        outbox.waiting.append((parcel, copies))
        if outbox.task is None or outbox.task.done():
            outbox.task = self.spawn(self._flush(url, outbox))

    async def _flush(self, url: str, outbox: _Outbox[Parcel]) -> None:
        await asyncio.sleep((GATHERING_TIME + self.faults.delay).total_seconds())
        parcels = [parcel for parcel, copies in outbox.waiting for _ in range(copies)]
        outbox.waiting, outbox.task = [], None
        self.faults.rearrange(parcels)
        if parcels:
            self.spawn(self._deliver(url, parcels))


class Sender(ABC, Generic[Parcel, Record]):
    """Sends a suite's messages from tasks of the running event loop, and keeps a record of each attempt."""

    def __init__(self, clock: SandboxClock) -> None:
        self.log: deque[Record] = deque(maxlen=LOG_LENGTH)
        self._clock = clock
        self._dispatcher = Dispatcher(self._deliver)

    @property
    def faults(self) -> DeliveryFaults:
        """What goes wrong with the next messages."""
        return self._dispatcher.faults

    @faults.setter
    def faults(self, faults: DeliveryFaults) -> None:
        self._dispatcher.faults = faults

    def clear(self) -> None:
        """Forget what waits, what was sent and what was to go wrong."""
        self._dispatcher.clear()
        self.log.clear()

    @abstractmethod
    async def _deliver(self, url: str, parcels: list[Parcel]) -> None: ...


async def persist(clock: SandboxClock, attempt: Callable[[int], Awaitable[bool]], *, made: int = 0) -> None:
    """Call ``attempt`` with 1, 2, 3 … and growing pauses until it answers True, or for four hours.

    ``made`` attempts have failed already.
    """
    started, pause, number = clock.now(), FIRST_RETRY, made
    while clock.now() - started < GIVES_UP_AFTER:
        if number > 0:
            await clock.sleep(pause)
            pause = min(pause * 2, LONGEST_RETRY)
        number += 1
        if await attempt(number):
            return


async def post(url: str, content: bytes, headers: Mapping[str, str]) -> int | None:
    """The status that the receiver answers; None when it does not in time."""
    timeout = aiohttp.ClientTimeout(total=ANSWER_TIMEOUT.total_seconds())
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=content, headers=headers, allow_redirects=False) as answer,
        ):
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return None


def is_acceptable(url: str) -> bool:
    """Whether messages may go there: over https, or over plain http on this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    if parts.scheme != "http" or not parts.hostname:
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False
