"""One call to Calendar or the Directory from arrival to answer: who asks, whether they may, and the envelope around it.

https://developers.google.com/workspace/calendar/api/guides/overview
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.sandbox.google.calendar_api.errors import (
    GoogleError,
    insufficient_scopes,
    invalid_credentials,
    not_a_calendar_user,
    not_found,
    parse_error,
)
from app.sandbox.google.calendar_api.fields import pick
from app.sandbox.google.calendar_api.parameters import Parameter, Query
from app.sandbox.google.calendar_api.scopes import EVENTS_READ, FREE_AND_BUSY_ONLY, ON_EVERY_CALENDAR, ON_OWN_CALENDARS
from app.sandbox.google.calendars.calendar import AccessRole, StoredCalendar
from app.sandbox.google.calendars.store import CalendarStore
from app.sandbox.google.directory import User
from app.sandbox.google.tokens import AccessToken
from app.sandbox.state import SandboxState

CALENDAR_SERVICE = "calendar-json.googleapis.com"
DIRECTORY_SERVICE = "admin.googleapis.com"
JSON = "application/json; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class GoogleReply:
    """What a handler answers; ``body`` None means an empty body."""

    body: Mapping[str, Any] | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class GoogleCall:
    """A call that is authenticated, permitted and has only parameters that its method knows."""

    state: SandboxState
    request: Request
    token: AccessToken
    user: User
    query: Query

    @property
    def store(self) -> CalendarStore:
        """All calendars."""
        return self.state.google.calendars

    def parameter(self, name: str) -> str:
        """A part of the path, decoded."""
        return str(self.request.path_params[name])

    def calendar(self, name: str = "calendarId") -> StoredCalendar:
        """The calendar that the path names (``primary`` is the caller's own): 404 unless they may see it."""
        return self.calendar_named(self.parameter(name))

    def calendar_named(self, calendar_id: str) -> StoredCalendar:
        """The calendar with this id, or ``primary``: 404 unless the caller may see at least its times."""
        store = self.store
        found = store.primary_of(self.user) if calendar_id == "primary" else store.calendar(calendar_id)
        if found is None or self.role(found) is AccessRole.NONE:
            raise not_found()
        return found

    def role(self, calendar: StoredCalendar) -> AccessRole:
        """What the caller may do there: their own rights, within what their scopes reach."""
        role, granted = self.store.access(calendar, self.user), self.token.scopes
        if granted & ON_EVERY_CALENDAR or not granted & EVENTS_READ:
            return role
        if granted & ON_OWN_CALENDARS and role is AccessRole.OWNER:
            return role
        within_reach = granted & FREE_AND_BUSY_ONLY and role is not AccessRole.NONE
        return AccessRole.FREE_BUSY_READER if within_reach else AccessRole.NONE

    async def json(self) -> dict[str, Any]:
        """The body as a JSON object; an empty one counts as ``{}``. Raises GoogleError."""
        payload = await self.request.body()
        if not payload:
            return {}
        try:
            body = orjson.loads(payload)
        except orjson.JSONDecodeError as error:
            raise parse_error() from error
        if not isinstance(body, dict):
            raise parse_error()
        return body


Handler = Callable[[GoogleCall], Awaitable[GoogleReply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of a Google API: where it is, which scopes open it, which query parameters it knows.

    ``id`` is the method's name in Google's own description, such as ``calendar.events.list``; ``path`` begins with
    ``/calendar/v3`` or ``/admin/directory/v1``.
    """

    id: str
    verb: str
    path: str
    scopes: frozenset[str]
    handler: Handler
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    service: str = CALENDAR_SERVICE


def routes_of(state: SandboxState, methods: Sequence[Method]) -> list[Route]:
    """Routes for methods: what a part of Google puts into its ``wire_routes``."""
    return [Route(method.path, _endpoint(state, method), methods=[method.verb]) for method in methods]


def unknown_paths(prefix: str) -> Route:
    """What is not there below a prefix: 404 in Google's form. To stand last."""

    async def refuse(_: Request) -> Response:
        return refusal(not_found())

    return Route(prefix + "/{path:path}", refuse, methods=["GET", "POST", "PATCH", "PUT", "DELETE"])


def refusal(error: GoogleError) -> Response:
    """An error as an answer."""
    return Response(orjson.dumps(error.as_json()), error.status, dict(error.headers), media_type=JSON)


def authenticate(state: SandboxState, request: Request) -> tuple[AccessToken, User]:
    """The bearer's token and person. Raises GoogleError (401)."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = state.google.tokens.resolve(bearer.strip()) if scheme.lower() == "bearer" else None
    user = state.google.directory.user(token.sub) if token else None
    if token is None or user is None or user.suspended:
        raise invalid_credentials()
    return token, user


def _endpoint(state: SandboxState, method: Method) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        try:
            token, user = authenticate(state, request)
            if not token.scopes & method.scopes:
                raise insufficient_scopes(method.scopes, method.service, method.id)
            if method.service == CALENDAR_SERVICE:
                _check_service(state, user)
            query = Query(request.query_params, method.parameters)
            call = GoogleCall(state=state, request=request, token=token, user=user, query=query)
            reply = await method.handler(call)
            chosen = query.text("fields")
            body = pick(reply.body, chosen) if chosen is not None and reply.body is not None else reply.body
        except GoogleError as error:
            return refusal(error)
        content = b"" if body is None else orjson.dumps(body)
        return Response(content, reply.status, dict(reply.headers), media_type=JSON if body is not None else None)

    return respond


def _check_service(state: SandboxState, user: User) -> None:
    customer = state.google.directory.customer(user.customer_id) if user.customer_id else None
    if customer is not None and not customer.calendar_service:
        raise not_a_calendar_user()
