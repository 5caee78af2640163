"""Growing numbers of open sockets that hear of the same change."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from app import clock
from app.events_bus.bus import Message, MessageKind, organisation_topic
from app.integrations.models import Integration
from benchmarks.benching.rows import Wrong
from benchmarks.growing.things import Path, Thing
from benchmarks.growing.world import World
from benchmarks.loading.people import make_people

EACH = 20
"""As many as one member may have open."""
CHANGES = "subscription { integrationChanged { status } }"
PATIENCE_SECONDS = 60


class Socket:
    """One socket inside this process, and what it has heard."""

    def __init__(self, token: str) -> None:
        self._coming: deque[dict[str, Any]] = deque()
        self._has_come = asyncio.Event()
        self._heard = asyncio.Event()
        self._is_closed = False
        self._say("connection_init", payload={"Authorization": f"Bearer {token}"})
        self._say("subscribe", id="1", payload={"query": CHANGES})

    async def serve(self, world: World) -> None:
        """Until it is closed."""
        self._coming.appendleft({"type": "websocket.connect"})
        await world.door.application(_SCOPE, self._receive, self._send)

    async def heard(self) -> None:
        """Returns once the next event has come. Raises Wrong where the socket was closed."""
        await self._heard.wait()
        self._heard.clear()
        if self._is_closed:
            raise Wrong("a socket was closed")

    def _say(self, kind: str, **besides: object) -> None:
        self._put({"type": "websocket.receive", "text": orjson.dumps({"type": kind, **besides}).decode()})

    def _put(self, message: dict[str, Any]) -> None:
        self._coming.append(message)
        self._has_come.set()

    async def _receive(self) -> dict[str, Any]:
        while not self._coming:
            self._has_come.clear()
            await self._has_come.wait()
        return self._coming.popleft()

    async def _send(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "websocket.close":
            self._is_closed = True
            self._heard.set()
            self._put({"type": "websocket.disconnect", "code": message["code"]})
        elif '"next"' in (message.get("text") or "") or b'"next"' in (message.get("bytes") or b""):
            self._heard.set()


class Crowd:
    """Sockets of members of one organisation."""

    def __init__(self) -> None:
        self._open: list[Socket] = []
        self._serving: set[asyncio.Task[None]] = set()

    async def grow(self, world: World, present: int, size: int) -> Mapping[str, Path]:
        """Each comes in after what was open before, and has heard the present state."""
        if not present:
            self._open.clear()
        connection, more = await world.connection(), size - present
        people = await make_people(connection.integration, -(-more // EACH))
        opened = [Socket(people[place // EACH].token) for place in range(more)]
        for socket in opened:
            task = asyncio.create_task(socket.serve(world))
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        await _all_heard(opened)
        self._open += opened
        return {"one change told to all": Path(work=lambda: self._tell(world, connection.integration))}

    async def _tell(self, world: World, integration: Integration) -> None:
        await Integration.of(integration.organisation_id).filter(id=integration.id).update(status_since=clock.now())
        message = Message(MessageKind.INTEGRATION_CHANGED, integration.id)
        await world.bus.publish(organisation_topic(integration.organisation_id), message)
        await _all_heard(self._open)


async def _all_heard(crowd: Sequence[Socket]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        for socket in crowd:
            await socket.heard()


_SCOPE = {
    "type": "websocket",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "scheme": "ws",
    "path": "/graphql",
    "raw_path": b"/graphql",
    "query_string": b"",
    "root_path": "",
    "headers": [(b"host", b"127.0.0.1")],
    "client": ("127.0.0.1", 1),
    "server": ("127.0.0.1", 80),
    "subprotocols": ["graphql-transport-ws"],
}
SOCKETS = (Thing(name="open sockets", sizes=(10, 100, 1_000), quick=(2, 4, 8), grow=Crowd().grow),)
