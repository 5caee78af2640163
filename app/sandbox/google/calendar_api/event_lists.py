"""Lists of events on the wire.

https://developers.google.com/workspace/calendar/api/v3/reference/events/list
"""

from collections.abc import Mapping
from typing import Any

from app.sandbox.google.calendar_api import working_locations
from app.sandbox.google.calendar_api.errors import GoogleError, empty_time_range, invalid
from app.sandbox.google.calendar_api.http import GoogleCall, GoogleReply, Method
from app.sandbox.google.calendar_api.parameters import BOOLEAN, INSTANT, POSITIVE, TEXT, Parameter
from app.sandbox.google.calendar_api.scopes import EVENTS_READ
from app.sandbox.google.calendar_api.viewing import ABOUT_SHOWING, EVENT, EVENTS, viewer_of
from app.sandbox.google.calendars.calendar import AccessRole, StoredCalendar
from app.sandbox.google.calendars.cursors import fingerprint
from app.sandbox.google.calendars.listing import Page
from app.sandbox.google.calendars.matching import ListQuery, Order
from app.sandbox.google.calendars.moments import Moment, as_stamp, instant_of
from app.sandbox.google.calendars.occasions import Window
from app.sandbox.google.calendars.reading import EVENT_TYPES
from app.sandbox.google.calendars.rendering import Viewer

DEFAULT_PAGE, LARGEST_PAGE = 250, 2500
DEFAULT_REMINDERS = [{"method": "popup", "minutes": 10}]
_WINDOW: Mapping[str, Parameter] = {
    **ABOUT_SHOWING,
    "maxResults": POSITIVE,
    "pageToken": TEXT,
    "showDeleted": BOOLEAN,
    "timeMax": INSTANT,
    "timeMin": INSTANT,
}
_LIST: Mapping[str, Parameter] = {
    **_WINDOW,
    "eventTypes": Parameter(choices=EVENT_TYPES, repeated=True),
    "iCalUID": TEXT,
    "orderBy": Parameter(choices=frozenset({"startTime", "updated"})),
    "privateExtendedProperty": Parameter(repeated=True),
    "q": TEXT,
    "sharedExtendedProperty": Parameter(repeated=True),
    "showHiddenInvitations": BOOLEAN,
    "singleEvents": BOOLEAN,
    "syncToken": TEXT,
    "updatedMin": INSTANT,
}
_NARROWING = ("iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "updatedMin")
_NOT_WITH_SYNC = (*_NARROWING, "timeMin", "timeMax")


_OF_NO_MATTER = ("fields", "key", "prettyPrint", "quotaUser", "userIp", "alt")


async def list_events(call: GoogleCall) -> GoogleReply:
    """Events of a calendar, page by page."""
    calendar = call.calendar()
    query = call.query
    ordering = query.text("orderBy")
    order = Order(ordering) if ordering is not None else None
    if order is Order.START_TIME and not query.flag("singleEvents"):
        raise GoogleError(
            400,
            "badRequest",
            "The requested ordering is not available for the particular query.",
            location="orderBy",
        )
    if "syncToken" in query:
        _check_sync(call)
    if query.all("eventTypes") == (working_locations.EVENT_TYPE,):
        working_locations.check_edition(call)
    wanted = ListQuery(
        about=_about(call, calendar),
        page_size=_page_size(call),
        window=_window(call),
        single_events=query.flag("singleEvents"),
        order=order,
        show_deleted=query.flag("showDeleted"),
        event_types=frozenset(query.all("eventTypes")),
        ical_uid=query.text("iCalUID"),
        words=tuple((query.text("q") or "").lower().split()),
        private=query.all("privateExtendedProperty"),
        shared=query.all("sharedExtendedProperty"),
        updated_min=query.instant("updatedMin"),
        page_token=query.text("pageToken"),
        sync_token=query.text("syncToken"),
        may_sync=not any(name in query for name in _NARROWING),
    )
    return _listed(call, calendar, wanted)


async def instances(call: GoogleCall) -> GoogleReply:
    """The instances of one series."""
    calendar = call.calendar()
    copy = call.store.copy(calendar, call.parameter("eventId"))
    wanted = ListQuery(
        about=_about(call, calendar),
        page_size=_page_size(call),
        window=_window(call),
        single_events=True,
        show_deleted=call.query.flag("showDeleted"),
        page_token=call.query.text("pageToken"),
        series=copy,
        original_start=_original_key(call),
    )
    return _listed(call, calendar, wanted)


def _listed(call: GoogleCall, calendar: StoredCalendar, wanted: ListQuery) -> GoogleReply:
    viewer = viewer_of(call, calendar)
    return GoogleReply(_envelope(viewer, call.store.listing.page(viewer, wanted)))


def _envelope(viewer: Viewer, page: Page) -> dict[str, Any]:
    calendar = viewer.calendar
    written = calendar.shelf.written
    body: dict[str, Any] = {
        "kind": "calendar#events",
        "etag": written.etag if written else '"0"',
        "summary": calendar.summary,
        "timeZone": viewer.time_zone or calendar.time_zone,
        "accessRole": viewer.role.value,
        "defaultReminders": DEFAULT_REMINDERS if viewer.role is AccessRole.OWNER and calendar.is_primary else [],
    }
    if written:
        body["updated"] = as_stamp(written.at)
    if page.next_page_token is not None:
        body["nextPageToken"] = page.next_page_token
    if page.next_sync_token is not None:
        body["nextSyncToken"] = page.next_sync_token
    return body | {"items": page.items}


def _window(call: GoogleCall) -> Window:
    first, last = call.query.instant("timeMin"), call.query.instant("timeMax")
    if first is not None and last is not None and first >= last:
        raise empty_time_range("timeMax")
    return Window(first, last)


def _check_sync(call: GoogleCall) -> None:
    for name in _NOT_WITH_SYNC:
        if name in call.query:
            raise invalid(f"Sync token cannot be used with other query restrictions: {name}.", name)
    if not call.query.flag("showDeleted", default=True):
        raise invalid("showDeleted cannot be false together with a sync token.", "showDeleted")


def _about(call: GoogleCall, calendar: StoredCalendar) -> str:
    return fingerprint((calendar.id, call.request.url.path, call.query.but("pageToken", *_OF_NO_MATTER)))


def _page_size(call: GoogleCall) -> int:
    return min(call.query.number("maxResults") or DEFAULT_PAGE, LARGEST_PAGE)


def _original_key(call: GoogleCall) -> str | None:
    text = call.query.text("originalStart")
    if not text:
        return None
    return Moment(at=instant_of(text, "originalStart")).key if "T" in text.upper() else text.replace("-", "")


METHODS: tuple[Method, ...] = (
    Method(
        id="calendar.events.list",
        verb="GET",
        path=EVENTS,
        scopes=EVENTS_READ,
        handler=list_events,
        parameters=_LIST,
    ),
    Method(
        id="calendar.events.instances",
        verb="GET",
        path=EVENT + "/instances",
        scopes=EVENTS_READ,
        handler=instances,
        parameters={**_WINDOW, "originalStart": TEXT},
    ),
)
