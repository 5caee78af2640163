"""Free rooms in the place of one that said no, or has not answered: for the same time, as fresh as the question.

The event (or the series' dates) is read anew, and so is when rooms are taken: one question to the suite for each batch
of rooms and each window of time, however many dates there are. A free room may still decline.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app import clock
from app.agenda.nearness import buildings_of_people
from app.agenda.service import ConnectedCalendar
from app.agenda.times import instant
from app.bookings import reading
from app.bookings.commands import CancelScope
from app.bookings.models import BookingOccurrence, RoomBooking
from app.bookings.ports import Connections
from app.bookings.series import upcoming_occurrences
from app.bookings.status import BookingState
from app.bookings.targets import Target, target_of
from app.errors import BookingClosed, NotFound, ProblemError
from app.identity.principal import Principal
from app.references.models import MailboxReference
from app.references.service import ReferenceService
from app.rooms.availability import RoomSchedule, ask_schedules, distinct, problems_of
from app.rooms.filters import RoomFilter, matching
from app.rooms.models import Room, RoomPairing
from app.rooms.ranking import Wanted, ranked
from app.suites.events import Availability, Event, EventKind, EventStatus, Response
from app.windows import LONGEST_WINDOW

MAX_ROOMS_ASKED = 200
"""How many rooms are asked about, those that fit best."""

Slot = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A room that could take the place, and on how many of the dates it is free."""

    room: Room
    free_dates: int = 0

    @property
    def availability(self) -> Availability:
        """Only ranking asks: what is suggested is free."""
        return Availability.FREE


@dataclass(frozen=True, slots=True)
class RoomSuggestions:
    """Free rooms, those that are free on every date first, then the best fit; and what could not be learned."""

    dates: int
    """On how many dates a room is needed."""
    rooms: Sequence[Suggestion]
    problems: tuple[ProblemError, ...] = ()


class RoomSuggester:
    """Looks for rooms in another's place."""

    def __init__(self, connections: Connections, references: ReferenceService) -> None:
        self._connections = connections
        self._references = references

    async def suggest(self, principal: Principal, booking_id: UUID, occurrence_id: UUID | None) -> RoomSuggestions:
        """Rooms for the booking's event, for all coming dates of its series, or for one of them.

        Raises NotFound, BookingClosed, InvalidInput, SuiteUnavailable and what stands between the member and their
        calendar.
        """
        booking = await reading.get(principal, booking_id)
        if booking.closed_at is not None:
            raise BookingClosed
        scope = CancelScope.SERIES if occurrence_id is None else CancelScope.OCCURRENCE
        target = await target_of(booking, scope, occurrence_id)
        calendar = await self._connections.connected(principal)
        if booking.connection_id != calendar.connection.id:
            raise NotFound("booking")
        event, dates = await self._read(calendar, booking, target)
        present = target.date.room if target.date is not None and target.date.room is not None else booking.room
        near = await buildings_of_people(principal.organisation_id, principal.member_id, dates)
        candidates = await _candidates(booking.organisation_id, event, present, near)
        slots = [(instant(date.start), instant(date.end)) for date in dates]
        return await self._free(calendar, candidates, slots)

    async def _read(
        self, calendar: ConnectedCalendar, booking: RoomBooking, target: Target
    ) -> tuple[Event, Sequence[Event]]:
        """The event itself, and the dates on which a room is needed."""
        row = target.date or booking
        reference = await MailboxReference.of(booking.organisation_id).get(id=row.mailbox_reference_id)
        mailbox_id = self._references.open(reference)
        async with self._connections.use(calendar.connection):
            event = await calendar.mailbox.event(mailbox_id)
            if event.status is EventStatus.CANCELLED:
                raise NotFound("event")
            if target.date is not None or event.kind is not EventKind.SERIES:
                return event, [event]
            coming = await upcoming_occurrences(calendar.mailbox, mailbox_id, clock.now())
        rows = BookingOccurrence.of(booking.organisation_id).filter(booking_id=booking.id, state=BookingState.CANCELLED)
        let_go = {date.event_reference.key_hash for date in await rows.select_related("event_reference")}
        hashes = self._references.event_hashes(booking.organisation_id, calendar.suite.name, coming)
        return event, [date for date in coming if hashes[date.shared_key] not in let_go] or [event]

    async def _free(
        self, calendar: ConnectedCalendar, candidates: Sequence[Room], slots: Sequence[Slot]
    ) -> RoomSuggestions:
        free = dict.fromkeys((room.id for room in candidates), 0)
        problems: list[ProblemError] = []
        for window in windows(slots):
            answers = await ask_schedules(self._connections, calendar, candidates, window[0][0], window[-1][1])
            problems += problems_of(answers.values())
            for room_id, count in _free_slots(answers, window).items():
                free[room_id] += count
        found = [Suggestion(room, free[room.id]) for room in candidates if free[room.id]]
        found.sort(key=lambda suggestion: -suggestion.free_dates)  # stable: the best fit stays first
        return RoomSuggestions(len(slots), found, distinct(problems))


def windows(slots: Sequence[Slot]) -> Iterator[list[Slot]]:
    """The slots in order, gathered into windows that a suite answers in one go."""
    window: list[Slot] = []
    for slot in sorted(slots):
        if window and slot[1] - window[0][0] > LONGEST_WINDOW:
            yield window
            window = []
        window.append(slot)
    if window:
        yield window


def is_free(schedule: RoomSchedule, slot: Slot) -> bool:
    """Whether the suite told that nothing lies in the slot."""
    if schedule.availability is Availability.FREE:
        return True
    is_told_when = schedule.availability is Availability.BUSY and bool(schedule.busy)
    return is_told_when and not any(busy.start < slot[1] and busy.end > slot[0] for busy in schedule.busy)


def _free_slots(answers: Mapping[UUID, RoomSchedule | ProblemError], slots: Sequence[Slot]) -> Mapping[UUID, int]:
    return {
        room_id: sum(is_free(answer, slot) for slot in slots)
        for room_id, answer in answers.items()
        if isinstance(answer, RoomSchedule)
    }


async def _candidates(organisation_id: UUID, event: Event, present: Room, near: tuple[str, ...]) -> Sequence[Room]:
    """Rooms that could be asked instead, the best fit first.

    They had best be where the event's other rooms are, then `near` its people, then where the present one is.
    """
    rooms = await matching(organisation_id, RoomFilter(pairing=RoomPairing.PAIRED))
    invited = {entry.room.address for entry in event.rooms}
    guests = sum(attendee.response is not Response.DECLINED for attendee in event.attendees)
    beside = [room.building for room in rooms if room.address in invited and room.id != present.id]
    wanted = Wanted(
        people=guests + 1,
        equipment=tuple(present.equipment),
        buildings=tuple(building for building in (*beside, *near, present.building) if building),
    )
    free = [
        Suggestion(room) for room in rooms if room.is_bookable and room.address not in invited and room.id != present.id
    ]
    return [suggestion.room for suggestion in ranked(free, wanted)][:MAX_ROOMS_ASKED]
