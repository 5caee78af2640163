"""What a fault does to the call that meets it, before or after the call is carried out."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.sandbox.faults import Fault, FaultEffect, FaultMoment

ABORT_EXTENSION = "sandbox.abort"
TRICKLE_PAUSE_SECONDS = 1.0


class StruckCall:
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
