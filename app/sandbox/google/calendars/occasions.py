"""What happens in a calendar between two moments: single events, and the instances of series.

https://developers.google.com/workspace/calendar/api/v3/reference/events/list
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from app.sandbox.google.calendars.calendar import StoredCalendar
from app.sandbox.google.calendars.meetings import Content, Copy, Meeting
from app.sandbox.google.calendars.moments import EARLIEST
from app.sandbox.google.calendars.shelf import Shelf

HORIZON = timedelta(days=5 * 365)
"""How far from now, or from the window's beginning, series are expanded."""
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Occasion:
    """An event or a series (``key`` None), or one instance of a series, in one calendar."""

    copy: Copy
    key: str | None
    content: Content

    @property
    def id(self) -> str:
        """The event's id."""
        return self.copy.meeting.id if self.key is None else f"{self.copy.meeting.id}_{self.key}"

    @property
    def stands(self) -> bool:
        """Whether it is there, neither cancelled nor thrown away."""
        return self.copy.shows(self.key, self.content)

    def span(self, floating: tzinfo) -> tuple[datetime, datetime]:
        """From when until when, in UTC; days are those of the zone ``floating``."""
        return self.content.start.instant(floating), self.content.end.instant(floating)


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time whose bounds are both exclusive: on an event's end, and on its start. None is without bound."""

    first: datetime | None = None
    last: datetime | None = None

    def touches(self, start: datetime, end: datetime) -> bool:
        """Whether an event with this span is in the window; one without any length counts as lasting a moment."""
        return (self.first is None or max(end, start + _MOMENT) > self.first) and (
            self.last is None or start < self.last
        )


EVER = Window()


def occasions(calendar: StoredCalendar, window: Window, now: datetime) -> Iterator[Occasion]:
    """Single events and instances that touch the window, standing or not, in no order."""
    shelf = calendar.shelf
    for copy in shelf.near(window.first, window.last):
        yield from instances(copy, window, shelf.zone, now)


def instances(copy: Copy, window: Window, zone: tzinfo, now: datetime) -> Iterator[Occasion]:
    """The instances of one copy that touch the window; a single event is its own only one."""
    meeting = copy.meeting
    if meeting.series is None:
        found = Occasion(copy, None, meeting.content)
        if window.touches(*found.span(zone)):
            yield found
        return
    until = max(now, window.first or now) + HORIZON
    if window.last is not None:
        until = min(until, window.last)
    for slot in meeting.series.slots(window.first or EARLIEST, until):
        if slot.key in meeting.exceptions:
            continue
        found = Occasion(copy, slot.key, replace(meeting.content, start=slot.start, end=slot.end))
        if window.touches(*found.span(zone)):
            yield found
    for key, content in meeting.exceptions.items():
        found = Occasion(copy, key, content)
        if window.touches(*found.span(zone)):
            yield found


def busy(
    shelf: Shelf, start: datetime, end: datetime, now: datetime, *, but: Meeting | None = None
) -> list[tuple[datetime, datetime]]:
    """When the calendar's person or room is taken, sorted by start; the meeting ``but`` does not count."""
    window = Window(start, end)
    found = []
    for copy in shelf.near(start, end):
        if copy.meeting is but:
            continue
        found += [
            one.span(shelf.zone) for one in instances(copy, window, shelf.zone, now) if copy.takes(one.key, one.content)
        ]
    return sorted(found)
