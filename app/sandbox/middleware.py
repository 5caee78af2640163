"""Where faults strike and calls are counted: around both servers, before any route is reached."""

import time
from collections.abc import Sequence
from email.utils import format_datetime
from typing import Any

from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.sandbox import log
from app.sandbox.calls import AnsweredCall
from app.sandbox.faults import Call, Fault, Host
from app.sandbox.state import SandboxState
from app.sandbox.striking import ABORT_EXTENSION, StruckCall

HOST_PREFIXES = {
    Host.GRAPH: ("/v1.0/", "/beta/"),
    Host.GOOGLE_CALENDAR: ("/calendar/v3/",),
    Host.GOOGLE_DIRECTORY: ("/admin/directory/",),
    Host.GOOGLE_ACCOUNTS: (
        "/o/oauth2/",
        "/token",
        "/tokeninfo",
        "/revoke",
        "/v1/userinfo",
        "/oauth2/v3/certs",
        "/.well-known/",
    ),
}
"""What each host's paths begin with; whatever else is called is Entra's."""
OUR_OWN_PREFIXES = ("/control", "/assets/")


class DroppableProtocol(HttpToolsProtocol):
    """Uvicorn's protocol with one extension more: the application may break the connection off."""

    def on_message_begin(self) -> None:
        """Offer the extension to the request that begins here."""
        super().on_message_begin()
        self.scope["extensions"] = {ABORT_EXTENSION: {"abort": self.transport.abort}}


class TrafficMiddleware:
    """Applies the fault that a call meets, then counts the call and logs it (without its query)."""

    def __init__(self, app: ASGIApp, *, state: SandboxState, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._state = state
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        path = scope.get("path", "")
        if scope["type"] != "http" or path == "/" or path.startswith(OUR_OWN_PREFIXES):
            await self._app(scope, receive, send)
            return
        call = self._describe(scope)
        fault = self._state.faults.take(call, self._state.clock.now())
        statuses: list[int] = []
        began = time.perf_counter()

        async def noting_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
                date = format_datetime(self._state.clock.now(), usegmt=True)
                message = {**message, "headers": [*message.get("headers", ()), (b"date", date.encode())]}
            await send(message)

        try:
            if fault is None:
                await self._app(scope, receive, noting_send)
            else:
                await StruckCall(self._app, fault, scope, receive, noting_send).run()
        finally:
            self._note(call, statuses[0] if statuses else None, fault, time.perf_counter() - began)

    def _describe(self, scope: Scope) -> Call:
        path = scope["path"]
        user_id, tenant_id = self._whose(scope)
        return Call(
            host=next((host for host, prefixes in HOST_PREFIXES.items() if path.startswith(prefixes)), Host.ENTRA),
            method=scope["method"],
            path=path,
            template=path_template(self._routes, scope) or path,
            user_oid=user_id,
            tenant_id=tenant_id,
        )

    def _whose(self, scope: Scope) -> tuple[str | None, str | None]:
        """Person and tenant of the bearer, at whichever suite it was issued."""
        value = next((v for k, v in scope["headers"] if k == b"authorization"), b"").decode("latin-1")
        scheme, _, bearer = value.partition(" ")
        if scheme.lower() != "bearer":
            return None, None
        if (token := self._state.tokens.resolve(bearer)) is not None:
            return token.user_oid, token.tenant_id
        if (granted := self._state.google.tokens.resolve(bearer)) is not None:
            user = self._state.google.directory.user(granted.sub)
            return granted.sub, user.customer_id if user else None
        return None, None

    def _note(self, call: Call, status: int | None, fault: Fault | None, seconds: float) -> None:
        fault_id = fault.id if fault else None
        self._state.calls.add(AnsweredCall(at=self._state.clock.now(), call=call, status=status, fault_id=fault_id))
        log.event(
            "call",
            host=call.host.value,
            method=call.method,
            path=call.template,
            user=call.user_oid,
            status=status,
            fault=fault_id,
            milliseconds=round(seconds * 1000, 1),
        )


def path_template(routes: Sequence[BaseRoute], scope: Scope) -> str | None:
    """The path with its parameters' names instead of their values; None when no route has it."""
    partial: str | None = None
    for route in routes:
        match, child = route.matches(scope)
        if match is Match.NONE:
            continue
        if isinstance(route, Mount):
            inner: dict[str, Any] = {**scope, **child}
            rest = path_template(route.routes, inner)
            if rest is not None:
                return route.path + rest
        elif isinstance(route, Route):
            if match is Match.FULL:
                return route.path_format
            partial = partial or route.path_format
    return partial
