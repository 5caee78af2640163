"""What a room's state is, from one read of its event.

Whoever's calendar it was read from: a state follows what is told and stays where nothing is. The organiser's copy tells
everything; what an attendee's tells differs between suites (https://learn.microsoft.com/graph/api/resources/responsestatus,
https://developers.google.com/workspace/calendar/api/concepts/sharing), so the suite's capabilities decide there.
"""

from dataclasses import dataclass
from uuid import UUID

from app.bookings.replacing import (
    EventRooms,
    KnownRoom,
    answer_of,
    is_another_there,
    replacements,
    under_another_address,
)
from app.bookings.status import BookingReason, BookingState
from app.suites.events import Event, EventStatus, RoomAnswer
from app.suites.protocol import Capabilities


@dataclass(frozen=True, slots=True)
class Standing:
    """A booking's (or an occurrence's) state with its reason."""

    state: BookingState
    reason: BookingReason | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One booking's room on one event: whose answer is read, and where it stood so far."""

    booking_id: UUID
    room: KnownRoom
    requested_room_id: UUID
    """The room that the member asked for: `room`'s own id unless another has taken its place."""
    present: Standing
    wanted: KnownRoom | None = None
    """The room that the member wants in `room`'s place, where the suite was asked for the swap and may have done it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a booking stands after a read."""

    standing: Standing
    room: KnownRoom | None = None
    """The room that took the place of the one that was there; None where none did."""
    is_own_choice: bool = False
    """Whether the member had asked for that room to take the place."""


ASKED = Standing(BookingState.PENDING, BookingReason.NOT_ANSWERED)
GONE = Standing(BookingState.CANCELLED, BookingReason.EVENT_GONE)


def finding_of(event: Event, asked: Asked, rooms: EventRooms, capabilities: Capabilities) -> Finding:
    """Where the booking stands now. `rooms` matters only where its room is not on the event."""
    if event.status is EventStatus.CANCELLED:
        return Finding(GONE)
    answer = _told(event, asked.room, capabilities)
    if answer is not None:
        return Finding(_after(asked, asked.room, answer, asked.present))
    if not event.is_organiser and not capabilities.room_answer_for_attendees:
        return Finding(asked.present)
    if asked.wanted is not None and not rooms.is_held(asked.wanted):
        answer = _told(event, asked.wanted, capabilities)
        if answer is not None:
            return Finding(after_answer(ASKED, answer), asked.wanted, is_own_choice=True)
    entry = under_another_address(event, asked.room, rooms)
    if entry is not None:
        return Finding(_after(asked, asked.room, entry.answer, asked.present))
    room = replacements(event, rooms).get(asked.booking_id) if capabilities.replaces_rooms else None
    if room is None:
        return Finding(_absent(event, asked.present, rooms))
    answer = _told(event, room, capabilities)
    return Finding(_after(asked, room, answer or RoomAnswer.UNKNOWN, ASKED), room)


def after_answer(present: Standing, answer: RoomAnswer) -> Standing:
    """The standing after the answer of the room that was asked for was read."""
    if answer is RoomAnswer.ACCEPTED:
        return Standing(BookingState.ACCEPTED, None)
    if answer is RoomAnswer.PENDING:
        return ASKED
    if answer is RoomAnswer.AWAITING_APPROVAL:
        return Standing(BookingState.PENDING, BookingReason.AWAITING_APPROVAL)
    if answer is RoomAnswer.DECLINED:
        gave_up = present.state is BookingState.ACCEPTED or present.reason is BookingReason.RELEASED
        return Standing(BookingState.REJECTED, BookingReason.RELEASED if gave_up else BookingReason.DECLINED)
    return present


def _after(asked: Asked, room: KnownRoom, answer: RoomAnswer, present: Standing) -> Standing:
    """A room that took another's place says so as long as it holds; while it is asked, what is waited for counts."""
    following = after_answer(present, answer)
    if following.state is BookingState.ACCEPTED and room.id != asked.requested_room_id:
        return Standing(BookingState.ACCEPTED, BookingReason.REPLACED)
    return following


def _told(event: Event, room: KnownRoom, capabilities: Capabilities) -> RoomAnswer | None:
    """What this copy of the event tells of the room; None where the room is not on it."""
    answer = answer_of(event, room.address)
    is_flagged = any(entry.room.address == room.address for entry in event.rooms)
    if answer is None or is_flagged:
        return answer
    # Without its flag a room is among the people, whose answers an attendee's copy may leave at the first value.
    if not event.is_organiser and not capabilities.room_answer_for_attendees:
        return RoomAnswer.UNKNOWN
    if answer is RoomAnswer.AWAITING_APPROVAL and not capabilities.tells_awaiting_approval:
        return RoomAnswer.PENDING
    return answer


def _absent(event: Event, present: Standing, rooms: EventRooms) -> Standing:
    if present.state is BookingState.REJECTED:
        return present
    is_replaced = is_another_there(event, rooms)
    return Standing(BookingState.REJECTED, BookingReason.REPLACED if is_replaced else BookingReason.REMOVED)
