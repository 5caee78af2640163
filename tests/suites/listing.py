"""A suite's list of events as suites differ in it: where its days begin, how long its pages are, who comes first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from app.suites.events import Event, EventTime
from app.suites.windows import Reach, Reading, TooManyEvents, first_moment
from tests.integrations.doubles import make_event

BEGIN = datetime(2026, 11, 10, 13, 30, tzinfo=UTC)
"""When the windows of these tests open, which is at no midnight anywhere."""
MARGIN = timedelta(days=1)
HOUR = timedelta(hours=1)


def timed(number: int, hours: int, length: int) -> Event:
    """Begins so many hours after the window opens, or before it."""
    start = BEGIN + hours * HOUR
    event = make_event(f"{number}", start)
    ends = EventTime("UTC", start + length * HOUR)
    return replace(event, mailbox_id=f"{number:03}", shared_key=f"shared {number}", end=ends)


def whole_days(number: int, first: int, days: int) -> Event:
    """Begins so many days after the one on which the window opens."""
    day: date = BEGIN.date() + timedelta(days=first)
    event = replace(make_event(f"{number}", BEGIN), mailbox_id=f"{number:03}", shared_key=f"shared {number}")
    ends = EventTime("UTC", date=day + timedelta(days=days))
    return replace(event, start=EventTime("UTC", date=day), end=ends, is_all_day=True)


def _numbered(kinds: Sequence[tuple[bool, int, int]]) -> list[Event]:
    return [
        whole_days(number, place // 24, length // 12 + 1) if is_all_day else timed(number, place, length)
        for number, (is_all_day, place, length) in enumerate(kinds)
    ]


calendars = st.lists(st.tuples(st.booleans(), st.integers(-60, 150), st.integers(0, 60)), max_size=40).map(_numbered)
"""Events before, in and after a window of some days; many run at its start, at once, or begin at the same hour."""


@dataclass(frozen=True, slots=True)
class SuiteList:
    """Lists these events. `zone`: how many hours its days begin before those in UTC."""

    events: Sequence[Event]
    zone: int
    page: int
    most: int = 1_000

    def read(self, start: datetime, end: datetime, reach: Reach | None) -> tuple[list[Event], bool]:
        """What a mailbox would tell, and whether the list was read to its end. Raises TooManyEvents."""
        reading = Reading(start, end, reach)
        listed = self._listed(reading.asks_from(MARGIN), end + MARGIN)
        for place in range(0, len(listed), self.page):
            if reading.take(listed[place : place + self.page]):
                return reading.told(is_whole=False), False
            if reading.taken > self.most:
                raise TooManyEvents
        return reading.told(is_whole=True), True

    def _listed(self, start: datetime, end: datetime) -> list[Event]:
        touching = (event for event in self.events if self._at(event.start) < end and self._at(event.end) > start)
        return sorted(touching, key=lambda event: self._at(event.start))

    def _at(self, moment: EventTime) -> datetime:
        return first_moment(moment) - (self.zone * HOUR if moment.date is not None else timedelta())
