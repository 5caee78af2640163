"""What a look at an event changes: states, notifications and the next look, each booking in one transaction.

Messages go out after the commit; the compare-and-swap on the version decides between two who looked side by side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Case, F, Q, Value, When
from tortoise.transactions import in_transaction

from app import clock
from app.agenda.times import is_over
from app.bookings import event_rooms, transitions
from app.bookings.derivation import ASKED, GONE, Asked, Finding, Standing, finding_of
from app.bookings.models import BookingOccurrence, RoomBooking
from app.bookings.owning import hold_owner
from app.bookings.polling import YOUNG, PollingPolicy
from app.bookings.ports import Notify
from app.bookings.recording import new_occurrence
from app.bookings.replacing import EventRooms
from app.bookings.series import NOTHING, OccurrenceChanges, SeriesReading, compare
from app.bookings.status import BookingState
from app.connections.models import CalendarConnection
from app.events_bus.bus import EventsBus, Message, MessageKind, member_topic
from app.notifications.models import Notification, NotificationKind
from app.references.service import ReferenceService
from app.suites.events import Event, EventStatus
from app.suites.protocol import Capabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One event's open bookings: all of them, those claimed for this look, and the dates of the series among these."""

    bookings: Sequence[RoomBooking]
    claimed: Sequence[RoomBooking]
    dates: Sequence[BookingOccurrence]
    live_dates: Sequence[BookingOccurrence]
    """Those that are not cancelled."""
    lease: datetime

    @property
    def connection(self) -> CalendarConnection:
        connection: CalendarConnection = self.claimed[0].connection
        return connection

    @property
    def addresses(self) -> frozenset[str]:
        """Of the rooms that the claimed bookings have, on any date."""
        swapped = (date.room.address for date in self.live_dates if date.room is not None)
        return frozenset((*(booking.room.address for booking in self.claimed), *swapped))


