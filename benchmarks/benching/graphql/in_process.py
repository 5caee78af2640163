"""Our server inside this process, asked without a socket in between: for profiles, and to count what it leaves."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp, Message

from benchmarks.benching.graphql import data
from benchmarks.benching.graphql.documents import Asked
from benchmarks.benching.rows import Conditions, Contender, Unit, Wrong


def asking(asked: Asked, conditions: Conditions) -> Contender:
    """A contender whose unit asks ours this once; the data have to be written already."""

    @asynccontextmanager
    async def ready() -> AsyncIterator[Unit]:
        app = application(conditions)
        body = json.dumps(asked).encode()

        async def unit() -> None:
            await ask(app, body)

        yield unit

    return ready


async def ask(app: ASGIApp, body: bytes) -> int:
    """Posts the body to an application as a server would. The size of the answer, in bytes; raises Wrong."""
    sizes: list[int] = []
    statuses: list[int] = []
    incoming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return incoming.pop() if incoming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        else:
            sizes.append(len(message["body"]))

    await app(_scope(), receive, send)
    if statuses != [200]:
        raise Wrong(f"answered with {statuses}")
    return sum(sizes)


def _scope() -> dict[str, object]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"accept", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }


def application(conditions: Conditions) -> ASGIApp:
    """Ours. Its module reads the data when it is imported, once for a process."""
    os.environ.setdefault(data.VARIABLE, str(conditions.folder / data.FILE))
    from benchmarks.benching.graphql.servers.ours import app

    return app
