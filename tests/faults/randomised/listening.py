"""A client that follows its bookings over whatever socket it gets, and resumes from what it saw last."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from websockets.exceptions import WebSocketException

from tests.faults.randomised import documents
from tests.faults.randomised.asking import Front
from tests.faults.randomised.shared_clock import SharedClock
from tests.support.client import Client, GraphQLErrorsError

PAUSE_SECONDS = 0.3
LONGEST_WITHOUT = 600.0
WHEN_ENDED_SECONDS = 1.0


@dataclass
class View:
    """What one client believes of its member's bookings."""

    last: datetime
    """The latest moment that it was told of."""
    states: dict[str, str] = field(default_factory=dict)
    """By the booking's id."""
    rooms: dict[str, str] = field(default_factory=dict)
    losses: int = 0
    """How often a socket was lost and another one opened."""
    updates: int = 0
    complaints: list[str] = field(default_factory=list)


class Listener:
    """One member's `pendingRooms`."""

    def __init__(self, front: Front, token: str, began: datetime, clock: SharedClock) -> None:
        self.view = View(last=began)
        self._front = front
        self._token = token
        self._clock = clock

    async def follow(self) -> None:
        """Until cancelled."""
        while True:
            with suppress(OSError, WebSocketException, TimeoutError, GraphQLErrorsError, AssertionError):
                await self._follow_one()
            self.view.losses += 1
            await asyncio.sleep(PAUSE_SECONDS)

    async def _follow_one(self) -> None:
        async with Client(self._front.any_server(), self._token) as client:
            # No clock of the world goes forward by hours while something is being written, as ours does.
            since = (self.view.last - self._clock.lately).isoformat()
            seen: list[tuple[Any, ...]] = []
            async with client.subscribe(documents.LISTEN, since=since) as items:
                while (item := await items.next(LONGEST_WITHOUT)) is not None:
                    if item["__typename"] == "SubscriptionEnded":
                        await asyncio.sleep(WHEN_ENDED_SECONDS)
                        return
                    self._take(item, seen)

    def _take(self, item: dict[str, Any], seen: list[tuple[Any, ...]]) -> None:
        booking = item["booking"]
        told = (booking["id"], booking["state"], booking["reason"], booking["room"]["email"], item["at"])
        if told in seen[-1:]:
            self.view.complaints.append(f"told twice in a row: {told}")
        seen.append(told)
        self.view.updates += 1
        self.view.states[booking["id"]] = booking["state"]
        self.view.rooms[booking["id"]] = booking["room"]["email"]
        at = datetime.fromisoformat(item["at"])
        self.view.last = max(self.view.last, at)
