"""What lies in a mailbox: calendar items, their invitations, and the occurrences that a series stands for.

Property meanings: https://learn.microsoft.com/graph/api/resources/event
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from app.sandbox.microsoft.mailboxes import ids
from app.sandbox.microsoft.mailboxes.recurrence import OccurrenceDates, Recurrence
from app.sandbox.microsoft.mailboxes.zones import find_zone

CHANGE_KEY_SETTLES_AFTER = timedelta(seconds=2)
"""Exchange touches a new item once more by itself: an etag kept from the create answer goes stale."""


class Response(StrEnum):
    """An answer to an invitation."""

    NONE = "none"
    ORGANIZER = "organizer"
    TENTATIVELY_ACCEPTED = "tentativelyAccepted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    NOT_RESPONDED = "notResponded"


class AttendeeType(StrEnum):
    """How someone, or a room, is invited."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    RESOURCE = "resource"


class ShowAs(StrEnum):
    """How the time of an item counts."""

    FREE = "free"
    TENTATIVE = "tentative"
    BUSY = "busy"
    OUT_OF_OFFICE = "oof"
    WORKING_ELSEWHERE = "workingElsewhere"
    UNKNOWN = "unknown"


class Sensitivity(StrEnum):
    """Who may see what an item is about."""

    NORMAL = "normal"
    PERSONAL = "personal"
    PRIVATE = "private"
    CONFIDENTIAL = "confidential"


class Importance(StrEnum):
    """How important the sender finds it."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class BodyType(StrEnum):
    """What a body is written in."""

    TEXT = "text"
    HTML = "html"


class CopyState(StrEnum):
    """Whether an attendee's copy still stands or its organiser has called it off."""

    STANDING = "standing"
    CANCELLED = "cancelled"


class CopyRole(StrEnum):
    """Whose copy of the meeting this is."""

    ORGANISER = "organiser"
    ATTENDEE = "attendee"


@dataclass(frozen=True, slots=True)
class Person:
    """A name with an address, as Outlook shows people and rooms."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A response and when it was given; ``at`` is None for "never"."""

    response: Response
    at: datetime | None = None


UNANSWERED = Answer(Response.NONE)


@dataclass(frozen=True, slots=True)
class WallTime:
    """A time on a wall clock and the name of the zone it hangs in, as the client wrote it."""

    local: datetime
    zone: str

    @property
    def instant(self) -> datetime:
        """The same moment in UTC."""
        return self.local.replace(tzinfo=find_zone(self.zone)).astimezone(UTC)

    def in_zone(self, zone: str) -> "WallTime":
        """The same moment on another zone's wall clock."""
        moved = self.instant.astimezone(find_zone(zone)).replace(tzinfo=None)
        return WallTime(moved, zone)

    def on(self, day: date) -> "WallTime":
        """The same wall time on another day."""
        return WallTime(datetime.combine(day, self.local.time()), self.zone)


@dataclass(frozen=True, slots=True)
class Attendee:
    """Someone invited, and their answer as far as this copy knows."""

    person: Person
    type: AttendeeType = AttendeeType.REQUIRED
    answer: Answer = UNANSWERED
    proposed: tuple[WallTime, WallTime] | None = None

    @property
    def key(self) -> str:
        """The address for comparing: case does not matter."""
        return self.person.address.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place as an event names it; ``details`` holds members that the sandbox only passes through."""

    display_name: str
    type: str = "default"
    address: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Body:
    """The text of an item."""

    content: str = ""
    type: BodyType = BodyType.HTML


@dataclass(frozen=True, slots=True)
class OnlineMeeting:
    """Where a meeting can be joined from afar."""

    join_url: str
    conference_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a meeting says: the part that travels from the organiser to everyone else."""

    subject: str
    start: WallTime
    end: WallTime
    organizer: Person
    original_start_zone: str
    original_end_zone: str
    body: Body = Body()
    is_all_day: bool = False
    locations: tuple[Location, ...] = ()
    attendees: tuple[Attendee, ...] = ()
    sensitivity: Sensitivity = Sensitivity.NORMAL
    importance: Importance = Importance.NORMAL
    show_as: ShowAs = ShowAs.BUSY
    hide_attendees: bool = False
    response_requested: bool = True
    allow_new_time_proposals: bool = True
    online_meeting: OnlineMeeting | None = None
    recurrence: Recurrence | None = None

    @property
    def starts_at(self) -> datetime:
        """When it starts; an all-day item floats and counts from midnight UTC."""
        return self.start.local.replace(tzinfo=UTC) if self.is_all_day else self.start.instant

    @property
    def ends_at(self) -> datetime:
        """When it ends; an all-day item floats and counts to midnight UTC."""
        return self.end.local.replace(tzinfo=UTC) if self.is_all_day else self.end.instant

    def attendee(self, address: str) -> Attendee | None:
        """The entry of this address, if it is invited."""
        wanted = address.lower()
        return next((a for a in self.attendees if a.key == wanted), None)

    def with_answer(self, address: str, answer: Answer) -> "Invitation":
        """The same invitation with one attendee's answer entered."""
        wanted = address.lower()
        return replace(
            self,
            attendees=tuple(replace(a, answer=answer) if a.key == wanted else a for a in self.attendees),
        )

    def at(self, day: date) -> "Invitation":
        """What the series says about one of its dates."""
        start = self.start.on(day)
        end = WallTime(start.local + (self.end.local - self.start.local), self.end.zone)
        return replace(self, start=start, end=end, recurrence=None)


