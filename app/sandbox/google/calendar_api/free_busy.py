"""The call that tells when calendars are taken, and nothing else of them.

https://developers.google.com/workspace/calendar/api/v3/reference/freebusy/query
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from app.sandbox.google.calendar_api.errors import GoogleError, empty_time_range, invalid, required
from app.sandbox.google.calendar_api.http import GoogleCall, GoogleReply, Method
from app.sandbox.google.calendar_api.scopes import scopes
from app.sandbox.google.calendars.calendar import AccessRole
from app.sandbox.google.calendars.moments import as_stamp, as_text, instant_of, zone_named

FREE_BUSY = scopes("calendar", "calendar.events.freebusy", "calendar.freebusy", "calendar.readonly")
"""Reading events is not among them."""

MOST_CALENDARS = 50
MOST_GROUP_MEMBERS = 100
LONGEST_WINDOW = timedelta(days=90)

Interval = tuple[datetime, datetime]


async def query(call: GoogleCall) -> GoogleReply:
    """POST /freeBusy."""
    body = await call.json()
    start, end = _instant(body, "timeMin"), _instant(body, "timeMax")
    if start >= end:
        raise empty_time_range("timeMax")
    if end - start > LONGEST_WINDOW:
        raise GoogleError(400, "timeRangeTooLong", "The requested time range is too long.", "calendar", "timeMax")
    zone = _zone(body)
    most = _limit(body, "calendarExpansionMax", MOST_CALENDARS)
    _limit(body, "groupExpansionMax", MOST_GROUP_MEMBERS)
    wanted = _ids(body)
    if len(wanted) > most:
        calendars = {one: _refused("calendar", "tooManyCalendarsRequested") for one in wanted}
    else:
        calendars = {one: _calendar(call, one, (start, end), zone) for one in wanted}
    return GoogleReply(
        {
            "kind": "calendar#freeBusy",
            "timeMin": as_stamp(start),
            "timeMax": as_stamp(end),
            "calendars": calendars,
        }
    )


def merged(intervals: Iterable[Interval], window: Interval) -> list[Interval]:
    """Intervals cut to a window, those that touch or overlap made one, in order."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        begins, ends = max(start, window[0]), min(end, window[1])
        if begins >= ends:
            continue
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((begins, ends))
    return found


def _calendar(call: GoogleCall, wanted: str, window: Interval, zone: tzinfo) -> dict[str, Any]:
    store = call.store
    found = store.primary_of(call.user) if wanted == "primary" else store.calendar(wanted)
    if found is None or store.access(found, call.user) is AccessRole.NONE:
        return _refused("global", "notFound")
    times = merged(store.busy(found.id, *window), window)
    return {"busy": [{"start": _shown(start, zone), "end": _shown(end, zone)} for start, end in times]}


def _shown(moment: datetime, zone: tzinfo) -> str:
    return as_text(moment.astimezone(zone))


def _refused(domain: str, reason: str) -> dict[str, Any]:
    return {"errors": [{"domain": domain, "reason": reason}], "busy": []}


def _instant(body: dict[str, Any], name: str) -> datetime:
    value = body.get(name)
    if value in (None, ""):
        raise required(name, f"Missing {name} parameter.")
    if not isinstance(value, str):
        raise GoogleError(400, "badRequest", "Bad Request", location=name)
    return instant_of(value, name).astimezone(UTC)


def _zone(body: dict[str, Any]) -> tzinfo:
    name = body.get("timeZone") or "UTC"
    if not isinstance(name, str):
        raise invalid("Invalid time zone definition.", "timeZone")
    return UTC if name == "UTC" else zone_named(name)


def _limit(body: dict[str, Any], name: str, most: int) -> int:
    value = body.get(name, most)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise invalid(f"Invalid value for: {name}", name)
    return value


def _ids(body: dict[str, Any]) -> list[str]:
    items = body.get("items") or []
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        raise invalid("Invalid value for: items", "items")
    ids = [one.get("id") for one in items]
    if not all(isinstance(one, str) and one for one in ids):
        raise required("items.id")
    return list(dict.fromkeys(str(one) for one in ids))


METHODS: tuple[Method, ...] = (
    Method(
        id="calendar.freebusy.query",
        verb="POST",
        path="/calendar/v3/freeBusy",
        scopes=FREE_BUSY,
        handler=query,
    ),
)
