"""The view behind a real Uvicorn on a free port, and clients that speak to it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app.graphql import GraphQLOptions, GraphQLView
from app.graphql.sockets import SUBPROTOCOL

POST_HEADERS = {"Content-Type": "application/json"}


class _Uvicorn(uvicorn.Server):
    """Uvicorn that says when it listens and stops at once when told."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self.stopping = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    async def main_loop(self) -> None:
        await self.stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Closes what is open, without the pause that a server in production makes for its clients."""
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in tuple(self.server_state.connections):
            connection.shutdown()


@dataclass
class Reply:
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def media_type(self) -> str:
        return self.headers["Content-Type"].partition(";")[0]

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.json["errors"]]


@dataclass
class Served:
    """A running server."""

    view: GraphQLView
    port: int
    http: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    async def request(self, method: str, path: str = "", **options: Any) -> Reply:
        async with self.http.request(method, self.url + path, allow_redirects=False, **options) as response:
            return Reply(response.status, response.headers, await response.read())

    async def post(self, body: object, headers: Mapping[str, str] | None = None) -> Reply:
        return await self.request("POST", data=json.dumps(body).encode(), headers={**POST_HEADERS, **(headers or {})})

    async def query(self, query: str, headers: Mapping[str, str] | None = None, **variables: object) -> Reply:
        return await self.post({"query": query, "variables": variables}, headers)

    @asynccontextmanager
    async def socket(self, *, subprotocol: str | None = SUBPROTOCOL, **options: Any) -> AsyncIterator["Client"]:
        protocols = [Subprotocol(subprotocol)] if subprotocol else None
        url = f"ws://127.0.0.1:{self.port}/graphql"
        async with connect(url, subprotocols=protocols, **options) as connection:
            yield Client(connection)

    @asynccontextmanager
    async def ready_socket(self, payload: object = None, **options: Any) -> AsyncIterator["Client"]:
        async with self.socket(**options) as client:
            await client.initialise(payload)
            yield client


@dataclass
class Client:
    """A client of graphql-transport-ws."""

    connection: ClientConnection

    async def send(self, **message: object) -> None:
        await self.connection.send(json.dumps(message))

    async def receive(self) -> Any:
        return json.loads(await self.connection.recv())

    async def initialise(self, payload: object = None) -> None:
        await self.send(type="connection_init", **({} if payload is None else {"payload": payload}))
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(self, query: str, id: str = "1", **variables: object) -> None:  # noqa: A002 - the protocol's
        await self.send(id=id, type="subscribe", payload={"query": query, "variables": variables})

    async def until_closed(self) -> tuple[int | None, str | None]:
        """The code and reason with which the server closed, whatever it sent before."""
        with suppress(ConnectionClosed):
            while True:
                await self.connection.recv()
        return self.connection.close_code, self.connection.close_reason


@asynccontextmanager
async def serving(options: GraphQLOptions) -> AsyncIterator[Served]:
    """Serves the options until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    own_origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    view = GraphQLView(replace(options, allowed_origins=options.allowed_origins | {own_origin}))
    config = uvicorn.Config(Starlette(routes=view.routes()), log_level="warning", lifespan="off", ws_ping_interval=None)
    server = _Uvicorn(config)
    task = asyncio.create_task(server.serve([listener]))
    await server.listening.wait()
    try:
        async with aiohttp.ClientSession() as http:
            yield Served(view, listener.getsockname()[1], http)
    finally:
        await view.close_all()
        server.stopping.set()
        await task
