"""Uvicorn with our limits and our logs."""

import resource
import signal
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from app.serving.connections import Patience, PatientHttp, PatientSocket
from app.serving.headers import SecurityHeaders, security_headers
from app.settings import Settings

DRAIN_SECONDS = 10
CONCURRENT_CONNECTIONS = 15_000
"""Sockets count too, and each of them is a connection that stays."""
RESERVED_FILES = 256
"""What a process opens besides connections: the database, the suites, logs."""
SOCKET_MESSAGE_BYTES = 128 * 1024


class WebServer(uvicorn.Server):
    """Uvicorn, which on SIGTERM stops itself and nothing else: whoever serves closes what is open still.

    `stopping` is called first: what would not end by itself, as a stream of events does not, has to be told to.
    """

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        # Uvicorn raises the signal again once it has stopped. Without a handler the process would end there and then.
        signal.signal(signal.SIGTERM, lambda *_: None)
        await super().serve(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        await super().shutdown(sockets)


def web_server(
    app: ASGIApp, settings: Settings, stopping: Callable[[], None], patience: Patience | None = None
) -> WebServer:
    """The server of one application; it stops by itself on SIGTERM and SIGINT, draining what is under way."""
    headers = security_headers(is_https=settings.secure_cookies)
    bounds: dict[str, Any] = {
        "patience": patience or Patience(connections=affordable_connections()),
        "headers": headers,
    }
    return WebServer(
        uvicorn.Config(
            SecurityHeaders(app, headers),
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
        stopping,
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
