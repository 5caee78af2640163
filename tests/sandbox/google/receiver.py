"""A receiver of push messages on a free port."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it arrived; header names are in lower case."""

    headers: dict[str, str]
    body: bytes

    @property
    def state(self) -> str:
        """``sync`` or ``exists``."""
        return self.headers["x-goog-resource-state"]

    @property
    def number(self) -> int:
        """The message's number."""
        return int(self.headers["x-goog-message-number"])


@dataclass(slots=True)
class Receiver:
    """What arrived, in order. ``statuses`` are what it answers next, then always 200."""

    url: str = ""
    messages: list[Message] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def states(self) -> list[str]:
        """What the messages say, in order."""
        return [one.state for one in self.messages]

    async def until(self, enough: Callable[["Receiver"], bool]) -> None:
        """Return once what arrived is enough; TimeoutError after five seconds."""
        async with asyncio.timeout(5), self._arrived:
            await self._arrived.wait_for(lambda: enough(self))

    async def take(self, request: web.Request) -> web.Response:
        """Take a message."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        async with self._arrived:
            self.messages.append(Message(headers, await request.read()))
            self._arrived.notify_all()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens while the context lasts."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()
