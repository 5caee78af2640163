"""A browser without a network: it asks an ASGI application, keeps cookies, and does not follow redirects by itself."""

import asyncio
from dataclasses import dataclass, field
from http.cookies import Morsel, SimpleCookie
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Answer:
    """One response."""

    status: int
    headers: dict[str, str]
    cookies: dict[str, "Morsel[str]"]
    text: str

    @property
    def location(self) -> str:
        return self.headers["location"]


@dataclass
class Browser:
    """One browser profile at one origin."""

    app: ASGIApp
    origin: str = "http://127.0.0.1:8000"
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, url: str, **headers: str) -> Answer:
        return await self.ask("GET", url, headers)

    async def post(self, url: str, **headers: str) -> Answer:
        return await self.ask("POST", url, headers)

    async def ask(self, method: str, url: str, headers: dict[str, str], body: bytes = b"") -> Answer:
        """`url` is a path, or an address at the origin; header names are written with underscores."""
        parts = urlsplit(url.removeprefix(self.origin))
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        messages: list[Message] = []
        incoming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            if incoming:
                return incoming.pop()
            await asyncio.Event().wait()  # the browser stays and says nothing more
            raise AssertionError

        async def send(message: Message) -> None:
            messages.append(message)

        await self.app(
            {
                "type": "http",
                "asgi": {"version": "3.0"},
                "http_version": "1.1",
                "method": method,
                "scheme": urlsplit(self.origin).scheme,
                "path": parts.path,
                "raw_path": parts.path.encode(),
                "root_path": "",
                "query_string": parts.query.encode(),
                "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()],
                "server": ("127.0.0.1", 8000),
                "client": ("127.0.0.1", 50_000),
            },
            receive,
            send,
        )
        return self._kept(messages)

    def _kept(self, messages: list[Message]) -> Answer:
        raw = [(name.decode(), value.decode()) for name, value in messages[0]["headers"]]
        cookies: dict[str, Morsel[str]] = {}
        for name, value in raw:
            if name == "set-cookie":
                cookies.update(SimpleCookie(value))
        for name, morsel in cookies.items():
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value
        body = b"".join(message.get("body", b"") for message in messages[1:])
        return Answer(messages[0]["status"], dict(raw), cookies, body.decode())
