"""What a room's state is, from one read of its event in the organiser's own calendar.

Only the organiser's copy tells: an attendee's copy shows no answers at Microsoft
(https://learn.microsoft.com/graph/api/resources/responsestatus), so a copy that does not tell leaves a state as it is.
"""

from collections.abc import Collection
from dataclasses import dataclass

from app.bookings.status import BookingReason, BookingState
from app.suites.events import Event, EventStatus, Response, RoomAnswer


@dataclass(frozen=True, slots=True)
class Standing:
    """A booking's (or an occurrence's) state with its reason."""

    state: BookingState
    reason: BookingReason | None


ASKED = Standing(BookingState.PENDING, BookingReason.NOT_ANSWERED)
GONE = Standing(BookingState.CANCELLED, BookingReason.EVENT_GONE)

_ANSWER_OF_PERSON = {
    Response.ORGANISER: RoomAnswer.ACCEPTED,
    Response.ACCEPTED: RoomAnswer.ACCEPTED,
    Response.TENTATIVELY_ACCEPTED: RoomAnswer.AWAITING_APPROVAL,
    Response.DECLINED: RoomAnswer.DECLINED,
    Response.NOT_RESPONDED: RoomAnswer.PENDING,
}


def standing_of(
    event: Event, room_address: str, present: Standing, *, booked: Collection[str], directory: Collection[str]
) -> Standing:
    """Where the room stands now. `booked` are the rooms booked through us for this event, `directory` all of ours."""
    if event.status is EventStatus.CANCELLED:
        return GONE
    if not event.is_organiser:
        return present
    answer = answer_of(event, room_address)
    if answer is None:
        return _absent(event, present, booked, directory)
    return after_answer(present, answer)


def after_answer(present: Standing, answer: RoomAnswer) -> Standing:
    """The standing after the room's answer was read."""
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


def answer_of(event: Event, room_address: str) -> RoomAnswer | None:
    """What the event says of the room, even where it lost its flag of being one; None where it is not invited."""
    for entry in event.rooms:
        if entry.room.address == room_address:
            return entry.answer
    for attendee in event.attendees:
        if attendee.person.address == room_address:
            return _ANSWER_OF_PERSON[attendee.response]
    return None


def _absent(event: Event, present: Standing, booked: Collection[str], directory: Collection[str]) -> Standing:
    if present.state is BookingState.REJECTED:
        return present
    is_replaced = any(entry.room.address in directory and entry.room.address not in booked for entry in event.rooms)
    return Standing(BookingState.REJECTED, BookingReason.REPLACED if is_replaced else BookingReason.REMOVED)
