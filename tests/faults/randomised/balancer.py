"""A load balancer without sticky sessions: each connection goes to any server that takes it."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

CHUNK = 1 << 16


class Balancer:
    """Forwards bytes from one port to any of several."""

    def __init__(self, ports: Callable[[], Sequence[int]], chance: random.Random) -> None:
        self._ports = ports
        self._chance = chance
        self._connections: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[None]:
        """Until the context ends, when every connection is cut."""
        server = await asyncio.start_server(self._take, "127.0.0.1", port)
        try:
            yield
        finally:
            server.close()
            for task in self._connections:
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._forward(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        await asyncio.wait([task])

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ports = list(self._ports())
        self._chance.shuffle(ports)
        try:
            for port in ports:
                try:
                    answers, requests = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    continue
                with suppress(OSError):
                    await _both_ways((reader, requests), (answers, writer))
                requests.transport.abort()
                return
        finally:
            writer.transport.abort()


async def _both_ways(*ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """Until either side has nothing more to say."""
    pumps = [asyncio.ensure_future(_pump(reader, writer)) for reader, writer in ways]
    try:
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(CHUNK):
        writer.write(piece)
        await writer.drain()
    await writer.drain()
