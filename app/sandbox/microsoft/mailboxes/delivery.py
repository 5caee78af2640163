"""How change notifications get out: gathered per address, sent in one envelope, retried, logged; with faults to order.

https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from app.sandbox.delivery import Sender, persist, post

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


class Delivery(Sender[Notification, DeliveryRecord]):
    """Change notifications on their way, gathered into envelopes."""

    def send(self, notification: Notification) -> None:
        """Put a notification on its way; it shares an envelope with what else goes to that address now."""
        self._dispatcher.send(notification.url, notification)

    async def send_now(self, notification: Notification) -> None:
        """Deliver a notification alone, whatever goes wrong with others, and before going on."""
        await self._deliver(notification.url, [notification])

    async def _deliver(self, url: str, parcels: list[Notification]) -> None:
        notifications = tuple(notification.body for notification in parcels)
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
