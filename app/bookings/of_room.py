"""The bookings of one room, for whoever takes the room away: how many there are, and closing them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.transactions import in_transaction

from app import clock
from app.bookings import transitions
from app.bookings.derivation import Standing
from app.bookings.models import RoomBooking
from app.bookings.ports import Notify
from app.bookings.status import BookingReason, BookingState
from app.events_bus.bus import EventsBus, Message, MessageKind, member_topic
from app.notifications.models import Notification, NotificationKind

_REMOVED = Standing(BookingState.CANCELLED, BookingReason.REMOVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomBookingFigures:
    """How many open bookings a room has, by what it said so far."""

    pending: int
    accepted: int
    rejected: int


@dataclass(frozen=True, slots=True)
class ClosedBooking:
    """A booking that was closed, and what its member is told."""

    booking: RoomBooking
    notification: Notification | None


async def figures_of_room(organisation_id: UUID, room_id: UUID) -> RoomBookingFigures:
    """Counted in one statement."""
    rows = RoomBooking.of(organisation_id).filter(room_id=room_id, closed_at__isnull=True)
    states: Sequence[object] = list(await rows.values_list("state", flat=True))
    return RoomBookingFigures(
        pending=states.count(BookingState.PENDING),
        accepted=states.count(BookingState.ACCEPTED),
        rejected=states.count(BookingState.REJECTED),
    )


async def close_bookings_of_room(
    organisation_id: UUID, room_id: UUID, now: datetime, notify: Notify
) -> Sequence[ClosedBooking]:
    """Close them inside the caller's transaction; `tell_of_closed` after the commit. The suite is not told."""
    rows = RoomBooking.of(organisation_id).filter(room_id=room_id, closed_at__isnull=True)
    closed: list[ClosedBooking] = []
    for booking in await rows.order_by("created_at", "id").select_for_update():
        if not await transitions.change(booking, _REMOVED, now):
            continue
        notification = await notify(
            organisation_id,
            booking.member_id,
            NotificationKind.ROOM_REMOVED,
            subject_id=booking.id,
            occasion=f"room-removed:{booking.id}:{booking.version}",
            room_id=room_id,
        )
        closed.append(ClosedBooking(booking, notification))
    return closed


async def close_where_removed(bookings: Sequence[RoomBooking], notify: Notify, bus: EventsBus) -> bool:
    """Close those whose room is removed: they were recorded in the moment of the removal. Whether there were any.

    The bookings were loaded with their rooms.
    """
    removed = {booking.room_id: booking for booking in bookings if booking.room.removed_at is not None}
    for room_id, booking in removed.items():
        async with in_transaction():
            closed = await close_bookings_of_room(booking.organisation_id, room_id, clock.now(), notify)
        await tell_of_closed(bus, closed)
    return bool(removed)


async def tell_of_closed(bus: EventsBus, closed: Sequence[ClosedBooking]) -> None:
    """Wake the members' clients."""
    for entry in closed:
        topic = member_topic(entry.booking.member_id)
        await bus.publish(topic, Message(MessageKind.BOOKING_CHANGED, entry.booking.id, entry.booking.version))
        if entry.notification is not None:
            await bus.publish(topic, Message(MessageKind.NOTIFICATION_ADDED, entry.notification.id))
