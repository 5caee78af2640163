"""A Redis of a test's own, which can be killed, started again where it was, emptied, and made to hang."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from signal import SIGCONT, SIGSTOP

from redis.asyncio import Redis
from redis.exceptions import ConnectionError  # noqa: A004  # redis's own

from tests.support.server import free_port

START_SECONDS = 10
POLL_SECONDS = 0.02


class RedisServer:
    """One server that keeps nothing on disk: whatever ends it empties it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        """Returns once it answers; on the port that it had."""
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = await asyncio.create_subprocess_exec(
            "redis-server", *arguments, stdout=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(START_SECONDS):
            while not await self._answers():
                assert self._process.returncode is None, "redis-server ended at once"
                await asyncio.sleep(POLL_SECONDS)

    async def kill(self) -> None:
        """End it without warning, as a crash would."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def restart(self) -> None:
        await self.kill()
        await self.start()

    async def flush(self) -> None:
        """Everything that it knew is gone; whoever is connected stays so."""
        async with self.client() as client:
            await client.flushall()

    def pause(self) -> None:
        """It hangs: connections are taken by the kernel and stay, and nothing is answered."""
        assert self._process is not None
        self._process.send_signal(SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(SIGCONT)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Redis]:
        """Somebody who looks on, or meddles."""
        async with Redis(port=self.port) as client:
            yield client

    async def _answers(self) -> bool:
        try:
            async with self.client() as client:
                return bool(await client.ping())
        except ConnectionError:
            return False


@asynccontextmanager
async def redis_server(port: int | None = None) -> AsyncIterator[RedisServer]:
    """A running server, on a port of the test's choice where it was known before."""
    server = RedisServer(port or free_port())
    await server.start()
    try:
        yield server
    finally:
        await server.kill()
