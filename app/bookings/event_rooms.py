"""Which rooms are ours on an event: what bookings hold there, and which of the others the organisation lists.

Asked only about events where a booked room is missing; one statement, however many events.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from tortoise.transactions import in_transaction

from app import clock
from app.agenda import queries
from app.agenda.queries import BookedRoom
from app.agenda.service import ConnectedCalendar
from app.bookings.derivation import ASKED
from app.bookings.models import BookingOccurrence, RoomBooking
from app.bookings.recording import new_occurrence
from app.bookings.replacing import EventRooms, Holding, KnownRoom, answer_of, replacements, under_another_address
from app.references.service import ReferenceService
from app.rooms.models import Room
from app.suites.events import Event
from app.suites.protocol import SuiteName


def known(room: Room) -> KnownRoom:
    """The room as the rules of replacing see it."""
    return KnownRoom(room.id, room.address, room.building, room.name)


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


async def address_shown(
    references: ReferenceService, calendar: ConnectedCalendar, event: Event, room: Room
) -> str | None:
    """Under which address the event shows the room: its own or another that it goes by; None where it is not there."""
    if answer_of(event, room.address) is not None:
        return room.address
    if all(entry.room.name != room.name for entry in event.rooms):
        return None
    found = await rooms_of(references, room.organisation_id, calendar.suite.name, [event])
    entry = under_another_address(event, known(room), found[event.shared_key])
    return entry.room.address if entry is not None else None


async def address_now(
    references: ReferenceService,
    calendar: ConnectedCalendar,
    booking: RoomBooking,
    event: Event,
    room: Room,
    date: BookingOccurrence | None = None,
) -> str:
    """What has the place of the booking's room at this moment: the suite may have swapped it just now.

    So may we, in a request that was broken off before it was recorded, for this date alone or for the whole.
    """
    wanted_id = (date.wanted_room_id if date is not None else None) or booking.wanted_room_id
    if wanted_id is not None and answer_of(event, room.address) is None:
        holding = RoomBooking.of(booking.organisation_id).filter(
            event_reference_id=booking.event_reference_id, room_id=wanted_id, live_slot=1
        )
        wanted = await Room.of(booking.organisation_id).get_or_none(id=wanted_id)
        is_there = wanted is not None and answer_of(event, wanted.address) is not None
        if wanted is not None and is_there and not await holding.exists():
            return wanted.address
    shown = await address_shown(references, calendar, event, room)
    if shown is not None or not calendar.suite.capabilities.replaces_rooms or not event.rooms:
        return shown or room.address
    found = await rooms_of(references, booking.organisation_id, calendar.suite.name, [event])
    latter = replacements(event, found[event.shared_key]).get(booking.id)
    return latter.address if latter is not None else room.address


async def rows_of(
    references: ReferenceService, calendar: ConnectedCalendar, booking: RoomBooking, dates: Sequence[Event]
) -> Mapping[str, BookingOccurrence]:
    """The booking's row of each of these dates of its series, with its own room, by mailbox id.

    A date beyond the horizon has none yet: it is made, as one that was asked for with the series.
    """
    now = clock.now()
    async with in_transaction():
        known = await references.of_events(calendar.connection, calendar.suite.name, dates)
        rows = BookingOccurrence.of(booking.organisation_id).filter(booking_id=booking.id)
        present = {row.event_reference_id for row in await rows}
        fresh = [
            new_occurrence(booking, found, ASKED, now) for found in known.values() if found.event.id not in present
        ]
        await BookingOccurrence.bulk_create(fresh, ignore_conflicts=True)
        by_event = {row.event_reference_id: row for row in await rows.select_related("room")}
    return {mailbox_id: by_event[found.event.id] for mailbox_id, found in known.items()}


def _holding(booked: BookedRoom) -> Holding:
    return Holding(booked.booking_id, known(booked.room), booked.state)
