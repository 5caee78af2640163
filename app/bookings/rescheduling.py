"""Moving what a room is booked for: the event, one date of a series, that and all that follow, or the whole series.

The suite asks every room of the event anew, so each of its bookings is pending again. Crash-safe without an intent: a
repeat finds what is at its new time and leaves it there, and the check that follows reads what the rooms say to that
time. Where nobody repeats it, one that was asked for beforehand does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tortoise.transactions import in_transaction

from app import clock
from app.agenda.service import ConnectedCalendar
from app.agenda.times import instant
from app.bookings import event_rooms, reading, transitions
from app.bookings.commands import RescheduleBooking
from app.bookings.derivation import ASKED, Standing
from app.bookings.foresight import held, look_in_a_while, of_same_event
from app.bookings.models import BookingOccurrence, RoomBooking
from app.bookings.ports import Connections
from app.bookings.recording import new_occurrence
from app.bookings.series import upcoming_occurrences, worst
from app.bookings.shifting import Step, series_time, steps
from app.bookings.status import BookingState
from app.bookings.targets import Target, dates_from, own_event, target_of
from app.bookings.validation import check_not_past, check_times
from app.errors import BookingClosed, EventChanged, InvalidInput, NotFound, ProblemError
from app.events_bus.bus import JOBS, EventsBus, Message, MessageKind, member_topic
from app.identity.principal import Principal
from app.references.models import MailboxReference
from app.references.service import ReferenceService
from app.suites import errors as suite_errors
from app.suites.events import Event, EventKind, NewTime

_ATTEMPTS = 5
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Moved:
    """What the suite holds now; `dates` are the coming ones where a whole series was moved.

    `rows` are the dates that were moved by themselves; empty where everything was.
    """

    event: Event
    dates: Sequence[Event] = ()
    rows: Sequence[BookingOccurrence] = ()


class Rescheduling:
    """Moves the events of bookings."""

    def __init__(self, connections: Connections, references: ReferenceService, bus: EventsBus) -> None:
        self._connections = connections
        self._references = references
        self._bus = bus

    async def reschedule(self, principal: Principal, command: RescheduleBooking) -> RoomBooking:
        """Raises what `BookingService.reschedule` says."""
        check_times(command.time)
        booking = await reading.get(principal, command.booking_id)
        if booking.closed_at is not None:
            raise BookingClosed
        target = await target_of(booking, command.scope, command.occurrence_id)
        check_not_past(command.time, clock.now(), path="")
        calendar = await self._connections.connected(principal)
        if booking.connection_id != calendar.connection.id:
            raise NotFound("booking")
        async with held(of_same_event(booking)):
            if target.date is not None and target.and_following:
                moved = await self._move_following(calendar, booking, target.date, command.time)
            else:
                moved = await self._move(calendar, booking, target, command.time)
            changed = [] if moved is None else await self._record(calendar, booking, moved)
        if moved is None:
            await self._look_at_once(booking)
            return booking
        return await self._tell(booking, changed)

    async def _look_at_once(self, booking: RoomBooking) -> None:
        """It may have been moved by an attempt that died before it could write that down."""
        if await of_same_event(booking).update(next_check_at=clock.now()):
            await self._bus.publish(JOBS, Message(MessageKind.BOOKINGS_DUE))

    async def _settle(self, calendar: ConnectedCalendar, booking: RoomBooking, moved: _Moved) -> RoomBooking:
        """Write down what was moved, and tell it."""
        return await self._tell(booking, await self._record(calendar, booking, moved))

    async def _tell(self, booking: RoomBooking, changed: Sequence[RoomBooking]) -> RoomBooking:
        for row in changed:
            message = Message(MessageKind.BOOKING_CHANGED, row.id, row.version)
            await self._bus.publish(member_topic(row.member_id), message)
        await self._bus.publish(JOBS, Message(MessageKind.BOOKINGS_DUE))
        return next((row for row in changed if row.id == booking.id), booking)

    async def _move(
        self, calendar: ConnectedCalendar, booking: RoomBooking, target: Target, time: NewTime
    ) -> _Moved | None:
        """None where it takes place at that time already."""
        mailbox_id = await self._mailbox_id(target.date or booking)
        async with self._connections.use(calendar.connection):
            event = await _event_with_time(calendar, mailbox_id)
            is_series = event.kind is EventKind.SERIES
            if is_series:
                coming = await upcoming_occurrences(calendar.mailbox, mailbox_id, clock.now())
                time = _time_of_series(event, coming, time)
            if (instant(event.start), instant(event.end)) == (time.start, time.end):
                return None
            await look_in_a_while(of_same_event(booking))
            moved = await _write(calendar, mailbox_id, time)
            if not is_series:
                return _Moved(moved, rows=[] if target.date is None else [target.date])
            return _Moved(moved, await upcoming_occurrences(calendar.mailbox, mailbox_id, clock.now()))

    async def _move_following(
        self, calendar: ConnectedCalendar, booking: RoomBooking, date: BookingOccurrence, time: NewTime
    ) -> _Moved | None:
        """Date by date. Those that were reached are recorded even where a later one fails; a repeat goes on."""
        moved: _Moved | None = None
        async with self._connections.use(calendar.connection):
            try:
                left = await self._steps(calendar, booking, date, time)
                await look_in_a_while(of_same_event(booking))
                for step, row in left:
                    event = await _write(calendar, step.event.mailbox_id, step.time)
                    moved = _Moved(event, rows=[*(moved.rows if moved is not None else ()), row])
            except (suite_errors.SuiteError, ProblemError):
                if moved is not None:
                    await self._settle(calendar, booking, moved)
                raise
        return moved

    async def _steps(
        self, calendar: ConnectedCalendar, booking: RoomBooking, date: BookingOccurrence, time: NewTime
    ) -> list[tuple[Step, BookingOccurrence]]:
        """What is left to be done, each with its row; without the dates on which the room was let go."""
        series_id, date_id = await self._mailbox_id(booking), await self._mailbox_id(date)
        first = await _event_with_time(calendar, date_id)
        dates = await dates_from(calendar.mailbox, series_id, date_id)
        try:
            found = steps(series_time(first), time, dates)
        except OverflowError as error:
            raise InvalidInput("start", "The dates that follow would come after the last year there is.") from error
        rows = await event_rooms.rows_of(self._references, calendar, booking, [step.event for step in found])
        with_rows = [(step, rows[step.event.mailbox_id]) for step in found]
        return [(step, row) for step, row in with_rows if row.state is not BookingState.CANCELLED]

    async def _mailbox_id(self, row: RoomBooking | BookingOccurrence) -> str:
        reference = await MailboxReference.of(row.organisation_id).get(id=row.mailbox_reference_id)
        return self._references.open(reference)

    async def _record(self, calendar: ConnectedCalendar, booking: RoomBooking, moved: _Moved) -> list[RoomBooking]:
        """Every room of the event is asked anew, whichever booking invited it."""
        rows = of_same_event(booking).order_by("created_at", "id")
        return [await self._ask_anew(calendar, row, moved) for row in await rows]

    async def _ask_anew(self, calendar: ConnectedCalendar, booking: RoomBooking, moved: _Moved) -> RoomBooking:
        organisation_id = booking.organisation_id
        for _ in range(_ATTEMPTS):
            async with in_transaction():
                row = await RoomBooking.of(organisation_id).select_related("room", "requested_room").get(id=booking.id)
                if row.closed_at is not None:
                    return row
                now = clock.now()
                if moved.rows:
                    is_changed = await _ask_on_dates(row, moved.rows, now)
                else:
                    is_changed = await self._ask_whole(calendar, row, moved, now)
                if is_changed:
                    await RoomBooking.of(organisation_id).filter(id=row.id).update(next_check_at=now)
                    return row
        raise EventChanged

    async def _ask_whole(self, calendar: ConnectedCalendar, row: RoomBooking, moved: _Moved, now: datetime) -> bool:
        """The event's room, unless it is not there any more; of a series, every date that it has now."""
        if await event_rooms.address_shown(self._references, calendar, moved.event, row.room) is None:
            return True
        if not await transitions.change(row, ASKED, now, row.room_id):
            return False
        if moved.dates:
            await self._renew_dates(calendar, row, moved.dates, now)
        return True

    async def _renew_dates(
        self, calendar: ConnectedCalendar, row: RoomBooking, dates: Sequence[Event], now: datetime
    ) -> None:
        """A moved series has other dates, and forgets what single ones had of their own; so do our rows."""
        rows = BookingOccurrence.of(row.organisation_id).filter(booking_id=row.id)
        former = [date.event_reference_id for date in await rows]
        await rows.delete()
        references = await self._references.of_events(calendar.connection, calendar.suite.name, dates)
        fresh = [new_occurrence(row, references[date.mailbox_id], ASKED, now) for date in dates]
        await BookingOccurrence.bulk_create(fresh, ignore_conflicts=True)
        present = {date.event_reference_id for date in fresh}
        await transitions.close_references(
            row.organisation_id, [reference for reference in former if reference not in present], now
        )


