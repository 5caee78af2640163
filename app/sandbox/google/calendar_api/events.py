"""Events on the wire.

https://developers.google.com/workspace/calendar/api/v3/reference/events
"""

from collections.abc import Mapping
from typing import Any

from app.sandbox.google.calendar_api.errors import GoogleError, empty_time_range, invalid, requires_writer
from app.sandbox.google.calendar_api.http import GoogleCall, GoogleReply, Method
from app.sandbox.google.calendar_api.parameters import BOOLEAN, INSTANT, POSITIVE, TEXT, Kind, Parameter
from app.sandbox.google.calendar_api.scopes import EVENTS_MOVE, EVENTS_READ, EVENTS_WRITE
from app.sandbox.google.calendars.calendar import AccessRole, StoredCalendar
from app.sandbox.google.calendars.cursors import fingerprint
from app.sandbox.google.calendars.listing import Page
from app.sandbox.google.calendars.matching import ListQuery, Order
from app.sandbox.google.calendars.moments import Moment, as_stamp, instant_of, zone_named
from app.sandbox.google.calendars.occasions import Window
from app.sandbox.google.calendars.reading import EVENT_TYPES
from app.sandbox.google.calendars.rendering import Viewer

DEFAULT_PAGE, LARGEST_PAGE = 250, 2500
DEFAULT_REMINDERS = [{"method": "popup", "minutes": 10}]
_ABOUT_SHOWING: Mapping[str, Parameter] = {
    "alwaysIncludeEmail": BOOLEAN,
    "maxAttendees": POSITIVE,
    "timeZone": TEXT,
}
_WINDOW: Mapping[str, Parameter] = {
    **_ABOUT_SHOWING,
    "maxResults": POSITIVE,
    "pageToken": TEXT,
    "showDeleted": BOOLEAN,
    "timeMax": INSTANT,
    "timeMin": INSTANT,
}
LIST_PARAMETERS: Mapping[str, Parameter] = {
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
_TELLING: Mapping[str, Parameter] = {
    "sendNotifications": BOOLEAN,
    "sendUpdates": Parameter(choices=frozenset({"all", "externalOnly", "none"})),
}
_VERSION = Parameter(kind=Kind.INTEGER, most=1)
_WRITING: Mapping[str, Parameter] = {
    **_TELLING,
    "conferenceDataVersion": _VERSION,
    "eventLabelVersion": _VERSION,
    "maxAttendees": POSITIVE,
    "supportsAttachments": BOOLEAN,
}
_CHANGING: Mapping[str, Parameter] = {**_WRITING, "alwaysIncludeEmail": BOOLEAN}
_NARROWING = ("iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "updatedMin")
_NOT_WITH_SYNC = (*_NARROWING, "timeMin", "timeMax")


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


async def get_event(call: GoogleCall) -> GoogleReply:
    """One event or one instance; 304 when the caller has it as it is."""
    body = call.store.get(_viewer(call, call.calendar()), call.parameter("eventId"))
    headers = {"ETag": str(body["etag"])}
    known = call.request.headers.get("if-none-match")
    if known is not None and known.strip() in ("*", body["etag"]):
        return GoogleReply(None, 304, headers)
    return GoogleReply(body, headers=headers)


async def insert_event(call: GoogleCall) -> GoogleReply:
    """A new event."""
    calendar = _writable(call)
    body = await call.json()
    return GoogleReply(call.store.insert(calendar, body, call.user, conference_version=_version(call)))


async def patch_event(call: GoogleCall) -> GoogleReply:
    """Some members of an event."""
    return await _change(call, replaces=False)


async def update_event(call: GoogleCall) -> GoogleReply:
    """All members of an event."""
    return await _change(call, replaces=True)


async def delete_event(call: GoogleCall) -> GoogleReply:
    """Cancel an event or an instance, or throw a guest's copy away."""
    calendar = _writable(call)
    call.store.delete(calendar, call.parameter("eventId"), if_match=call.request.headers.get("if-match"))
    return GoogleReply(status=204)


async def move_event(call: GoogleCall) -> GoogleReply:
    """Give an event to another calendar."""
    source = _writable(call)
    destination = call.calendar_named(call.query.text("destination") or "")
    if not call.role(destination).reaches(AccessRole.WRITER):
        raise requires_writer()
    return GoogleReply(call.store.move(source, call.parameter("eventId"), destination))


async def _change(call: GoogleCall, *, replaces: bool) -> GoogleReply:
    calendar = _writable(call)
    changed = call.store.patch(
        calendar,
        call.parameter("eventId"),
        await call.json(),
        replaces=replaces,
        conference_version=_version(call),
        if_match=call.request.headers.get("if-match"),
    )
    return GoogleReply(changed)


def _listed(call: GoogleCall, calendar: StoredCalendar, wanted: ListQuery) -> GoogleReply:
    viewer = _viewer(call, calendar)
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


def _viewer(call: GoogleCall, calendar: StoredCalendar) -> Viewer:
    time_zone = call.query.text("timeZone")
    if time_zone is not None:
        zone_named(time_zone)
    return Viewer(
        calendar=calendar,
        role=call.role(calendar),
        time_zone=time_zone,
        most_attendees=call.query.number("maxAttendees"),
    )


def _writable(call: GoogleCall) -> StoredCalendar:
    calendar = call.calendar()
    if not call.role(calendar).reaches(AccessRole.WRITER):
        raise requires_writer()
    return calendar


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


_OF_NO_MATTER = ("fields", "key", "prettyPrint", "quotaUser", "userIp", "alt")


def _page_size(call: GoogleCall) -> int:
    return min(call.query.number("maxResults") or DEFAULT_PAGE, LARGEST_PAGE)


def _version(call: GoogleCall) -> int:
    return call.query.number("conferenceDataVersion") or 0


def _original_key(call: GoogleCall) -> str | None:
    text = call.query.text("originalStart")
    if not text:
        return None
    return Moment(at=instant_of(text, "originalStart")).key if "T" in text.upper() else text.replace("-", "")


_EVENTS = "/calendar/v3/calendars/{calendarId}/events"
_EVENT = _EVENTS + "/{eventId}"

METHODS: tuple[Method, ...] = (
    Method(
        id="calendar.events.list",
        verb="GET",
        path=_EVENTS,
        scopes=EVENTS_READ,
        handler=list_events,
        parameters=LIST_PARAMETERS,
    ),
    Method(
        id="calendar.events.insert",
        verb="POST",
        path=_EVENTS,
        scopes=EVENTS_WRITE,
        handler=insert_event,
        parameters=_WRITING,
    ),
    Method(
        id="calendar.events.get",
        verb="GET",
        path=_EVENT,
        scopes=EVENTS_READ,
        handler=get_event,
        parameters=_ABOUT_SHOWING,
    ),
    Method(
        id="calendar.events.patch",
        verb="PATCH",
        path=_EVENT,
        scopes=EVENTS_WRITE,
        handler=patch_event,
        parameters=_CHANGING,
    ),
    Method(
        id="calendar.events.update",
        verb="PUT",
        path=_EVENT,
        scopes=EVENTS_WRITE,
        handler=update_event,
        parameters=_CHANGING,
    ),
    Method(
        id="calendar.events.delete",
        verb="DELETE",
        path=_EVENT,
        scopes=EVENTS_WRITE,
        handler=delete_event,
        parameters=_TELLING,
    ),
    Method(
        id="calendar.events.instances",
        verb="GET",
        path=_EVENT + "/instances",
        scopes=EVENTS_READ,
        handler=instances,
        parameters={**_WINDOW, "originalStart": TEXT},
    ),
    Method(
        id="calendar.events.move",
        verb="POST",
        path=_EVENT + "/move",
        scopes=EVENTS_MOVE,
        handler=move_event,
        parameters={**_TELLING, "destination": Parameter(required=True)},
    ),
)
