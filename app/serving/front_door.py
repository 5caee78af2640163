"""Where requests come in: HTTP by the routes and their middleware, sockets straight to whom they belong."""

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send


class FrontDoor(Starlette):
    """Starlette, past which the sockets of some paths go.

    Each layer that a socket passes on its way stays for as long as it is open, thousands of times, and has nothing to
    do for it.
    """

    def __init__(
        self, routes: Sequence[BaseRoute], middleware: Sequence[Middleware], sockets: Mapping[str, ASGIApp]
    ) -> None:
        """`sockets`: what serves the WebSockets of a path."""
        super().__init__(routes=routes, middleware=middleware)
        self._sockets = sockets

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        sockets = self._sockets.get(scope["path"]) if scope["type"] == "websocket" else None
        if sockets is None:
            return super().__call__(scope, receive, send)
        scope["endpoint"] = sockets
        return sockets(scope, receive, send)  # type: ignore[return-value]  # as of every coroutine function
