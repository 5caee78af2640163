"""Letting rooms go. A booking is cancelled only once the suite has agreed."""

from collections.abc import Sequence
from uuid import UUID

from tortoise.transactions import in_transaction

from app import clock
from app.agenda.service import ConnectedCalendar
from app.bookings import event_rooms, reading, transitions
from app.bookings.commands import CancelBooking, CancelScope
from app.bookings.derivation import GONE, Standing
from app.bookings.models import BookingKind, BookingOccurrence, RoomBooking
from app.bookings.ports import Connections
from app.bookings.replacing import answer_of, replacements
from app.bookings.series import upcoming_occurrences, worst
from app.bookings.status import BookingState
from app.errors import BookingClosed, EventChanged, InvalidInput, NotFound, NotOrganiser
from app.events_bus.bus import EventsBus, Message, MessageKind, member_topic
from app.identity.principal import Principal
from app.references.models import MailboxReference
from app.references.service import ReferenceService
from app.suites import errors as suite_errors
from app.suites.events import Event, EventKind, EventStatus, RoomsChange

LET_GO = Standing(BookingState.CANCELLED, None)
"""Cancelled by the member's own wish."""
_ATTEMPTS = 5


class BookingCancellation:
    """Cancels bookings of events, of whole series, and of one date of a series."""

    def __init__(self, connections: Connections, references: ReferenceService, bus: EventsBus) -> None:
        self._connections = connections
        self._references = references
        self._bus = bus

    async def cancel(self, principal: Principal, command: CancelBooking) -> RoomBooking:
        """Raises NotFound, BookingClosed, NotOrganiser, EventChanged, InvalidInput, SuiteUnavailable and others."""
        booking = await reading.get(principal, command.booking_id)
        if booking.closed_at is not None:
            raise BookingClosed
        occurrence = await _occurrence(booking, command)
        if occurrence is not None and occurrence.state is BookingState.CANCELLED:
            raise BookingClosed
        calendar = await self._connections.connected(principal)
        if booking.connection_id != calendar.connection.id:
            raise NotFound("booking")
        following = await self._let_go(calendar, booking, occurrence, cancel_event=command.cancel_event)
        if occurrence is not None:
            changed = [await _close_date(booking, occurrence, following)]
        else:
            changed = await _close_all(booking, following, whole_event=command.cancel_event or following is GONE)
        for row in changed:
            message = Message(MessageKind.BOOKING_CHANGED, row.id, row.version)
            await self._bus.publish(member_topic(principal.member_id), message)
        return changed[0]

    async def _let_go(
        self,
        calendar: ConnectedCalendar,
        booking: RoomBooking,
        occurrence: BookingOccurrence | None,
        *,
        cancel_event: bool,
    ) -> Standing:
        """Ask the suite; what is gone there already counts as agreed."""
        row = occurrence or booking
        reference = await MailboxReference.of(booking.organisation_id).get(id=row.mailbox_reference_id)
        mailbox_id = self._references.open(reference)
        async with self._connections.use(calendar.connection):
            try:
                if cancel_event:
                    await calendar.mailbox.cancel(mailbox_id)
                    return LET_GO
                room = occurrence.room if occurrence is not None and occurrence.room is not None else booking.room
                return await self._remove_room(calendar, booking, mailbox_id, room.address)
            except suite_errors.NotFound:
                return GONE

    async def _remove_room(
        self, calendar: ConnectedCalendar, booking: RoomBooking, mailbox_id: str, address: str
    ) -> Standing:
        event = await calendar.mailbox.event(mailbox_id)
        if event.status is EventStatus.CANCELLED:
            return GONE
        address = await self._address_now(calendar, booking, event, address)
        is_there = answer_of(event, address) is not None
        if is_there and not event.is_organiser:
            raise NotOrganiser
        if is_there:
            await calendar.mailbox.change_rooms(mailbox_id, RoomsChange(remove=frozenset({address})))
        if event.kind is EventKind.SERIES and event.is_organiser:
            await self._remove_from_dates(calendar, booking, mailbox_id, address)
        return LET_GO

    async def _remove_from_dates(
        self, calendar: ConnectedCalendar, booking: RoomBooking, mailbox_id: str, address: str
    ) -> None:
        """Dates that were changed by themselves keep their own guests when the series changes."""
        swapped = await (
            BookingOccurrence.of(booking.organisation_id)
            .filter(booking_id=booking.id, room_id__isnull=False)
            .exclude(state=BookingState.CANCELLED)
            .select_related("event_reference", "room")
        )
        rooms = {date.event_reference.key_hash: date.room.address for date in swapped if date.room is not None}
        dates = await upcoming_occurrences(calendar.mailbox, mailbox_id, clock.now())
        hashes = self._references.event_hashes(booking.organisation_id, calendar.suite.name, dates)
        for date in dates:
            on_date = rooms.get(hashes[date.shared_key])
            is_by_itself = date.kind is EventKind.EXCEPTION or on_date is not None
            if is_by_itself and answer_of(date, on_date or address) is not None:
                change = RoomsChange(remove=frozenset({on_date or address}))
                await calendar.mailbox.change_rooms(date.mailbox_id, change)

    async def _address_now(self, calendar: ConnectedCalendar, booking: RoomBooking, event: Event, address: str) -> str:
        """The room that has the booking's place at this moment: the suite may have swapped it just now."""
        if not calendar.suite.capabilities.replaces_rooms or not event_rooms.is_missing(event, [address]):
            return address
        found = await event_rooms.rooms_of(self._references, booking.organisation_id, calendar.suite.name, [event])
        room = replacements(event, found[event.shared_key]).get(booking.id)
        return room.address if room is not None else address


