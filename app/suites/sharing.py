"""A mailbox's slots where several processes call it: the port through which they count together.

A process goes by its own lane first. What it then asks here is only ever asked for a call that could go out, so nothing
is asked where one process does everything.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from app.suites.errors import SuiteUnavailable
from app.suites.retries import Deadline, Timing

ASK_AGAIN = timedelta(milliseconds=40)
"""How often whoever waits asks again, on average: nobody tells them that a slot came free elsewhere."""


class SharedSlots(Protocol):
    """What the composition root puts behind this; an outage of it must refuse nobody."""

    async def take(self, lane: str, limit: int) -> Callable[[], None] | None:
        """What gives the slot back, or None where all `limit` of this lane are taken."""
        ...


class Unshared:
    """Where one process does everything: its own lanes are all there is."""

    async def take(self, lane: str, limit: int) -> Callable[[], None] | None:
        return _nothing


async def shared_slot(
    slots: SharedSlots, lane: str, limit: int, deadline: Deadline, timing: Timing
) -> Callable[[], None]:
    """Take one of the lane's slots; what gives it back. Raises SuiteUnavailable where none came free in time."""
    while (give_back := await slots.take(lane, limit)) is None:
        pause = ASK_AGAIN * (0.5 + timing.jitter())
        if not deadline.allows(pause):
            raise SuiteUnavailable("MailboxBusy")
        await timing.sleep(pause.total_seconds())
    return give_back


def _nothing() -> None: ...
