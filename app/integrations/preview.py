"""The preview of a passed test: one event of the administrator's own calendar, read live and never stored."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app import clock
from app.suites.events import Event, EventStatus, EventTime
from app.suites.protocol import Mailbox

PREVIEW_REACH = timedelta(days=14)
"""How far ahead of now, and behind it, an event for the preview is looked for."""

EMPTY_CALENDAR = "Your calendar has no event in the two weeks before and after now, so there is none to show."


async def preview_event(mailbox: Mailbox) -> Event | None:
    """The nearest event to come, else the latest past or running one; None for an empty calendar. Raises SuiteError."""
    now = clock.now()
    coming = nearest_coming(await mailbox.events(now, now + PREVIEW_REACH), now)
    if coming is not None:
        return coming
    return latest(await mailbox.events(now - PREVIEW_REACH, now))


def nearest_coming(events: Sequence[Event], now: datetime) -> Event | None:
    """The first event that starts at `now` or later and takes place."""
    coming = [event for event in events if _takes_place(event) and instant(event.start) >= now]
    return min(coming, key=lambda event: instant(event.start), default=None)


def latest(events: Sequence[Event]) -> Event | None:
    """The event that started last and takes place."""
    return max(filter(_takes_place, events), key=lambda event: instant(event.start), default=None)


def instant(moment: EventTime) -> datetime:
    """When it begins, in UTC; an all-day event begins at midnight in its own zone."""
    if moment.date_time is not None:
        return moment.date_time
    if moment.date is None:
        raise ValueError("an event's time is an instant or a day")
    return datetime.combine(moment.date, time.min, _zone(moment.time_zone)).astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _takes_place(event: Event) -> bool:
    return event.status is not EventStatus.CANCELLED
