"""What a calendar suite tells us, as frozen values that know nothing of any wire format.

Instants are aware and in UTC. Nothing in here is ever stored: see `docs/what-is-kept.md`. What a window holds
thousands of is a `Struct`: made in a fraction of the time, and nothing that the garbage collector has to look at.
"""

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import date as Date  # noqa: N812  # a field below is called `date`
from datetime import datetime
from enum import StrEnum

import msgspec


class EventKind(StrEnum):
    """Whether an event stands alone or belongs to a series."""

    SINGLE = "SINGLE"
    OCCURRENCE = "OCCURRENCE"
    EXCEPTION = "EXCEPTION"
    SERIES = "SERIES"


class EventStatus(StrEnum):
    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


class Sensitivity(StrEnum):
    NORMAL = "NORMAL"
    PERSONAL = "PERSONAL"
    PRIVATE = "PRIVATE"
    CONFIDENTIAL = "CONFIDENTIAL"


class ShowAs(StrEnum):
    """How the time is shown to others in the viewer's calendar."""

    FREE = "FREE"
    TENTATIVE = "TENTATIVE"
    BUSY = "BUSY"
    OUT_OF_OFFICE = "OUT_OF_OFFICE"
    WORKING_ELSEWHERE = "WORKING_ELSEWHERE"
    UNKNOWN = "UNKNOWN"


class Response(StrEnum):
    """What an attendee answered to the invitation."""

    ORGANISER = "ORGANISER"
    ACCEPTED = "ACCEPTED"
    TENTATIVELY_ACCEPTED = "TENTATIVELY_ACCEPTED"
    DECLINED = "DECLINED"
    NOT_RESPONDED = "NOT_RESPONDED"


class AttendeeKind(StrEnum):
    REQUIRED = "REQUIRED"
    OPTIONAL = "OPTIONAL"
    ROOM = "ROOM"


class RoomAnswer(StrEnum):
    """What the suite says of a room on an event; UNKNOWN where this mailbox is not told."""

    PENDING = "PENDING"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    UNKNOWN = "UNKNOWN"


class EventPart(StrEnum):
    """A part of an event that is fetched for whoever needs it; what names, dates and marks an event always is."""

    INVITED = "INVITED"
    """The people and the rooms."""
    RESPONSE = "RESPONSE"
    """The mailbox owner's own answer."""
    LOCATION = "LOCATION"
    ONLINE_MEETING = "ONLINE_MEETING"
    WEB_URL = "WEB_URL"
    BODY_PREVIEW = "BODY_PREVIEW"


EventParts = Set[EventPart]
WHOLE: EventParts = frozenset(EventPart)


class Availability(StrEnum):
    FREE = "FREE"
    BUSY = "BUSY"
    UNKNOWN = "UNKNOWN"


class EventTime(msgspec.Struct, frozen=True, gc=False):
    """Start or end of an event: `date` for all-day events (end exclusive), else `date_time` in UTC.

    `time_zone` is the IANA name of the zone the event was made in; `UTC` where the suite names none we know.
    """

    time_zone: str
    date_time: datetime | None = None
    date: Date | None = None


class Person(msgspec.Struct, frozen=True, gc=False):
    """A mail address with the name shown beside it; the address is lower case."""

    address: str
    name: str


class Attendee(msgspec.Struct, frozen=True, gc=False):
    """Somebody invited, rooms excluded; `response` is NOT_RESPONDED where this mailbox is not told."""

    person: Person
    kind: AttendeeKind
    response: Response


@dataclass(frozen=True, slots=True)
class RoomInvitation:
    """A room invited to an event."""

    room: Person
    answer: RoomAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event, occurrence or series master as one mailbox sees it."""

    mailbox_id: str
    """The mailbox's own id, for calls with the same member's consent."""
    shared_key: str
    """Equal in every mailbox that holds this event (and this occurrence of it)."""
    series_mailbox_id: str | None
    """The master's `mailbox_id` where this is an occurrence or exception."""
    version: str
    """Changes with every write; pass it back to change only what was read."""
    kind: EventKind
    status: EventStatus
    subject: str
    start: EventTime
    end: EventTime
    is_all_day: bool
    original_start: datetime | None
    """For an occurrence or exception: when the series would have had it, in UTC."""
    sensitivity: Sensitivity
    show_as: ShowAs
    organiser: Person | None
    is_organiser: bool
    """Whether the mailbox's owner organises the event."""
    response: Response
    """The mailbox owner's own answer."""
    attendees: tuple[Attendee, ...]
    rooms: tuple[RoomInvitation, ...]
    location: str | None
    online_meeting_url: str | None
    web_url: str | None
    body_preview: str
    command_id: str | None = None
    """The command id the event was created with, where the suite gives it back."""
    day_key: str | None = None
    """For a date whose `shared_key` changes when its series moves to another hour: what does not, made of the day on
    which the series has it. None where `shared_key` itself stays. Two dates of a series on one day share it."""

    @property
    def lasting_key(self) -> str:
        """Equal in every mailbox as `shared_key` is, and the same still when the event has moved."""
        return self.day_key or self.shared_key


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar of the mailbox; `tracks_responses` is whether room answers reach it."""

    id: str
    name: str
    is_default: bool
    is_owned: bool
    tracks_responses: bool


class Frequency(StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY_BY_DATE = "MONTHLY_BY_DATE"
    MONTHLY_BY_WEEKDAY = "MONTHLY_BY_WEEKDAY"


class Weekday(StrEnum):
    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """How a series repeats, ending `until` (inclusive, a day in the event's zone) or after `count`; exactly one."""

    frequency: Frequency
    interval: int = 1
    weekdays: tuple[Weekday, ...] = ()
    """WEEKLY: the days it falls on. MONTHLY_BY_WEEKDAY: exactly one."""
    week_of_month: int | None = None
    """MONTHLY_BY_WEEKDAY: 1 to 4, or -1 for the last."""
    until: Date | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event to create. `start` and `end` are aware instants; `time_zone` an IANA name the suite stores."""

    subject: str
    start: datetime
    end: datetime
    time_zone: str
    attendees: tuple[Person, ...] = ()
    rooms: tuple[Person, ...] = ()
    body: str | None = None
    online_meeting: bool = False
    recurrence: Recurrence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomsChange:
    """Which rooms to invite and which to let go, in one change; everything else stays as it is."""

    add: tuple[Person, ...] = ()
    remove: frozenset[str] = frozenset()
    """Addresses, lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTime:
    """When an event is to take place instead: aware instants, and the IANA zone that the suite stores."""

    start: datetime
    end: datetime
    time_zone: str


@dataclass(frozen=True, slots=True)
class BusyInterval:
    """A taken slot, half-open, in UTC."""

    start: datetime
    end: datetime
    is_tentative: bool


@dataclass(frozen=True, slots=True)
class ScheduleOfAddress:
    """What the suite says of one address in a window; UNKNOWN with the provider's code where it could not tell."""

    address: str
    availability: Availability
    busy: tuple[BusyInterval, ...] = ()
    provider_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteRoom:
    """A room as the suite's directory describes it; absent details are None or empty."""

    suite_id: str
    address: str
    name: str
    building: str | None = None
    floor: str | None = None
    capacity: int | None = None
    equipment: tuple[str, ...] = field(default=())
    is_accessible: bool | None = None
    is_bookable: bool = True
    """False where the suite reserves the room so that nobody can book it."""
