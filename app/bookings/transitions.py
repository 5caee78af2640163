"""The one door through which a booking's state changes: compare-and-swap on its version."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from app.bookings.derivation import Standing
from app.bookings.models import BookingOccurrence, RoomBooking
from app.bookings.status import BookingReason, BookingState, may_follow
from app.references.models import EventAttendance, EventNote, EventReference


def standing(row: RoomBooking | BookingOccurrence) -> Standing:
    """Where the row stands."""
    return Standing(row.state, row.reason)


async def change(
    booking: RoomBooking,
    following: Standing,
    now: datetime,
    room_id: UUID | None = None,
    *,
    is_own_choice: bool = False,
) -> bool:
    """Bring the booking to its next standing; false where somebody else changed it meanwhile, or no way leads there.

    With `room_id` it follows to the room that took the place of its own; by its member's own choice, that room is from
    now on the one that was asked for. Call inside the transaction of whatever belongs to the change. `booking` shows
    the new standing afterwards. A cancelled booking is closed at once. Raises IntegrityError where that room has a live
    booking on the event already.
    """
    is_new_state = following.state is not booking.state
    if booking.closed_at is not None or (is_new_state and not may_follow(booking.state, following.state)):
        return False
    values: dict[str, object] = {"reason": following.reason, "version": booking.version + 1}
    if is_new_state or room_id is not None:
        values |= {"state": following.state, "previous_state": booking.state, "state_since": now}
    if room_id is not None:
        requested = room_id if is_own_choice else booking.requested_room_id or booking.room_id
        values |= {"room_id": room_id, "requested_room_id": None if room_id == requested else requested}
    if is_own_choice:
        values |= {"wanted_room_id": None}
    if following.state is BookingState.CANCELLED:
        values |= {"closed_at": now, "live_slot": None, "next_check_at": None, "claimed_until": None}
    rows = RoomBooking.of(booking.organisation_id).filter(
        id=booking.id, version=booking.version, closed_at__isnull=True
    )
    if not await rows.update(**values):
        return False
    for name, value in values.items():
        setattr(booking, name, value)
    if following.state is BookingState.CANCELLED:
        await (
            BookingOccurrence.of(booking.organisation_id)
            .filter(booking_id=booking.id)
            .update(state=following.state, reason=following.reason, state_since=now)
        )
        await close_reference(booking, now)
    return True


async def close(booking: RoomBooking, now: datetime) -> None:
    """The booking's event is over: nothing is expected any more, and its state stays."""
    await (
        RoomBooking.of(booking.organisation_id)
        .filter(id=booking.id, closed_at__isnull=True)
        .update(closed_at=now, next_check_at=None, claimed_until=None, last_checked_at=now)
    )
    await close_reference(booking, now)


async def close_reference(booking: RoomBooking, now: datetime) -> None:
    """Once its last booking is closed an event's references begin their last thirty days.

    Not those with our own data while the event lives on: a room that was let go says nothing about the event.
    """
    organisation_id = booking.organisation_id
    dates = await BookingOccurrence.of(organisation_id).filter(booking_id=booking.id)
    ids = {booking.event_reference_id, *(date.event_reference_id for date in dates)}
    event_lives_on = booking.state is BookingState.CANCELLED and booking.reason is not BookingReason.EVENT_GONE
    if event_lives_on:
        ids -= await _with_own_data(organisation_id, ids)
    await close_references(organisation_id, list(ids), now)


async def _with_own_data(organisation_id: UUID, reference_ids: Collection[UUID]) -> set[UUID]:
    """Those of the references on which somebody said something."""
    ids = list(reference_ids)
    attendances = await EventAttendance.of(organisation_id).filter(event_reference_id__in=ids)
    notes = await EventNote.of(organisation_id).filter(event_reference_id__in=ids)
    return {row.event_reference_id for row in attendances} | {note.event_reference_id for note in notes}


async def close_references(organisation_id: UUID, reference_ids: Sequence[UUID], now: datetime) -> None:
    """Close those of the references that no open booking needs any more."""
    open_bookings = await RoomBooking.of(organisation_id).filter(
        event_reference_id__in=reference_ids, closed_at__isnull=True
    )
    ids = set(reference_ids) - {booking.event_reference_id for booking in open_bookings}
    if ids:
        await EventReference.of(organisation_id).filter(id__in=ids, closed_at__isnull=True).update(closed_at=now)
