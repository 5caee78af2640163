"""Headers that tell browsers to do as little as possible with an answer, on every answer of the server.

https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html

What a route says itself stays: the pages allow their own style sheet, and files may be cached.
"""

from collections.abc import Awaitable, Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Headers = tuple[tuple[bytes, bytes], ...]

_ALWAYS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_ON_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}
"""A year; for this host alone, since its subdomains are not ours to speak for."""


def security_headers(*, is_https: bool) -> Headers:
    """What an answer says that says nothing itself; `is_https`: whether browsers reach the server by https."""
    headers = _ALWAYS | (_ON_HTTPS if is_https else {})
    return tuple((name.lower().encode(), value.encode()) for name, value in headers.items())


class SecurityHeaders:
    """Completes the headers of every HTTP answer; the server itself refuses handshakes of WebSockets with them."""

    def __init__(self, app: ASGIApp, headers: Headers) -> None:
        self._app = app
        self._headers = headers

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self._app(scope, receive, send)

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._complete(message.get("headers", ()))
            await send(message)

        return self._app(scope, receive, complete)

    def _complete(self, said: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        present = list(said)
        names = {name.lower() for name, _ in present}
        return [*present, *(header for header in self._headers if header[0] not in names)]
