"""The responses of the endpoint: answers and refusals in JSON, in whichever media type was agreed."""

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from app.graphql.engine import encode
from app.graphql.failures import ErrorCode

ANSWER_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept",
}
_RawHeaders = tuple[tuple[bytes, bytes], ...]


class Ready:
    """A response of which everything is known already; an ASGI application."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(self, status: HTTPStatus, headers: _RawHeaders, body: bytes) -> None:
        """`headers`: all but that of the length, in lower case."""
        self._status = status
        self._headers = headers
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [*self._headers, (b"content-length", str(len(self._body)).encode())]
        await send({"type": "http.response.start", "status": self._status.value, "headers": headers})
        await send({"type": "http.response.body", "body": self._body})


def raw(headers: Mapping[str, str]) -> _RawHeaders:
    """The headers as ASGI has them."""
    return tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())


@cache
def _headers_of(media_type: str) -> _RawHeaders:
    return raw({**ANSWER_HEADERS, "Content-Type": f"{media_type}; charset=utf-8"})


def response(media_type: str, status: HTTPStatus, body: bytes, headers: Mapping[str, str] | None = None) -> Ready:
    """An answer that is encoded already."""
    return Ready(status, _headers_of(media_type) + (raw(headers) if headers else ()), body)


def refusal(
    media_type: str,
    status: HTTPStatus,
    code: ErrorCode,
    message: str,
    headers: Mapping[str, str] | None = None,
) -> Ready:
    """Why a request is not served, in the shape of GraphQL."""
    error = {"message": message, "extensions": {"code": code.value}}
    return response(media_type, status, encode({"errors": [error]}), headers)
