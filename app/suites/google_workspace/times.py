"""Moments, days and time zones as Google writes them (https://www.rfc-editor.org/rfc/rfc3339).

Google keeps IANA names, but passes on what an imported invitation said: Windows names and private ones too.
"""

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from app.suites.errors import InvalidRequest
from app.suites.events import EventTime
from app.suites.google_workspace.wire import EventDateTime

UTC_NAME = "UTC"
FIRST_YEAR, LAST_YEAR = 2, 9998
"""Beyond them, an offset may lead out of the calendar."""


class Unreadable(Exception):
    """An item of Google's lacks what we cannot do without; the message names the field, never its content."""


def instant(value: object, field: str) -> datetime:
    """A moment with its offset, in UTC. Raises Unreadable."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Unreadable(field)
    return moment.astimezone(UTC)


def event_time(value: EventDateTime | None, field: str, calendar_zone: object) -> EventTime:
    """A moment or a day, with the zone it was made in, else the calendar's. Raises Unreadable."""
    if value is None:
        raise Unreadable(field)
    zone = known_zone(value.time_zone) or known_zone(calendar_zone) or UTC_NAME
    if value.date_time is not None:
        return EventTime(zone, instant(value.date_time, field))
    try:
        day = date.fromisoformat(value.date or "")
    except ValueError:
        raise Unreadable(field) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Unreadable(field)
    return EventTime(zone, date=day)


def known_zone(name: object) -> str | None:
    """The name where it is one that IANA knows."""
    return name if isinstance(name, str) and name in _known_names() else None


def local(moment: datetime, zone: str) -> datetime:
    """The moment on the clocks of an IANA zone. Raises InvalidRequest for a name that is no zone's."""
    try:
        return moment.astimezone(ZoneInfo(zone))
    except (KeyError, ValueError, OSError):
        raise InvalidRequest("TimeZone") from None


def utc_text(moment: datetime) -> str:
    """The moment to ask for."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@lru_cache(maxsize=1)
def _known_names() -> frozenset[str]:
    return frozenset(available_timezones())