class BookingOutcomes:
    """Writes down what was read."""

    def __init__(self, references: ReferenceService, policy: PollingPolicy, notify: Notify, bus: EventsBus) -> None:
        self._references = references
        self._policy = policy
        self._notify = notify
        self._bus = bus

    async def event_gone(self, look: Look) -> None:
        """The suite has no such event any more."""
        for booking in look.claimed:
            await self._apply(booking, Finding(GONE), look.lease)

    async def event_read(self, look: Look, event: Event, capabilities: Capabilities) -> None:
        """A single event, or one occurrence, was read."""
        now = clock.now()
        rooms = (await self._rooms_of(look, [event])).get(event.shared_key, NOTHING)
        for booking in look.claimed:
            if event.status is not EventStatus.CANCELLED and is_over(event, now):
                await self._close(booking)
                continue
            await self._apply(booking, finding_of(event, _asked(booking), rooms, capabilities), look.lease)

    async def series_read(self, look: Look, reading: SeriesReading, capabilities: Capabilities) -> None:
        """A series with its dates was read."""
        if reading.master.status is EventStatus.CANCELLED:
            await self.event_gone(look)
            return
        now = clock.now()
        suite, organisation_id = look.connection.integration.suite, look.connection.organisation_id
        hashes = self._references.event_hashes(organisation_id, suite, reading.upcoming)
        key_of = {key_hash: key for key, key_hash in hashes.items()}
        rooms = await self._rooms_of_series(look, reading, key_of)
        for booking in look.claimed:
            if reading.is_over:
                await self._close(booking)
                continue
            dates = [date for date in look.dates if date.booking_id == booking.id]
            upcoming = {
                key_of[date.event_reference.key_hash]: date for date in dates if date.event_reference.key_hash in key_of
            }
            changes = compare(
                reading,
                upcoming,
                {
                    date_id: date
                    for date in dates
                    if date.event_reference.key_hash not in key_of and date.state is not BookingState.CANCELLED
                    if (date_id := self._references.open_if_readable(date.mailbox_reference)) is not None
                },
                _asked(booking),
                rooms=rooms,
                capabilities=capabilities,
                now=now,
            )
            await self._apply(booking, changes.finding, look.lease, changes)

    async def _rooms_of(self, look: Look, events: Sequence[Event]) -> Mapping[str, EventRooms]:
        """What is ours on those of the events on which a room of ours is missing."""
        missed = [event for event in events if event_rooms.is_missing(event, look.addresses)]
        connection = look.connection
        return await event_rooms.rooms_of(
            self._references, connection.organisation_id, connection.integration.suite, missed
        )

    async def _rooms_of_series(
        self, look: Look, reading: SeriesReading, key_of: Mapping[str, str]
    ) -> Mapping[str, EventRooms]:
        rooms = await self._rooms_of(look, [reading.master, *reading.upcoming])
        rows: dict[str, dict[UUID, BookingOccurrence]] = {}
        for date in look.dates:
            if date.event_reference.key_hash in key_of:
                rows.setdefault(key_of[date.event_reference.key_hash], {})[date.booking_id] = date
        return {key: event_rooms.with_series(found, look.bookings, rows.get(key, {})) for key, found in rooms.items()}

    async def _apply(
        self, booking: RoomBooking, finding: Finding, lease: datetime, dates: OccurrenceChanges | None = None
    ) -> None:
        """Bring one booking to its next standing, tell its member once, and say when to look again."""
        now = clock.now()
        has_changes = (
            finding.standing != transitions.standing(booking)
            or finding.room is not None
            or (dates is not None and not dates.is_empty)
        )
        notifications: Sequence[Notification] = ()
        is_changed = False
        try:
            async with in_transaction():
                if has_changes:
                    await hold_owner(booking)
                    if not await _is_ours(booking, lease):
                        return  # its member is changing it: what was read may be half of that
                    is_changed, notifications = await self._write(booking, finding, dates, now)
                if booking.closed_at is None:
                    await self._schedule(booking, lease, now)
        except IntegrityError:
            if finding.room is None:
                raise
            # That very room was booked for this event just now: the next look finds it held by that booking.
            await self._look_again_soon(booking, lease, now)
            return
        await self._tell(booking, notifications, is_changed=is_changed)

    async def _write(
        self, booking: RoomBooking, finding: Finding, dates: OccurrenceChanges | None, now: datetime
    ) -> tuple[bool, Sequence[Notification]]:
        """Whether it was still for us to change the booking, and what its member is told of it."""
        present, former_room_id = transitions.standing(booking), booking.room_id
        room_id = finding.room.id if finding.room is not None else None
        is_own_choice = finding.is_own_choice
        if not await transitions.change(booking, finding.standing, now, room_id, is_own_choice=is_own_choice):
            return False, ()
        if dates is not None:
            await self._write_dates(booking, dates, former_room_id, now)
        told = [
            await self._notify(
                booking.organisation_id,
                booking.member_id,
                NotificationKind.ROOM_REPLACED,
                subject_id=booking.id,
                occasion=f"room-replaced:{booking.id}:{booking.version}:{number}",
                former_room_id=former,
                room_id=latter,
            )
            for number, (former, latter) in enumerate(_swaps(former_room_id, finding, dates), start=1)
        ]
        if _is_bad_news(ASKED if is_own_choice else present, finding.standing, dates):
            told.append(
                await self._notify(
                    booking.organisation_id,
                    booking.member_id,
                    NotificationKind.ROOM_REJECTED,
                    subject_id=booking.id,
                    occasion=f"room-rejected:{booking.id}:{booking.version}",
                    room_id=_room_that_refuses(booking.room_id, dates),
                )
            )
        return True, [notification for notification in told if notification is not None]

    async def _write_dates(
        self, booking: RoomBooking, dates: OccurrenceChanges, former_room_id: UUID, now: datetime
    ) -> None:
        organisation_id = booking.organisation_id
        rows = BookingOccurrence.of(organisation_id).filter(booking_id=booking.id)
        if booking.room_id != former_room_id:
            # The series has another room now: a date that shares it needs no word of its own, every other one does.
            await rows.filter(room_id__isnull=True).update(room_id=former_room_id)
            await rows.filter(room_id=booking.room_id).update(room_id=None)
        for row, date in dates.changed:
            own_room = date.room.id if date.room.id != booking.room_id else None
            after = date.after
            choice = {"requested_room_id": own_room, "wanted_room_id": None} if date.is_own_choice else {}
            await rows.filter(id=row.id).update(
                state=after.state, reason=after.reason, state_since=now, room_id=own_room, **choice
            )
        if dates.added:
            events = [event for event, _ in dates.added]
            connection = booking.connection
            references = await self._references.of_events(connection, connection.integration.suite, events)
            fresh = [
                new_occurrence(
                    booking,
                    references[event.mailbox_id],
                    date.after,
                    now,
                    room_id=date.room.id if date.room.id != booking.room_id else None,
                )
                for event, date in dates.added
            ]
            await BookingOccurrence.bulk_create(fresh, ignore_conflicts=True)
        if dates.past:
            await rows.filter(id__in=[date.id for date in dates.past]).delete()
            await transitions.close_references(organisation_id, [date.event_reference_id for date in dates.past], now)

    async def _schedule(self, booking: RoomBooking, lease: datetime, now: datetime) -> None:
        """Give the claim back. A notice that came in meanwhile has moved the row: then it stays due."""
        waited = now - booking.state_since
        is_waiting = booking.state is BookingState.PENDING and waited >= YOUNG
        wait = self._policy.next_look(booking.state, waited, booking.check_attempts)
        is_due_as_claimed, is_claimed = Q(next_check_at=lease), Q(claimed_until=lease)
        attempts = booking.check_attempts + 1 if is_waiting else 0
        await (
            RoomBooking.of(booking.organisation_id)
            .filter(is_due_as_claimed | is_claimed, id=booking.id)
            .update(
                next_check_at=_where(is_due_as_claimed, now + wait, "next_check_at"),
                check_attempts=_where(is_due_as_claimed, attempts, "check_attempts"),
                claimed_until=_where(is_claimed, None, "claimed_until"),
                last_checked_at=_where(is_claimed, now, "last_checked_at"),
            )
        )

    async def _look_again_soon(self, booking: RoomBooking, lease: datetime, now: datetime) -> None:
        """Give the claim back with nothing written down."""
        wait = self._policy.after_failure(booking.check_attempts)
        rows = RoomBooking.of(booking.organisation_id).filter(id=booking.id)
        await rows.filter(next_check_at=lease).update(next_check_at=now + wait)
        await rows.filter(claimed_until=lease).update(claimed_until=None)

    async def _close(self, booking: RoomBooking) -> None:
        async with in_transaction():
            await transitions.close(booking, clock.now())

    async def _tell(self, booking: RoomBooking, notifications: Sequence[Notification], *, is_changed: bool) -> None:
        topic = member_topic(booking.member_id)
        if is_changed:
            await self._bus.publish(topic, Message(MessageKind.BOOKING_CHANGED, booking.id, booking.version))
        for notification in notifications:
            await self._bus.publish(topic, Message(MessageKind.NOTIFICATION_ADDED, notification.id))


