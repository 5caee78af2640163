"""How change notifications get out: gathered per address, sent in one envelope, retried, logged; with faults to order.

https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import aiohttp
import orjson

from app.sandbox.clock import SandboxClock

ANSWER_TIMEOUT = timedelta(seconds=3)
FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(minutes=10)
GIVES_UP_AFTER = timedelta(hours=4)
GATHERING_TIME = timedelta(milliseconds=20)
LOG_LENGTH = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One notification and the address it goes to."""

    url: str
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """One attempt to deliver an envelope; ``status`` is None when nobody answered in time."""

    at: datetime
    url: str
    attempt: int
    status: int | None
    notifications: tuple[Mapping[str, object], ...]


@dataclass(slots=True, kw_only=True)
class DeliveryFaults:
    """What goes wrong on purpose, counted in notifications; ``delay`` lengthens the gathering time."""

    drop: int = 0
    duplicate: int = 0
    reverse: bool = False
    delay: timedelta = timedelta()


@dataclass(slots=True)
class _Outbox:
    waiting: list[Notification] = field(default_factory=list)
    task: asyncio.Task[None] | None = None


class Delivery:
    """Sends notifications from tasks of the running event loop."""

    def __init__(self, clock: SandboxClock) -> None:
        self.faults = DeliveryFaults()
        self.log: deque[DeliveryRecord] = deque(maxlen=LOG_LENGTH)
        self._clock = clock
        self._outboxes: dict[str, _Outbox] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, notification: Notification) -> None:
        """Put a notification on its way; it shares an envelope with what else goes to that address now."""
        if self.faults.drop > 0:
            self.faults.drop -= 1
            return
        copies = 1
        if self.faults.duplicate > 0:
            self.faults.duplicate -= 1
            copies = 2
        outbox = self._outboxes.setdefault(notification.url, _Outbox())
        outbox.waiting.extend([notification] * copies)
        if outbox.task is None or outbox.task.done():
            outbox.task = self._spawn(self._flush(notification.url, outbox))

    def clear(self) -> None:
        """Forget what waits, what was sent and what was to go wrong."""
        for task in self._tasks:
            task.cancel()
        self._outboxes.clear()
        self.log.clear()
        self.faults = DeliveryFaults()

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _flush(self, url: str, outbox: _Outbox) -> None:
        await asyncio.sleep((GATHERING_TIME + self.faults.delay).total_seconds())
        envelope, outbox.waiting = outbox.waiting, []
        outbox.task = None
        if self.faults.reverse:
            envelope.reverse()
        self._spawn(self._deliver(url, tuple(n.body for n in envelope)))

    async def _deliver(self, url: str, notifications: tuple[Mapping[str, object], ...]) -> None:
        payload = orjson.dumps({"value": notifications})
        started, pause, attempt = self._clock.now(), FIRST_RETRY, 0
        while self._clock.now() - started < GIVES_UP_AFTER:
            attempt += 1
            status = await _post(url, payload)
            self.log.append(
                DeliveryRecord(
                    at=self._clock.now(),
                    url=url,
                    attempt=attempt,
                    status=status,
                    notifications=notifications,
                )
            )
            if status is not None and 200 <= status < 300:
                return
            await self._clock.sleep(pause)
            pause = min(pause * 2, LONGEST_RETRY)


async def _post(url: str, payload: bytes) -> int | None:
    timeout = aiohttp.ClientTimeout(total=ANSWER_TIMEOUT.total_seconds())
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(
                url,
                data=payload,
                headers={"Content-Type": "application/json; charset=utf-8"},
                allow_redirects=False,
            ) as answer,
        ):
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return None
