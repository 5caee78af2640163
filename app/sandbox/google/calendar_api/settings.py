"""Calls on somebody's calendar settings.

https://developers.google.com/workspace/calendar/api/v3/reference/settings
"""

import hashlib
from typing import Any

from app.sandbox.google.calendar_api.errors import invalid, not_found
from app.sandbox.google.calendar_api.http import GoogleCall, GoogleReply, Method
from app.sandbox.google.calendar_api.parameters import POSITIVE, TEXT
from app.sandbox.google.calendar_api.scopes import scopes
from app.sandbox.google.directory import User
from app.sandbox.google.paging import Place, PlaceError

SETTINGS_READ = scopes("calendar", "calendar.readonly", "calendar.settings", "calendar.settings.readonly")
DEFAULT_PAGE = 100
LARGEST_PAGE = 250
_EVERYBODYS = {
    "autoAddHangouts": "false",
    "dateFieldOrder": "DMY",
    "defaultEventLength": "60",
    "format24HourTime": "true",
    "hideInvitations": "false",
    "hideWeekends": "false",
    "locale": "en",
    "remindOnRespondedEventsOnly": "false",
    "showDeclinedEvents": "true",
    "useKeyboardShortcuts": "true",
    "weekStart": "1",
}


async def list_settings(call: GoogleCall) -> GoogleReply:
    """GET /users/me/settings."""
    try:
        place = Place.of(call.query)
    except PlaceError as error:
        raise invalid("Invalid page token value.", "pageToken") from error
    size = min(call.query.number("maxResults") or DEFAULT_PAGE, LARGEST_PAGE)
    rows, following = place.page([_setting(name, value) for name, value in sorted(_of(call.user).items())], size)
    body: dict[str, Any] = {"kind": "calendar#settings", "etag": _etag(call.user.sub), "items": rows}
    return GoogleReply(body | ({"nextPageToken": following} if following else {}))


async def get_setting(call: GoogleCall) -> GoogleReply:
    """GET /users/me/settings/{setting}."""
    name = call.parameter("setting")
    value = _of(call.user).get(name)
    if value is None:
        raise not_found()
    return GoogleReply(_setting(name, value))


def _of(user: User) -> dict[str, str]:
    return {**_EVERYBODYS, "timezone": user.time_zone}


def _setting(name: str, value: str) -> dict[str, Any]:
    return {"kind": "calendar#setting", "etag": _etag(f"{name} {value}"), "id": name, "value": value}


def _etag(text: str) -> str:
    return f'"{int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")}"'


METHODS: tuple[Method, ...] = (
    Method(
        id="calendar.settings.list",
        verb="GET",
        path="/calendar/v3/users/me/settings",
        scopes=SETTINGS_READ,
        handler=list_settings,
        parameters={"maxResults": POSITIVE, "pageToken": TEXT},
    ),
    Method(
        id="calendar.settings.get",
        verb="GET",
        path="/calendar/v3/users/me/settings/{setting}",
        scopes=SETTINGS_READ,
        handler=get_setting,
    ),
)
