"""A member who disconnects while their request is at the suite is told so; nothing of ours is left, and no fault."""

from collections.abc import Awaitable, Callable

import pytest

from app.bookings.commands import CancelBooking, ReplaceRoom
from app.bookings.models import BookingIntent, RoomBooking
from app.errors import ConnectionRequired, NotFound
from tests.bookings.house import House


def disconnecting(house: House) -> Callable[[], Awaitable[None]]:
    async def disconnect() -> None:
        await house.stack.connections.disconnect(house.principal)

    return disconnect


async def test_booking_ends_as_not_connected(house: House) -> None:
    house.interruptions.after["create"] = disconnecting(house)

    with pytest.raises(ConnectionRequired):
        await house.book(await house.room())

    assert await RoomBooking.all().count() == 0
    assert await BookingIntent.all().count() == 0


async def test_cancelling_ends_as_not_found(house: House) -> None:
    booking = (await house.book(await house.room())).bookings[0]
    house.interruptions.after["change_rooms"] = disconnecting(house)

    with pytest.raises(NotFound):
        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))


async def test_replacing_ends_as_not_found(house: House) -> None:
    booking = (await house.book(await house.room("Lighthouse"))).bookings[0]
    other = await house.room("Pier")
    house.interruptions.after["change_rooms"] = disconnecting(house)

    with pytest.raises(NotFound):
        await house.bookings.replace(house.principal, ReplaceRoom(booking_id=booking.id, room_id=other.id))