@dataclass(slots=True, kw_only=True)
class OwnData:
    """What belongs to one copy alone and never travels."""

    categories: tuple[str, ...] = ()
    is_reminder_on: bool = True
    reminder_minutes: int = 15
    transaction_id: str | None = None
    extended_properties: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True, eq=False, kw_only=True)
class Item:
    """One copy of a meeting (or an appointment) in one mailbox.

    A series is one item; dates that differ from it are items of their own in ``exceptions`` (keyed by the date
    they had in the series), dates that are gone are in ``removed``.
    """

    ids: ids.ItemIds
    meeting: str
    role: CopyRole
    invitation: Invitation
    answer: Answer
    created_at: datetime
    modified_at: datetime
    meeting_created_at: datetime
    show_as: ShowAs
    calendar_id: str
    own: OwnData = field(default_factory=OwnData)
    state: CopyState = CopyState.STANDING
    version: int = 1
    occurrence: date | None = None
    master: "Item | None" = None
    exceptions: dict[date, "Item"] = field(default_factory=dict)
    removed: set[date] = field(default_factory=set)
    dates: OccurrenceDates | None = None
    overlay: dict[str, Any] = field(default_factory=dict)
    """Members that Graph shows of this copy in the place of its own: what other programs left behind in Exchange."""

    @property
    def is_organizer(self) -> bool:
        """Whether the mailbox's owner organises it."""
        return self.role is CopyRole.ORGANISER

    @property
    def is_series(self) -> bool:
        """Whether it stands for more than one date."""
        return self.dates is not None

    @property
    def duration(self) -> timedelta:
        """How long it lasts, on the wall clock."""
        return self.invitation.end.local - self.invitation.start.local

    def apply(self, invitation: Invitation) -> None:
        """Put another invitation in place; a series is expanded anew when its recurrence differs."""
        recurrence = invitation.recurrence
        if recurrence is None:
            self.dates = None
        elif self.dates is None or recurrence != self.invitation.recurrence:
            self.dates = OccurrenceDates(recurrence)
        self.invitation = invitation

    def change_key(self, now: datetime, occurrence: date | None = None) -> str:
        """The change key as it stands at ``now``."""
        settled = now >= self.created_at + CHANGE_KEY_SETTLES_AFTER
        return ids.change_key(self.ids.immutable, self.version * 2 + settled, occurrence)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that takes time in a calendar: a single item, an exception, or one date of a series."""

    item: Item
    start: datetime
    end: datetime
    day: date | None = None

    @property
    def root(self) -> Item:
        """The item that holds it: the series for an exception, else the item itself."""
        return self.item.master or self.item

    @property
    def occurrence(self) -> date | None:
        """The date within the series by which it is known; None for a single item."""
        return self.day or self.item.occurrence

    @property
    def invitation(self) -> Invitation:
        """What it says, on its own date."""
        return self.item.invitation.at(self.day) if self.day else self.item.invitation


@dataclass(frozen=True, slots=True)
class Target:
    """What a call is about: an item, or one date of a series."""

    root: Item
    day: date | None = None

    @property
    def item(self) -> Item:
        """The item that speaks for it: the exception of that date where there is one."""
        if self.day is None:
            return self.root
        return self.root.exceptions.get(self.day, self.root)

    @property
    def invitation(self) -> Invitation:
        """What it says, on its own date."""
        item = self.item
        return item.invitation.at(self.day) if self.day and item is self.root else item.invitation

    def entry(self) -> Entry:
        """The same thing as something that takes time."""
        says, item = self.invitation, self.item
        return Entry(item, says.starts_at, says.ends_at, self.day if item is self.root else None)
