"""Putting another room in the place of a booking's: one write at the suite, never a moment with no room.

Crash-safe as booking is: which room is wanted is written down before the suite is asked, so a swap whose answer never
reached us is told from one that the suite made by itself. Whoever looks next, the member's repeat or the next check,
finds the new room there and takes it on; where the suite was never reached, the old room still stands and so does its
booking. From then on only the new room's answer counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from app import clock
from app.agenda.service import ConnectedCalendar
from app.bookings import event_rooms, reading, transitions
from app.bookings.bookable import bookable_rooms
from app.bookings.commands import ReplaceRoom
from app.bookings.derivation import ASKED, Standing
from app.bookings.foresight import look_in_a_while
from app.bookings.models import BookingOccurrence, RoomBooking
from app.bookings.ports import Connections
from app.bookings.replacing import answer_of
from app.bookings.series import FAR_HORIZON, HORIZON, worst
from app.bookings.status import BookingState
from app.bookings.targets import Target, dates_from, own_event, target_of
from app.errors import (
    BookingClosed,
    EventChanged,
    InvalidInput,
    NotFound,
    ProblemError,
    SuiteUnavailable,
)
from app.events_bus.bus import JOBS, EventsBus, Message, MessageKind, member_topic
from app.identity.idempotency import Claim, IdempotencyService
from app.identity.models import IdempotencyRecord
from app.identity.principal import Principal
from app.references.models import MailboxReference
from app.references.service import ReferenceService
from app.rooms.models import Room
from app.suites import errors as suite_errors
from app.suites.events import Event, EventKind, Person, RoomsChange

OPERATION = "replaceRoom"
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class _Swap:
    """What is to be done: `room` in the place of what the booking has."""

    booking: RoomBooking
    target: Target
    room: Room
    record: IdempotencyRecord | None

    @property
    def present_room(self) -> Room:
        date = self.target.date
        return date.room if date is not None and date.room is not None else self.booking.room

    @property
    def person(self) -> Person:
        return Person(self.room.address, self.room.name)


class RoomExchange:
    """Replaces rooms of events, of whole series, of single dates, and of dates with all that follow."""

    def __init__(
        self,
        connections: Connections,
        references: ReferenceService,
        idempotency: IdempotencyService,
        bus: EventsBus,
    ) -> None:
        self._connections = connections
        self._references = references
        self._idempotency = idempotency
        self._bus = bus

    async def replace(self, principal: Principal, command: ReplaceRoom) -> RoomBooking:
        """Raises what `BookingService.replace` says."""
        booking = await reading.get(principal, command.booking_id)
        claim = await self._claim(principal, command)
        record = claim.record if claim is not None else None
        if record is not None and record.result_ids is not None:
            return booking
        try:
            is_repeat = claim is not None and not claim.is_new
            return await self._replace(principal, command, booking, record, is_repeat=is_repeat)
        except ProblemError as problem:
            if record is not None and not isinstance(problem, SuiteUnavailable):
                rows = IdempotencyRecord.of(record.organisation_id).filter(id=record.id, result_ids__isnull=True)
                await rows.delete()
            raise

    async def _claim(self, principal: Principal, command: ReplaceRoom) -> Claim | None:
        if command.idempotency_key is None:
            return None
        return await self._idempotency.claim(principal, OPERATION, command.idempotency_key, command.content())

    async def _replace(
        self,
        principal: Principal,
        command: ReplaceRoom,
        booking: RoomBooking,
        record: IdempotencyRecord | None,
        *,
        is_repeat: bool,
    ) -> RoomBooking:
        if booking.closed_at is not None:
            raise BookingClosed
        target = await target_of(booking, command.scope, command.occurrence_id)
        calendar = await self._connections.connected(principal)
        if booking.connection_id != calendar.connection.id:
            raise NotFound("booking")
        [room] = await bookable_rooms(calendar, [command.room_id])
        swap = _Swap(booking, target, room, record)
        if is_repeat and record is not None and room.id == swap.present_room.id and not target.and_following:
            # A check has taken on meanwhile what the first attempt did, whatever the room has said since.
            async with in_transaction():
                await self._idempotency.finish(record, [booking.id])
            return booking
        await _check_room(swap)
        if room.id == swap.present_room.id and not target.and_following:
            return booking
        if target.and_following:
            changed = await self._replace_following(calendar, swap)
        else:
            changed = await self._replace_one(calendar, swap)
        await self._tell(changed)
        return changed

    async def _tell(self, changed: RoomBooking) -> None:
        message = Message(MessageKind.BOOKING_CHANGED, changed.id, changed.version)
        await self._bus.publish(member_topic(changed.member_id), message)
        await self._bus.publish(JOBS, Message(MessageKind.BOOKINGS_DUE))

    async def _replace_one(self, calendar: ConnectedCalendar, swap: _Swap) -> RoomBooking:
        """At the event, at the series, or at one date."""
        date = swap.target.date
        may_be_there = (date or swap.booking).wanted_room_id == swap.room.id  # by an attempt without an answer
        await _want(swap, [] if date is None else [date])
        async with self._connections.use(calendar.connection):
            try:
                event = await self._open(calendar, swap)
                await self._swap_on(calendar, swap, event, swap.present_room)
                if date is None and event.kind is EventKind.SERIES:
                    await self._swap_on_dates(calendar, swap, event)
            except (suite_errors.Refused, ProblemError):
                if not may_be_there:
                    await _want_no_more(swap)
                raise
        return await self._record(swap, [] if date is None else [date])

    async def _replace_following(self, calendar: ConnectedCalendar, swap: _Swap) -> RoomBooking:
        """Date by date. Those that were reached are recorded even where a later one fails; a repeat goes on."""
        done: list[BookingOccurrence] = []
        async with self._connections.use(calendar.connection):
            try:
                await self._open(calendar, swap)
                events = await dates_from(calendar.mailbox, *await self._ids(swap))
                rows = await self._rows(calendar, swap, events)
                await _want(swap, [row for _, row in rows])
                for event, row in rows:
                    await self._swap_on(calendar, swap, event, row.room or swap.booking.room)
                    done.append(row)
            except (suite_errors.SuiteError, ProblemError):
                if done:
                    await self._tell(await self._record(swap, done, is_whole=False))
                raise
        return await self._record(swap, done)

    async def _open(self, calendar: ConnectedCalendar, swap: _Swap) -> Event:
        """The event or date. Raises NotFound, NotOrganiser, InvalidInput."""
        _, mailbox_id = await self._ids(swap)
        return await own_event(calendar.mailbox, mailbox_id)

    async def _ids(self, swap: _Swap) -> tuple[str, str]:
        """The mailbox's ids of what the booking covers, and of the event or date that is meant."""
        rows = MailboxReference.of(swap.booking.organisation_id)
        whole = self._references.open(await rows.get(id=swap.booking.mailbox_reference_id))
        date = swap.target.date
        return whole, whole if date is None else self._references.open(date.mailbox_reference)

    async def _swap_on(self, calendar: ConnectedCalendar, swap: _Swap, event: Event, present: Room) -> None:
        """One write. Whatever room has the booking's place at this moment goes; the suite may have put one there."""
        booking, date = swap.booking, swap.target.date
        address = await event_rooms.address_now(self._references, calendar, booking, event, present, date)
        change = RoomsChange(add=(swap.person,), remove=frozenset({address} - {swap.room.address}))
        await calendar.mailbox.change_rooms(event.mailbox_id, change)

    async def _swap_on_dates(self, calendar: ConnectedCalendar, swap: _Swap, series: Event) -> None:
        """Dates that were changed by themselves keep their own guests when the series changes."""
        rows = BookingOccurrence.of(swap.booking.organisation_id).filter(booking_id=swap.booking.id)
        known = {row.event_reference.key_hash: row for row in await rows.select_related("event_reference", "room")}
        now, has_own_rooms = clock.now(), any(row.room is not None for row in known.values())
        horizon = FAR_HORIZON if has_own_rooms else HORIZON
        dates = await calendar.mailbox.occurrences(series.mailbox_id, now, now + horizon)
        hashes = self._references.event_hashes(swap.booking.organisation_id, calendar.suite.name, dates)
        for date in dates:
            row = known.get(hashes[date.shared_key])
            on_date = row.room if row is not None and row.room is not None else swap.booking.room
            is_let_go = row is not None and row.state is BookingState.CANCELLED
            has_new = answer_of(date, swap.room.address) is not None
            if is_let_go and has_new and date.kind is EventKind.EXCEPTION:
                change = RoomsChange(remove=frozenset({swap.room.address}))
                await calendar.mailbox.change_rooms(date.mailbox_id, change)
            elif not is_let_go and await event_rooms.address_shown(self._references, calendar, date, on_date):
                await self._swap_on(calendar, swap, date, on_date)

    async def _rows(
        self, calendar: ConnectedCalendar, swap: _Swap, events: Sequence[Event]
    ) -> list[tuple[Event, BookingOccurrence]]:
        """Each date with its row, made where there is none yet; without those let go and those with the room."""
        rows = await event_rooms.rows_of(self._references, calendar, swap.booking, events)
        found = [(event, rows[event.mailbox_id]) for event in events]
        return [
            (event, row)
            for event, row in found
            if row.state is not BookingState.CANCELLED and (row.room or swap.booking.room).id != swap.room.id
        ]

    async def _record(self, swap: _Swap, dates: Sequence[BookingOccurrence], *, is_whole: bool = True) -> RoomBooking:
        """The suite has the new room: so has the booking, whatever else happened to the row meanwhile."""
        try:
            return await self._write_down(swap, dates, is_whole=is_whole)
        except IntegrityError:
            # The room was booked for this event just now, by another request: there it stands under that booking.
            await _want_no_more(swap)
            raise _there_already() from None

    async def _write_down(self, swap: _Swap, dates: Sequence[BookingOccurrence], *, is_whole: bool) -> RoomBooking:
        organisation_id = swap.booking.organisation_id
        for _ in range(_ATTEMPTS):
            async with in_transaction():
                row = (
                    await RoomBooking.of(organisation_id)
                    .select_related("room", "requested_room")
                    .get(id=swap.booking.id)
                )
                if row.closed_at is not None:
                    raise BookingClosed
                now = clock.now()
                is_changed = await (_take_on(row, swap, now) if not dates else _take_on_dates(row, swap, dates, now))
                if not is_changed:
                    continue
                await RoomBooking.of(organisation_id).filter(id=row.id).update(next_check_at=now)
                if swap.record is not None and is_whole:
                    await self._idempotency.finish(swap.record, [row.id])
                return row
        raise EventChanged


