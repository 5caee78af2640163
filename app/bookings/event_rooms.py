"""Which rooms are ours on an event: what bookings hold there, and which of the others the organisation lists.

Asked only about events where a booked room is missing; one statement, however many events.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from app.agenda import queries
from app.agenda.queries import BookedRoom
from app.bookings.models import BookingOccurrence, RoomBooking
from app.bookings.replacing import EventRooms, Holding, KnownRoom, answer_of
from app.references.service import ReferenceService
from app.rooms.models import Room
from app.suites.events import Event
from app.suites.protocol import SuiteName


def known(room: Room) -> KnownRoom:
    """The room as the rules of replacing see it."""
    return KnownRoom(room.id, room.address, room.building)


def is_missing(event: Event, addresses: Collection[str]) -> bool:
    """Whether rooms stand there, and one of these is not among them."""
    return bool(event.rooms) and any(answer_of(event, address) is None for address in addresses)


async def rooms_of(
    references: ReferenceService, organisation_id: UUID, suite: SuiteName, events: Sequence[Event]
) -> Mapping[str, EventRooms]:
    """What is ours on each of these events, by its shared key."""
    if not events:
        return {}
    hashes = references.event_hashes(organisation_id, suite, events)
    addresses = {entry.room.address for event in events for entry in event.rooms}
    found = await queries.rooms_with_bookings(organisation_id, addresses, hashes.values())
    listed = {address: known(room) for address, room in found.by_address.items() if address in addresses}
    return {
        event.shared_key: EventRooms(
            holdings=[_holding(booked) for booked in found.booked.get(hashes[event.shared_key], ())],
            listed=listed,
        )
        for event in events
    }


def with_series(
    rooms: EventRooms, bookings: Sequence[RoomBooking], rows: Mapping[UUID, BookingOccurrence]
) -> EventRooms:
    """The same for a date of these bookings' series: where a booking has no row for the date yet, its room is meant.

    `rows` are the date's, by booking.
    """
    present = {holding.booking_id for holding in rooms.holdings} | rows.keys()
    fresh = [
        Holding(booking.id, known(booking.room), booking.state) for booking in bookings if booking.id not in present
    ]
    return EventRooms([*rooms.holdings, *fresh], rooms.listed)


def _holding(booked: BookedRoom) -> Holding:
    return Holding(booked.booking_id, known(booked.room), booked.state)
