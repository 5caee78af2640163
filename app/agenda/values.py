"""What an agenda consists of: the suite's events joined with what we know ourselves.

Frozen values made for one answer and thrown away with it: nothing in here is ever stored.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

import msgspec

from app.bookings.status import BookingReason, BookingState
from app.errors import ProblemError
from app.paging import PageRequest
from app.rooms.models import Room
from app.suites.events import Attendee, Event, Person, RoomAnswer
from app.suites.protocol import SuiteName


class CalendarSelection(StrEnum):
    """Which of the member's calendars an agenda shows."""

    DEFAULT = "DEFAULT"
    ALL_OWNED = "ALL_OWNED"


class EventRoomState(StrEnum):
    """How a room on an event stands, as far as this viewer is told."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


STATE_OF_ANSWER = {
    RoomAnswer.PENDING: EventRoomState.PENDING,
    RoomAnswer.AWAITING_APPROVAL: EventRoomState.PENDING,
    RoomAnswer.ACCEPTED: EventRoomState.ACCEPTED,
    RoomAnswer.DECLINED: EventRoomState.REJECTED,
    RoomAnswer.UNKNOWN: EventRoomState.UNKNOWN,
}
"""What the suite says of a room, in the words of a booking."""

STATE_OF_BOOKING = {state: EventRoomState(state.value) for state in BookingState}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRoom:
    """A room on an event. `room` is None for one that our organisation does not list.

    `state` is our own booking's where the room was booked through us; else what the suite tells the organiser; else
    UNKNOWN. `reason` belongs to our own booking, and so does `booking_id`, which only its owner is given.
    """

    room: Room | None
    person: Person
    state: EventRoomState
    reason: BookingReason | None = None
    booking_id: UUID | None = None


class AttendeeLocationKind(StrEnum):
    """Where an attendee works at the time of the event."""

    AT_OFFICE = "AT_OFFICE"
    REMOTE = "REMOTE"
    NOT_WORKING = "NOT_WORKING"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendeeLocation:
    """Where an attendee works then; building, floor and area are names, and only there at the office."""

    kind: AttendeeLocationKind
    building: str | None = None
    floor: str | None = None
    area: str | None = None
    building_names: tuple[str, ...] = ()
    """Everything that the building is called: our name for it, then what the suite's rooms call it besides."""
    _casefolded: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_casefolded", frozenset(name.casefold() for name in self.building_names))

    def is_in(self, buildings: Set[str]) -> bool:
        """Whether the attendee works in one of these buildings, whose names are casefolded."""
        return not self._casefolded.isdisjoint(buildings)


UNKNOWN_LOCATION = AttendeeLocation(kind=AttendeeLocationKind.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of the viewer's organisation, as others see them."""

    member_id: UUID
    name: str
    address: str


class AgendaAttendee(msgspec.Struct, frozen=True, gc=False):
    """Somebody invited. `member` is the colleague with this address, be it the main one or another of theirs.

    `is_external` is true for an address that is no member's and whose domain no member has. `location` is what the
    viewer may see: UNKNOWN stands for what is hidden too.
    """

    attendee: Attendee
    member: Colleague | None
    is_external: bool
    location: AttendeeLocation = UNKNOWN_LOCATION


@dataclass(frozen=True, slots=True)
class AttendeeSummary:
    """How many attendees work where then, as seen from the event's building; strangers are unknown."""

    at_event_building: int
    elsewhere: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Attendance:
    """How a colleague attends, by their own word."""

    member: Colleague
    in_person: bool


@dataclass(frozen=True, slots=True)
class Note:
    """What a colleague noted on the event for the others of the organisation."""

    author: Colleague
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaEvent:
    """One event of a member's calendar with everything that belongs to it."""

    suite: SuiteName
    viewer_id: UUID
    """The member with whose consent it was read; part of the event's opaque id."""
    event: Event
    event_reference_id: UUID | None
    """Our reference, where something of ours hangs on this event."""
    rooms: tuple[EventRoom, ...]
    attendees: tuple[AgendaAttendee, ...]
    organiser_location: AttendeeLocation = UNKNOWN_LOCATION
    """Where the organiser works, as far as the viewer may see: they need not be among the attendees."""
    attendances: tuple[Attendance, ...]
    notes: tuple[Note, ...]

    @property
    def buildings(self) -> frozenset[str]:
        """The buildings of the event's rooms, casefolded, as far as they are known and not rejected or cancelled."""
        gone = {EventRoomState.REJECTED, EventRoomState.CANCELLED}
        return frozenset(
            entry.room.building.casefold()
            for entry in self.rooms
            if entry.room and entry.room.building and entry.state not in gone
        )

    @property
    def attendee_summary(self) -> AttendeeSummary:
        """The attendees in three groups."""
        buildings = self.buildings
        here = unknown = 0
        for attendee in self.attendees:
            location = attendee.location
            if location.kind is AttendeeLocationKind.UNKNOWN:
                unknown += 1
            elif location.is_in(buildings):
                here += 1
        return AttendeeSummary(here, len(self.attendees) - here - unknown, unknown)


@dataclass(frozen=True, slots=True)
class AgendaResult:
    """The events in order of their start, and what could not be read."""

    events: Sequence[AgendaEvent]
    problems: tuple[ProblemError, ...] = ()
    page: PageRequest | None = None
    """Which page alone these are; None where they are all events of the window."""
    has_next_page: bool = False
    """Whether events follow that page."""
    total: int | None = None
    """How many events the window holds; None where it was not read whole."""
