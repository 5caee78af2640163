"""Servers of subscriptions to compare ours with: Strawberry as it comes, and bare ASGI, which is as little as can be.

Its arguments: `strawberry` or `bare`, and the port. Each socket is told at once how things
stand, and once more with every POST to `/tell`.
"""

import asyncio
import resource
import socket
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import orjson
import strawberry
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from strawberry.asgi import GraphQL

BEFORE, AFTER = "ENABLED", "DISABLED"

_queues: set[asyncio.Queue[str]] = set()


@strawberry.type
class Integration:
    status: str


@strawberry.type
class Query:
    @strawberry.field
    def ping(self) -> str:
        return "pong"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def integration_changed(self) -> AsyncGenerator[Integration, None]:
        queue: asyncio.Queue[str] = asyncio.Queue()
        _queues.add(queue)
        try:
            yield Integration(status=BEFORE)
            while True:
                yield Integration(status=await queue.get())
        finally:
            _queues.discard(queue)


def strawberry_server() -> ASGIApp:
    """Each subscriber has a queue, and Strawberry executes and encodes for each."""
    endpoint = GraphQL[Any, Any](strawberry.Schema(query=Query, subscription=Subscription))

    async def tell() -> None:
        for queue in _queues:
            queue.put_nowait(AFTER)

    return _telling(endpoint, tell)


class Bare:
    """Knows just so much of the protocol that a client believes it; every subscriber is sent the same text."""

    def __init__(self) -> None:
        self._subscribers: set[Send] = set()

    async def tell(self) -> None:
        for send in list(self._subscribers):
            await send(_frame(AFTER))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
        while (message := await receive())["type"] == "websocket.receive":
            if orjson.loads(message["text"])["type"] == "connection_init":
                await send({"type": "websocket.send", "text": '{"type":"connection_ack"}'})
            else:
                self._subscribers.add(send)
                await send(_frame(BEFORE))
        self._subscribers.discard(send)


def _frame(status: str) -> Message:
    payload = {"data": {"integrationChanged": {"status": status}}}
    return {
        "type": "websocket.send",
        "text": orjson.dumps({"id": "1", "type": "next", "payload": payload}).decode(),
    }


def bare_server() -> ASGIApp:
    """The floor."""
    bare = Bare()
    return _telling(bare, bare.tell)


def _telling(sockets: ASGIApp, tell: Callable[[], Awaitable[None]]) -> ASGIApp:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await sockets(scope, receive, send)
            return
        await tell()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    return application


def serve(name: str, port: int) -> None:
    """Until it is stopped: Strawberry on Uvicorn's own choices, bare ASGI on what is leanest."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    common: dict[str, Any] = {"log_config": None, "lifespan": "off"}
    if name == "bare":
        config = uvicorn.Config(bare_server(), ws="websockets-sansio", ws_per_message_deflate=False, **common)
    else:
        config = uvicorn.Config(strawberry_server(), **common)
    with socket.create_server(("127.0.0.1", port), backlog=2048) as listener:
        print("ready", flush=True)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
