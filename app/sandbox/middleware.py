"""Where faults strike and calls are counted: around both servers, before any route is reached."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.sandbox import log
from app.sandbox.calls import AnsweredCall
from app.sandbox.faults import Call, Fault, FaultEffect, FaultMoment, Host
from app.sandbox.state import SandboxState

ABORT_EXTENSION = "sandbox.abort"
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
TRICKLE_PAUSE_SECONDS = 1.0


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
            await send(message)

        try:
            if fault is None:
                await self._app(scope, receive, noting_send)
            else:
                await _Struck(self._app, fault, scope, receive, noting_send).run()
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


class _Struck:
    """One call that met a fault."""

    def __init__(self, app: ASGIApp, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        self._app = app
        self._fault = fault
        self._scope = scope
        self._receive = receive
        self._send = send

    async def run(self) -> None:
        """Do to the call what was ordered."""
        order = self._fault.order
        if order.effect is not FaultEffect.TRICKLE and order.delay:
            await asyncio.sleep(order.delay.total_seconds())
        effects: dict[FaultEffect, Callable[[], Awaitable[None]]] = {
            FaultEffect.ANSWER: self._answer,
            FaultEffect.DROP: self._drop,
            FaultEffect.MALFORMED: self._malform,
            FaultEffect.HOLD: self._hold,
            FaultEffect.DELAY: self._carry_out,
            FaultEffect.TRICKLE: self._trickle,
        }
        await effects[order.effect]()

    async def _carry_out(self) -> None:
        await self._app(self._scope, self._receive, self._send)

    async def _record(self) -> tuple[Message, bytes]:
        start: list[Message] = []
        body: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.append(message)
            elif message["type"] == "http.response.body":
                body.append(message.get("body", b""))

        await self._app(self._scope, self._receive, collect)
        return start[0], b"".join(body)

    async def _answer(self) -> None:
        order = self._fault.order
        if order.moment is FaultMoment.AFTER:
            await self._record()
        response = Response(order.body, status_code=order.status)
        for name, value in order.headers:
            response.headers[name] = value
        await response(self._scope, self._receive, self._send)

    async def _drop(self) -> None:
        if self._fault.order.moment is FaultMoment.AFTER:
            await self._record()
        self._scope["extensions"][ABORT_EXTENSION]["abort"]()
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _malform(self) -> None:
        start, body = await self._record()
        broken = self._fault.order.body or body[: len(body) // 2] + b"\x00{"
        headers = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"]
        headers.append((b"content-length", str(len(broken)).encode()))
        await self._send({**start, "headers": headers})
        await self._send({"type": "http.response.body", "body": broken})

    async def _hold(self) -> None:
        if self._fault.order.moment is FaultMoment.BEFORE:
            await self._fault.hold()
            await self._carry_out()
            return
        start, body = await self._record()
        await self._fault.hold()
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})

    async def _trickle(self) -> None:
        pause = self._fault.order.delay.total_seconds() or TRICKLE_PAUSE_SECONDS
        start, body = await self._record()
        await self._send(start)
        for position in range(len(body)):
            await self._send({"type": "http.response.body", "body": body[position : position + 1], "more_body": True})
            await asyncio.sleep(pause)
        await self._send({"type": "http.response.body", "body": b""})


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
