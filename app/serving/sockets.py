"""Connections that have become WebSockets: Uvicorn's protocol, with limits and a way past it for what many are told."""

import asyncio
import struct
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from app.graphql.wire import SEND_AT_ONCE
from app.serving.connections import Patience, Timer
from app.serving.headers import Headers
from app.serving.waiting import Flag, Inbox

FRAGMENTS_PER_MESSAGE = 1_000
"""More frames than any client cuts one message into: empty ones weigh nothing and would be kept without end."""
_WHOLE_TEXT, _NEXT_TWO_BYTES, _NEXT_EIGHT_BYTES = 0x81, 126, 127
"""How a frame begins that is a whole text message, and where the length of a longer one is found."""


def text_frame(text: bytes) -> bytes:
    """A whole text message as a server sends it, without extensions: https://www.rfc-editor.org/rfc/rfc6455#section-5.2."""
    size = len(text)
    if size < _NEXT_TWO_BYTES:
        return b"%c%c%b" % (_WHOLE_TEXT, size, text)
    if size < 1 << 16:
        return struct.pack("!BBH", _WHOLE_TEXT, _NEXT_TWO_BYTES, size) + text
    return struct.pack("!BBQ", _WHOLE_TEXT, _NEXT_EIGHT_BYTES, size) + text


class _Handshake(ServerProtocol):
    """Refuses broken handshakes with our headers."""

    own_headers: Headers = ()

    def reject(self, status: Any, text: str) -> Response:
        response = super().reject(status, text)
        for name, value in self.own_headers:
            response.headers[name.decode()] = value.decode()
        return response


class PatientSocket(WebSocketsSansIOProtocol):
    """One connection, once it has become a WebSocket."""

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
        handshake = _Handshake(max_size=config.ws_max_size, logger=self.conn.logger)
        handshake.own_headers = headers
        self.conn = handshake
        self.queue = Inbox()  # type: ignore[assignment]  # all that Uvicorn asks of a queue
        self.writable = Flag()  # type: ignore[assignment]  # all that Uvicorn asks of an event
        self._unread_timer = Timer(self.loop, patience.unread, self._abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._unread_timer.discard()
        super().connection_lost(exc)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.handshake_complete:  # else it was refused
            offered: dict[str, Any] = self.scope["extensions"]
            offered[SEND_AT_ONCE] = self.send_at_once

    def send_at_once(self, text: bytes) -> bool:
        """Sends a text message where nothing has to be waited for, and says whether it did."""
        if not self.writable.is_set() or self.conn.state is not State.OPEN or self.transport.is_closing():
            return False
        # All else is written as soon as it is made and whole frame by whole frame, so nothing is cut into.
        self.transport.write(text_frame(text))
        return True

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        self.scope["extensions"].clear()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread_timer.start()

    def resume_writing(self) -> None:
        self._unread_timer.stop()
        super().resume_writing()

    def handle_ping(self) -> None:
        """A client that pings and reads no pongs gets no more of them, else they would pile up."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def send_receive_event_to_app(self) -> None:
        """Text that is none closes the socket; Uvicorn would log a traceback each time that somebody sends such."""
        if self.curr_msg_data_type == "text" and not _is_utf_8(b"".join(self.frames)):
            self._fail(CloseCode.INVALID_DATA, "The message is not UTF-8.")
            return
        super().send_receive_event_to_app()

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= FRAGMENTS_PER_MESSAGE:
            self._fail(CloseCode.MESSAGE_TOO_BIG, "The message has too many fragments.")
            return
        super().handle_cont(event)

    def _fail(self, code: CloseCode, reason: str) -> None:
        self.frames = []
        self.conn.fail(code, reason)
        self.handle_parser_exception()

    def _abort(self) -> None:
        self.transport.abort()


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