async def _check_room(swap: _Swap) -> None:
    """Raises InvalidInput for a room that is there already."""
    booking = swap.booking
    is_refused = (swap.target.date or booking).state is BookingState.REJECTED
    if swap.room.id == swap.present_room.id and is_refused:
        raise InvalidInput("roomId", "This is the room that said no.", remedy="Choose another room.")
    others = RoomBooking.of(booking.organisation_id).filter(
        event_reference_id=booking.event_reference_id, room_id=swap.room.id, live_slot=1
    )
    if await others.exclude(id=booking.id).exists():
        raise _there_already()


def _there_already() -> InvalidInput:
    return InvalidInput("roomId", "The event has this room already.", remedy="Choose another room.")


async def _want(swap: _Swap, dates: Sequence[BookingOccurrence]) -> None:
    """Written before the suite is asked, with a look in a while should nothing come after; see `derivation`."""
    organisation_id = swap.booking.organisation_id
    rows = RoomBooking.of(organisation_id).filter(id=swap.booking.id, closed_at__isnull=True)
    if dates:
        ids = [date.id for date in dates]
        await BookingOccurrence.of(organisation_id).filter(id__in=ids).update(wanted_room_id=swap.room.id)
    elif swap.target.date is None:
        await rows.update(wanted_room_id=swap.room.id)
    await look_in_a_while(rows)


