"""Sockets go straight to whom they belong, and everything else goes by the routes."""

from typing import Any

import pytest
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.serving.front_door import FrontDoor

passed: list[str] = []


class Layer:
    """Notes what passes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(scope["type"])
        await self._app(scope, receive, send)


async def _hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def _sockets(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.accept"})


DOOR = FrontDoor([Route("/graphql", _hello)], [Middleware(Layer)], {"/graphql": _sockets})


async def ask(kind: str, path: str) -> list[Any]:
    sent: list[Any] = []
    passed.clear()
    scope = {"type": kind, "method": "GET", "path": path, "headers": [], "query_string": b"", "root_path": ""}

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect" if kind == "websocket" else "http.request"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await DOOR(scope, receive, send)
    return sent


async def test_a_socket_passes_no_middleware() -> None:
    assert await ask("websocket", "/graphql") == ["websocket.accept"]
    assert passed == []


async def test_a_request_to_the_same_path_goes_by_the_routes() -> None:
    assert await ask("http", "/graphql") == ["http.response.start", "http.response.body"]
    assert passed == ["http"]


@pytest.mark.parametrize("path", ["/", "/graphql/", "/elsewhere"])
async def test_a_socket_to_any_other_path_is_refused(path: str) -> None:
    assert await ask("websocket", path) == ["websocket.close"]
