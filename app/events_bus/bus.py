"""What travels on the bus, and what a bus can do.

A message is a hint that a row changed: whoever receives it reads the row. A lost message delays and never loses.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class MessageKind(StrEnum):
    """What changed."""

    BOOKING_CHANGED = "BOOKING_CHANGED"
    NOTIFICATION_ADDED = "NOTIFICATION_ADDED"
    INTEGRATION_CHANGED = "INTEGRATION_CHANGED"
    CONNECTION_CHANGED = "CONNECTION_CHANGED"
    ROOM_SYNC_PROGRESSED = "ROOM_SYNC_PROGRESSED"
    TEST_PROGRESSED = "TEST_PROGRESSED"
    """A check of a test flow is over: the one message whose news no row holds, since a report is written as a whole."""
    CREDENTIAL_REVOKED = "CREDENTIAL_REVOKED"
    JOBS_DUE = "JOBS_DUE"
    BOOKINGS_DUE = "BOOKINGS_DUE"
    """Bookings are to be looked at, and nothing else has to be done: this comes with every notification."""
    SHIFT_ENTRIES_DUE = "SHIFT_ENTRIES_DUE"
    """Shifts are to be written to calendars, or removed there, and nothing else has to be done."""


@dataclass(frozen=True, slots=True)
class Message:
    """One change: the row's id, its version where it has one, and words for what no row holds, never a calendar's."""

    kind: MessageKind
    row_id: UUID | None = None
    version: int | None = None
    words: tuple[str, ...] = ()


JOBS = "jobs"
"""The topic that wakes whoever runs jobs."""

CREDENTIALS = "credentials"
"""The topic on which every process hears that a credential has ended, or lets in somebody of another role now, so that
its open sockets close."""


def member_topic(member_id: UUID) -> str:
    """Everything that concerns one member: bookings, notifications, connection, credentials."""
    return f"member:{member_id}"


def organisation_topic(organisation_id: UUID) -> str:
    """Everything that concerns a whole organisation: integration, room sync."""
    return f"organisation:{organisation_id}"


class EventsBus(Protocol):
    """Publish and subscribe. Publish after the transaction has committed, never inside it."""

    async def publish(self, topic: str, message: Message) -> None:
        """Tell every subscriber of the topic, in every process; a bus that is down is logged and never raises."""
        ...

    def subscribe(self, *topics: str) -> AbstractAsyncContextManager[AsyncIterator[Message]]:
        """Messages of these topics from the moment the context is entered; a slow reader loses its oldest."""
        ...

    async def close(self) -> None: ...