async def _want_no_more(swap: _Swap) -> None:
    """The suite refused: nothing was done."""
    organisation_id, date = swap.booking.organisation_id, swap.target.date
    if date is not None:
        await BookingOccurrence.of(organisation_id).filter(id=date.id).update(wanted_room_id=None)
    else:
        await RoomBooking.of(organisation_id).filter(id=swap.booking.id).update(wanted_room_id=None)


async def _take_on(row: RoomBooking, swap: _Swap, now: datetime) -> bool:
    """The new room on everything that the booking covers; nothing where a check was faster."""
    if row.room_id == swap.room.id and row.wanted_room_id is None:
        return True
    if not await transitions.change(row, ASKED, now, swap.room.id, is_own_choice=True):
        return False
    row.room, row.requested_room = swap.room, None
    dates = BookingOccurrence.of(row.organisation_id).filter(booking_id=row.id).exclude(state=BookingState.CANCELLED)
    await dates.update(
        room_id=None,
        requested_room_id=None,
        wanted_room_id=None,
        state=ASKED.state,
        reason=ASKED.reason,
        state_since=now,
    )
    return True


async def _take_on_dates(row: RoomBooking, swap: _Swap, dates: Sequence[BookingOccurrence], now: datetime) -> bool:
    """The new room on these dates; the booking's own state follows from all of them."""
    rows = BookingOccurrence.of(row.organisation_id).filter(booking_id=row.id)
    ids = {date.id for date in dates}
    present = await rows.exclude(state=BookingState.CANCELLED)
    # A date that still wants the room is ours to write; of the others a check has told already.
    meant = [date for date in present if date.id in ids and date.wanted_room_id == swap.room.id]
    if not meant:
        return True
    standings = [ASKED if date in meant else transitions.standing(date) for date in present]
    if not await transitions.change(row, worst(standings) or Standing(row.state, row.reason), now):
        return False
    own = None if swap.room.id == row.room_id else swap.room.id
    await rows.filter(id__in=[date.id for date in meant]).update(
        room_id=own,
        requested_room_id=own,
        wanted_room_id=None,
        state=ASKED.state,
        reason=ASKED.reason,
        state_since=now,
    )
    return True
