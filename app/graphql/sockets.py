"""GraphQL over WebSocket by the protocol graphql-transport-ws, the only one served.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md

One task reads, one watches the caller's right to stay, and each operation is a task of its own. An operation
takes its next event only when the last one is written, so a slow client holds at most one message for each of
its operations, and one that reads nothing for `send_timeout` is given up.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from functools import partial
from typing import Self

from graphql import OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from app.graphql.admission import admit_operation, admit_request
from app.graphql.callers import Caller, CloseCode, CloseReason, Refused
from app.graphql.documents import Operation
from app.graphql.endings import ended_with
from app.graphql.engine import Answer, Engine, GraphQLRequest, Outcome, encode
from app.graphql.failures import RateLimited, TooCostly
from app.graphql.masking import UNAVAILABLE_MESSAGE
from app.graphql.messages import BadRequest, from_parameters, read_json
from app.graphql.observing import ObservedOperation, Transport
from app.graphql.options import GraphQLOptions
from app.graphql.rights import RightToStay
from app.graphql.socket_hub import SocketHub

SUBPROTOCOL = "graphql-transport-ws"


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

    def __init__(self, websocket: WebSocket, options: GraphQLOptions, engine: Engine, hub: SocketHub) -> None:
        self.caller: Caller | None = None
        self._websocket = websocket
        self._options = options
        self._engine = engine
        self._hub = hub
        self._asked = asyncio.Event()
        """That somebody wants to be let in, whatever the gate will say."""
        self._acknowledged = asyncio.Event()
        self._right = RightToStay(options)
        self._end: asyncio.Future[CloseReason | None] = asyncio.get_running_loop().create_future()
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sending = asyncio.Lock()

    def end(self, reason: CloseReason | None) -> None:
        """Closes the socket soon, without a word where `reason` is None; further calls change nothing."""
        if not self._end.done():
            self._end.set_result(reason)

    def recheck(self) -> None:
        """Asks the gate soon whether the caller may stay."""
        self._right.recheck()

    async def serve(self) -> None:
        """Serves the socket until either side closes it."""
        origin = self._websocket.headers.get("origin")
        if origin is not None and origin not in self._options.allowed_origins:
            await self._websocket.close(CloseCode.FORBIDDEN)
            return
        if SUBPROTOCOL not in self._websocket.scope.get("subprotocols", ()):
            await self._websocket.accept()
            await self._websocket.close(CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, f"Speak {SUBPROTOCOL}.")
            return
        await self._websocket.accept(SUBPROTOCOL)
        self._hub.enter(self)
        self._start(self._read)
        self._start(self._watch)
        try:
            reason = await self._end
            await self._stop()
            await self._close(reason)
        finally:
            await self._stop()
            self._hub.leave(self)

    def _start(self, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._guard(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _stop(self) -> None:
        """Cancels everything the socket runs and waits until it has cleaned up."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _close(self, reason: CloseReason | None) -> None:
        if reason is None or self._websocket.client_state is WebSocketState.DISCONNECTED:
            return
        text = reason.text.encode()[:123].decode(errors="ignore")
        # The client may be gone, or reading nothing; the server's own keep-alive then drops the connection.
        with suppress(WebSocketDisconnect, RuntimeError, OSError, TimeoutError):
            async with asyncio.timeout(self._options.send_timeout.total_seconds()):
                await self._websocket.close(reason.code, text)

    async def _guard(self, work: Callable[[], Awaitable[None]]) -> None:
        """Runs one of the socket's own tasks; however it stops, the socket stops with it."""
        try:
            await work()
        except _Ended as end:
            self.end(end.reason)
        except (WebSocketDisconnect, OSError):
            self.end(None)
        except Exception as error:
            self._engine.masking.defect(error)
            if self._engine.masking.is_outage(error):
                self.end(CloseReason(CloseCode.TRY_AGAIN_LATER, UNAVAILABLE_MESSAGE))
            else:
                self.end(CloseReason(CloseCode.INTERNAL_ERROR, "Something went wrong on our side."))

    # -- the caller's right to stay

    async def _watch(self) -> None:
        try:
            # Not wait_for: up to Python 3.11 it swallows a cancellation that comes together with the event.
            async with asyncio.timeout(self._options.init_timeout.total_seconds()):
                await self._asked.wait()
        except TimeoutError:
            raise _Ended(CloseCode.INITIALISATION_TIMEOUT, "connection_init did not come in time.") from None
        try:
            # From here on it is we who are slow.
            async with asyncio.timeout(self._options.deadline.total_seconds()):
                await self._acknowledged.wait()
        except TimeoutError:
            raise _Ended(CloseCode.TRY_AGAIN_LATER, "Nobody could be let in just now: connect again.") from None
        caller = self.caller
        assert caller is not None  # noqa: S101 - set before the event is
        raise _Ended.by(await self._right.until_lost(caller))

    async def _ask_gate(self, caller: Caller) -> None:
        reason = await self._right.ask(caller)
        if reason is not None:
            raise _Ended.by(reason)

    # -- messages in

    async def _read(self) -> None:
        while True:
            event = await self._websocket.receive()
            if event["type"] == "websocket.disconnect":
                self.end(None)
                return
            await self._handle(self._parse(event.get("text")))

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
                await self._send({"type": "pong", **({"payload": payload} if payload else {})})
            case "pong":
                _payload(message)
            case "subscribe":
                await self._subscribe(_id(message), message.get("payload"))
            case "complete":
                task = self._operations.pop(_id(message), None)
                if task is not None:
                    task.cancel()
            case _:
                raise _Ended(CloseCode.BAD_MESSAGE, "The message has no known type.")

    async def _initialise(self, payload: Mapping[str, object]) -> None:
        if self.caller is not None:
            raise _Ended(CloseCode.TOO_MANY_REQUESTS, "connection_init came twice.")
        self._asked.set()
        try:
            caller = await self._options.gate.for_socket(self._websocket, payload)
            if caller.by_cookie and "origin" not in self._websocket.headers:
                raise _Ended(CloseCode.FORBIDDEN, "With a session cookie, the Origin header is required.")
            await admit_request(caller)
        except Refused as refusal:
            raise _Ended.by(refusal.close_reason) from None
        except RateLimited as limited:
            raise _Ended(CloseCode.TRY_AGAIN_LATER, limited.message) from None
        refusal_reason = await self._hub.admit(self, caller)
        if refusal_reason is not None:
            raise _Ended.by(refusal_reason)
        self.caller = caller
        self._acknowledged.set()
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, id_: str, payload: object) -> None:
        if self.caller is None:
            raise _Ended(CloseCode.UNAUTHORISED, "connection_init comes first.")
        if id_ in self._operations:
            raise _Ended(CloseCode.SUBSCRIBER_ALREADY_EXISTS, "An operation with this id is running.")
        try:
            request = from_parameters(payload)
        except BadRequest as error:
            raise _Ended(CloseCode.BAD_MESSAGE, error.message) from None
        limit = self._options.operations_per_socket
        if len(self._operations) >= limit:
            failure = TooCostly("operationsPerSocket", limit, limit + 1, f"A socket runs {limit} operations at once.")
            errors = self._engine.masking.request_errors([failure])
            await self._send({"id": id_, "type": "error", "payload": errors})
            return
        self._operations[id_] = self._start(partial(self._operate, id_, request, self.caller))

    # -- operations and messages out

    async def _operate(self, id_: str, request: GraphQLRequest, caller: Caller) -> None:
        """Runs one operation and says how it ended; from then on its id is free again.

        The gate is asked as it is for every request: a right that was lost since the socket opened is lost at once.
        """
        await self._ask_gate(caller)
        with self._options.observer.operation(Transport.WEBSOCKET) as observed:
            await self._run(id_, request, caller, observed)

    async def _run(self, id_: str, request: GraphQLRequest, caller: Caller, observed: ObservedOperation) -> None:
        prepared = await self._prepare(request, caller, observed)
        if isinstance(prepared, Answer):
            await self._last(id_, prepared, observed)
        elif prepared.type is OperationType.SUBSCRIPTION:
            async with aclosing(self._engine.stream(prepared, request, caller)) as answers:
                async for answer in answers:
                    if not await self._next(id_, answer, observed):
                        return
            await self._complete(id_)
        else:
            running = self._hub.finish(self._engine.run(prepared, request, caller))
            try:
                # What a mutation began it ends, even if the client does not wait for the answer.
                answer = await asyncio.shield(running)
            except asyncio.CancelledError:
                if prepared.type is OperationType.QUERY:
                    running.cancel()
                raise
            await self._last(id_, answer, observed)

    async def _prepare(
        self, request: GraphQLRequest, caller: Caller, observed: ObservedOperation
    ) -> Operation | Answer:
        """The operation to run, or the answer that says why it is not run; too many of them close no socket."""
        try:
            await admit_request(caller)
            prepared = self._engine.prepare(request)
            if isinstance(prepared, Operation):
                observed.prepared(prepared)
                await admit_operation(caller, prepared)
        except RateLimited as limited:
            return self._engine.refused(limited)
        return prepared

    async def _last(self, id_: str, answer: Answer, observed: ObservedOperation) -> None:
        if await self._next(id_, answer, observed):
            await self._complete(id_)

    async def _next(self, id_: str, answer: Answer, observed: ObservedOperation) -> bool:
        """Sends one answer; False where it was an error, which ends the operation."""
        answer, payload = self._engine.encoded(answer)
        observed.ended(ended_with(answer))
        if answer.outcome is Outcome.EXECUTED:
            await self._send_text(b'{"id":%b,"type":"next","payload":%b}' % (encode(id_), payload))
            return True
        self._operations.pop(id_, None)
        await self._send({"id": id_, "type": "error", "payload": answer.errors})
        return False

    async def _complete(self, id_: str) -> None:
        self._operations.pop(id_, None)
        await self._send({"id": id_, "type": "complete"})

    async def _send(self, message: dict[str, object]) -> None:
        await self._send_text(encode(message))

    async def _send_text(self, text: bytes) -> None:
        try:
            async with asyncio.timeout(self._options.send_timeout.total_seconds()), self._sending:
                await self._websocket.send({"type": "websocket.send", "text": text.decode()})
        except TimeoutError:
            raise _Ended(CloseCode.TRY_AGAIN_LATER, "The client reads too slowly.") from None


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
