"""A meeting and its copies.

What is everybody's (title, time, guests, their answers) is kept once; a copy in a calendar holds only what is that
person's own (reminders, colour, free or busy) and what they have thrown away. So an answer is in every copy at once.
https://developers.google.com/workspace/calendar/api/concepts/sharing#shared_events
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.sandbox.google.calendars.changes import Stamp
from app.sandbox.google.calendars.moments import Moment
from app.sandbox.google.calendars.series import Series


class Answer(StrEnum):
    """``responseStatus`` of a guest or a room."""

    NEEDS_ACTION = "needsAction"
    DECLINED = "declined"
    TENTATIVE = "tentative"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """One guest or room; ``email`` is in lower case."""

    email: str
    answer: Answer = Answer.NEEDS_ACTION
    display_name: str | None = None
    comment: str | None = None
    optional: bool = False
    resource: bool = False
    additional_guests: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is everybody's of a meeting or of one changed instance.

    ``details`` are the shared members that Google stores without reading them, as they are on the wire.
    """

    start: Moment
    end: Moment
    attendees: tuple[Attendee, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    sequence: int = 0
    cancelled: bool = False

    def attendee(self, email: str) -> Attendee | None:
        """The guest or room with this address, in lower case."""
        return next((one for one in self.attendees if one.email == email), None)

    def with_attendee(self, changed: Attendee) -> "Content":
        """The same, with this entry in the place of the one with its address."""
        kept = tuple(changed if one.email == changed.email else one for one in self.attendees)
        return replace(self, attendees=kept)

    def without_attendee(self, email: str) -> "Content":
        """The same, with nobody at this address."""
        return replace(self, attendees=tuple(one for one in self.attendees if one.email != email))

    @property
    def is_all_day(self) -> bool:
        """Whether it runs over whole days."""
        return self.start.day is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What belongs to one copy alone, as it is on the wire."""

    transparent: bool = False
    color_id: str | None = None
    reminders: Mapping[str, Any] | None = None
    private: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """An organiser or a creator."""

    email: str
    display_name: str | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Meeting:
    """An event or a series with its changed instances, by the key of when each should have been.

    ``home`` is the id of the organiser's calendar.
    """

    id: str
    ical_uid: str
    home: str
    organizer: Person
    creator: Person
    inviter_sub: str
    created: datetime
    content: Content
    recurrence: tuple[str, ...] = ()
    series: Series | None = None
    exceptions: dict[str, Content] = field(default_factory=dict)
    copies: dict[str, "Copy"] = field(default_factory=dict)

    def at(self, key: str | None) -> Content | None:
        """The content of the whole (None) or of one instance; None when the series has no such instance."""
        if key is None:
            return self.content
        if (changed := self.exceptions.get(key)) is not None:
            return changed
        slot = self.series.slot(key) if self.series else None
        return replace(self.content, start=slot.start, end=slot.end) if slot else None

    def original_start(self, key: str) -> Moment:
        """When this instance should have been. Raises KeyError when the series has no such instance."""
        slot = self.series.slot(key) if self.series else None
        if slot is None:
            raise KeyError(key)
        return slot.start

    def put(self, key: str | None, content: Content) -> None:
        """Write the whole (None), or one instance, which thereby becomes an exception."""
        if key is None:
            self.content = content
        else:
            self.exceptions[key] = content

    def invited(self) -> set[str]:
        """Addresses of all who are guests of the whole or of any instance."""
        contents = (self.content, *self.exceptions.values())
        return {one.email for content in contents for one in content.attendees}


@dataclass(slots=True, kw_only=True, eq=False)
class Copy:
    """A meeting as it lies in one calendar.

    ``stamp`` is that of its last change as a whole, ``stamps`` those of instances; ``removed`` and ``removed_keys``
    say what the calendar's own person has thrown away.
    """

    meeting: Meeting
    calendar_id: str
    is_room: bool
    stamp: Stamp
    own: Own = field(default_factory=Own)
    owns: dict[str, Own] = field(default_factory=dict)
    stamps: dict[str, Stamp] = field(default_factory=dict)
    removed: bool = False
    removed_keys: set[str] = field(default_factory=set)

    @property
    def is_home(self) -> bool:
        """Whether this is the organiser's."""
        return self.calendar_id == self.meeting.home

    def own_of(self, key: str | None) -> Own:
        """What is this copy's own, of the whole or of an instance."""
        return self.owns.get(key, self.own) if key is not None else self.own

    def put_own(self, key: str | None, own: Own) -> None:
        """Write what is this copy's own."""
        if key is None:
            self.own = own
        else:
            self.owns[key] = own

    def stamp_of(self, key: str | None) -> Stamp:
        """When the whole, or this instance of it, was last written."""
        return max(self.stamp, self.stamps.get(key, self.stamp)) if key is not None else self.stamp

    def note(self, key: str | None, stamp: Stamp) -> None:
        """The whole, or this instance, was written."""
        if key is None:
            self.stamp = stamp
        else:
            self.stamps[key] = stamp

    def stands(self, key: str | None) -> bool:
        """Whether the whole, or this instance, is in the calendar: not cancelled, invited, not thrown away."""
        content = self.meeting.at(key)
        return content is not None and self.shows(key, content)

    def shows(self, key: str | None, content: Content) -> bool:
        """The same for a content that is at hand."""
        if self.meeting.content.cancelled or content.cancelled or self.removed or key in self.removed_keys:
            return False
        if self.is_home:
            return True
        entry = content.attendee(self.calendar_id)
        return entry is not None and not (self.is_room and entry.answer is Answer.DECLINED)

    def takes(self, key: str | None, content: Content) -> bool:
        """Whether it makes the calendar's person or room busy."""
        if not self.shows(key, content) or self.own_of(key).transparent:
            return False
        entry = content.attendee(self.calendar_id)
        if entry is None:
            return self.is_home
        return (
            entry.answer is Answer.ACCEPTED
            if self.is_room and not self.is_home
            else entry.answer is not Answer.DECLINED
        )
