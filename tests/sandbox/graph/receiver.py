"""A webhook receiver on a free port, to which the sandbox can deliver."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.sandbox.receiver import WebhookReceiver, listening

Echo = Callable[[str], web.Response]


@dataclass(slots=True)
class Receiver(WebhookReceiver):
    """What arrived: ``envelopes`` in order. ``statuses`` are what it answers next, then always 202."""

    echo: Echo = lambda token: web.Response(text=token, content_type="text/plain")
    envelopes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def notifications(self) -> list[dict[str, Any]]:
        """Every notification of every envelope."""
        return [one for envelope in self.envelopes for one in envelope["value"]]

    async def answer(self, request: web.Request) -> web.Response:
        """Answer the handshake, or take an envelope."""
        if "validationToken" in request.query:
            return self.echo(request.query["validationToken"])
        async with self._arrived:
            self.envelopes.append(await request.json())
            self._arrived.notify_all()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 202)


def receiving() -> AbstractAsyncContextManager[Receiver]:
    """A receiver that listens while the context lasts."""
    return listening(Receiver())
