"""Events on the wire.

https://developers.google.com/workspace/calendar/api/v3/reference/events
"""

from collections.abc import Mapping

from app.sandbox.google.calendar_api import working_locations
from app.sandbox.google.calendar_api.errors import requires_writer
from app.sandbox.google.calendar_api.http import GoogleCall, GoogleReply, Method
from app.sandbox.google.calendar_api.parameters import BOOLEAN, POSITIVE, Kind, Parameter
from app.sandbox.google.calendar_api.scopes import EVENTS_MOVE, EVENTS_READ, EVENTS_WRITE
from app.sandbox.google.calendar_api.viewing import ABOUT_SHOWING, EVENT, EVENTS, viewer_of
from app.sandbox.google.calendars.calendar import AccessRole, StoredCalendar

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


async def get_event(call: GoogleCall) -> GoogleReply:
    """One event or one instance; 304 when the caller has it as it is."""
    body = call.store.get(viewer_of(call, call.calendar()), call.parameter("eventId"))
    headers = {"ETag": str(body["etag"])}
    known = call.request.headers.get("if-none-match")
    if known is not None and known.strip() in ("*", body["etag"]):
        return GoogleReply(None, 304, headers)
    return GoogleReply(body, headers=headers)


async def insert_event(call: GoogleCall) -> GoogleReply:
    """A new event."""
    calendar = _writable(call)
    body = await call.json()
    if body.get("eventType") == working_locations.EVENT_TYPE:
        working_locations.check_entry(call, calendar, body)
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


def _writable(call: GoogleCall) -> StoredCalendar:
    calendar = call.calendar()
    if not call.role(calendar).reaches(AccessRole.WRITER):
        raise requires_writer()
    return calendar


def _version(call: GoogleCall) -> int:
    return call.query.number("conferenceDataVersion") or 0


METHODS: tuple[Method, ...] = (
    Method(
        id="calendar.events.insert",
        verb="POST",
        path=EVENTS,
        scopes=EVENTS_WRITE,
        handler=insert_event,
        parameters=_WRITING,
    ),
    Method(
        id="calendar.events.get",
        verb="GET",
        path=EVENT,
        scopes=EVENTS_READ,
        handler=get_event,
        parameters=ABOUT_SHOWING,
    ),
    Method(
        id="calendar.events.patch",
        verb="PATCH",
        path=EVENT,
        scopes=EVENTS_WRITE,
        handler=patch_event,
        parameters=_CHANGING,
    ),
    Method(
        id="calendar.events.update",
        verb="PUT",
        path=EVENT,
        scopes=EVENTS_WRITE,
        handler=update_event,
        parameters=_CHANGING,
    ),
    Method(
        id="calendar.events.delete",
        verb="DELETE",
        path=EVENT,
        scopes=EVENTS_WRITE,
        handler=delete_event,
        parameters=_TELLING,
    ),
    Method(
        id="calendar.events.move",
        verb="POST",
        path=EVENT + "/move",
        scopes=EVENTS_MOVE,
        handler=move_event,
        parameters={**_TELLING, "destination": Parameter(required=True)},
    ),
)
