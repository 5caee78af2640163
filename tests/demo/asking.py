"""Asks an ASGI application without a network."""

import asyncio
import json
from typing import Any

from starlette.types import ASGIApp, Message


async def ask(app: ASGIApp, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """The status, and the answer's JSON or None."""
    sent: list[Message] = []
    incoming: list[Message] = [{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}]

    async def receive() -> Message:
        if incoming:
            return incoming.pop()
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b"", "http_version": "1.1"}
    await app({**scope, "asgi": {"version": "3.0"}}, receive, send)
    text = b"".join(message.get("body", b"") for message in sent)
    try:
        return sent[0]["status"], json.loads(text)
    except ValueError:
        return sent[0]["status"], None
