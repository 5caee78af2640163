"""The copies of meetings that lie in one calendar, found by id or by time.

Ten thousand events must stay quick: single ones are kept sorted by start, so a window looks only at those near it;
the few that last longer than a week, and series, are looked at one by one.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.sandbox.google.calendars.changes import Stamp
from app.sandbox.google.calendars.meetings import Copy

LONG = timedelta(days=7)
Place = tuple[datetime, str]


class Shelf:
    """One calendar's copies; ``time_zone`` says when its days begin."""

    def __init__(self, time_zone: str) -> None:
        self.zone = ZoneInfo(time_zone)
        self.written: Stamp | None = None
        """The last write in this calendar."""
        self._copies: dict[str, Copy] = {}
        self._by_start: list[Place] = []
        self._places: dict[str, Place] = {}
        self._apart: set[str] = set()

    def copy(self, event_id: str) -> Copy | None:
        """The copy of the meeting with this id, standing or not."""
        return self._copies.get(event_id)

    def all(self) -> Iterator[Copy]:
        """Every copy, those that do not stand any more included."""
        return iter(tuple(self._copies.values()))

    def put(self, copy: Copy) -> None:
        """Add a copy, or find its place anew after its meeting has changed."""
        event_id = copy.meeting.id
        self.written = max(copy.stamp, *copy.stamps.values()) if copy.stamps else copy.stamp
        self._copies[event_id] = copy
        self._take_out(event_id)
        content = copy.meeting.content
        start, end = content.start.instant(self.zone), content.end.instant(self.zone)
        if copy.meeting.series is not None or end - start > LONG:
            self._apart.add(event_id)
        else:
            place = self._places[event_id] = (start, event_id)
            insort(self._by_start, place)

    def near(self, first: datetime | None, last: datetime | None) -> Iterator[Copy]:
        """The copies that may touch the time between two moments; None is without bound."""
        low = bisect_left(self._by_start, (first - LONG, "")) if first else 0
        high = bisect_right(self._by_start, (last, "\uffff")) if last else len(self._by_start)
        for _, event_id in self._by_start[low:high]:
            yield self._copies[event_id]
        for event_id in tuple(self._apart):
            yield self._copies[event_id]

    def _take_out(self, event_id: str) -> None:
        self._apart.discard(event_id)
        place = self._places.pop(event_id, None)
        if place is not None:
            del self._by_start[bisect_left(self._by_start, place)]