_IN_THE_SUITE = "Move it in your calendar's own application: the booking follows."


async def _event_with_time(calendar: ConnectedCalendar, mailbox_id: str) -> Event:
    """The member's own event, series or date. Raises as `own_event`, and InvalidInput for one of whole days."""
    event = await own_event(calendar.mailbox, mailbox_id)
    if event.is_all_day:
        raise InvalidInput("bookingId", "An event of whole days has no time to move.", remedy=_IN_THE_SUITE)
    return event


async def _write(calendar: ConnectedCalendar, mailbox_id: str, time: NewTime) -> Event:
    try:
        return await calendar.mailbox.move(mailbox_id, time)
    except suite_errors.InvalidRequest as error:
        raise InvalidInput(
            "start",
            "Your calendar suite does not take this time: a date of a series may not meet its neighbours.",
            remedy="Choose another time.",
        ) from error


def _time_of_series(series: Event, coming: Sequence[Event], time: NewTime) -> NewTime:
    """The time of the series' first date, where `time` is that of any coming one.

    Raises InvalidInput for a day that the series does not fall on.
    """
    zone = ZoneInfo(time.time_zone)
    begin, first = time.start.astimezone(zone), instant(series.start).astimezone(zone)
    days = {instant(date.start).astimezone(zone).date() for date in coming}
    if begin.date() not in days:
        raise InvalidInput(
            "start",
            "The series has no coming date on this day: a series moves to another time of its own days.",
            remedy="Give the new time on one of its dates; for other days, book another series.",
        )
    if time.end - time.start >= _A_DAY:
        raise InvalidInput("end", "A date of a series lasts less than a day.")
    start = datetime.combine(first.date(), begin.time(), zone).astimezone(UTC)
    return replace(time, start=start, end=start + (time.end - time.start))


async def _ask_on_dates(booking: RoomBooking, dates: Sequence[BookingOccurrence], now: datetime) -> bool:
    """This booking's room on the dates; nothing where it was let go, or the date is not known yet."""
    rows = BookingOccurrence.of(booking.organisation_id).filter(booking_id=booking.id)
    moved = {date.event_reference_id for date in dates}
    present = await rows.exclude(state=BookingState.CANCELLED)
    meant = [row for row in present if row.event_reference_id in moved]
    if not meant:
        return True
    standings = [ASKED if row in meant else transitions.standing(row) for row in present]
    if not await transitions.change(booking, worst(standings) or Standing(booking.state, booking.reason), now):
        return False
    ids = [row.id for row in meant]
    await rows.filter(id__in=ids).update(state=ASKED.state, reason=ASKED.reason, state_since=now)
    return True
