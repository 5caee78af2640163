"""How many calls go side by side, and when none is tried: one *lane* for each mailbox, and a wide one for each tenant.

Exchange serves four calls at a time for one application and mailbox and throttles the fifth
(https://learn.microsoft.com/graph/throttling-limits#outlook-service-limits). A lane whose calls keep failing is
closed for a moment, so that one hanging mailbox costs others nothing and itself no more time-outs.

A tenant's calls go side by side too, but for so many: where a whole tenant hangs, its members do not take all of the
connections that everybody shares.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from app.suites.errors import SuiteUnavailable
from app.suites.retries import Deadline

CALLS_SIDE_BY_SIDE = 4
TENANTS_CALLS_SIDE_BY_SIDE = 32
"""In one process: a third of the connections that it opens to one host."""
FAILURES_TO_CLOSE = 8
CLOSED_FOR = timedelta(seconds=10)
MAX_IDLE_LANES = 10_000


class Lane:
    """The calls of one mailbox or tenant: only so many at a time, none while the lane is closed."""

    __slots__ = ("_closed_until", "_failures", "_monotonic", "slots", "users")

    def __init__(self, monotonic: Callable[[], float], side_by_side: int) -> None:
        self._monotonic = monotonic
        self._failures = 0
        self._closed_until = 0.0
        self.slots = asyncio.Semaphore(side_by_side)
        self.users = 0

    @property
    def is_closed(self) -> bool:
        return self._monotonic() < self._closed_until

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        """Count a call without an answer; enough of them in a row close the lane."""
        self._failures += 1
        if self._failures >= FAILURES_TO_CLOSE:
            self._closed_until = self._monotonic() + CLOSED_FOR.total_seconds()


async def _acquire(slots: asyncio.Semaphore, deadline: Deadline, busy: str) -> None:
    if not slots.locked():
        await slots.acquire()
        return
    try:
        async with asyncio.timeout(deadline.remaining()):
            await slots.acquire()
    except TimeoutError:
        raise SuiteUnavailable(busy) from None


class Lanes:
    """The lanes in use and the most recent idle ones: bounded, however many mailboxes there are."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        max_idle: int = MAX_IDLE_LANES,
        *,
        side_by_side: int = CALLS_SIDE_BY_SIDE,
        busy: str = "MailboxBusy",
    ) -> None:
        """`busy` is the code of what is raised where no slot came free in time."""
        self._monotonic = monotonic
        self._side_by_side = side_by_side
        self._busy = busy
        self._max_idle = max_idle
        self._lanes: OrderedDict[str, Lane] = OrderedDict()
        self._in_use = 0

    def __len__(self) -> int:
        return len(self._lanes)

    def enter(self, key: str, deadline: Deadline) -> AbstractAsyncContextManager[Lane]:
        """Wait for a slot in the lane of `key`. Raises SuiteUnavailable: it is closed, or none came free in time."""
        return _Entry(self, key, deadline)

    async def take(self, key: str, deadline: Deadline) -> Lane:
        """The lane, entered: `give_back` it. Raises as `enter`."""
        lane = self._taken(key)
        try:
            if lane.is_closed:
                raise SuiteUnavailable("CircuitOpen")
            await _acquire(lane.slots, deadline, self._busy)
        except BaseException:
            self._left(key, lane)
            raise
        return lane

    def give_back(self, key: str, lane: Lane) -> None:
        """Leave a lane that was taken."""
        lane.slots.release()
        self._left(key, lane)

    def _taken(self, key: str) -> Lane:
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(self._monotonic, self._side_by_side)
        self._lanes.move_to_end(key)
        if lane.users == 0:
            self._in_use += 1
        lane.users += 1
        return lane

    def _left(self, key: str, lane: Lane) -> None:
        lane.users -= 1
        if lane.users:
            return
        self._in_use -= 1
        if len(self._lanes) - self._in_use > self._max_idle:
            idle = next(name for name, candidate in self._lanes.items() if not candidate.users)
            del self._lanes[idle]


class _Entry:
    """A stay in a lane; written out, since each call to a suite makes two and a generator takes many times as long."""

    __slots__ = ("_deadline", "_key", "_lane", "_lanes")

    def __init__(self, lanes: Lanes, key: str, deadline: Deadline) -> None:
        self._lanes = lanes
        self._key = key
        self._deadline = deadline

    async def __aenter__(self) -> Lane:
        self._lane = await self._lanes.take(self._key, self._deadline)
        return self._lane

    async def __aexit__(self, *_: object) -> None:
        self._lanes.give_back(self._key, self._lane)


def tenant_lanes(monotonic: Callable[[], float], side_by_side: int = TENANTS_CALLS_SIDE_BY_SIDE) -> Lanes:
    """One lane for each tenant; nothing closes these, since one mailbox that fails says nothing of the others."""
    return Lanes(monotonic, side_by_side=side_by_side, busy="TenantBusy")
