"""Calls on a customer's calendar resources, buildings and features; they are for its administrators.

https://developers.google.com/workspace/admin/directory/reference/rest/v1/resources.calendars
"""

from collections.abc import Callable, Sequence
from typing import Any

from app.sandbox.google.calendar_api.errors import GoogleError, forbidden, invalid
from app.sandbox.google.calendar_api.http import DIRECTORY_SERVICE, GoogleCall, GoogleReply, Handler, Method
from app.sandbox.google.calendar_api.parameters import TEXT, Kind, Parameter
from app.sandbox.google.calendar_api.scopes import scopes
from app.sandbox.google.calendars.resources import ResourceStore
from app.sandbox.google.directory_api.render import KIND, etag_of, render_building, render_feature, render_resource
from app.sandbox.google.directory_api.search import InvalidSearchError, in_order, read_order, read_query
from app.sandbox.google.paging import Place, PlaceError, Row

PATH = "/admin/directory/v1/customer/{customer}/resources"
ALIAS = "my_customer"
DEFAULT_PAGE = 100
READ = scopes("admin.directory.resource.calendar", "admin.directory.resource.calendar.readonly")
_PAGING = {"maxResults": Parameter(kind=Kind.INTEGER, least=1, most=500), "pageToken": TEXT}


async def list_resources(call: GoogleCall) -> GoogleReply:
    """GET …/resources/calendars."""
    rooms = _resources(call).all(_customer(call))
    try:
        clauses = read_query(call.query.text("query") or "") if "query" in call.query else ()
        orders = read_order(call.query.text("orderBy") or "") if "orderBy" in call.query else ()
    except InvalidSearchError as error:
        raise invalid(f"Invalid Input: {error.parameter}", error.parameter) from error
    found = [one for one in rooms if all(clause.meets(one) for clause in clauses)] if clauses else rooms
    return _page(call, "calendars#calendarResourcesList", "items", in_order(found, orders), render_resource)


async def get_resource(call: GoogleCall) -> GoogleReply:
    """GET …/resources/calendars/{id}."""
    wanted = call.parameter("calendarResourceId")
    for one in _resources(call).all(_customer(call)):
        if one.resource_id == wanted:
            return GoogleReply(render_resource(one))
    raise _not_found("calendarResourceId")


async def list_buildings(call: GoogleCall) -> GoogleReply:
    """GET …/resources/buildings."""
    rows = _resources(call).buildings(_customer(call))
    return _page(call, "buildings#buildingsList", "buildings", rows, render_building)


async def get_building(call: GoogleCall) -> GoogleReply:
    """GET …/resources/buildings/{id}."""
    for one in _resources(call).buildings(_customer(call)):
        if one.id == call.parameter("buildingId"):
            return GoogleReply(render_building(one))
    raise _not_found("buildingId")


async def list_features(call: GoogleCall) -> GoogleReply:
    """GET …/resources/features."""
    rows = _resources(call).features(_customer(call))
    return _page(call, "features#featuresList", "features", rows, render_feature)


async def get_feature(call: GoogleCall) -> GoogleReply:
    """GET …/resources/features/{name}."""
    wanted = call.parameter("featureKey")
    if wanted in _resources(call).features(_customer(call)):
        return GoogleReply(render_feature(wanted))
    raise _not_found("featureKey")


def _customer(call: GoogleCall) -> str:
    """The caller's own customer, which the path has to name, for an administrator of it."""
    user = call.user
    if not user.is_administrator or user.customer_id is None:
        raise forbidden("Not Authorized to access this resource/api")
    if call.parameter("customer") not in (ALIAS, user.customer_id):
        raise _not_found("customerId")
    return user.customer_id


def _resources(call: GoogleCall) -> ResourceStore:
    return call.store.resources


def _not_found(what: str) -> GoogleError:
    return GoogleError(404, "notFound", f"Resource Not Found: {what}")


def _page(
    call: GoogleCall, kind: str, member: str, rows: Sequence[Row], render: Callable[[Row], dict[str, Any]]
) -> GoogleReply:
    """A page of rows, of which only those on it are rendered."""
    try:
        place = Place.of(call.query)
    except PlaceError as error:
        raise invalid("Invalid Input: pageToken", "pageToken") from error
    size = call.query.number("maxResults") or DEFAULT_PAGE
    chosen, following = place.page(rows, 0 if _resources(call).takes_empty_page() else size)
    shown = [render(one) for one in chosen]
    body: dict[str, Any] = {"kind": KIND + kind, "etag": etag_of(shown)}
    if shown:
        body[member] = shown
    if following is not None:
        body["nextPageToken"] = following
    return GoogleReply(body)


def _method(name: str, path: str, handler: Handler, parameters: dict[str, Parameter] | None = None) -> Method:
    return Method(
        id=f"directory.resources.{name}",
        verb="GET",
        path=f"{PATH}/{path}",
        scopes=READ,
        handler=handler,
        parameters=parameters or {},
        service=DIRECTORY_SERVICE,
    )


METHODS: tuple[Method, ...] = (
    _method("calendars.list", "calendars", list_resources, {**_PAGING, "orderBy": TEXT, "query": TEXT}),
    _method("calendars.get", "calendars/{calendarResourceId}", get_resource),
    _method("buildings.list", "buildings", list_buildings, _PAGING),
    _method("buildings.get", "buildings/{buildingId}", get_building),
    _method("features.list", "features", list_features, _PAGING),
    _method("features.get", "features/{featureKey}", get_feature),
)
