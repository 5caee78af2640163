"""Calls an ASGI application in this event loop, and keeps every exchange."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
from starlette.applications import Starlette
from starlette.types import Message

HOST = "graph.sandbox.test"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; ``body`` is parsed JSON, None when there was none."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(slots=True)
class AsgiClient:
    """Calls as one bearer of a token; ``exchanges`` holds request and response as plain JSON values."""

    app: Starlette
    token: str | None = None
    exchanges: list[dict[str, Any]] = field(default_factory=list)

    async def get(self, path: str, **headers: str) -> Reply:
        """GET."""
        return await self.call("GET", path, headers=headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> Reply:
        """POST."""
        return await self.call("POST", path, body, headers)

    async def patch(self, path: str, body: Any, **headers: str) -> Reply:
        """PATCH."""
        return await self.call("PATCH", path, body, headers)

    async def delete(self, path: str, **headers: str) -> Reply:
        """DELETE."""
        return await self.call("DELETE", path, headers=headers)

    async def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, raw: bytes | None = None
    ) -> Reply:
        """Send one request. Header names may be written with underscores; a whole address is taken too."""
        parts = urlsplit(path)
        sent = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        payload = raw if raw is not None else b"" if body is None else orjson.dumps(body)
        if payload:
            sent["Content-Type"] = "application/json"
        started, pieces = await self._run(method, parts.path, parts.query, sent, payload)
        content = b"".join(pieces)
        received = {k.decode(): v.decode() for k, v in started["headers"]}
        is_json = content and received.get("content-type", "").startswith("application/json")
        reply = Reply(started["status"], received, orjson.loads(content) if is_json else None)
        query = f"?{parts.query}" if parts.query else ""
        self.exchanges.append(
            {
                "request": {
                    "method": method,
                    "url": f"https://{HOST}{parts.path}{query}",
                    "headers": sent,
                    "body": body,
                },
                "response": {"status": reply.status, "headers": received, "body": reply.body},
            }
        )
        return reply

    async def _run(
        self, method: str, path: str, query: str, headers: dict[str, str], payload: bytes
    ) -> tuple[Message, list[bytes]]:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": unquote(path),
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(b"host", HOST.encode()), *((k.lower().encode(), v.encode()) for k, v in headers.items())],
            "client": ("127.0.0.1", 50000),
            "server": (HOST, 443),
        }
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": payload, "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, send)
        return messages[0], [m.get("body", b"") for m in messages[1:]]
