"""A web server on a free port, to which the sandbox can deliver; what it makes of a message is each suite's own."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self, TypeVar

from aiohttp import web


@dataclass(slots=True)
class WebhookReceiver(ABC):
    """What arrived; ``statuses`` are what it answers next."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    @abstractmethod
    async def answer(self, request: web.Request) -> web.Response:
        """Take what arrives."""

    async def until(self, enough: Callable[[Self], bool]) -> None:
        """Return once what arrived is enough; TimeoutError after five seconds."""
        async with asyncio.timeout(5), self._arrived:
            await self._arrived.wait_for(lambda: enough(self))


SomeReceiver = TypeVar("SomeReceiver", bound=WebhookReceiver)


@asynccontextmanager
async def listening(receiver: SomeReceiver) -> AsyncIterator[SomeReceiver]:
    """Let the receiver listen while the context lasts."""
    app = web.Application()
    app.router.add_post("/hook", receiver.answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()
