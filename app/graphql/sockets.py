"""GraphQL over WebSocket by the protocol graphql-transport-ws, the only one served.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md

The task of the connection reads, timers watch over the caller's right to stay, and each operation is a task of its own
while it has something to do (`operations`). A client that reads nothing for `send_timeout` is given up.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Self

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.graphql.admission import admit_request
from app.graphql.callers import Caller, CloseCode, CloseReason, Refused
from app.graphql.engine import Engine, encode
from app.graphql.failures import RateLimited
from app.graphql.masking import UNAVAILABLE_MESSAGE
from app.graphql.messages import BadRequest, from_parameters, read_json
from app.graphql.operations import Operations
from app.graphql.options import GraphQLOptions
from app.graphql.rights import RightToStay
from app.graphql.sharing import Sharing
from app.graphql.socket_hub import SocketHub
from app.graphql.wire import NobodyReads, Wire

SUBPROTOCOL = "graphql-transport-ws"
_INIT_IS_LATE = CloseReason(CloseCode.INITIALISATION_TIMEOUT, "connection_init did not come in time.")
_GATE_IS_SLOW = CloseReason(CloseCode.TRY_AGAIN_LATER, "Nobody could be let in just now: connect again.")
_READS_NOTHING = CloseReason(CloseCode.TRY_AGAIN_LATER, "The client reads too slowly.")
_BROKEN = CloseReason(CloseCode.INTERNAL_ERROR, "Something went wrong on our side.")
_UNAVAILABLE = CloseReason(CloseCode.TRY_AGAIN_LATER, UNAVAILABLE_MESSAGE)


class _Ended(Exception):
    """The socket must close."""

    def __init__(self, code: CloseCode, text: str) -> None:
        super().__init__(text)
        self.reason = CloseReason(code, text)

    @classmethod
    def by(cls, reason: CloseReason) -> Self:
        """For a reason that somebody else gives."""
        return cls(reason.code, reason.text)


class GraphQLSocket:
    """One WebSocket, from its handshake to its close."""

    __slots__ = (
        "__weakref__",
        "_end_reason",
        "_engine",
        "_hub",
        "_is_asked",
        "_is_gone",
        "_is_reading",
        "_operations",
        "_options",
        "_patience",
        "_receive",
        "_right",
        "_scope",
        "_send",
        "_tasks",
        "_until_end",
        "_wire",
        "caller",
    )

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        options: GraphQLOptions,
        engine: Engine,
        sharing: Sharing,
        hub: SocketHub,
    ) -> None:
        self.caller: Caller | None = None
        self._scope = scope
        self._receive = receive
        self._send = send
        self._options = options
        self._engine = engine
        self._hub = hub
        self._wire = Wire(scope, send, options.send_timeout)
        self._operations = Operations(
            engine, sharing, hub, options.observer, self._wire, self._start, options.operations_per_socket
        )
        self._right = RightToStay(options, self.end)
        self._is_asked = False
        """Whether somebody wants to be let in, whatever the gate will say."""
        self._patience: asyncio.TimerHandle | None = None
        """With the client until they ask to be let in, with the gate until it has answered."""
        self._is_gone = False
        self._end_reason: list[CloseReason | None] = []
        """Why the socket ends, once it does."""
        self._until_end = asyncio.timeout(None)
        self._is_reading = False
        self._tasks: set[asyncio.Task[None]] = set()

    def end(self, reason: CloseReason | None) -> None:
        """Closes the socket soon, without a word where `reason` is None; further calls change nothing.

        Its operations end at once: who has lost a right is told nothing more while the socket closes.
        """
        if not self._end_reason:
            self._end_reason.append(reason)
            self._operations.end_all()
            if self._is_reading:
                self._until_end.reschedule(asyncio.get_running_loop().time())

    def recheck(self) -> None:
        """Asks the gate soon whether the caller may stay."""
        self._right.recheck()

    async def serve(self) -> None:
        """Serves the socket until either side closes it."""
        await self._receive()  # that somebody wants to connect
        websocket = WebSocket(self._scope, self._receive, self._send)
        origin = websocket.headers.get("origin")
        if origin is not None and origin not in self._options.allowed_origins:
            await self._send({"type": "websocket.close", "code": CloseCode.FORBIDDEN.value, "reason": ""})
            return
        if SUBPROTOCOL not in self._scope.get("subprotocols", ()):
            await self._accept(None)
            await self._close(CloseReason(CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, f"Speak {SUBPROTOCOL}."))
            return
        await self._accept(SUBPROTOCOL)
        self._hub.enter(self)
        self._be_patient(self._options.init_timeout, _INIT_IS_LATE)
        try:
            await self._read()
            await self._stop()
            await self._close(self._end_reason[0])
        finally:
            await self._stop()
            self._hub.leave(self)

    def _start(self, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Runs work in a task of its own; however it stops but by its end, the socket stops with it."""
        task = asyncio.create_task(self._guard(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guard(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:
            self._end_with(error)

    def _end_with(self, error: Exception) -> None:
        match error:
            case _Ended():
                self.end(error.reason)
            case NobodyReads():
                self.end(_READS_NOTHING)
            case WebSocketDisconnect() | OSError():
                self.end(None)
            case _:
                self._engine.masking.defect(error)
                self.end(_UNAVAILABLE if self._engine.masking.is_outage(error) else _BROKEN)

    async def _stop(self) -> None:
        """Cancels everything the socket runs and waits until it has cleaned up."""
        self._lose_patience()
        self._operations.end_all()
        await self._right.stop()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, subprotocol: str | None) -> None:
        await self._send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": []})

    async def _close(self, reason: CloseReason | None) -> None:
        if reason is None or self._is_gone:
            return
        text = reason.text.encode()[:123].decode(errors="ignore")
        # The client may be gone, or reading nothing; the server's own keep-alive then drops the connection.
        with suppress(RuntimeError, OSError, TimeoutError):
            async with asyncio.timeout(self._options.send_timeout.total_seconds()):
                await self._send({"type": "websocket.close", "code": reason.code.value, "reason": text})

    def _be_patient(self, period: timedelta, reason: CloseReason) -> None:
        """Closes the socket for this reason, unless something happens before that."""
        self._lose_patience()
        self._patience = asyncio.get_running_loop().call_later(period.total_seconds(), self.end, reason)

    def _lose_patience(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    # -- messages in

    async def _read(self) -> None:
        """Returns once the socket ends."""
        with suppress(TimeoutError):
            async with self._until_end:
                self._is_reading = True
                try:
                    while not self._end_reason:
                        event = await self._receive()
                        if event["type"] == "websocket.disconnect":
                            self._is_gone = True
                            self.end(None)
                        else:
                            await self._handle(self._parse(event.get("text")))
                except Exception as error:
                    self._end_with(error)
                finally:
                    self._is_reading = False

    def _parse(self, text: str | None) -> Mapping[str, object]:
        if text is None:
            raise _Ended(CloseCode.BAD_MESSAGE, "Messages are text.")
        limit = self._options.body_limit
        if len(text) > limit or len(text.encode()) > limit:
            raise _Ended(CloseCode.MESSAGE_TOO_BIG, f"A message has at most {limit:,} bytes.")
        try:
            message = read_json(text, "The message")
        except BadRequest as error:
            raise _Ended(CloseCode.BAD_MESSAGE, error.message) from None
        if not isinstance(message, dict):
            raise _Ended(CloseCode.BAD_MESSAGE, "A message is a JSON object with a type.")
        return message

    async def _handle(self, message: Mapping[str, object]) -> None:
        match message.get("type"):
            case "connection_init":
                await self._initialise(_payload(message))
            case "ping":
                payload = _payload(message)
                await self._wire.send(encode({"type": "pong", **({"payload": payload} if payload else {})}))
            case "pong":
                _payload(message)
            case "subscribe":
                await self._subscribe(_id(message), message.get("payload"))
            case "complete":
                self._operations.end(_id(message))
            case _:
                raise _Ended(CloseCode.BAD_MESSAGE, "The message has no known type.")

    async def _initialise(self, payload: Mapping[str, object]) -> None:
        if self.caller is not None:
            raise _Ended(CloseCode.TOO_MANY_REQUESTS, "connection_init came twice.")
        if not self._is_asked:
            # From here on it is we who are slow.
            self._is_asked = True
            self._be_patient(self._options.deadline, _GATE_IS_SLOW)
        caller = await self._let_in(payload)
        refusal = await self._hub.admit(self, caller)
        if refusal is not None:
            raise _Ended.by(refusal)
        self._lose_patience()
        self.caller = caller
        self._right.watch(caller)
        await self._wire.send(encode({"type": "connection_ack"}))

    async def _let_in(self, payload: Mapping[str, object]) -> Caller:
        websocket = WebSocket(self._scope, self._receive, self._send)
        try:
            caller = await self._options.gate.for_socket(websocket, payload)
            if caller.by_cookie and "origin" not in websocket.headers:
                raise _Ended(CloseCode.FORBIDDEN, "With a session cookie, the Origin header is required.")
            await admit_request(caller)
        except Refused as refusal:
            raise _Ended.by(refusal.close_reason) from None
        except RateLimited as limited:
            raise _Ended(CloseCode.TRY_AGAIN_LATER, limited.message) from None
        return caller

    async def _subscribe(self, id_: str, payload: object) -> None:
        caller = self.caller
        if caller is None:
            raise _Ended(CloseCode.UNAUTHORISED, "connection_init comes first.")
        if id_ in self._operations:
            raise _Ended(CloseCode.SUBSCRIBER_ALREADY_EXISTS, "An operation with this id is running.")
        try:
            request = from_parameters(payload)
        except BadRequest as error:
            raise _Ended(CloseCode.BAD_MESSAGE, error.message) from None
        await self._operations.begin(id_, request, caller, self._ask_gate)

    async def _ask_gate(self, caller: Caller) -> None:
        reason = await self._right.ask(caller)
        if reason is not None:
            raise _Ended.by(reason)


def _payload(message: Mapping[str, object]) -> Mapping[str, object]:
    payload = message.get("payload")
    if payload is None:
        return {}
    if not isinstance(payload, dict):
        raise _Ended(CloseCode.BAD_MESSAGE, "The payload of a message is an object.")
    return payload


def _id(message: Mapping[str, object]) -> str:
    id_ = message.get("id")
    if not isinstance(id_, str) or not id_:
        raise _Ended(CloseCode.BAD_MESSAGE, "The id of an operation is a text that is not empty.")
    return id_
