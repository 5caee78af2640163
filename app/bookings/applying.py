"""What a look at an event changes: states, notifications and the next look, each booking in one transaction.

Messages go out after the commit; the compare-and-swap on the version decides between two who looked side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.transactions import in_transaction

from app import clock
from app.agenda.times import is_over
from app.bookings import transitions
from app.bookings.derivation import GONE, Standing, standing_of
from app.bookings.models import BookingOccurrence, RoomBooking
from app.bookings.polling import YOUNG, PollingPolicy
from app.bookings.ports import Notify
from app.bookings.recording import new_occurrence
from app.bookings.series import OccurrenceChanges, SeriesReading, compare
from app.bookings.status import BookingState
from app.connections.models import CalendarConnection
from app.events_bus.bus import EventsBus, Message, MessageKind, member_topic
from app.notifications.models import Notification, NotificationKind
from app.references.service import ReferenceService
from app.rooms.models import Room
from app.suites.events import Event, EventStatus


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
    def booked(self) -> frozenset[str]:
        return frozenset(booking.room.address for booking in self.bookings)


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
            await self._apply(booking, GONE, look.lease)

    async def event_read(self, look: Look, event: Event) -> None:
        """A single event, or one occurrence, was read."""
        now = clock.now()
        directory = await _directory(look, [event])
        for booking in look.claimed:
            if event.status is not EventStatus.CANCELLED and is_over(event, now):
                await self._close(booking)
                continue
            present = transitions.standing(booking)
            following = standing_of(event, booking.room.address, present, booked=look.booked, directory=directory)
            await self._apply(booking, following, look.lease)

    async def series_read(self, look: Look, reading: SeriesReading) -> None:
        """A series with its dates was read."""
        if reading.master.status is EventStatus.CANCELLED:
            await self.event_gone(look)
            return
        now = clock.now()
        directory = await _directory(look, [reading.master, *reading.upcoming])
        suite, organisation_id = look.connection.integration.suite, look.connection.organisation_id
        hashes = self._references.event_hashes(organisation_id, suite, reading.upcoming)
        key_of = {key_hash: key for key, key_hash in hashes.items()}
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
                    self._references.open(date.mailbox_reference): date
                    for date in dates
                    if date.event_reference.key_hash not in key_of and date.state is not BookingState.CANCELLED
                },
                booking.room.address,
                present=transitions.standing(booking),
                booked=look.booked,
                directory=directory,
                now=now,
            )
            await self._apply(booking, changes.standing, look.lease, changes)

    async def _apply(
        self, booking: RoomBooking, following: Standing, lease: datetime, dates: OccurrenceChanges | None = None
    ) -> None:
        """Bring one booking to its next standing, tell its member once, and say when to look again."""
        now = clock.now()
        present = transitions.standing(booking)
        has_changes = following != present or (dates is not None and not dates.is_empty)
        notification: Notification | None = None
        is_changed = False
        async with in_transaction():
            if has_changes:
                is_changed = await transitions.change(booking, following, now)
            if is_changed and dates is not None:
                await self._write_dates(booking, dates, now)
            if is_changed and _is_bad_news(present, following, dates):
                notification = await self._notify(
                    booking.organisation_id,
                    booking.member_id,
                    NotificationKind.ROOM_REJECTED,
                    subject_id=booking.id,
                    occasion=f"room-rejected:{booking.id}:{booking.version}",
                )
            if booking.closed_at is None:
                await self._schedule(booking, lease, now)
        await self._tell(booking, notification, is_changed=is_changed)

    async def _write_dates(self, booking: RoomBooking, dates: OccurrenceChanges, now: datetime) -> None:
        organisation_id = booking.organisation_id
        rows = BookingOccurrence.of(organisation_id).filter(booking_id=booking.id)
        for date, after in dates.changed:
            await rows.filter(id=date.id).update(state=after.state, reason=after.reason, state_since=now)
        if dates.added:
            events = [event for event, _ in dates.added]
            connection = booking.connection
            references = await self._references.of_events(connection, connection.integration.suite, events)
            fresh = [new_occurrence(booking, references[event.mailbox_id], after, now) for event, after in dates.added]
            await BookingOccurrence.bulk_create(fresh, ignore_conflicts=True)
        if dates.past:
            await rows.filter(id__in=[date.id for date in dates.past]).delete()
            await transitions.close_references(organisation_id, [date.event_reference_id for date in dates.past], now)

    async def _schedule(self, booking: RoomBooking, lease: datetime, now: datetime) -> None:
        """Give the claim back. A notice that came in meanwhile has moved the row: then it stays due."""
        waited = now - booking.state_since
        is_waiting = booking.state is BookingState.PENDING and waited >= YOUNG
        wait = self._policy.next_look(booking.state, waited, booking.check_attempts)
        rows = RoomBooking.of(booking.organisation_id).filter(id=booking.id)
        await rows.filter(next_check_at=lease).update(
            next_check_at=now + wait, check_attempts=booking.check_attempts + 1 if is_waiting else 0
        )
        await rows.filter(claimed_until=lease).update(claimed_until=None, last_checked_at=now)

    async def _close(self, booking: RoomBooking) -> None:
        async with in_transaction():
            await transitions.close(booking, clock.now())

    async def _tell(self, booking: RoomBooking, notification: Notification | None, *, is_changed: bool) -> None:
        topic = member_topic(booking.member_id)
        if is_changed:
            await self._bus.publish(topic, Message(MessageKind.BOOKING_CHANGED, booking.id, booking.version))
        if notification is not None:
            await self._bus.publish(topic, Message(MessageKind.NOTIFICATION_ADDED, notification.id))


def _is_bad_news(present: Standing, following: Standing, dates: OccurrenceChanges | None) -> bool:
    """Whether the room, or one of its dates, newly says no."""
    if dates is None:
        return following.state is BookingState.REJECTED and present.state is not BookingState.REJECTED
    newly = [after for date, after in dates.changed if date.state is not BookingState.REJECTED]
    newly += [after for _, after in dates.added]
    if any(after.state is BookingState.REJECTED for after in newly):
        return True
    has_dates = bool(dates.changed or dates.added)
    return not has_dates and following.state is BookingState.REJECTED and present.state is not BookingState.REJECTED


async def _directory(look: Look, events: Sequence[Event]) -> frozenset[str]:
    """Which of the rooms on these events the organisation lists; asked only where a room of ours is missing."""
    on_events = {entry.room.address for event in events for entry in event.rooms}
    strangers = on_events - look.booked
    if not strangers:
        return frozenset()
    rooms = await Room.of(look.connection.organisation_id).filter(address__in=list(strangers))
    return frozenset(room.address for room in rooms)
