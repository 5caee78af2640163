"""Connections of clients that are slow, silent, greedy or malformed: Uvicorn's protocol, with a limit on each.

Uvicorn waits for a request's head and for a reader without end, and takes heads of any size. What a body may take, in
bytes and time, is for the routes to say. A limit that is passed is answered in words where nothing is being answered
yet; else the connection just closes. Once a connection is a WebSocket it lives by the same limits (`sockets`).
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from app.serving.headers import Headers

COME_AGAIN_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How much of what the server bears.

    `head`: for a request's line and headers, from the moment the connection waits for them. `unread`: how long what was
    sent may stay unread once it fills the connection's buffer. `head_bytes`: of line and headers together.
    `connections`: how many are served at once, sockets and streams included; `turned_away`: how many more are told to
    come again, before the rest is dropped unheard.
    """

    connections: int
    turned_away: int = 500
    head: timedelta = timedelta(seconds=10)
    unread: timedelta = timedelta(seconds=30)
    head_bytes: int = 32 * 1024


class Timer:
    """Calls once, unless it is stopped before; starting it again while it runs changes nothing."""

    __slots__ = ("_after", "_call", "_handle", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop, after: timedelta, call: Any) -> None:
        self._loop = loop
        self._after = after.total_seconds()
        self._call = call
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        if self._handle is None:
            self._handle = self._loop.call_later(self._after, self._call)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def discard(self) -> None:
        """Stops it for good, and lets go of whom it would have called."""
        self.stop()
        self._call = None


class PatientHttp(HttpToolsProtocol):
    """One connection, as long as it speaks HTTP."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        patience: Patience,
        headers: Headers,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._patience = patience
        self._own_headers = headers
        self._is_in_head = False
        self._heads = 0
        self._partial_bytes = 0
        self._head_timer = Timer(self.loop, patience.head, self._head_is_late)
        self._unread_timer = Timer(self.loop, patience.unread, self._abort)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._patience.connections + self._patience.turned_away:
            transport.abort()
            return
        self._head_timer.start()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_timer.stop()
        self._unread_timer.stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        head = self._heads if self._is_in_head else None
        super().data_received(data)
        if self.transport.is_closing():
            self._head_timer.stop()
            return
        if self.transport.get_protocol() is not self:  # it is a WebSocket from here on
            self._let_go()
            return
        if head == self._heads and self._is_in_head:
            self._partial_bytes += len(data)
            if self._partial_bytes > self._patience.head_bytes:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
                return
        if not self._is_answering:
            # Whatever came, the rest of a body that nobody reads included: a head has to follow in time.
            self._head_timer.start()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head = True
        self._heads += 1
        self._partial_bytes = 0

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._head_timer.stop()
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self._patience.head_bytes:
            self.app = self._head_too_large
        elif len(self.connections) > self._patience.connections:
            self.app = self._busy
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Uvicorn's own answer to what is no HTTP, with our headers."""
        self._refuse(HTTPStatus.BAD_REQUEST)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread_timer.start()

    def resume_writing(self) -> None:
        self._unread_timer.stop()
        super().resume_writing()

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _let_go(self) -> None:
        """Nothing of this is needed any more, and none of it has to wait for the garbage collector."""
        self._head_timer.discard()
        self._unread_timer.discard()
        del self.parser, self.scope, self.headers

    def _head_is_late(self) -> None:
        if self._is_in_head:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        self._head_timer.stop()
        if not self._is_answering and not self.transport.is_closing():
            head = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
            head += [b"%b: %b" % header for header in self._refusal_headers(status)]
            self.transport.write(b"\r\n".join([*head, b"", status.phrase.encode()]))
        self._unread_timer.start()
        self.transport.close()

    def _refusal_headers(self, status: HTTPStatus) -> list[tuple[bytes, bytes]]:
        return [
            *self._own_headers,
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(status.phrase)).encode()),
            (b"connection", b"close"),
        ]

    def _abort(self) -> None:
        self.transport.abort()

    async def _head_too_large(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(send, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    async def _busy(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(send, HTTPStatus.SERVICE_UNAVAILABLE, (b"retry-after", str(COME_AGAIN_SECONDS).encode()))

    async def _answer(self, send: Send, status: HTTPStatus, *further: tuple[bytes, bytes]) -> None:
        headers = [*self._refusal_headers(status), *further]
        await send({"type": "http.response.start", "status": status.value, "headers": headers})
        await send({"type": "http.response.body", "body": status.phrase.encode()})
