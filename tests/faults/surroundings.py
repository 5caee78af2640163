"""A story beyond one machine, with a PostgreSQL and a Redis of its own that may die under it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp

from tests.journeys.companies import NEWBRIDGE, Company
from tests.journeys.story import BOOK, Slot, Story, story_on
from tests.support.client import Client, Items
from tests.support.postgresql_server import PostgresqlServer, postgresql_server
from tests.support.redis_server import RedisServer, redis_server

VIEWER = "{ viewer { member { name } } }"
BACK_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The story and what it stands on."""

    story: Story
    database: PostgresqlServer
    redis: RedisServer

    async def health(self, check: str) -> "Answer":
        """What `/health/live` or `/health/ready` says."""
        return await answered(f"{self.story.server.address}/health/{check}")

    async def until_ready(self) -> None:
        """Returns once the server says that it can do its work again."""
        async with asyncio.timeout(BACK_SECONDS):
            while (await self.health("ready")).status != HTTPStatus.OK:
                continue

    async def post_as_suite(self) -> "Answer":
        """A change notification of Graph's that names a watch which nobody knows, as it comes to the door."""
        return await answered(
            f"{self.story.server.address}/webhooks/microsoft365",
            {"value": [{"subscriptionId": "nobody's", "clientState": "x", "changeType": "updated", "resource": "x"}]},
        )

    async def asked(self, client: Client, document: str = VIEWER, **variables: object) -> "Answer":
        """The answer over HTTP, status and all."""
        body = {"query": document, "variables": variables}
        return await answered(f"{client.address}/graphql", body, Authorization=f"Bearer {client.token}")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer over HTTP, and how long it took."""

    status: int
    headers: dict[str, str]
    body: Any
    seconds: float

    @property
    def error(self) -> dict[str, Any]:
        """What the extensions of the first error say."""
        extensions: dict[str, Any] = self.body["errors"][0]["extensions"]
        return extensions


async def answered(address: str, body: object = None, **headers: str) -> Answer:
    """Whatever the address answers, within half a minute."""
    began = time.monotonic()
    limit = aiohttp.ClientTimeout(total=30)
    async with (
        aiohttp.ClientSession(timeout=limit) as session,
        session.request("GET" if body is None else "POST", address, json=body, headers=headers) as response,
    ):
        text = await response.text()
        is_json = "json" in response.headers.get("Content-Type", "")
        read = await response.json(content_type=None) if is_json else text
        return Answer(response.status, dict(response.headers), read, time.monotonic() - began)


@asynccontextmanager
async def surroundings(folder: Path, company: Company = NEWBRIDGE, **settings: str) -> AsyncIterator[Surroundings]:
    """A server on a PostgreSQL and a Redis of its own; settings lack their prefix."""
    async with postgresql_server() as database, redis_server() as redis:
        settings.setdefault("PENDING_POLLING", "false")
        async with story_on(database.url, folder, company, moves_clock=False, REDIS_URL=redis.url, **settings) as story:
            yield Surroundings(story, database, redis)


async def booked(story: Story, member: Client, subject: str, slot: Slot) -> dict[str, Any]:
    """A free room asked for a new event of this subject; the room."""
    room = await story.free_room(member, slot)
    answer = await member.field(BOOK, **booking_of(room, subject, slot))
    assert answer["__typename"] == "RoomsBooked", answer
    return room


def booking_of(room: dict[str, Any], subject: str, slot: Slot) -> dict[str, Any]:
    """The variables of `BOOK`; the subject is the key too."""
    return {"input": {"roomIds": [room["id"]], "event": slot.as_event(subject), "idempotencyKey": subject}}


async def until_told(updates: Items, state: str, seconds: float = BACK_SECONDS) -> dict[str, Any]:
    """The next update of a booking in this state."""
    async with asyncio.timeout(seconds):
        while True:
            update: dict[str, Any] = await updates.next(seconds)
            if update["booking"]["state"] == state:
                return update
