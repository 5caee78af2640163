"""What booking a room with us takes beyond what the suite itself takes to create the event. On SQLite."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import aiohttp

from app.database import engine
from app.suites.events import NewEvent, Person
from app.suites.microsoft365 import writing
from benchmarks.benching.product.connected import Connected, connected
from benchmarks.benching.product.in_process import Asker, composed
from benchmarks.benching.product.machine import kept_off, pin
from benchmarks.benching.rows import Conditions, Contender, Counted, Figures, Goal, Unit, Wrong
from tests.support.client import Client
from tests.support.database import sqlite_url

TURNS, WARM_UPS = 60, 5
QUIET_SECONDS = 0.1
"""Until what a booking sets going in the background is over."""
BOOK = """mutation ($input: BookRoomInput!) { bookRoom(input: $input) { __typename
  ... on RoomsBooked { event { id subject } bookings { id state } problems { message } }
  ... on Problem { code message }
} }"""
ROOMS = "{ rooms { nodes { id name email } } }"
ADDED, OURS, SUITE = "added by us", "booking", "the suite's own create call"

_FIRST = timedelta(days=20)
_MEETING = timedelta(minutes=25)


async def measure(conditions: Conditions) -> Figures:
    """One of each by turns; what is added is told turn by turn."""
    turns, warm_ups = conditions.pick(TURNS, 2), conditions.pick(WARM_UPS, 1)
    url = sqlite_url(conditions.folder)
    found: dict[str, list[float]] = {ADDED: [], OURS: [], SUITE: []}
    async with kept_off(), connected(url, conditions.folder) as member, AsyncExitStack() as stack:
        pin(member.story.server.pid, serves=True)
        client = await stack.enter_async_context(Client(member.story.server.address, member.token))
        async with engine.database(url):
            direct = await stack.enter_async_context(_session(member, await member.suite_token()))
        rooms = (await client.field(ROOMS))["nodes"]
        for turn in range(-warm_ups, turns):
            ours = await _timed(lambda: _book(client, _meeting(2 * (turn + warm_ups)), rooms[0]["id"]))  # noqa: B023
            suite = await _timed(lambda: _create(member, direct, _meeting(2 * (turn + warm_ups) + 1), rooms[0]))  # noqa: B023
            if turn >= 0:
                found[OURS].append(ours)
                found[SUITE].append(suite)
                found[ADDED].append(ours - suite)
    return found


async def _timed(work: Callable[[], Awaitable[None]]) -> float:
    """Milliseconds; then a moment of quiet."""
    began = time.perf_counter()
    await work()
    took = (time.perf_counter() - began) * 1000
    await asyncio.sleep(QUIET_SECONDS)
    return took


def _meeting(number: int) -> NewEvent:
    """A time of its own: no room has to say no."""
    day, turn = divmod(number, 40)
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + _FIRST
    start += timedelta(days=day, minutes=30 * turn)
    return NewEvent(subject=f"Planning {number}", start=start, end=start + _MEETING, time_zone="UTC")


def _asked(meeting: NewEvent, room_id: str) -> dict[str, Any]:
    event = {
        "subject": meeting.subject,
        "start": meeting.start.isoformat(),
        "end": meeting.end.isoformat(),
        "timeZone": meeting.time_zone,
    }
    return {"roomIds": [room_id], "event": event, "idempotencyKey": uuid4().hex}


async def _book(client: Client, meeting: NewEvent, room_id: str) -> None:
    booked = await client.field(BOOK, input=_asked(meeting, room_id))
    if booked["__typename"] != "RoomsBooked" or booked["problems"]:
        raise Wrong(f"not booked: {booked}")


async def _create(member: Connected, session: aiohttp.ClientSession, meeting: NewEvent, room: dict[str, Any]) -> None:
    """The same event as we create it, by a client that does nothing besides."""
    rooms = (Person(room["email"], room["name"]),)
    asked = NewEvent(
        subject=meeting.subject, start=meeting.start, end=meeting.end, time_zone=meeting.time_zone, rooms=rooms
    )
    body = writing.new_event(asked, uuid4())
    async with session.post(f"{member.story.sandbox.description.graph_url}/me/events", json=body) as response:
        made = await response.json()
        if response.status != 201:
            raise Wrong(f"not created: {made}")


def _session(member: Connected, suite_token: str) -> aiohttp.ClientSession:
    trust = ssl.create_default_context(cafile=member.story.sandbox.description.ca_bundle)
    headers = {"Authorization": f"Bearer {suite_token}", "Prefer": 'outlook.timezone="UTC", IdType="ImmutableId"'}
    return aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(ssl=trust))


def path(conditions: Conditions) -> Contender:
    """Ours inside this process, with the sandbox as the suite."""

    @asynccontextmanager
    async def contender() -> AsyncIterator[Unit]:
        async with connected(sqlite_url(conditions.folder), conditions.folder) as member:
            await member.story.server.stop()
            async with composed(member.settings()) as application:
                asker, numbers = Asker(application, member.token), count()
                room_id = (await asker.ask(ROOMS, {}))["rooms"]["nodes"][0]["id"]

                async def once() -> None:
                    await asker.ask(BOOK, {"input": _asked(_meeting(next(numbers)), room_id)})

                yield once

    return contender


BOOKING = Counted(
    name="booking",
    measures="Booking a room for a new event, on SQLite, and what that takes beyond the suite's own call.",
    goals=(Goal(contender=ADDED, at_most=5),),
    measure=measure,
    units=dict.fromkeys((ADDED, OURS, SUITE), "ms"),
    path=path,
)
