"""How change notifications get out: gathered per address, sent in one envelope, retried, logged; with faults to order.

https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from app.sandbox.clock import SandboxClock
from app.sandbox.delivery import DeliveryFaults, Dispatcher, persist, post

LOG_LENGTH = 5_000
_JSON = {"Content-Type": "application/json; charset=utf-8"}


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


class Delivery:
    """Sends notifications from tasks of the running event loop."""

    def __init__(self, clock: SandboxClock) -> None:
        self.log: deque[DeliveryRecord] = deque(maxlen=LOG_LENGTH)
        self._clock = clock
        self._dispatcher = Dispatcher(self._deliver)

    @property
    def faults(self) -> DeliveryFaults:
        """What goes wrong with the next notifications."""
        return self._dispatcher.faults

    @faults.setter
    def faults(self, faults: DeliveryFaults) -> None:
        self._dispatcher.faults = faults

    def send(self, notification: Notification) -> None:
        """Put a notification on its way; it shares an envelope with what else goes to that address now."""
        self._dispatcher.send(notification.url, notification)

    def clear(self) -> None:
        """Forget what waits, what was sent and what was to go wrong."""
        self._dispatcher.clear()
        self.log.clear()

    async def _deliver(self, url: str, envelope: list[Notification]) -> None:
        notifications = tuple(notification.body for notification in envelope)
        payload = orjson.dumps({"value": notifications})

        async def attempt(number: int) -> bool:
            status = await post(url, payload, _JSON)
            self.log.append(
                DeliveryRecord(
                    at=self._clock.now(),
                    url=url,
                    attempt=number,
                    status=status,
                    notifications=notifications,
                )
            )
            return status is not None and 200 <= status < 300

        await persist(self._clock, attempt)
