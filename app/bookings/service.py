"""Booking rooms: claim the key, write the intent, ask the suite, record the answer. No step can be repeated into two.

A crash between any two steps leaves an intent; the member's repeat goes on with it, under the command id that the suite
knows already, and the sweep of `app.bookings.intents` finds what nobody repeats. The suite is never asked inside a
transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

import structlog
from tortoise.expressions import F
from tortoise.transactions import in_transaction

from app import clock
from app.agenda.join import AgendaJoin
from app.agenda.parts import EVERYTHING, AgendaParts
from app.agenda.service import ConnectedCalendar
from app.agenda.values import AgendaEvent
from app.bookings import reading
from app.bookings.bookable import bookable_rooms, rooms_of
from app.bookings.cancelling import BookingCancellation
from app.bookings.commands import Booked, BookRoom, CancelBooking, ReplaceRoom, RescheduleBooking
from app.bookings.exchanging import RoomExchange
from app.bookings.meanwhile import gone_is_not_found
from app.bookings.models import BookingIntent, BookingOccurrence, IntentState, RoomBooking
from app.bookings.ports import Connections, Watches
from app.bookings.recording import SWEEP_AFTER, BookingRecorder, Written
from app.bookings.replacing import answer_of
from app.bookings.rescheduling import Rescheduling
from app.bookings.series import upcoming_occurrences
from app.bookings.series_rooms import SeriesReader, SeriesRooms
from app.bookings.status import BookingState
from app.bookings.suggesting import RoomSuggester, RoomSuggestions
from app.bookings.targets import own_event
from app.bookings.validation import check_not_past, validated
from app.errors import ConnectionRequired, NotFound, ProblemError
from app.events_bus.bus import JOBS, EventsBus, Message, MessageKind, member_topic
from app.identity.idempotency import IdempotencyService
from app.identity.models import IdempotencyRecord
from app.identity.principal import Principal
from app.paging import Page, PageRequest
from app.references.models import MailboxReference
from app.references.service import ReferenceService
from app.rooms.models import Room
from app.suites import errors as suite_errors
from app.suites.events import Event, EventKind, NewEvent, Person, RoomsChange
from app.suites.protocol import Mailbox

OPERATION = "bookRoom"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A claimed key with its intent; `is_first` unless an earlier attempt was broken off."""

    record: IdempotencyRecord
    intent: BookingIntent
    rooms: Sequence[Room]
    is_first: bool


