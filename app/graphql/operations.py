"""The operations of one WebSocket: each by its id, from `subscribe` to its end.

An operation that runs by itself is a task, and takes its next event only when the last one is written: a slow client
holds at most one message for each of its operations. One that hears what many hear (`app.graphql.sharing`) is a
`hearing`, which has no task while there is nothing to send.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, aclosing
from functools import partial
from typing import Protocol

from graphql import OperationType

from app.graphql.admission import admit_operation, admit_request
from app.graphql.callers import Caller
from app.graphql.documents import Operation
from app.graphql.engine import Answer, Engine, GraphQLRequest, encode
from app.graphql.failures import RateLimited, TooCostly
from app.graphql.hearing import Hearing
from app.graphql.observing import ObservedOperation, OperationObserver, Transport
from app.graphql.sharing import Sharing
from app.graphql.socket_hub import SocketHub
from app.graphql.telling import Told, completion
from app.graphql.wire import Wire

Start = Callable[[Callable[[], Awaitable[None]]], "asyncio.Task[None]"]
"""Runs work of a socket in a task of its own, which the socket ends with."""


Allowed = Callable[[Caller], Awaitable[None]]
"""Raises where a caller may begin nothing more: the socket ends with it."""


class Running(Protocol):
    """What runs under an id."""

    def cancel(self) -> object:
        """Ends it, without a word to the client."""
        ...


class Operations:
    """What a socket's caller has asked for and not heard to the end."""

    __slots__ = ("_engine", "_hub", "_limit", "_observer", "_running", "_sharing", "start", "wire")

    def __init__(
        self,
        engine: Engine,
        sharing: Sharing,
        hub: SocketHub,
        observer: OperationObserver,
        wire: Wire,
        start: Start,
        limit: int,
    ) -> None:
        """`limit`: how many may run at once."""
        self._engine = engine
        self._sharing = sharing
        self._hub = hub
        self._observer = observer
        self.wire = wire
        self.start = start
        self._limit = limit
        self._running: dict[str, Running] = {}

    def __contains__(self, id_: str) -> bool:
        return id_ in self._running

    async def begin(self, id_: str, request: GraphQLRequest, caller: Caller, allowed: Allowed) -> None:
        """Starts an operation under an id that is free, once `allowed` has been asked."""
        count = len(self._running) + 1
        if count > self._limit:
            failure = TooCostly("operationsPerSocket", self._limit, count, f"A socket runs {self._limit} operations.")
            errors = self._engine.masking.request_errors([failure])
            await self.wire.send(encode({"id": id_, "type": "error", "payload": errors}))
            return
        self._running[id_] = self.start(partial(self._operate, id_, request, caller, allowed))

    def end(self, id_: str) -> None:
        """Ends one without a word; one that does not run is none."""
        running = self._running.pop(id_, None)
        if running is not None:
            running.cancel()

    def end_all(self) -> None:
        for id_ in tuple(self._running):
            self.end(id_)

    async def _operate(self, id_: str, request: GraphQLRequest, caller: Caller, allowed: Allowed) -> None:
        """Runs one operation and says how it ended; from then on its id is free again.

        The gate is asked as it is for every request: a right that was lost since the socket opened is lost at once.
        """
        await allowed(caller)
        with ExitStack() as stack:
            observed = stack.enter_context(self._observer.operation(Transport.WEBSOCKET))
            prepared = await self._prepare(request, caller, observed)
            if isinstance(prepared, Answer):
                await self._last(id_, prepared, observed)
            elif prepared.type is not OperationType.SUBSCRIPTION:
                await self._answer_once(id_, prepared, request, caller, observed)
            elif self._hears_with_others(id_, prepared, request, caller, observed):
                stack.pop_all()  # the hearing goes on, and ends what is observed
            else:
                await self._stream(id_, prepared, request, caller, observed)

    def _hears_with_others(
        self, id_: str, operation: Operation, request: GraphQLRequest, caller: Caller, observed: ObservedOperation
    ) -> bool:
        hearing = Hearing(id_, self, caller, observed)
        stream = self._sharing.join(operation, request, caller, hearing)
        if stream is None:
            return False
        hearing.stream = stream
        self._running[id_] = hearing
        return True

    def hear_alone(
        self, id_: str, operation: Operation, request: GraphQLRequest, caller: Caller, observed: ObservedOperation
    ) -> None:
        """Goes on with an operation that heard with others, from the present on."""

        async def stream() -> None:
            try:
                await self._stream(id_, operation, request, caller, observed)
            finally:
                observed.__exit__(None, None, None)

        self._running[id_] = self.start(stream)

    async def _stream(
        self, id_: str, operation: Operation, request: GraphQLRequest, caller: Caller, observed: ObservedOperation
    ) -> None:
        async with aclosing(self._engine.stream(operation, request, caller)) as answers:
            async for answer in answers:
                if not await self._next(id_, answer, observed):
                    return
        await self._complete(id_)

    async def _answer_once(
        self, id_: str, operation: Operation, request: GraphQLRequest, caller: Caller, observed: ObservedOperation
    ) -> None:
        running = self._hub.finish(self._engine.run(operation, request, caller))
        try:
            # What a mutation began it ends, even if the client does not wait for the answer.
            answer = await asyncio.shield(running)
        except asyncio.CancelledError:
            if operation.type is OperationType.QUERY:
                running.cancel()
            raise
        await self._last(id_, answer, observed)

    async def _prepare(
        self, request: GraphQLRequest, caller: Caller, observed: ObservedOperation
    ) -> Operation | Answer:
        """The operation to run, or the answer that says why it is not run; too many of them close no socket."""
        try:
            await admit_request(caller)
            prepared = self._engine.prepare(request, caller.share)
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
        told = Told(*self._engine.encoded(answer))
        observed.ended(told.ended)
        if told.is_last:
            self._running.pop(id_, None)
        await self.wire.send(told.message(id_))
        return not told.is_last

    async def _complete(self, id_: str) -> None:
        self._running.pop(id_, None)
        await self.wire.send(completion(id_))

    def forget(self, id_: str, running: Running) -> None:
        """It has ended, and its id is free."""
        if self._running.get(id_) is running:
            del self._running[id_]
