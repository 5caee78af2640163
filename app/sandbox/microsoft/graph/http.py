"""One call to Graph from arrival to answer: who asks, whether they may, whose mailbox, and the envelope around it.

https://learn.microsoft.com/graph/use-the-api
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.sandbox.microsoft.directory import User
from app.sandbox.microsoft.graph.errors import (
    GraphError,
    access_denied,
    bad_request,
    no_mailbox,
    translate,
    unreadable,
)
from app.sandbox.microsoft.graph.preferences import Preferences, read_preferences
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.microsoft.tokens import AccessToken
from app.sandbox.state import SandboxState

JSON = "application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8"
GRAPH_APPLICATION = "00000003-0000-0000-c000-000000000000"


@dataclass(frozen=True, slots=True)
class Access:
    """Which delegated scopes, or which application roles, open a call: any one of them."""

    scopes: frozenset[str]
    roles: frozenset[str] = frozenset()

    def allows(self, token: AccessToken) -> bool:
        """Whether this token may."""
        return bool(token.scopes & self.scopes if token.user_oid else token.roles & self.roles)


PROFILE = Access(
    frozenset({"User.Read", "User.ReadWrite", "User.ReadBasic.All", "User.Read.All"}),
    frozenset({"User.Read.All", "User.ReadBasic.All"}),
)
CALENDAR_READ = Access(
    frozenset({"Calendars.ReadBasic", "Calendars.Read", "Calendars.ReadWrite"}),
    frozenset({"Calendars.ReadBasic.All", "Calendars.Read", "Calendars.ReadWrite"}),
)
CALENDAR_WRITE = Access(frozenset({"Calendars.ReadWrite"}), frozenset({"Calendars.ReadWrite"}))
PLACES = Access(
    frozenset({"Place.Read.All", "Place.ReadWrite.All"}), frozenset({"Place.Read.All", "Place.ReadWrite.All"})
)
SUBSCRIBE = Access(
    frozenset({"Calendars.Read", "Calendars.ReadWrite"}), frozenset({"Calendars.Read", "Calendars.ReadWrite"})
)


@dataclass(frozen=True, slots=True)
class GraphReply:
    """What a handler answers; ``body`` None means an empty body."""

    body: Mapping[str, Any] | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class GraphCall:
    """An authenticated and permitted call."""

    state: SandboxState
    request: Request
    token: AccessToken
    preferences: Preferences

    @property
    def base(self) -> str:
        """This Graph's own address, version included, as the caller reached it."""
        url = self.request.url
        return f"{url.scheme}://{url.netloc}/v1.0"

    def parameter(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def user(self) -> User:
        """The person the path is about: GraphError when there is none, or it is not the caller's business."""
        directory = self.state.directory
        if self.token.user_oid is None:
            return self._any_user_of_tenant()
        user = directory.user(self.token.user_oid)
        if user is None:
            raise expired_token(self.state)
        wanted = self.request.path_params.get("user_id")
        if wanted is not None and wanted.lower() not in (user.oid, user.address.lower()):
            raise access_denied()
        return user

    def mailbox(self) -> Mailbox:
        """The mailbox the path is about."""
        wanted = self.request.path_params.get("user_id")
        registry = self.state.mailboxes.registry
        if self.token.user_oid is None and wanted is not None:
            room = registry.at(self.token.tenant_id, wanted) or registry.by_oid(wanted)
            if room is not None and room.tenant_id == self.token.tenant_id:
                return room
        box = registry.of_user(self.user())
        if box is None:
            raise no_mailbox()
        return box

    async def json(self) -> dict[str, Any]:
        """The body as a JSON object; an empty one counts as ``{}``. Raises GraphError."""
        payload = await self.request.body()
        if not payload:
            return {}
        try:
            body = orjson.loads(payload)
        except orjson.JSONDecodeError as error:
            raise unreadable("Unable to read JSON request payload.") from error
        if not isinstance(body, dict):
            raise unreadable("Unable to read JSON request payload. An object was expected.")
        return body

    def _any_user_of_tenant(self) -> User:
        wanted = self.parameter("user_id")
        directory = self.state.directory
        user = directory.user(wanted) or directory.user_by_address(wanted)
        if user is None or user.tenant_id != self.token.tenant_id:
            raise GraphError(404, "ErrorInvalidUser", f"The requested user '{wanted}' is invalid.")
        return user


Handler = Callable[[GraphCall], Awaitable[GraphReply]]
MailboxHandler = Callable[[GraphCall, Mailbox], Awaitable[GraphReply]]
Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(state: SandboxState, access: Access | None, handler: Handler) -> Endpoint:
    """A Starlette endpoint around a handler; without ``access`` any token will do."""

    async def respond(request: Request) -> Response:
        ids = _request_ids(request)
        try:
            token = authenticate(state, request)
            preferences = read_preferences(request.headers.getlist("prefer"))
            call = GraphCall(state=state, request=request, token=token, preferences=preferences)
            if token.user_oid is None and _is_about_me(request):
                raise bad_request("BadRequest", "/me request is only valid with delegated authentication flow.")
            if access is not None and not access.allows(token):
                raise access_denied()
            reply = await handler(call)
        except Exception as error:
            refusal = translate(error)
            if refusal is None:
                raise
            return error_response(state, refusal, ids)
        headers = {**ids, **reply.headers}
        if preferences.applied:
            headers["Preference-Applied"] = preferences.applied
        content = b"" if reply.body is None else orjson.dumps(reply.body)
        return Response(content, reply.status, headers, media_type=JSON if reply.body is not None else None)

    return respond


def mailbox_endpoint(state: SandboxState, access: Access, handler: MailboxHandler) -> Endpoint:
    """A Starlette endpoint around a handler that works on one mailbox, within that mailbox's limit."""

    async def within_limit(call: GraphCall) -> GraphReply:
        box = call.mailbox()
        async with state.mailboxes.limit.admit(box.oid):
            return await handler(call, box)

    return endpoint(state, access, within_limit)


def authenticate(state: SandboxState, request: Request) -> AccessToken:
    """The token a call bears; GraphError 401."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise _unauthenticated(state, "Access token is empty.")
    token = state.tokens.resolve(value.strip())
    if token is None:
        raise expired_token(state)
    return token


def expired_token(state: SandboxState) -> GraphError:
    """401 for a token that is unknown or not good any more."""
    return _unauthenticated(state, "Lifetime validation failed, the token is expired.")


def error_response(state: SandboxState, error: GraphError, ids: Mapping[str, str]) -> Response:
    """Graph's error envelope."""
    body = {
        "error": {
            "code": error.code,
            "message": error.message,
            "innerError": {
                "date": state.clock.now().strftime("%Y-%m-%dT%H:%M:%S"),
                "request-id": ids["request-id"],
                "client-request-id": ids["client-request-id"],
            },
        }
    }
    return Response(orjson.dumps(body), error.status, {**ids, **error.headers}, media_type="application/json")


def _unauthenticated(state: SandboxState, message: str) -> GraphError:
    challenge = (
        f'Bearer realm="", authorization_uri="{state.addresses.authority}/common/oauth2/authorize", '
        f'client_id="{GRAPH_APPLICATION}"'
    )
    return GraphError(401, "InvalidAuthenticationToken", message, {"WWW-Authenticate": challenge})


def _request_ids(request: Request) -> dict[str, str]:
    own = str(uuid.uuid4())
    return {"request-id": own, "client-request-id": request.headers.get("client-request-id", own)}


def _is_about_me(request: Request) -> bool:
    return request.url.path.removeprefix("/v1.0").lstrip("/").partition("/")[0].lower() == "me"