class BookingService:
    """What a member does about rooms."""

    def __init__(
        self,
        *,
        connections: Connections,
        references: ReferenceService,
        idempotency: IdempotencyService,
        recorder: BookingRecorder,
        join: AgendaJoin,
        watches: Watches,
        bus: EventsBus,
    ) -> None:
        self._connections = connections
        self._references = references
        self._idempotency = idempotency
        self._recorder = recorder
        self._join = join
        self._watches = watches
        self._bus = bus
        self._cancellation = BookingCancellation(connections, references, bus)
        self._suggester = RoomSuggester(connections, references)
        self._series = SeriesReader(connections, references)
        self._rescheduling = Rescheduling(connections, references, bus)
        self._exchange = RoomExchange(connections, references, idempotency, bus)

    async def book(self, principal: Principal, command: BookRoom, parts: AgendaParts = EVERYTHING) -> Booked:
        """Book rooms for a new event, or for one that the member organises; the answer's event has these parts.

        Repeating a command that was carried out reads its answer anew. Raises InvalidInput, NotFound, RoomNotPaired,
        RoomNotBookable, NotOrganiser, EventChanged, IdempotencyKeyReused, SuiteUnavailable and what stands between the
        member and their calendar. After SuiteUnavailable the outcome is open: the same command repeated settles it.
        """
        command = validated(command)
        calendar = await self._connections.connected(principal)
        attempt = await self._claim(principal, calendar, command)
        if isinstance(attempt, IdempotencyRecord):
            return await self._answer_anew(principal, calendar, attempt, parts)
        event, occurrences = await self._write(calendar, command, attempt)
        bookings = await self._recorder.record(
            Written(
                intent=attempt.intent,
                record=attempt.record,
                connection=calendar.connection,
                suite=calendar.suite.name,
                rooms=attempt.rooms,
                event=event,
                occurrences=occurrences,
                is_new_event=attempt.is_first and command.event is not None,
                look_at_once=not attempt.is_first,
            )
        )
        if bookings is None:
            record = await IdempotencyRecord.of(principal.organisation_id).get_or_none(id=attempt.record.id)
            if record is None or record.result_ids is None:
                # Nobody else recorded it: the member disconnected meanwhile, and the intent went with the connection.
                raise ConnectionRequired
            return await self._answer_anew(principal, calendar, record, parts)
        await self._watches.ensure(calendar.connection)
        await self._tell(principal, bookings)
        return Booked(tuple(bookings), await self._joined(principal, calendar, event, parts))

    @gone_is_not_found
    async def cancel(self, principal: Principal, command: CancelBooking) -> RoomBooking:
        """Let the room go, and the event with it where that was asked.

        Raises NotFound, BookingClosed, NotOrganiser, EventChanged, InvalidInput, SuiteUnavailable and what stands
        between the member and their calendar.
        """
        return await self._cancellation.cancel(principal, command)

    @gone_is_not_found
    async def reschedule(self, principal: Principal, command: RescheduleBooking) -> RoomBooking:
        """Move what the booking is for; every room of it is asked anew and its booking pending again.

        Raises NotFound, BookingClosed, InvalidInput, NotOrganiser, EventChanged, SuiteUnavailable and what stands
        between the member and their calendar. After SuiteUnavailable the same command repeated settles it.
        """
        return await self._rescheduling.reschedule(principal, command)

    @gone_is_not_found
    async def replace(self, principal: Principal, command: ReplaceRoom) -> RoomBooking:
        """Put another room in the place of the booking's, which is pending again with it.

        Raises NotFound, BookingClosed, InvalidInput, RoomNotPaired, RoomNotBookable, NotOrganiser, EventChanged,
        IdempotencyKeyReused, SuiteUnavailable and what stands between the member and their calendar. After
        SuiteUnavailable the outcome is open: the same command repeated settles it, and so does the next check.
        """
        return await self._exchange.replace(principal, command)

    @gone_is_not_found
    async def suggestions(
        self, principal: Principal, booking_id: UUID, occurrence_id: UUID | None = None
    ) -> RoomSuggestions:
        """Free rooms in the place of the booking's, for its event, its series, or one date of that.

        Raises NotFound, BookingClosed, InvalidInput, SuiteUnavailable and what stands between the member and their
        calendar.
        """
        return await self._suggester.suggest(principal, booking_id, occurrence_id)

    async def get(self, principal: Principal, booking_id: UUID) -> RoomBooking:
        """Raises NotFound."""
        return await reading.get(principal, booking_id)

    async def many(self, principal: Principal, booking_ids: Sequence[UUID]) -> Mapping[UUID, RoomBooking]:
        """Those of these that are the member's own, by id."""
        return await reading.many(principal, booking_ids)

    async def list(
        self, principal: Principal, states: Sequence[BookingState] | None, request: PageRequest
    ) -> Page[RoomBooking]:
        """The member's own bookings, the newest first. Raises InvalidInput for a foreign cursor."""
        return await reading.page(principal, states, request)

    async def pending(self, principal: Principal) -> Sequence[RoomBooking]:
        """What the member still waits for, the oldest first."""
        return await reading.pending(principal)

    async def changed_since(self, principal: Principal, since: datetime) -> Sequence[RoomBooking]:
        """What changed at `since` or later, in order of the change."""
        return await reading.changed_since(principal, since)

    async def occurrences(
        self, principal: Principal, booking_ids: Sequence[UUID]
    ) -> Mapping[UUID, Sequence[BookingOccurrence]]:
        """The dates of series bookings, by booking."""
        return await reading.occurrences(principal, booking_ids)

    @gone_is_not_found
    async def series_rooms(self, principal: Principal, booking: RoomBooking) -> SeriesRooms | None:
        """How a room of the member's stands on each coming date, read from the suite now; None for a single event.

        What could not be learned is among its problems.
        """
        return await self._series.of(principal, booking)

    async def occurrence(self, principal: Principal, occurrence_id: UUID) -> BookingOccurrence:
        """One date of a series booking of the member's. Raises NotFound."""
        return await reading.occurrence(principal, occurrence_id)

    async def event_of(self, principal: Principal, booking: RoomBooking | BookingOccurrence) -> AgendaEvent | None:
        """The booking's event as the suite shows it now; None where it is gone.

        Raises SuiteUnavailable and what stands between the member and their calendar.
        """
        calendar = await self._connections.connected(principal)
        try:
            return await self._read(principal, calendar, booking, EVERYTHING)
        except NotFound:
            return None

    async def _claim(
        self, principal: Principal, calendar: ConnectedCalendar, command: BookRoom
    ) -> _Attempt | IdempotencyRecord:
        """The attempt to go on with, or the record of one that was carried out. A refusal leaves nothing behind."""
        async with in_transaction():
            claim = await self._idempotency.claim(principal, OPERATION, command.idempotency_key, command.content())
            if claim.record.result_ids is not None:
                return claim.record
            if claim.is_new:
                if command.event is not None:
                    check_not_past(command.event, clock.now())
                rooms = await bookable_rooms(calendar, command.room_ids)
                intent = await _new_intent(calendar, claim.record, command.room_ids)
            else:
                # Judged when it was first sent; only whether the rooms still exist matters now.
                rooms = await rooms_of(calendar, command.room_ids)
                intent = await _present_intent(calendar, claim.record, command.room_ids)
            return _Attempt(claim.record, intent, rooms, claim.is_new)

    async def _write(
        self, calendar: ConnectedCalendar, command: BookRoom, attempt: _Attempt
    ) -> tuple[Event, Sequence[Event]]:
        """Have the suite hold what was asked. What it refuses outright can be corrected and sent under the same key."""
        async with self._connections.use(calendar.connection):
            try:
                if command.event is not None:
                    event = await _create(calendar.mailbox, command.event, attempt)
                else:
                    event = await _invite(calendar.mailbox, command.event_mailbox_id or "", attempt.rooms)
            except (suite_errors.Refused, ProblemError):
                if attempt.is_first:
                    await _release(attempt)
                raise
            return event, await _dates(calendar.mailbox, event)

    async def _answer_anew(
        self, principal: Principal, calendar: ConnectedCalendar, record: IdempotencyRecord, parts: AgendaParts
    ) -> Booked:
        ids = [UUID(result) for result in record.result_ids or ()]
        found = {booking.id: booking for booking in await reading.own(principal).filter(id__in=ids)}
        bookings = tuple(found[booking_id] for booking_id in ids if booking_id in found)
        if not bookings:
            raise NotFound("booking")
        try:
            return Booked(bookings, await self._read(principal, calendar, bookings[0], parts))
        except ProblemError as problem:
            return Booked(bookings, None, (problem,))

    @gone_is_not_found
    async def _read(
        self,
        principal: Principal,
        calendar: ConnectedCalendar,
        booking: RoomBooking | BookingOccurrence,
        parts: AgendaParts,
    ) -> AgendaEvent:
        reference = await MailboxReference.of(principal.organisation_id).get(id=booking.mailbox_reference_id)
        if reference.connection_id != calendar.connection.id:
            raise NotFound("event")
        async with self._connections.use(calendar.connection):
            event = await calendar.mailbox.event(self._references.open(reference))
        return await self._joined(principal, calendar, event, parts)

    async def _joined(
        self, principal: Principal, calendar: ConnectedCalendar, event: Event, parts: AgendaParts
    ) -> AgendaEvent:
        suite = calendar.suite.name
        joined = await self._join.join(principal.organisation_id, principal.member_id, suite, [event], parts)
        return joined[0]

    async def _tell(self, principal: Principal, bookings: Sequence[RoomBooking]) -> None:
        for booking in bookings:
            message = Message(MessageKind.BOOKING_CHANGED, booking.id, booking.version)
            await self._bus.publish(member_topic(principal.member_id), message)
        await self._bus.publish(JOBS, Message(MessageKind.BOOKINGS_DUE))


