"""Which events a window of time holds, and in which order.

Suites compare all-day events with the window in zones of their own; here that is done once, for all of them alike.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from app.suites.errors import SuiteUnavailable
from app.suites.events import Event, EventTime

MOST_EVENTS = 10_000
"""What one reading may hold: more than anybody's two months, and little enough to be held at once."""
READ_AT_ONCE = 250
"""How many events a suite is asked for at a time by whoever does not want all of a window."""

_SUITES_DAY_BEGINS_BY = timedelta(hours=12)
"""How long after its midnight in UTC a day has begun everywhere: no zone's clocks are further behind."""
_MOMENT = timedelta(seconds=1)
"""Suites leave out what ends at the very moment from which they are asked, an event without length too."""


class TooManyEvents(SuiteUnavailable):
    """A window holds more events than are read at once; its beginning can be read all the same."""

    def __init__(self) -> None:
        super().__init__("TooManyEvents")


@dataclass(frozen=True, slots=True)
class Reach:
    """How much of a window somebody wants to see: in order of start, from a moment on, and no further than need be."""

    since: datetime | None
    """What begins earlier is not wanted; None begins with what runs when the window opens."""
    enough: int
    """How many events that begin after `since` are wanted at least, unless the window holds fewer."""


class Reading:
    """What the pages of a suite's list have told of a window so far; with a reach, of the part that is wanted.

    All suites list by start, and differ in where among the others an all-day event stands: at midnight in a zone that
    they choose. So an all-day event may still be missing although later ones have come, and what is told ends before
    it. A suite that breaks the order is read to the end.
    """

    def __init__(self, start: datetime, end: datetime, reach: Reach | None = None) -> None:
        self._start = start
        self._end = end
        self._reach = reach
        self.taken = 0
        """How many events came, whether twice or not."""
        self._found: dict[str, Event] = {}
        self._latest: datetime | None = None
        self._keeps_order = True

    def asks_from(self, margin: timedelta) -> datetime:
        """From when on the suite has to be asked, which compares all-day events with the window in its own zone.

        Past the window's start it takes no margin: an all-day event that begins after a moment ends after it anywhere.
        """
        earliest, since = self._start - margin, self._reach.since if self._reach else None
        return earliest if since is None else max(earliest, since - _MOMENT)

    def take(self, events: Iterable[Event]) -> bool:
        """Note another page; whether nobody wants more of them. An event that comes twice is as it came last."""
        for event in events:
            if event.mailbox_id not in self._found:
                self._follow(event.start.date_time)
            self._found[event.mailbox_id] = event
            self.taken += 1
        if self._reach is None or not self._keeps_order or len(self._found) < self._reach.enough:
            return False
        until, since = self._settled_until(), self._reach.since
        moments = [first_moment(event.start) for event in self._found.values() if self._is_inside(event)]
        return sum((since is None or moment > since) and moment < until for moment in moments) >= self._reach.enough

    def told(
        self, *, is_whole: bool, completed: Callable[[Sequence[Event]], Sequence[Event]] = lambda events: events
    ) -> list[Event]:
        """What is wanted of the window, in order of start; where the list did not end, as far as it is certain.

        `completed` says more of the events once all that were read are known.
        """
        since = self._reach.since if self._reach else None
        until = None if is_whole else self._settled_until()
        return order_of_start(
            event
            for event in completed(list(self._found.values()))
            if self._is_inside(event)
            and (since is None or first_moment(event.start) >= since)
            and (until is None or first_moment(event.start) < until)
        )

    def _is_inside(self, event: Event) -> bool:
        return overlaps(event, self._start, self._end)

    def _follow(self, moment: datetime | None) -> None:
        if moment is None:
            return
        if self._latest is not None and moment < self._latest:
            self._keeps_order = False
        else:
            self._latest = moment

    def _settled_until(self) -> datetime:
        """Before which moment nothing can be missing any more."""
        latest, since = self._latest, self._reach.since if self._reach else None
        if latest is None:
            return datetime.min.replace(tzinfo=UTC)
        midnight = datetime.combine(latest.astimezone(UTC).date(), time(), UTC)
        has_begun = latest > midnight + _SUITES_DAY_BEGINS_BY
        # All-day events of a day that `since` lies in begin before it: they are not wanted.
        is_past = since is not None and since > midnight
        return latest if has_begun or is_past else midnight


def order_of_start(events: Iterable[Event]) -> list[Event]:
    """The events in order of start; an all-day event stands at its day's first moment."""
    return sorted(events, key=lambda event: (first_moment(event.start), event.mailbox_id))


def overlaps(event: Event, start: datetime, end: datetime) -> bool:
    """Whether the event touches the half-open window.

    An all-day event has no zone, so its days are compared with the days of the window as the window is written.
    """
    if event.start.date is not None and event.end.date is not None:
        last = (end - timedelta(microseconds=1)).date()
        return event.start.date <= last and event.end.date > start.date()
    begins, ends = first_moment(event.start), first_moment(event.end)
    return begins < end and (ends > start or begins == ends == start)


def first_moment(time: EventTime) -> datetime:
    """When it begins; a day, which has no zone, at its midnight in UTC."""
    if time.date_time is not None:
        return time.date_time
    day = time.date or date.max
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
