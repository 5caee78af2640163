"""When an event begins and ends, whether it has times or days."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from app.suites.events import Event, EventTime


def instant(time: EventTime) -> datetime:
    """The instant of a start or an end, in UTC; a day begins at midnight in its own zone."""
    if time.date_time is not None:
        return time.date_time
    if time.date is None:
        raise ValueError("an event's time has neither instant nor date")
    midnight = datetime.combine(time.date, datetime.min.time(), _zone(time.time_zone))
    return midnight.astimezone(UTC)


def is_over(event: Event, now: datetime) -> bool:
    """Whether the event (or this occurrence of it) has ended; ends are exclusive."""
    return instant(event.end) <= now


def local_day(time: EventTime) -> date:
    """The day of a start or an end, in the zone that the event was made in."""
    return time.date if time.date is not None else instant(time).astimezone(_zone(time.time_zone)).date()


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