async def _create(mailbox: Mailbox, event: NewEvent, attempt: _Attempt) -> Event:
    """Create the event under the intent's id; one that an earlier attempt made is found, not made again."""
    rooms = tuple(Person(room.address, room.name) for room in attempt.rooms)
    addresses = {room.address for room in rooms}
    people = tuple(person for person in event.attendees if person.address not in addresses)
    try:
        return await mailbox.create(replace(event, rooms=rooms, attendees=people), attempt.intent.id)
    except suite_errors.DuplicateCommand as duplicate:
        found = await mailbox.find_created(attempt.intent.id)
        if found is None:
            # The suite knows the command but does not show its event yet: the outcome is open, not refused.
            raise suite_errors.SuiteUnavailable(duplicate.provider_code) from None
        return found


async def _invite(mailbox: Mailbox, mailbox_id: str, rooms: Sequence[Room]) -> Event:
    """Invite the rooms that the event does not have yet."""
    event = await own_event(mailbox, mailbox_id, "eventId")
    missing = tuple(Person(room.address, room.name) for room in rooms if answer_of(event, room.address) is None)
    return await mailbox.change_rooms(mailbox_id, RoomsChange(add=missing)) if missing else event


async def _dates(mailbox: Mailbox, event: Event) -> Sequence[Event]:
    """The coming dates of a series. Where they cannot be read now, the first check reads them."""
    if event.kind is not EventKind.SERIES:
        return ()
    try:
        return await upcoming_occurrences(mailbox, event.mailbox_id, clock.now())
    except suite_errors.SuiteError as error:
        _log.warning("the dates of a new series cannot be read yet", code=error.provider_code)
        return ()


