"""Uvicorn with our limits and our logs, and with a way to stop that nobody notices.

Told to stop (SIGTERM), a server first only *leaves*: it says that it is not ready and goes on serving, each answer
being the last on its connection, until whoever sends it requests has noticed. Then it takes no connection any more,
ends what is open and drains what is under way. A second signal skips the leaving, a third the draining.
"""

import asyncio
import resource
import signal
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from types import FrameType
from typing import Any

import structlog
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import __version__
from app.serving.connections import Patience, PatientHttp
from app.serving.headers import SecurityHeaders, security_headers
from app.serving.sockets import PatientSocket
from app.settings import Settings

_log = structlog.get_logger(__name__)

DRAIN_SECONDS = 10
CONCURRENT_CONNECTIONS = 15_000
"""Sockets count too, and each of them is a connection that stays."""
RESERVED_FILES = 256
"""What a process opens besides connections: the database, the suites, logs."""
SOCKET_MESSAGE_BYTES = 128 * 1024


class LastAnswers:
    """An application whose answers, from `leave` on, each close their connection: no proxy keeps one for later."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._is_leaving = False

    def leave(self) -> None:
        self._is_leaving = True

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        async def send_last(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
            await send(message)

        is_last = self._is_leaving and scope["type"] == "http"
        return self._app(scope, receive, send_last if is_last else send)


class WebServer(uvicorn.Server):
    """Uvicorn, which on SIGTERM stops itself and nothing else: whoever serves closes what is open still.

    `leaving` is called first, when the server is to be sent nothing new; `stopping` when it takes no connection any
    more: what would not end by itself, as a stream of events does not, has to be told to.
    """

    def __init__(
        self, config: uvicorn.Config, leaving: Callable[[], None], stopping: Callable[[], None], delay: timedelta
    ) -> None:
        super().__init__(config)
        self._leaving = leaving
        self._stopping = stopping
        self._delay = delay.total_seconds()
        self._signals = 0
        self._stops_at: float | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        # Uvicorn raises the signal again once it has stopped. Without a handler the process would end there and then.
        signal.signal(signal.SIGTERM, lambda *_: None)
        await super().serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for host, port, *_ in (listening.getsockname() for listening in server.sockets):
                _log.info("server_listens", host=host, port=port, version=__version__)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            self.force_exit = True
        # Somebody at a keyboard wants it over.
        self._signals += 2 if sig == signal.SIGINT else 1
        self._captured_signals.append(sig)

    async def on_tick(self, counter: int) -> bool:
        if self._signals and self._stops_at is None:
            self._stops_at = asyncio.get_running_loop().time() + self._delay
            self._leaving()
            _log.info("server_is_leaving", seconds=self._delay)
        if self._signals > 1 or (self._stops_at is not None and asyncio.get_running_loop().time() >= self._stops_at):
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        await super().shutdown(sockets)


def web_server(
    app: ASGIApp,
    settings: Settings,
    stopping: Callable[[], None],
    patience: Patience | None = None,
    leaving: Callable[[], None] = lambda: None,
) -> WebServer:
    """The server of one application; it stops by itself on SIGTERM and SIGINT, draining what is under way."""
    headers = security_headers(is_https=settings.secure_cookies)
    last_answers = LastAnswers(SecurityHeaders(app, headers))
    bounds: dict[str, Any] = {
        "patience": patience or Patience(connections=affordable_connections()),
        "headers": headers,
    }

    def leave() -> None:
        last_answers.leave()
        leaving()

    return WebServer(
        uvicorn.Config(
            last_answers,
            interface="asgi3",
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            http=partial(PatientHttp, **bounds),  # type: ignore[arg-type]  # Uvicorn only calls it
            ws=partial(PatientSocket, **bounds),  # type: ignore[arg-type]
            ws_max_size=SOCKET_MESSAGE_BYTES,
            # Compression costs 38 KB a socket, and our messages are small.
            ws_per_message_deflate=False,
            lifespan="off",
            timeout_graceful_shutdown=DRAIN_SECONDS,
        ),
        leave,
        stopping,
        settings.drain_period,
    )


def affordable_connections() -> int:
    """As many connections as there may be files open, for a server that can open no database serves nobody."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = files_wanted()
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return CONCURRENT_CONNECTIONS
    return max(RESERVED_FILES, CONCURRENT_CONNECTIONS - (wanted - min(soft, wanted)))


def files_wanted() -> int:
    """So many files may have to be open for `CONCURRENT_CONNECTIONS`."""
    return CONCURRENT_CONNECTIONS + RESERVED_FILES + Patience(connections=0).turned_away
