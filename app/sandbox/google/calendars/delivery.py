"""How push messages get out: one request each, nothing in it but headers; retried on a few statuses, else lost.

https://developers.google.com/workspace/calendar/api/guides/push#receiving-notifications
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.sandbox.delivery import Sender, persist, post

RETRIED = frozenset({500, 502, 503, 504})
"""Every other status is the end of a message, be it taken or lost."""


class ResourceState(StrEnum):
    """What a message says."""

    SYNC = "sync"
    EXISTS = "exists"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushMessage:
    """One message of a channel; all it says stands in its headers."""

    channel_id: str
    url: str
    state: ResourceState
    number: int
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRecord:
    """One attempt to deliver a message; ``status`` is None when nobody answered in time."""

    at: datetime
    attempt: int
    status: int | None
    message: PushMessage


class PushDelivery(Sender[PushMessage, PushRecord]):
    """Push messages on their way, one request each."""

    def send(self, message: PushMessage) -> None:
        """Put a message on its way; it adds nothing to the like of it being gathered, unless they may change places."""
        kind = (message.channel_id, message.state)
        alike = any((one.channel_id, one.state) == kind for one in self._dispatcher.waiting(message.url))
        if not alike or self.faults.reorders:
            self._dispatcher.send(message.url, message)

    async def send_now(self, message: PushMessage) -> None:
        """Deliver a message before going on; a retry does not hold the caller up."""
        await self._deliver(message.url, [message])

    async def _deliver(self, url: str, parcels: list[PushMessage]) -> None:
        for message in parcels:
            if not await self._attempt(message, 1):
                self._dispatcher.spawn(self._retry(message))

    async def _retry(self, message: PushMessage) -> None:
        async def attempt(number: int) -> bool:
            return await self._attempt(message, number)

        await persist(self._clock, attempt, made=1)

    async def _attempt(self, message: PushMessage, number: int) -> bool:
        status = await post(message.url, b"", message.headers)
        self.log.append(PushRecord(at=self._clock.now(), attempt=number, status=status, message=message))
        return status not in RETRIED
