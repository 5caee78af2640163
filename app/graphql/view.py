"""The endpoint itself: which transport, or the page, answers what comes in."""

import asyncio
from collections.abc import Awaitable, Hashable
from http import HTTPMethod

from starlette.requests import Request
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from app.graphql.callers import CloseReason
from app.graphql.engine import Engine
from app.graphql.event_stream import EventStream
from app.graphql.graphiql import GraphiQL
from app.graphql.http import HttpTransport
from app.graphql.media_types import wants_page
from app.graphql.options import GraphQLOptions
from app.graphql.sharing import Sharing
from app.graphql.socket_hub import RESTARTING, SocketHub
from app.graphql.sockets import GraphQLSocket


class GraphQLView:
    """Serves one schema over HTTP, event streams and WebSocket; an ASGI application for `routes()`."""

    def __init__(self, options: GraphQLOptions) -> None:
        self._options = options
        self._engine = Engine(options)
        self._sharing = Sharing(self._engine, options.schema._schema)
        self._hub = SocketHub(options.socket_places)
        self._http = HttpTransport(options, self._engine, self._sharing, self._hub)
        self._graphiql = GraphiQL(options)

    @property
    def path(self) -> str:
        """Where it is served."""
        return self._options.path

    def routes(self) -> list[BaseRoute]:
        """The endpoint for both protocols, and the files of the page."""
        path = self.path
        return [
            Route(path, self, name="graphql"),
            WebSocketRoute(path, self, name="graphql-socket"),
            Route(f"{path}/assets/{{name}}", self._graphiql.file, methods=["GET"], name="graphql-assets"),
        ]

    @property
    def open_sockets(self) -> int:
        """How many WebSockets and event streams are open."""
        return len(self._hub)

    def open_streams(self) -> int:
        """How many of them are event streams."""
        return self._hub.count(EventStream)

    def recheck(self, key: Hashable) -> None:
        """Asks the gate at once about the open sockets and streams of the credential with this key."""
        self._hub.recheck(key)

    def begin_closing(self, reason: CloseReason = RESTARTING) -> None:
        """Has every socket and stream end: a server that drains would wait for streams until they do."""
        self._hub.begin_closing(reason)

    async def close_all(self, reason: CloseReason = RESTARTING, timeout: float = 5) -> None:
        """Closes every socket and stream, for the end of the lifespan; gives up waiting after `timeout` seconds."""
        try:
            await asyncio.wait_for(self._hub.close_all(reason), timeout)
        except TimeoutError:
            return

    def serve_socket(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serves one WebSocket to its end."""
        socket = GraphQLSocket(
            scope,
            receive,
            send,
            options=self._options,
            engine=self._engine,
            sharing=self._sharing,
            hub=self._hub,
        )
        return socket.serve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.serve_socket(scope, receive, send)
            return
        request = Request(scope, receive)
        reads_page = request.method == HTTPMethod.GET and wants_page(request.headers.get("accept"))
        answer = self._graphiql.page() if reads_page and self._graphiql.is_on else await self._http.answer(request)
        await answer(scope, receive, send)
