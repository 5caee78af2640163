"""A receiver of push messages on a free port."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from aiohttp import web

from tests.sandbox.receiver import WebhookReceiver, listening


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
class Receiver(WebhookReceiver):
    """What arrived, in order. ``statuses`` are what it answers next, then always 200."""

    messages: list[Message] = field(default_factory=list)

    @property
    def states(self) -> list[str]:
        """What the messages say, in order."""
        return [one.state for one in self.messages]

    async def answer(self, request: web.Request) -> web.Response:
        """Take a message."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        async with self._arrived:
            self.messages.append(Message(headers, await request.read()))
            self._arrived.notify_all()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


def receiving() -> AbstractAsyncContextManager[Receiver]:
    """A receiver that listens while the context lasts."""
    return listening(Receiver())
