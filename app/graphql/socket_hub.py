"""The open WebSockets and event streams of this process: that each holds its places, and how they are all closed.

A stream counts as a socket, so that nobody has more of both together than of one of them.
"""

import asyncio
from collections.abc import Coroutine, Hashable
from typing import Any, Protocol

from app.graphql.callers import Caller, CloseCode, CloseReason, SocketPlaces
from app.graphql.socket_places import OwnSocketPlaces

RESTARTING = CloseReason(CloseCode.SERVICE_RESTART, "The server restarts: connect again.")
_TOO_MANY = CloseReason(CloseCode.TOO_MANY_REQUESTS, "Too many sockets are open: close one first.")


class OpenSocket(Protocol):
    """What the hub needs to know of a socket or stream."""

    caller: Caller | None

    def end(self, reason: CloseReason) -> None:
        """Closes the socket soon; further calls change nothing."""
        ...

    def recheck(self) -> None:
        """Asks the gate soon whether the socket may stay."""
        ...


class SocketHub:
    """Knows every socket from its handshake to its end; `places` say how many a caller may have."""

    def __init__(self, places: SocketPlaces | None = None) -> None:
        self._places: SocketPlaces = OwnSocketPlaces() if places is None else places
        self._open: set[OpenSocket] = set()
        self._held: dict[OpenSocket, object] = {}
        self._closing: CloseReason | None = None
        self._empty = asyncio.Event()
        self._empty.set()
        self._unfinished: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._open)

    def count(self, kind: type) -> int:
        """How many are of this kind."""
        return sum(isinstance(socket, kind) for socket in self._open)

    def enter(self, socket: OpenSocket) -> None:
        """Counts a socket whose handshake is done."""
        self._open.add(socket)
        self._empty.clear()
        if self._closing is not None:
            socket.end(self._closing)

    async def admit(self, socket: OpenSocket, caller: Caller) -> CloseReason | None:
        """Counts the socket for its caller, or says why it must close: one of the caller's caps is reached.

        Whoever asks has the answer, or has given up, before the socket leaves.
        """
        if not caller.socket_caps:
            return None
        place = await self._places.take(caller.socket_caps)
        if place is None:
            return _TOO_MANY
        self._held[socket] = place
        return None

    def leave(self, socket: OpenSocket) -> None:
        """Forgets a socket that is closed."""
        self._open.discard(socket)
        place = self._held.pop(socket, None)
        if place is not None:
            self._places.give_back(place)
        if not self._open:
            self._empty.set()

    def recheck(self, key: Hashable) -> None:
        """Asks the gate at once about the sockets of this credential: it was revoked, or a role was lost."""
        for socket in self._open:
            if socket.caller is not None and socket.caller.key == key:
                socket.recheck()

    def finish(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Starts work that goes on to its end even when its socket closes meanwhile."""
        task = asyncio.ensure_future(work)
        self._unfinished.add(task)
        task.add_done_callback(self._unfinished.discard)
        return task

    def begin_closing(self, reason: CloseReason = RESTARTING) -> None:
        """Has every socket close soon, and each that still comes at once."""
        self._closing = reason
        for socket in tuple(self._open):
            socket.end(reason)

    async def close_all(self, reason: CloseReason = RESTARTING) -> None:
        """Closes every socket and those that still come; returns when all are gone and all work is done.

        Bound it with a timeout: a client that reads nothing delays it by the send timeout.
        """
        self.begin_closing(reason)
        await self._empty.wait()
        if self._unfinished:
            await asyncio.wait(self._unfinished)
