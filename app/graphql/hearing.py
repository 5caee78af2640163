"""An operation of a WebSocket that hears what many hear.

It has no task while its client reads as fast as it is told: thousands are told within a tenth of a second. A client
that is behind gets a task of its own, which sends the newest once there is room, so that nobody waits for them.
"""

from functools import partial
from typing import TYPE_CHECKING

from app.graphql.callers import Caller
from app.graphql.documents import Operation
from app.graphql.engine import GraphQLRequest
from app.graphql.observing import ObservedOperation
from app.graphql.shared_stream import SharedStream
from app.graphql.telling import Told, completion

if TYPE_CHECKING:
    from app.graphql.operations import Operations


class Hearing:
    """Implements `operations.Running` and `telling.Listener`."""

    __slots__ = ("_caller", "_id", "_observed", "_operations", "_told", "_unsent", "stream")

    def __init__(self, id_: str, operations: "Operations", caller: Caller, observed: ObservedOperation) -> None:
        self.stream: SharedStream | None = None
        self._id = id_
        self._caller = caller
        self._operations = operations
        self._observed = observed
        self._told: Told | None = None
        """The newest; whoever watches learns of the last one only, which is the one that counts."""
        self._unsent: list[Told | None] | None = None
        """What waits for the client to read: the newest answer, and None where the end has come; else None."""

    def tell(self, told: Told) -> None:
        self._told = told
        if told.is_last:
            self._end()
        if self._unsent is not None:
            self._unsent[:] = [told]
        elif not self._operations.wire.at_once(told.message(self._id)):
            self._send_later(told)

    def complete(self) -> None:
        self._end()
        if self._unsent is not None:
            self._unsent.append(None)
        elif not self._operations.wire.at_once(completion(self._id)):
            self._send_later(None)

    def alone(self, operation: Operation, request: GraphQLRequest) -> None:
        self._watched()
        self._operations.hear_alone(self._id, operation, request, self._caller, self._observed)

    def cancel(self) -> None:
        if self.stream is not None:
            self.stream.leave(self)
        if self._unsent is not None:
            self._unsent.clear()
        self._watched()
        self._observed.__exit__(None, None, None)

    def _end(self) -> None:
        self._operations.forget(self._id, self)
        self._watched()
        self._observed.__exit__(None, None, None)

    def _watched(self) -> None:
        if self._told is not None:
            self._observed.ended(self._told.ended)

    def _send_later(self, told: Told | None) -> None:
        self._unsent = [told]
        self._operations.start(partial(self._send, self._unsent))

    async def _send(self, unsent: list[Told | None]) -> None:
        while unsent:
            told = unsent.pop(0)
            await self._operations.wire.send(completion(self._id) if told is None else told.message(self._id))
        self._unsent = None
