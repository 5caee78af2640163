"""What several stories of bookings begin with."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from app.bookings.models import BookingOccurrence, RoomBooking
from app.rooms.models import Room
from app.suites.events import Event, EventKind, RoomAnswer
from tests.bookings.house import START, House, invitation, make_event

FIRST = START + timedelta(hours=2)
WEEK = timedelta(weeks=1)


async def look(house: House, after: timedelta = timedelta(seconds=1)) -> None:
    """The suite is looked at, some time later."""
    house.ticker.advance(after)
    await house.checks.mark_due(house.connection.id, None)
    await house.checks.run_due()


async def booked(house: House, room: Room) -> tuple[RoomBooking, Event]:
    """An event that was there already, and the room asked for it."""
    event = house.hold(make_event(FIRST))
    return (await house.book(room, event_mailbox_id=event.mailbox_id)).bookings[0], event


async def weekly_series(
    house: House, room: Room, dates: int, answer: RoomAnswer = RoomAnswer.PENDING
) -> tuple[RoomBooking, Event, list[Event]]:
    """A weekly series, every date of it answered so; a room that said nothing yet was not looked at."""
    return await series_at(house, room, [FIRST + week * WEEK for week in range(dates)], answer)


async def series_at(
    house: House, room: Room, starts: Sequence[datetime], answer: RoomAnswer
) -> tuple[RoomBooking, Event, list[Event]]:
    """A series with these dates."""
    master = house.hold(make_event(starts[0], kind=EventKind.SERIES))
    values: dict[str, Any] = {"kind": EventKind.OCCURRENCE, "series_mailbox_id": master.mailbox_id}
    events = [house.hold(make_event(start, original_start=start, **values)) for start in starts]
    booking = (await house.book(room, event_mailbox_id=master.mailbox_id)).bookings[0]
    house.change(rooms=(invitation(room, answer),))
    if answer is not RoomAnswer.PENDING:
        await look(house)
    return booking, master, events


async def date_of(house: House, booking: RoomBooking, event: Event) -> BookingOccurrence:
    """What is booked of the series on the date of this event."""
    rows = (await house.bookings.occurrences(house.principal, [booking.id]))[booking.id]
    return next(row for row in rows if house.references.open(row.mailbox_reference) == event.mailbox_id)
