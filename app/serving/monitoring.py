"""A second listener, for probes and for whoever scrapes: beside a server's own port, and the only one of a worker."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from app.serving.connections import Patience, PatientHttp
from app.serving.headers import SecurityHeaders, security_headers

CONNECTIONS = 50
"""More than probes and scrapers ever have open together."""
_BACKLOG = 128


class _SideServer(uvicorn.Server):
    """Ends with whoever started it, and leaves the process's signals alone."""

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        await self._serve(sockets)


@asynccontextmanager
async def monitoring(app: ASGIApp, host: str, port: int) -> AsyncIterator[None]:
    """Answers there for as long as the context lasts. Raises OSError where the port is somebody else's."""
    headers = security_headers(is_https=False)
    config = uvicorn.Config(
        SecurityHeaders(app, headers),
        log_config=None,
        access_log=False,
        server_header=False,
        http=partial(PatientHttp, patience=Patience(connections=CONNECTIONS), headers=headers),  # type: ignore[arg-type]
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    with socket.create_server((host, port), family=_family(host), backlog=_BACKLOG) as listener:
        server = _SideServer(config)
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await serving


def _family(host: str) -> Any:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
