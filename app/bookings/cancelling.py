"""Letting rooms go. A booking is cancelled only once the suite has agreed.

Whoever dies between the two is settled by the member's repeat, or by the look that was asked for beforehand.
"""

from collections.abc import Sequence
from uuid import UUID

from tortoise.transactions import in_transaction

from app import clock
from app.agenda.service import ConnectedCalendar
from app.bookings import event_rooms, reading, transitions
from app.bookings.commands import CancelBooking
from app.bookings.derivation import GONE, Standing
from app.bookings.foresight import held, look_in_a_while, of_same_event
from app.bookings.models import BookingOccurrence, RoomBooking
from app.bookings.ports import Connections
from app.bookings.replacing import answer_of
from app.bookings.series import FAR_HORIZON, HORIZON, worst
from app.bookings.status import BookingState
from app.bookings.targets import Target, dates_from, target_of
from app.errors import BookingClosed, EventChanged, NotFound, NotOrganiser, ProblemError
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
    """Cancels bookings of events, of whole series, of one date of a series, and of one with all that follow."""

    def __init__(self, connections: Connections, references: ReferenceService, bus: EventsBus) -> None:
        self._connections = connections
        self._references = references
        self._bus = bus

    async def cancel(self, principal: Principal, command: CancelBooking) -> RoomBooking:
        """Raises NotFound, BookingClosed, NotOrganiser, EventChanged, InvalidInput, SuiteUnavailable and others."""
        booking = await reading.get(principal, command.booking_id)
        if booking.closed_at is not None:
            raise BookingClosed
        target = await target_of(booking, command.scope, command.occurrence_id)
        calendar = await self._connections.connected(principal)
        if booking.connection_id != calendar.connection.id:
            raise NotFound("booking")
        await look_in_a_while(of_same_event(booking))
        async with held(of_same_event(booking).filter(id=booking.id)):
            changed = await self._cancel(calendar, booking, target, command)
        await self._tell(changed)
        return changed[0]

    async def _cancel(
        self, calendar: ConnectedCalendar, booking: RoomBooking, target: Target, command: CancelBooking
    ) -> Sequence[RoomBooking]:
        """The bookings that were changed by it, the one that was meant first."""
        occurrence = target.date
        if occurrence is not None and target.and_following:
            return [await self._let_go_from(calendar, booking, occurrence, cancel_event=command.cancel_event)]
        following = await self._let_go(calendar, booking, occurrence, cancel_event=command.cancel_event)
        if occurrence is not None:
            return [await _close_dates(booking, [occurrence], following)]
        return await _close_all(booking, following, whole_event=command.cancel_event or following is GONE)

    async def _tell(self, changed: Sequence[RoomBooking]) -> None:
        for row in changed:
            message = Message(MessageKind.BOOKING_CHANGED, row.id, row.version)
            await self._bus.publish(member_topic(row.member_id), message)

    async def _let_go_from(
        self, calendar: ConnectedCalendar, booking: RoomBooking, first: BookingOccurrence, *, cancel_event: bool
    ) -> RoomBooking:
        """Date by date, from the first to the last. What was reached is recorded even where a later one fails.

        Every such date gets a row, so that one beyond the horizon is known to be let go when it comes near.
        """
        done: list[BookingOccurrence] = []
        series = await MailboxReference.of(booking.organisation_id).get(id=booking.mailbox_reference_id)
        series_id, first_id = (self._references.open(reference) for reference in (series, first.mailbox_reference))
        async with self._connections.use(calendar.connection):
            try:
                events = await dates_from(calendar.mailbox, series_id, first_id)
                rows = await event_rooms.rows_of(self._references, calendar, booking, events)
                for event in events:
                    row = rows[event.mailbox_id]
                    if row.state is not BookingState.CANCELLED:
                        await self._let_date_go(calendar, booking, event, row, cancel_event=cancel_event)
                        done.append(row)
            except (suite_errors.SuiteError, ProblemError):
                if done:
                    await self._tell([await _close_dates(booking, done, LET_GO)])
                raise
        return await _close_dates(booking, done, LET_GO)

    async def _let_date_go(
        self,
        calendar: ConnectedCalendar,
        booking: RoomBooking,
        event: Event,
        row: BookingOccurrence,
        *,
        cancel_event: bool,
    ) -> None:
        if not event.is_organiser:
            raise NotOrganiser
        if cancel_event:
            await calendar.mailbox.cancel(event.mailbox_id)
            return
        room = row.room if row.room is not None else booking.room
        address = await event_rooms.address_now(self._references, calendar, booking, event, room, row)
        if answer_of(event, address) is not None:
            await calendar.mailbox.change_rooms(event.mailbox_id, RoomsChange(remove=frozenset({address})))

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
                return await self._remove_room(calendar, booking, mailbox_id, occurrence)
            except suite_errors.NotFound:
                return GONE

    async def _remove_room(
        self, calendar: ConnectedCalendar, booking: RoomBooking, mailbox_id: str, date: BookingOccurrence | None
    ) -> Standing:
        event = await calendar.mailbox.event(mailbox_id)
        if event.status is EventStatus.CANCELLED:
            return GONE
        room = date.room if date is not None and date.room is not None else booking.room
        address = await event_rooms.address_now(self._references, calendar, booking, event, room, date)
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
        rooms = {date.event_reference.key_hash: date.room for date in swapped if date.room is not None}
        now, horizon = clock.now(), FAR_HORIZON if rooms else HORIZON
        dates = await calendar.mailbox.occurrences(mailbox_id, now, now + horizon)
        hashes = self._references.event_hashes(booking.organisation_id, calendar.suite.name, dates)
        for date in dates:
            on_date = rooms.get(hashes[date.shared_key])
            if date.kind is not EventKind.EXCEPTION and on_date is None:
                continue
            shown = await event_rooms.address_shown(self._references, calendar, date, on_date or booking.room)
            if shown is None and on_date is None and answer_of(date, address) is not None:
                shown = address
            if shown is not None:
                await calendar.mailbox.change_rooms(date.mailbox_id, RoomsChange(remove=frozenset({shown})))


async def _close_all(booking: RoomBooking, following: Standing, *, whole_event: bool) -> list[RoomBooking]:
    """Cancel the booking; with the whole event gone, its other rooms' bookings too."""
    changed = [await _settle(booking.organisation_id, booking.id, following)]
    if whole_event:
        others = await of_same_event(booking)
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


async def _close_dates(booking: RoomBooking, closed: Sequence[BookingOccurrence], following: Standing) -> RoomBooking:
    """Cancel these dates; the booking's own state follows from the dates that are left."""
    organisation_id, ids = booking.organisation_id, [date.id for date in closed]
    for _ in range(_ATTEMPTS):
        async with in_transaction():
            row = await RoomBooking.of(organisation_id).select_related("room").get(id=booking.id)
            dates = BookingOccurrence.of(organisation_id).filter(booking_id=booking.id)
            left = await dates.exclude(id__in=ids).exclude(state=BookingState.CANCELLED)
            now = clock.now()
            if await transitions.change(row, _whole(row, left), now):
                await dates.filter(id__in=ids).update(state=following.state, reason=following.reason, state_since=now)
                return row
            if row.closed_at is not None:
                return row
    raise EventChanged


def _whole(booking: RoomBooking, left: Sequence[BookingOccurrence]) -> Standing:
    """A series of which no known date is left stands as it did: later dates may still come."""
    return worst([transitions.standing(row) for row in left]) or transitions.standing(booking)
