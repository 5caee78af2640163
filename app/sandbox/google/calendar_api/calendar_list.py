"""Calls on calendars themselves: those on somebody's list, and one by its id.

https://developers.google.com/workspace/calendar/api/v3/reference/calendarList
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from app.sandbox.google.calendar_api.errors import invalid, not_found
from app.sandbox.google.calendar_api.http import GoogleCall, GoogleReply, Method
from app.sandbox.google.calendar_api.parameters import BOOLEAN, TEXT, Kind, Parameter
from app.sandbox.google.calendar_api.scopes import CALENDARS_READ, scopes
from app.sandbox.google.calendars.calendar import AccessRole, StoredCalendar
from app.sandbox.google.paging import Place, PlaceError

LISTS_READ = scopes("calendar", "calendar.calendarlist", "calendar.calendarlist.readonly", "calendar.readonly")
LIST_READ_ONE = LISTS_READ | scopes("calendar.app.created")
DEFAULT_PAGE = 100
LARGEST_PAGE = 250
_ROLES = frozenset(role.value for role in AccessRole if role is not AccessRole.NONE)
_COLOURS = (("14", "#9fe1e7"), ("6", "#ffad46"), ("8", "#16a765"), ("24", "#a47ae2"))


async def list_calendars(call: GoogleCall) -> GoogleReply:
    """GET /users/me/calendarList."""
    least = AccessRole(call.query.text("minAccessRole") or AccessRole.FREE_BUSY_READER)
    found = [(one, role) for one, role in call.store.lists.of(call.user) if role.reaches(least)]
    if call.query.flag("showOwnOrganizationOnly"):
        found = [(one, role) for one, role in found if one.customer_id == call.user.customer_id]
    try:
        place = Place.of(call.query)
    except PlaceError as error:
        raise invalid("Invalid page token value.", "pageToken") from error
    size = min(call.query.number("maxResults") or DEFAULT_PAGE, LARGEST_PAGE)
    rows, following = place.page([_entry(call, one, role) for one, role in found], size)
    body: dict[str, Any] = {"kind": "calendar#calendarList", "etag": _etag(rows), "items": rows}
    return GoogleReply(body | ({"nextPageToken": following} if following else {}))


async def get_listed(call: GoogleCall) -> GoogleReply:
    """GET /users/me/calendarList/{id}; 404 for a calendar that is not on the list."""
    wanted = _id(call)
    for calendar, role in call.store.lists.of(call.user):
        if calendar.id.lower() == wanted:
            return GoogleReply(_entry(call, calendar, role))
    raise not_found()


async def get_calendar(call: GoogleCall) -> GoogleReply:
    """GET /calendars/{id}."""
    found = call.store.calendar(_id(call))
    if found is None or call.store.access(found, call.user) is AccessRole.NONE:
        raise not_found()
    shown = _common(call, found)
    return GoogleReply({"kind": "calendar#calendar", "etag": _etag(shown), **shown})


def _id(call: GoogleCall) -> str:
    wanted = call.parameter("calendarId")
    return call.user.address.lower() if wanted == "primary" else wanted.lower()


def _common(call: GoogleCall, calendar: StoredCalendar) -> dict[str, Any]:
    shown = {"id": calendar.id, "summary": calendar.summary, "timeZone": calendar.time_zone}
    if calendar.owner_sub is None:
        return shown
    owner = None if calendar.is_primary else call.store.directory.user(calendar.owner_sub)
    return {
        **shown,
        **({"dataOwner": owner.address} if owner else {}),
        "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
    }


def _entry(call: GoogleCall, calendar: StoredCalendar, role: AccessRole) -> dict[str, Any]:
    number = hashlib.sha256(calendar.id.encode()).digest()[0] % len(_COLOURS)
    colour, background = _COLOURS[number]
    shown: dict[str, Any] = {
        **_common(call, calendar),
        "colorId": colour,
        "backgroundColor": background,
        "foregroundColor": "#000000",
        "selected": True,
        "accessRole": role.value,
    }
    if calendar.is_primary and calendar.owner_sub == call.user.sub:
        shown |= {"primary": True, "defaultReminders": [{"method": "popup", "minutes": 10}]}
    return {"kind": "calendar#calendarListEntry", "etag": _etag(shown), **shown}


def _etag(content: Mapping[str, Any] | list[dict[str, Any]]) -> str:
    return f'"{int.from_bytes(hashlib.sha256(orjson.dumps(content)).digest()[:6], "big")}"'


METHODS: tuple[Method, ...] = (
    Method(
        id="calendar.calendarList.list",
        verb="GET",
        path="/calendar/v3/users/me/calendarList",
        scopes=LISTS_READ,
        handler=list_calendars,
        parameters={
            "maxResults": Parameter(kind=Kind.INTEGER, least=1),
            "minAccessRole": Parameter(choices=_ROLES),
            "pageToken": TEXT,
            "showDeleted": BOOLEAN,
            "showHidden": BOOLEAN,
            "showOwnOrganizationOnly": BOOLEAN,
        },
    ),
    Method(
        id="calendar.calendarList.get",
        verb="GET",
        path="/calendar/v3/users/me/calendarList/{calendarId}",
        scopes=LIST_READ_ONE,
        handler=get_listed,
    ),
    Method(
        id="calendar.calendars.get",
        verb="GET",
        path="/calendar/v3/calendars/{calendarId}",
        scopes=CALENDARS_READ,
        handler=get_calendar,
    ),
)