async def _new_intent(
    calendar: ConnectedCalendar, record: IdempotencyRecord, room_ids: Sequence[UUID]
) -> BookingIntent:
    now = clock.now()
    intent = BookingIntent(
        id=uuid4(),
        organisation_id=calendar.connection.organisation_id,
        connection_id=calendar.connection.id,
        record_id=record.id,
        room_ids=[str(room_id) for room_id in room_ids],
        state=IntentState.OPEN,
        created_at=now,
        next_check_at=now + SWEEP_AFTER,
    )
    await BookingIntent.bulk_create([intent])
    return intent


async def _present_intent(
    calendar: ConnectedCalendar, record: IdempotencyRecord, room_ids: Sequence[UUID]
) -> BookingIntent:
    """The broken-off attempt's intent, opened again where the sweep had given it up."""
    rows = BookingIntent.of(record.organisation_id).filter(record_id=record.id)
    intent = await rows.first()
    if intent is None:
        return await _new_intent(calendar, record, room_ids)
    # Two are at it now: the first one, should the suite refuse it, no longer takes the intent away from the second.
    await rows.exclude(state=IntentState.DONE).update(
        state=IntentState.OPEN, next_check_at=clock.now() + SWEEP_AFTER, check_attempts=F("check_attempts") + 1
    )
    return intent


async def _release(attempt: _Attempt) -> None:
    """Forget an attempt that the suite refused outright, unless somebody goes on with it or has carried it out."""
    async with in_transaction():
        intents = BookingIntent.of(attempt.intent.organisation_id).filter(id=attempt.intent.id, check_attempts=0)
        if await intents.exclude(state=IntentState.DONE).delete():
            records = IdempotencyRecord.of(attempt.record.organisation_id)
            await records.filter(id=attempt.record.id, result_ids__isnull=True).delete()
