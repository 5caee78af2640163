"""Times on Graph's wire: wall time with seven decimals beside a zone name, and instants ending in Z.

https://learn.microsoft.com/graph/api/resources/datetimetimezone
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from app.sandbox.microsoft.graph.errors import invalid_property, invalid_request
from app.sandbox.microsoft.graph.preferences import Preferences
from app.sandbox.microsoft.mailboxes.items import WallTime
from app.sandbox.microsoft.mailboxes.zones import find_zone

NEVER = "0001-01-01T00:00:00Z"
_MORE_THAN_MICROSECONDS = re.compile(r"(\.\d{6})\d+")
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def wire_wall(moment: datetime, preferences: Preferences) -> dict[str, str]:
    """An instant as a dateTimeTimeZone in the preferred zone."""
    return wire_local(moment.astimezone(preferences.zone).replace(tzinfo=None), preferences)


def wire_local(local: datetime, preferences: Preferences) -> dict[str, str]:
    """A naive time labelled with the preferred zone, as all-day events float."""
    return {"dateTime": local.isoformat(timespec="microseconds") + "0", "timeZone": preferences.time_zone}


def wire_instant(moment: datetime | None) -> str:
    """An instant with seven decimals and Z; None is the year one."""
    return NEVER if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


@lru_cache(maxsize=65_536)
def wire_second(moment: datetime | None) -> str:
    """An instant to the second and Z; None is the year one."""
    return NEVER if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def read_wall(value: Any, name: str) -> WallTime:
    """A dateTimeTimeZone; an offset in the text is converted into the zone. Raises GraphError."""
    if not isinstance(value, dict) or not isinstance(value.get("dateTime"), str):
        raise invalid_property(f"The property '{name}' needs a dateTime and a timeZone.")
    zone = value.get("timeZone") or "UTC"
    if not isinstance(zone, str):
        raise invalid_property(f"The timeZone of '{name}' is not a text.")
    found = find_zone(zone)
    moment = _moment(value["dateTime"], name)
    if moment.tzinfo is not None:
        moment = moment.astimezone(found).replace(tzinfo=None)
    if not _EARLIEST <= moment.replace(tzinfo=UTC) <= _LATEST:
        raise invalid_property(f"The value of '{name}' is out of range.")
    return WallTime(moment, zone)


def read_instant(text: Any, name: str) -> datetime:
    """An ISO 8601 text as an instant in UTC; without an offset it *is* UTC. Raises GraphError."""
    if not isinstance(text, str):
        raise invalid_request(f"The value of '{name}' is not a date and time.")
    moment = _moment(text, name)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return min(max(moment, _EARLIEST), _LATEST)


def read_window(start: str | None, end: str | None, longest: timedelta) -> tuple[datetime, datetime]:
    """The window of a calendar view. Raises GraphError."""
    if not start or not end:
        raise invalid_request(
            "This request requires a time window specified by the query string parameters StartDateTime and "
            "EndDateTime."
        )
    first, last = read_instant(start, "StartDateTime"), read_instant(end, "EndDateTime")
    if last < first:
        raise invalid_request("The EndDateTime parameter must not be before the StartDateTime parameter.")
    if last - first > longest:
        raise invalid_request(
            f"The requested time window is too long: {longest.days} days at most between StartDateTime and EndDateTime."
        )
    return first, last


def _moment(text: str, name: str) -> datetime:
    try:
        return datetime.fromisoformat(_MORE_THAN_MICROSECONDS.sub(r"\1", text))
    except ValueError as error:
        raise invalid_request(f"The value '{text[:40]}' of '{name}' is not a date and time.") from error