def _where(condition: Q, value: object, column: str) -> Case:
    """This value for a row of which the condition holds, and what it has for any other."""
    then: Any = Value(value)  # which Tortoise takes, although its annotation leaves it out
    return Case(When(condition, then=then), default=F(column))


async def _is_ours(booking: RoomBooking, lease: datetime) -> bool:
    """Whether the claim that this look began with still holds."""
    return await RoomBooking.of(booking.organisation_id).filter(id=booking.id, claimed_until=lease).exists()


def _asked(booking: RoomBooking) -> Asked:
    requested_id = booking.requested_room_id or booking.room_id
    wanted = event_rooms.known(booking.wanted_room) if booking.wanted_room is not None else None
    return Asked(booking.id, event_rooms.known(booking.room), requested_id, transitions.standing(booking), wanted)


def _swaps(former_room_id: UUID, finding: Finding, dates: OccurrenceChanges | None) -> Sequence[tuple[UUID, UUID]]:
    """Each room that went with the one that the suite put there by itself, once, on however many dates."""
    is_by_suite = finding.room is not None and not finding.is_own_choice
    whole = [(former_room_id, finding.room.id)] if finding.room is not None and is_by_suite else []
    by_suite = [date for date in dates.dates if not date.is_own_choice] if dates is not None else []
    single = [(date.former_room.id, date.room.id) for date in by_suite]
    return list(dict.fromkeys((former, latter) for former, latter in (*whole, *single) if former != latter))


def _room_that_refuses(room_id: UUID, dates: OccurrenceChanges | None) -> UUID | None:
    """The one room that newly says no; None where several do, each on dates of its own."""
    if dates is None or not dates.dates:
        return room_id
    refusing = {date.room.id for date in dates.dates if date.is_newly_rejected}
    return refusing.pop() if len(refusing) == 1 else None


def _is_bad_news(present: Standing, following: Standing, dates: OccurrenceChanges | None) -> bool:
    """Whether the room, or one of its dates, newly says no."""
    if dates is not None and dates.dates:
        return any(date.is_newly_rejected for date in dates.dates)
    return following.state is BookingState.REJECTED and present.state is not BookingState.REJECTED
