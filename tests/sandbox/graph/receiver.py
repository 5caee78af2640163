"""A webhook receiver on a free port, to which the sandbox can deliver."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Echo = Callable[[str], web.Response]


@dataclass(slots=True)
class Receiver:
    """What arrived: ``envelopes`` in order. ``statuses`` are what it answers next, then always 202."""

    url: str = ""
    echo: Echo = lambda token: web.Response(text=token, content_type="text/plain")
    envelopes: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def notifications(self) -> list[dict[str, Any]]:
        """Every notification of every envelope."""
        return [one for envelope in self.envelopes for one in envelope["value"]]

    async def until(self, enough: Callable[["Receiver"], bool]) -> None:
        """Return once what arrived is enough; TimeoutError after five seconds."""
        async with asyncio.timeout(5), self._arrived:
            await self._arrived.wait_for(lambda: enough(self))

    async def answer(self, request: web.Request) -> web.Response:
        """Answer the handshake, or take an envelope."""
        if "validationToken" in request.query:
            return self.echo(request.query["validationToken"])
        async with self._arrived:
            self.envelopes.append(await request.json())
            self._arrived.notify_all()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 202)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens while the context lasts."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    receiver.url = f"http://127.0.0.1:{port}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()
