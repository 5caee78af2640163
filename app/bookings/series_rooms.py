"""How a room stands on each coming date of a series, with the date itself: read live, since we keep no dates.

Our own record says what was read of each date. Where a suite's dates may only show the answer to the whole series, a
room that accepted has to be seen taken at that time; where it is free, or nobody tells, the date's state is UNKNOWN.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app import clock
from app.agenda.service import ConnectedCalendar
from app.agenda.times import instant, local_day
from app.agenda.values import STATE_OF_BOOKING, EventRoomState
from app.bookings import reading
from app.bookings.models import BookingKind, BookingOccurrence, RoomBooking
from app.bookings.ports import Connections
from app.bookings.series import FAR_HORIZON, HORIZON
from app.bookings.status import BookingState
from app.bookings.suggesting import is_free, windows
from app.errors import NotFound, ProblemError
from app.identity.principal import Principal
from app.references.models import MailboxReference
from app.references.service import ReferenceService
from app.rooms.availability import RoomSchedule, ask_schedules, distinct, problems_of
from app.rooms.models import Room
from app.suites.events import Availability, Event, EventKind

MAX_NAMED = 5
"""So many dates are named in the summary; the list has them all."""


@dataclass(frozen=True, slots=True)
class SeriesDate:
    """One coming date. `event` is None where the suite did not show it."""

    row: BookingOccurrence
    room: Room
    state: EventRoomState
    event: Event | None = None


@dataclass(frozen=True, slots=True)
class SeriesRooms:
    """The dates in order, without those that were let go, and what could not be learned."""

    dates: Sequence[SeriesDate]
    problems: tuple[ProblemError, ...] = ()
    counts: Mapping[EventRoomState, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", Counter(date.state for date in self.dates))

    @property
    def summary(self) -> str:
        """As people would say it."""
        if not self.dates:
            return "No date is coming within 90 days."
        words = [f"Accepted for {self.counts[EventRoomState.ACCEPTED]} of {_dates(len(self.dates))}"]
        declined = [date for date in self.dates if date.state is EventRoomState.REJECTED]
        if declined:
            words.append(f"declined {_on(declined)}")
        words += [
            f"{name} for {self.counts[state]}"
            for state, name in ((EventRoomState.PENDING, "pending"), (EventRoomState.UNKNOWN, "unknown"))
            if self.counts[state]
        ]
        return ", ".join(words) + "."


class SeriesReader:
    """Reads the coming dates of booked series."""

    def __init__(self, connections: Connections, references: ReferenceService) -> None:
        self._connections = connections
        self._references = references

    async def of(self, principal: Principal, booking: RoomBooking) -> SeriesRooms | None:
        """The series' dates; where the suite cannot be asked, as they were recorded last. None for a single event."""
        if booking.kind is BookingKind.EVENT:
            return None
        rows = (await reading.occurrences(principal, [booking.id]))[booking.id]
        live = [row for row in rows if row.state is not BookingState.CANCELLED]
        dates = [SeriesDate(row, row.room or booking.room, STATE_OF_BOOKING[row.state]) for row in live]
        try:
            calendar = await self._connections.connected(principal)
            if booking.connection_id != calendar.connection.id:
                raise NotFound("booking")
            events = await self._read(calendar, booking, dates)
        except ProblemError as problem:
            return SeriesRooms(dates, (problem,))
        shown = [SeriesDate(date.row, date.room, date.state, events.get(date.row.id)) for date in dates]
        shown.sort(key=_begin)
        if calendar.suite.capabilities.room_answer_for_dates:
            return SeriesRooms(shown)
        return await self._believed(calendar, shown)

    async def _read(
        self, calendar: ConnectedCalendar, booking: RoomBooking, dates: Sequence[SeriesDate]
    ) -> Mapping[UUID, Event]:
        """The dates' events by row; of those beyond the horizon only where we know of any."""
        reference = await MailboxReference.of(booking.organisation_id).get(id=booking.mailbox_reference_id)
        series_id, now = self._references.open(reference), clock.now()
        known = {date.row.event_reference_id: date.row.id for date in dates}
        async with self._connections.use(calendar.connection):
            events = list(await calendar.mailbox.occurrences(series_id, now, now + HORIZON))
            if len(events) < len(dates):
                events += await calendar.mailbox.occurrences(series_id, now + HORIZON, now + FAR_HORIZON)
        hashes = self._references.event_hashes(booking.organisation_id, calendar.suite.name, events)
        found = await self._references.find_event_references(booking.organisation_id, hashes.values())
        by_key = {key: found[key_hash] for key, key_hash in hashes.items() if key_hash in found}
        return {
            known[by_key[event.shared_key]]: event
            for event in events
            if event.shared_key in by_key and by_key[event.shared_key] in known
        }

    async def _believed(self, calendar: ConnectedCalendar, dates: Sequence[SeriesDate]) -> SeriesRooms:
        """Accepted dates on which the room is seen taken; the other ones are unknown."""
        doubtful = [date for date in dates if _is_doubtful(date)]
        rooms = list({date.room.id: date.room for date in doubtful}.values())
        told: dict[tuple[UUID, datetime], RoomSchedule] = {}
        problems: list[ProblemError] = []
        for window in windows([(_begin(date), _end(date)) for date in doubtful]):
            answers = await ask_schedules(self._connections, calendar, rooms, window[0][0], window[-1][1])
            problems += problems_of(answers.values())
            told |= {
                (room_id, start): answer
                for room_id, answer in answers.items()
                if isinstance(answer, RoomSchedule)
                for start, _ in window
            }
        unseen = {date.row.id for date in doubtful if not _is_taken(told.get((date.room.id, _begin(date))), date)}
        return SeriesRooms(
            [
                SeriesDate(date.row, date.room, EventRoomState.UNKNOWN, date.event) if date.row.id in unseen else date
                for date in dates
            ],
            distinct(problems),
        )


def _is_doubtful(date: SeriesDate) -> bool:
    is_as_the_series = date.event is not None and date.event.kind is EventKind.OCCURRENCE
    return is_as_the_series and date.state is EventRoomState.ACCEPTED


def _is_taken(schedule: RoomSchedule | None, date: SeriesDate) -> bool:
    is_told = schedule is not None and schedule.availability is not Availability.UNKNOWN
    return is_told and schedule is not None and not is_free(schedule, (_begin(date), _end(date)))


def _begin(date: SeriesDate) -> datetime:
    """Dates that the suite did not show come last."""
    return instant(date.event.start) if date.event is not None else clock.now() + 2 * FAR_HORIZON


def _end(date: SeriesDate) -> datetime:
    return instant(date.event.end) if date.event is not None else _begin(date)


def _dates(number: int) -> str:
    return "1 date" if number == 1 else f"{number} dates"


def _on(dates: Sequence[SeriesDate]) -> str:
    """On which days, the first of them by name; only for how many where the suite did not show them."""
    days = [_day(date.event) for date in dates if date.event is not None]
    if len(days) < len(dates):
        return f"for {len(dates)}"
    named, left = days[:MAX_NAMED], len(days) - MAX_NAMED
    return "on " + ", ".join(named) + (f" and {left} more" if left > 0 else "")


def _day(event: Event) -> str:
    """In the zone that the event was made in."""
    return local_day(event.start).isoformat()
