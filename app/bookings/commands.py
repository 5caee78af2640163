"""What a member can ask about rooms, and what comes of it."""

from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from uuid import UUID

import orjson

from app.agenda.values import AgendaEvent
from app.bookings.models import RoomBooking
from app.errors import ProblemError
from app.suites.events import NewEvent, NewTime


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRoom:
    """Rooms for a new event, or for an existing one of the member's own; exactly one of the two is set.

    `event.rooms` stays empty: the rooms come from `room_ids`, which are our own rooms.
    """

    room_ids: tuple[UUID, ...]
    idempotency_key: str
    event: NewEvent | None = None
    event_mailbox_id: str | None = None

    def content(self) -> bytes:
        """What must be equal for two uses of one idempotency key; only ever hashed, never kept."""
        event = self.event
        moments = [event.start.astimezone(UTC), event.end.astimezone(UTC)] if event else None
        return orjson.dumps([list(self.room_ids), self.event_mailbox_id, moments, event and _words(event)])


def _words(event: NewEvent) -> list[object]:
    people = [[person.address, person.name] for person in event.attendees]
    return [event.subject, event.time_zone, people, event.body, event.online_meeting, event.recurrence]


@dataclass(frozen=True, slots=True)
class Booked:
    """One booking per room, in the order asked; `event` is None where the suite could not show it just now."""

    bookings: tuple[RoomBooking, ...]
    event: AgendaEvent | None
    problems: tuple[ProblemError, ...] = ()


class CancelScope(StrEnum):
    """How much of a series a change concerns."""

    OCCURRENCE = "OCCURRENCE"
    THIS_AND_FOLLOWING = "THIS_AND_FOLLOWING"
    SERIES = "SERIES"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelBooking:
    """Let a room go.

    `scope` and `occurrence_id` (a `BookingOccurrence`) matter only for the booking of a series. `cancel_event` cancels
    the event itself for everybody, not only its room.
    """

    booking_id: UUID
    scope: CancelScope | None = None
    occurrence_id: UUID | None = None
    cancel_event: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceRoom:
    """Another room in the place of the booking's; `scope` and `occurrence_id` as of `CancelBooking`."""

    booking_id: UUID
    room_id: UUID
    scope: CancelScope | None = None
    occurrence_id: UUID | None = None
    idempotency_key: str | None = None

    def content(self) -> bytes:
        """What must be equal for two uses of one idempotency key; only ever hashed, never kept."""
        return orjson.dumps([self.booking_id, self.room_id, self.scope, self.occurrence_id])


@dataclass(frozen=True, slots=True, kw_only=True)
class RescheduleBooking:
    """Another time for what a booking is for; `scope` and `occurrence_id` as of `CancelBooking`."""

    booking_id: UUID
    time: NewTime
    scope: CancelScope | None = None
    occurrence_id: UUID | None = None
