"""Calls on events: list, create, read, change, cancel, delete, answer.

https://learn.microsoft.com/graph/api/resources/event
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.sandbox.microsoft.graph.errors import (
    access_denied,
    bad_request,
    changed_meanwhile,
    invalid_request,
    not_found,
)
from app.sandbox.microsoft.graph.http import GraphCall, GraphReply, MailboxHandler
from app.sandbox.microsoft.graph.query import QueryOptions, page, read_query
from app.sandbox.microsoft.graph.read_events import fingerprint, read_changes, read_new_event
from app.sandbox.microsoft.graph.render import (
    SELECTABLE,
    View,
    etag,
    look_at,
    look_at_entry,
    render_event,
)
from app.sandbox.microsoft.graph.times import read_wall, read_window
from app.sandbox.microsoft.mailboxes.answers import ProposedTime
from app.sandbox.microsoft.mailboxes.items import Response, Target
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox

LONGEST_VIEW = timedelta(days=1825)
DEFAULT_PAGE = 10
_ON_SHARED_CALENDARS = frozenset({"Calendars.Read.Shared", "Calendars.ReadWrite.Shared"})
_BEYOND_BASIC = frozenset({"body", "bodyPreview", "attachments", "extensions", "singleValueExtendedProperties"})


async def calendar_view(call: GraphCall, box: Mailbox) -> GraphReply:
    """GET …/calendarView: what takes time in a window, series expanded."""
    calendar_id = check_calendar(call, box)
    start, end = _window(call)
    options = read_query(call, SELECTABLE, "Microsoft.OutlookServices.Event")
    views = [look_at_entry(e, call.preferences, call.state.clock.now()) for e in box.view(start, end, calendar_id)]
    return _collection(call, box, views, options, "calendarView")


async def instances(call: GraphCall, box: Mailbox) -> GraphReply:
    """GET …/events/{id}/instances: the dates of one series in a window."""
    target = find(call, box)
    if not target.root.is_series or target.day is not None:
        raise invalid_request("Your request can't be completed. The event is not a recurring event.")
    start, end = _window(call)
    options = read_query(call, SELECTABLE, "Microsoft.OutlookServices.Event")
    entries = [e for e in box.view(start, end, target.root.calendar_id) if e.root is target.root]
    views = [look_at_entry(e, call.preferences, call.state.clock.now()) for e in entries]
    return _collection(call, box, views, options, f"events('{call.parameter('event_id')}')/instances")


async def list_events(call: GraphCall, box: Mailbox) -> GraphReply:
    """GET …/events: single items and series of a calendar (the default one), never occurrences."""
    calendar_id = check_calendar(call, box)
    options = read_query(call, SELECTABLE, "Microsoft.OutlookServices.Event")
    views = [_look(call, Target(item)) for item in box.items() if item.calendar_id == calendar_id]
    views.sort(key=lambda view: view.item.created_at, reverse=True)
    return _collection(call, box, views, options, "events")


async def create_event(call: GraphCall, box: Mailbox) -> GraphReply:
    """POST …/events: 201 with the event; the same transaction id and content answers with what exists."""
    calendar_id = check_calendar(call, box)
    body = await call.json()
    invitation, own = read_new_event(body, box.owner)
    mark = fingerprint(body)
    if own.transaction_id and (known := box.of_transaction(own.transaction_id)):
        content, item = known
        if content != mark:
            raise bad_request(
                "ErrorDuplicateTransactionId",
                "Your request can't be completed. The TransactionId in the request has already been used to "
                "create a different event.",
            )
    else:
        item = call.state.mailboxes.scheduling.create(box, invitation, own, mark, calendar_id)
    return _event(call, box, Target(item), status=201)


async def get_event(call: GraphCall, box: Mailbox) -> GraphReply:
    """GET …/events/{id}."""
    options = read_query(call, SELECTABLE, "Microsoft.OutlookServices.Event")
    return _event(call, box, find(call, box), options=options)


async def patch_event(call: GraphCall, box: Mailbox) -> GraphReply:
    """PATCH …/events/{id}: only what is sent changes; attendees are replaced as a whole."""
    target = find(call, box)
    body = await call.json()
    _check_etag(call, target)
    if target.day is not None and "recurrence" in body:
        raise invalid_request("Your request can't be completed. The recurrence of an occurrence can't be set.")
    changes = read_changes(body, target.invitation)
    if "extended_properties" in changes.own:
        merged = target.item.own.extended_properties | changes.own["extended_properties"]
        changes = replace(changes, own={**changes.own, "extended_properties": merged})
    call.state.mailboxes.scheduling.change(box, target, changes)
    return _event(call, box, target)


async def delete_event(call: GraphCall, box: Mailbox) -> GraphReply:
    """DELETE …/events/{id}: 204."""
    target = find(call, box)
    _check_etag(call, target)
    call.state.mailboxes.scheduling.remove(box, target)
    return GraphReply(status=204)


async def cancel_event(call: GraphCall, box: Mailbox) -> GraphReply:
    """POST …/events/{id}/cancel: 202; the organiser calls it off."""
    target = find(call, box)
    _read_action(await call.json(), {"comment": str})
    call.state.mailboxes.scheduling.cancel(box, target)
    return GraphReply(status=202)


def answer_with(response: Response) -> MailboxHandler:
    """The handler of accept, tentativelyAccept or decline: 202."""

    async def answer(call: GraphCall, box: Mailbox) -> GraphReply:
        target = find(call, box)
        given = _read_action(await call.json(), {"comment": str, "sendresponse": bool, "proposednewtime": dict})
        tell = bool(given.get("sendresponse", True))
        proposed = _proposed_time(given.get("proposednewtime"), response, target, tell=tell)
        if tell and not target.invitation.response_requested and not target.root.is_organizer:
            raise invalid_request("Your request can't be completed. The meeting organizer hasn't requested a response.")
        call.state.mailboxes.answers.respond(box, target, response, tell_organiser=tell, proposed=proposed)
        return GraphReply(status=202)

    return answer


def find(call: GraphCall, box: Mailbox) -> Target:
    """The event a path names, in whatever calendar unless it names one: MalformedIdError, ItemNotFoundError."""
    calendar_id = check_calendar(call, box)
    target = box.find(call.parameter("event_id"))
    if "calendar_id" in call.request.path_params and target.root.calendar_id != calendar_id:
        raise not_found()
    return target


def check_calendar(call: GraphCall, box: Mailbox) -> str:
    """The id of the calendar that a path names, the default one where it names none.

    GraphError 404 when the mailbox does not have it, 403 for a colleague's without a permission on shared ones.
    """
    wanted = call.request.path_params.get("calendar_id", box.calendar.id)
    calendar = next((one for one in box.calendars if one.id == wanted), None)
    if calendar is None:
        raise not_found()
    if calendar.shared_by is not None and not call.token.scopes & _ON_SHARED_CALENDARS:
        raise access_denied()
    return calendar.id


def _window(call: GraphCall) -> Any:
    given = {name.lower(): value for name, value in call.request.query_params.items()}
    return read_window(given.get("startdatetime"), given.get("enddatetime"), LONGEST_VIEW)


def _look(call: GraphCall, target: Target) -> View:
    return look_at(target, call.preferences, call.state.clock.now())


def _withheld(call: GraphCall) -> frozenset[str]:
    held = call.token.scopes | call.token.roles
    return frozenset() if held & {"Calendars.Read", "Calendars.ReadWrite"} else _BEYOND_BASIC


def _event(
    call: GraphCall, box: Mailbox, target: Target, *, status: int = 200, options: QueryOptions | None = None
) -> GraphReply:
    view = _look(call, target)
    shown = render_event(
        view,
        options.select if options else None,
        options.expand if options else None,
        withhold=_withheld(call),
    )
    context = f"{call.base}/$metadata#users('{box.oid}')/events/$entity"
    headers = {"ETag": etag(view)}
    if status == 201:
        headers["Location"] = f"{call.base}/users('{box.oid}')/events('{shown['id']}')"
    return GraphReply({"@odata.context": context, **shown}, status, headers)


def _collection(call: GraphCall, box: Mailbox, views: list[View], options: QueryOptions, path: str) -> GraphReply:
    withheld = _withheld(call)
    if options.predicate is not None:
        expand = {"singleValueExtendedProperties": _named_in_filter(call)}
        views = [v for v in views if options.predicate(render_event(v, expand=expand, withhold=withheld))]
    for order, descending in reversed(options.order):
        views.sort(key=lambda view, by=order: _sort_key(view, by), reverse=descending)  # type: ignore[misc]  # a default argument keeps the loop's value
    body = page(
        call,
        options,
        views,
        lambda view: render_event(view, options.select, options.expand, withhold=withheld),
        default_size=DEFAULT_PAGE,
    )
    return GraphReply({"@odata.context": f"{call.base}/$metadata#users('{box.oid}')/{path}", **body})


def _named_in_filter(call: GraphCall) -> str:
    """The extended properties that the filter names are the ones that have to be there for it."""
    return call.request.query_params.get("$filter", "")


def _sort_key(view: View, path: str) -> Any:
    if path == "start/dateTime":
        return view.entry.start
    if path == "end/dateTime":
        return view.entry.end
    value: Any = render_event(view, [path.split("/")[0]])
    for step in path.split("/"):
        value = value.get(step) if isinstance(value, Mapping) else None
    return str(value or "").lower()


def _check_etag(call: GraphCall, target: Target) -> None:
    wanted = call.request.headers.get("if-match")
    if wanted and wanted.strip() != "*" and wanted.strip() != etag(_look(call, target)):
        raise changed_meanwhile()


def _read_action(body: Mapping[str, Any], allowed: Mapping[str, type]) -> dict[str, Any]:
    """The parameters of an action, names in lower case (Graph minds no case there)."""
    given = {name.lower(): value for name, value in body.items() if value is not None}
    for name, value in given.items():
        if name not in allowed:
            raise bad_request(
                "RequestBodyRead", f"The parameter '{name}' in the request payload is not a valid parameter."
            )
        if not isinstance(value, allowed[name]):
            raise bad_request("RequestBodyRead", f"The parameter '{name}' has a value of the wrong type.")
    return given


def _proposed_time(value: Any, response: Response, target: Target, *, tell: bool) -> ProposedTime | None:
    if value is None:
        return None
    if response is Response.ACCEPTED or not tell or not target.invitation.allow_new_time_proposals:
        raise bad_request("ErrorInvalidRequest", "A new time can't be proposed for this meeting.")
    return read_wall(value.get("start"), "start"), read_wall(value.get("end"), "end")