async def _occurrence(booking: RoomBooking, command: CancelBooking) -> BookingOccurrence | None:
    """The one date that is meant, or None for everything the booking covers. Raises InvalidInput, NotFound."""
    if booking.kind is BookingKind.EVENT:
        if command.occurrence_id is not None:
            raise InvalidInput("occurrenceId", "This booking is for a single event: it has no dates of a series.")
        return None
    if command.scope is None:
        raise InvalidInput(
            "scope",
            "This booking covers a series: say whether one date or the series is meant.",
            remedy="Give the scope SERIES, or OCCURRENCE together with the date's id.",
        )
    if command.scope is CancelScope.SERIES:
        return None
    if command.scope is CancelScope.THIS_AND_FOLLOWING:
        raise InvalidInput(
            "scope",
            "A room cannot be let go for a date and all that follow it yet.",
            remedy="Cancel single dates, or the whole series.",
        )
    if command.occurrence_id is None:
        raise InvalidInput(
            "occurrenceId",
            "Say which date of the series is meant.",
            remedy="Give the date's id from the booking's occurrences.",
        )
    dates = BookingOccurrence.of(booking.organisation_id).filter(booking_id=booking.id)
    occurrence = await dates.select_related("room").get_or_none(id=command.occurrence_id)
    if occurrence is None:
        raise NotFound("date of this series")
    return occurrence


async def _close_all(booking: RoomBooking, following: Standing, *, whole_event: bool) -> list[RoomBooking]:
    """Cancel the booking; with the whole event gone, its other rooms' bookings too."""
    changed = [await _settle(booking.organisation_id, booking.id, following)]
    if whole_event:
        others = await RoomBooking.of(booking.organisation_id).filter(
            mailbox_reference_id=booking.mailbox_reference_id, closed_at__isnull=True
        )
        changed += [await _settle(other.organisation_id, other.id, GONE) for other in others]
    return changed


async def _settle(organisation_id: UUID, booking_id: UUID, following: Standing) -> RoomBooking:
    """Cancelled, whatever else happened to the row meanwhile: the suite has agreed already."""
    for _ in range(_ATTEMPTS):
        async with in_transaction():
            booking = await RoomBooking.of(organisation_id).select_related("room").get(id=booking_id)
            is_done = booking.state is BookingState.CANCELLED
            if is_done or await transitions.change(booking, following, clock.now()):
                return booking
            if booking.closed_at is not None:
                return booking
    raise EventChanged


async def _close_date(booking: RoomBooking, occurrence: BookingOccurrence, following: Standing) -> RoomBooking:
    """Cancel one date; the booking's own state follows from the dates that are left."""
    organisation_id = booking.organisation_id
    for _ in range(_ATTEMPTS):
        async with in_transaction():
            row = await RoomBooking.of(organisation_id).select_related("room").get(id=booking.id)
            dates = BookingOccurrence.of(organisation_id).filter(booking_id=booking.id)
            left = await dates.exclude(id=occurrence.id).exclude(state=BookingState.CANCELLED)
            now = clock.now()
            if await transitions.change(row, _whole(row, left), now):
                await dates.filter(id=occurrence.id).update(
                    state=following.state, reason=following.reason, state_since=now
                )
                return row
            if row.closed_at is not None:
                return row
    raise EventChanged


def _whole(booking: RoomBooking, left: Sequence[BookingOccurrence]) -> Standing:
    """A series of which no known date is left stands as it did: later dates may still come."""
    return worst([transitions.standing(row) for row in left]) or transitions.standing(booking)
