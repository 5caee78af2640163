"""A second listener, for probes and for whoever scrapes: beside a server's own port, and the only one of a worker."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import uvicorn
from starlette.types import ASGIApp

from app.serving.connections import Patience, PatientHttp
from app.serving.headers import SecurityHeaders, security_headers
from app.settings import PREFIX, SettingsError

CONNECTIONS = 50
"""More than probes and scrapers ever have open together."""
_BACKLOG = 128


class _SideServer(uvicorn.Server):
    """Ends with whoever started it, and leaves the process's signals alone."""

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        await self._serve(sockets)


@asynccontextmanager
async def monitoring(app: ASGIApp, host: str, port: int) -> AsyncIterator[None]:
    """Answers there for as long as the context lasts. Raises SettingsError."""
    headers = security_headers(is_https=False)
    config = uvicorn.Config(
        SecurityHeaders(app, headers),
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        http=partial(PatientHttp, patience=Patience(connections=CONNECTIONS), headers=headers),  # type: ignore[arg-type]
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    with _listener(host, port) as listener:
        server = _SideServer(config)
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await serving


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).partition(" (")[0].lower()
        named = f"{PREFIX}MONITORING_HOST, {PREFIX}MONITORING_PORT"
        raise SettingsError([f"{named}: {host}:{port}: {reason}."]) from None
