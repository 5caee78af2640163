"""Graph's paths.

https://learn.microsoft.com/graph/api/overview
"""

import re

from starlette.routing import BaseRoute, Route

from app.sandbox.microsoft.graph import calendars, events, places, schedule, subscriptions
from app.sandbox.microsoft.graph.batch import batch_handler
from app.sandbox.microsoft.graph.errors import bad_request
from app.sandbox.microsoft.graph.http import (
    CALENDAR_READ,
    CALENDAR_WRITE,
    PLACES,
    PROFILE,
    SUBSCRIBE,
    Access,
    Endpoint,
    GraphCall,
    GraphReply,
    Handler,
    MailboxHandler,
    endpoint,
    mailbox_endpoint,
)
from app.sandbox.microsoft.graph.work_plan import OCCURRENCES, WORK_PLAN_READ, occurrences_view
from app.sandbox.microsoft.mailboxes import items
from app.sandbox.state import SandboxState

_OWNERS = ("/me", "/users/{user_id}")
_CALENDARS = ("", "/calendar", "/calendars/{calendar_id}")

_ON_EVENTS: tuple[tuple[str, str, Access, MailboxHandler], ...] = (
    ("GET", "/calendarView", CALENDAR_READ, events.calendar_view),
    ("GET", "/events", CALENDAR_READ, events.list_events),
    ("POST", "/events", CALENDAR_WRITE, events.create_event),
    ("GET", "/events/{event_id}", CALENDAR_READ, events.get_event),
    ("PATCH", "/events/{event_id}", CALENDAR_WRITE, events.patch_event),
    ("DELETE", "/events/{event_id}", CALENDAR_WRITE, events.delete_event),
    ("GET", "/events/{event_id}/instances", CALENDAR_READ, events.instances),
    ("POST", "/events/{event_id}/cancel", CALENDAR_WRITE, events.cancel_event),
    ("POST", "/events/{event_id}/accept", CALENDAR_WRITE, events.answer_with(items.Response.ACCEPTED)),
    ("POST", "/events/{event_id}/decline", CALENDAR_WRITE, events.answer_with(items.Response.DECLINED)),
    (
        "POST",
        "/events/{event_id}/tentativelyAccept",
        CALENDAR_WRITE,
        events.answer_with(items.Response.TENTATIVELY_ACCEPTED),
    ),
)
_ON_CALENDARS: tuple[tuple[str, str, Access, MailboxHandler], ...] = (
    ("GET", "/calendar", CALENDAR_READ, calendars.get_calendar),
    ("GET", "/calendars", CALENDAR_READ, calendars.list_calendars),
    ("GET", "/calendars/{calendar_id}", CALENDAR_READ, calendars.get_calendar),
    ("POST", "/calendar/getSchedule", CALENDAR_READ, schedule.get_schedule),
    ("GET", OCCURRENCES, WORK_PLAN_READ, occurrences_view),
)
_ELSEWHERE: tuple[tuple[str, str, Access, Handler], ...] = (
    ("GET", "/places/microsoft.graph.room", PLACES, places.list_rooms),
    ("GET", "/places/microsoft.graph.roomlist", PLACES, places.list_room_lists),
    ("GET", "/places/{place_id}/microsoft.graph.roomlist/rooms", PLACES, places.list_rooms_of_list),
    ("GET", "/places/{place_id}", PLACES, places.get_place),
    ("GET", "/subscriptions", SUBSCRIBE, subscriptions.list_all),
    ("POST", "/subscriptions", SUBSCRIBE, subscriptions.create),
    ("GET", "/subscriptions/{subscription_id}", SUBSCRIBE, subscriptions.get),
    ("PATCH", "/subscriptions/{subscription_id}", SUBSCRIBE, subscriptions.renew),
    ("DELETE", "/subscriptions/{subscription_id}", SUBSCRIBE, subscriptions.delete),
    ("POST", "/subscriptions/{subscription_id}/reauthorize", SUBSCRIBE, subscriptions.reauthorize),
)


def graph_routes(state: SandboxState) -> list[BaseRoute]:
    """Every path of Graph that the sandbox knows, to be mounted at ``/v1.0``."""
    routes: list[BaseRoute] = []
    for owner in _OWNERS:
        routes.append(_route(owner, endpoint(state, PROFILE, calendars.get_user), "GET"))
        for method, path, access, handler in _ON_CALENDARS:
            routes.append(_route(owner + path, mailbox_endpoint(state, access, handler), method))
        for calendar in _CALENDARS:
            for method, path, access, handler in _ON_EVENTS:
                call = mailbox_endpoint(state, access, handler)
                routes.append(_route(owner + calendar + path, call, method))
    for method, path, access, plain in _ELSEWHERE:
        routes.append(_route(path, endpoint(state, access, plain), method))
    batch = batch_handler([*routes, _unknown_path(state)])
    routes.append(_route("/$batch", endpoint(state, None, batch), "POST"))
    routes.append(_unknown_path(state))
    return routes


def _route(path: str, call: Endpoint, method: str) -> Route:
    """A route that, as at Microsoft, minds no case in its fixed parts."""
    route = Route(path, call, methods=[method])
    route.path_regex = re.compile(route.path_regex.pattern, re.IGNORECASE)
    return route


def _unknown_path(state: SandboxState) -> Route:
    async def refuse(call: GraphCall) -> GraphReply:
        segment = call.request.url.path.rsplit("/", 1)[-1]
        raise bad_request("BadRequest", f"Resource not found for the segment '{segment}'.")

    methods = ["GET", "POST", "PATCH", "PUT", "DELETE"]
    return Route("/{path:path}", endpoint(state, None, refuse), methods=methods)
