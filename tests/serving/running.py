"""Our web server on a free port in this process, and raw connections to it."""

import asyncio
import base64
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr
from starlette.types import ASGIApp

from app.serving.connections import Patience
from app.serving.server import WebServer, web_server
from app.settings import Settings

SHORTLY = timedelta(milliseconds=100)
PATIENCE = Patience(connections=100, head=SHORTLY, unread=SHORTLY)
LONG = Patience(connections=100)
ANSWER_SECONDS = 20


def make_settings(
    public_url: str = "http://127.0.0.1:8000", database_url: str = "sqlite://unused", *, introspection: bool = False
) -> Settings:
    key = base64.b64encode(b"\x02" * 32).decode()
    return Settings(
        public_url=public_url,
        database_url=database_url,
        secret_key=SecretStr(key),
        encryption_keys=SecretStr(f"k1:{key}"),
        allowed_origins=("https://app.example",),
        introspection=introspection,
    )


@dataclass
class Connection:
    """One raw connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def to_the_end(self) -> bytes:
        """Everything that comes until the server closes the connection."""
        async with asyncio.timeout(ANSWER_SECONDS):
            received = b""
            with contextlib.suppress(ConnectionError):
                while chunk := await self.reader.read(65_536):
                    received += chunk
            return received

    async def head(self) -> bytes:
        """The line and the headers of an answer."""
        async with asyncio.timeout(ANSWER_SECONDS):
            return await self.reader.readuntil(b"\r\n\r\n")


@dataclass
class Running:
    """A running server."""

    server: WebServer
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Connection(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def until_all_is_gone(self) -> None:
        """Returns once no connection and no task of one is left. Raises TimeoutError."""
        state = self.server.server_state
        async with asyncio.timeout(ANSWER_SECONDS):
            while state.connections or state.tasks:  # noqa: ASYNC110  # uvicorn offers no event
                await asyncio.sleep(0.01)


@asynccontextmanager
async def running(
    app: ASGIApp,
    settings: Settings | None = None,
    patience: Patience = PATIENCE,
    stopping: Callable[[], None] = lambda: None,
    leaving: Callable[[], None] = lambda: None,
) -> AsyncIterator[Running]:
    """Serves the application until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1_000)
    # As asyncio has it for sockets that it opens itself: each answer would wait 40 milliseconds for the reader's word.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server = web_server(app, settings or make_settings(), stopping, patience, leaving)
    before = signal.getsignal(signal.SIGTERM)
    task = asyncio.create_task(server.serve([listener]))
    try:
        yield Running(server, listener.getsockname()[1])
    finally:
        server.should_exit = True
        await task
        signal.signal(signal.SIGTERM, before)
