"""Which events a window of time holds, and in which order.

Suites compare all-day events with the window in zones of their own; here that is done once, for all of them alike.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from app.suites.events import Event, EventTime

MOST_EVENTS = 10_000
"""What one window may hold: more than anybody's two months, and little enough to be held at once."""


def in_window(events: Iterable[Event], start: datetime, end: datetime) -> list[Event]:
    """The events that touch the window, in order of start; one that comes twice, while it changes, counts once."""
    found = {event.mailbox_id: event for event in events}
    return order_of_start(event for event in found.values() if overlaps(event, start, end))


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
