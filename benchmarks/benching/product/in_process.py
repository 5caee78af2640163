"""The whole application inside this process, asked without a socket in between: to count what it does, for profiles."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import orjson
import structlog
from starlette.types import ASGIApp, Message

from app import logs
from app.main import deployment
from app.settings import LogFormat, Settings
from benchmarks.benching.rows import Wrong


@asynccontextmanager
async def composed(settings: Settings) -> AsyncIterator[ASGIApp]:
    """The application as a server composes it, without jobs; it logs nothing but what went wrong."""
    root = logging.getLogger()
    before, handlers, level = structlog.get_config(), root.handlers[:], root.level
    logs.configure("ERROR", LogFormat.JSON)
    try:
        async with deployment(settings, runs_jobs=False) as running:
            yield running.app
    finally:
        structlog.configure(**before)
        root.handlers[:], root.level = handlers, level


class Asker:
    """Asks as the client with this token."""

    def __init__(self, application: ASGIApp, token: str) -> None:
        self._application = application
        self._headers = [
            (b"host", b"127.0.0.1"),
            (b"content-type", b"application/json"),
            (b"authorization", f"Bearer {token}".encode()),
        ]

    async def ask(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The answer's data. Raises Wrong where there are none, or not all."""
        status, body = await self._post(orjson.dumps({"query": document, "variables": variables}))
        answer = orjson.loads(body)
        if status != 200 or answer.get("errors") or "code" in next(iter(answer["data"].values())):
            raise Wrong(f"{status}: {body[:500]!r}")
        data: dict[str, Any] = answer["data"]
        return data

    async def _post(self, question: bytes) -> tuple[int, bytes]:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "root_path": "",
            "headers": [*self._headers, (b"content-length", str(len(question)).encode())],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        told: list[Message] = []
        asked: list[Message] = [{"type": "http.request", "body": question, "more_body": False}]

        async def receive() -> Message:
            return asked.pop() if asked else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            told.append(message)

        await self._application(scope, receive, send)
        return told[0]["status"], b"".join(message.get("body", b"") for message in told)
