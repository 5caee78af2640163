"""How messages leave through a WebSocket: at once where its client reads, else each when the one before is gone."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from starlette.types import Scope, Send

SEND_AT_ONCE = "graphql.send_at_once"
"""An extension of ASGI that a server may offer (https://asgi.readthedocs.io/en/latest/extensions.html).

A function of a text message in UTF-8 that sends it where nothing has to be waited for, and says whether it did: false
where the client is behind with reading, or the socket is not open. So thousands can be told the same without as many
tasks.
"""


class NobodyReads(Exception):
    """The client left one message unread for too long."""


class Wire:
    """The way out of one socket."""

    __slots__ = ("_at_once", "_patience", "_send", "_sending")

    def __init__(self, scope: Scope, send: Send, patience: timedelta) -> None:
        """`patience`: how long a client may leave one message unread."""
        self._send = send
        self._at_once: Callable[[bytes], bool] | None = scope.get("extensions", {}).get(SEND_AT_ONCE)
        self._patience = patience.total_seconds()
        self._sending: asyncio.Lock | None = None

    def at_once(self, text: bytes) -> bool:
        """Sends a message, unless something would have to be waited for: then nothing is sent, and the answer false."""
        is_free = self._sending is None or not self._sending.locked()
        return is_free and self._at_once is not None and self._at_once(text)

    async def send(self, text: bytes) -> None:
        """Sends a message in its turn. Raises NobodyReads."""
        if self.at_once(text):
            return
        if self._sending is None:
            self._sending = asyncio.Lock()
        try:
            async with asyncio.timeout(self._patience), self._sending:
                await self._send({"type": "websocket.send", "text": text.decode()})
        except TimeoutError:
            raise NobodyReads from None
