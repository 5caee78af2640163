"""A front end: GraphQL over HTTP with an access token, as event streams, and over graphql-transport-ws."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any, Self

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.support.event_stream import EventReader

ANSWER_SECONDS = 10


class GraphQLErrorsError(AssertionError):
    """The answer had `errors` where none were expected."""


class Client:
    """Speaks for one member."""

    def __init__(self, address: str, token: str | None = None) -> None:
        self.address = address
        self.token = token
        self._session = aiohttp.ClientSession()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def send(self, document: str, **variables: object) -> dict[str, Any]:
        """The whole answer, errors and all."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self._session.post(
            f"{self.address}/graphql", json={"query": document, "variables": variables}, headers=headers
        ) as response:
            answer: dict[str, Any] = json.loads(await response.text())
        return answer

    async def ask(self, document: str, **variables: object) -> dict[str, Any]:
        """The answer's data. Raises GraphQLErrorsError."""
        answer = await self.send(document, **variables)
        if answer.get("errors"):
            raise GraphQLErrorsError(answer["errors"])
        data: dict[str, Any] = answer["data"]
        return data

    async def field(self, document: str, **variables: object) -> Any:
        """The one root field's value."""
        data = await self.ask(document, **variables)
        return next(iter(data.values()))

    @contextlib.asynccontextmanager
    async def stream(self, document: str, **variables: object) -> AsyncIterator[EventReader]:
        """A subscription as an event stream."""
        async with self._session.post(
            f"{self.address}/graphql",
            json={"query": document, "variables": variables},
            headers={"Authorization": f"Bearer {self.token}", "Accept": "text/event-stream"},
        ) as response:
            assert response.status == 200, await response.text()
            yield EventReader(response)

    @contextlib.asynccontextmanager
    async def subscribe(self, document: str, **variables: object) -> AsyncIterator["Items"]:
        """A subscription over a socket of its own."""
        url = self.address.replace("http", "ws", 1) + "/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as connection:
            payload = {"Authorization": f"Bearer {self.token}"}
            await connection.send(json.dumps({"type": "connection_init", "payload": payload}))
            acknowledged = json.loads(await connection.recv())
            assert acknowledged["type"] == "connection_ack", acknowledged
            operation = {"query": document, "variables": variables}
            await connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": operation}))
            yield Items(connection)


class Items:
    """What a subscription yields."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def next(self, seconds: float = ANSWER_SECONDS) -> Any:
        """The next item's root field, or None when the server completed the subscription."""
        async with asyncio.timeout(seconds):
            while True:
                message = json.loads(await self._connection.recv())
                match message["type"]:
                    case "next":
                        if message["payload"].get("errors"):
                            raise GraphQLErrorsError(message["payload"]["errors"])
                        return next(iter(message["payload"]["data"].values()))
                    case "complete":
                        return None
                    case "error":
                        raise GraphQLErrorsError(message["payload"])
                    case _:
                        continue

    async def until_closed(self, seconds: float = ANSWER_SECONDS) -> tuple[int | None, str | None]:
        """The code and reason with which the server closed the socket, whatever it sent before."""
        async with asyncio.timeout(seconds):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await self._connection.recv()
        return self._connection.close_code, self._connection.close_reason
