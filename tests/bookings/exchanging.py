"""Exchanging the room of a booking, and what is seen of it."""

from typing import Any

from app.bookings.commands import ReplaceRoom
from app.bookings.models import RoomBooking
from app.bookings.status import BookingState
from app.rooms.models import Room
from app.suites.events import Event
from tests.bookings.house import House
from tests.bookings.steps import date_of


async def exchange(house: House, booking: RoomBooking, room: Room, **values: Any) -> RoomBooking:
    """The room in the place of the booking's."""
    command = ReplaceRoom(booking_id=booking.id, room_id=room.id, **values)
    return await house.bookings.replace(house.principal, command)


async def states(house: House, booking: RoomBooking, events: list[Event]) -> list[tuple[BookingState, str | None]]:
    """What the room of each date says, and which room that is."""
    rows = [await date_of(house, booking, event) for event in events]
    return [(row.state, row.room.name if row.room else None) for row in rows]


def rooms_on(house: House, event: Event) -> list[str]:
    """The rooms that the event has at the suite."""
    return [entry.room.name for entry in house.calendar.events[event.mailbox_id].rooms]
