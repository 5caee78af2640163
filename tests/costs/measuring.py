"""What each hot path costs, counted at both suites on SQLite beside the sandbox. Nothing here reads a clock."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import graphql
import orjson

import app
import schema
from benchmarks.growing import documents, furnishing, planting
from benchmarks.growing.counting import counted_calls
from benchmarks.growing.world import World, world
from tests.costs import meetings
from tests.journeys.companies import Company
from tests.support.queries import counted_queries

EVENTS, ATTENDEES, COLLEAGUES, DAYS, NEWS, ROOMS = 50, 8, 30, 7, 60, 40
WARM_UPS = 3
"""So that what is kept from one time to the next is there: prepared statements, documents, plans, connections."""
TIMES = 3
FUNCTION_CALLS = "function calls"
Costs = Mapping[str, int]
"""By what was counted."""
Work = Callable[[], Awaitable[bytes]]
"""Does it once, and gives what was answered."""


async def measured(company: Company, folder: Path) -> Mapping[str, Costs]:
    """Of each path, by its name."""
    async with world(folder, company, rooms=ROOMS) as present:
        await _furnish(present)
        found = {name: await _costs_of(present, work) for name, work in _questions(present).items()}
        return {**found, **await _around_a_booking(present)}


async def _furnish(present: World) -> None:
    people = await furnishing.colleagues(present, COLLEAGUES)
    await furnishing.shifts(present, [person.member.id for person in people], DAYS)
    await furnishing.news(present, NEWS)
    addresses = [person.member.address for person in people]
    invited = [[addresses[(number * 3 + place) % COLLEAGUES] for place in range(ATTENDEES)] for number in range(EVENTS)]
    await planting.plant(present, invited)
    await furnishing.looked_at()


def _questions(present: World) -> Mapping[str, Work]:
    def asking(document: str, variables: Mapping[str, object] | None = None) -> Work:
        return lambda: present.door.ask(document, variables or {})

    return {
        f"agenda of {EVENTS} events with {ATTENDEES} people each": asking(documents.AGENDA, documents.WEEK),
        "availableRooms": asking(documents.AVAILABLE, documents.AN_HOUR),
        "rooms": asking(documents.ROOMS),
        "shifts": asking(documents.SHIFTS, documents.DAYS),
        "notifications": asking(documents.NOTIFICATIONS),
    }


async def _around_a_booking(present: World) -> Mapping[str, Costs]:
    """A room is booked, its suite posts that something has changed, a worker looks; and another one is booked."""
    rooms = orjson.loads(await present.door.ask("{ rooms(first: 1) { nodes { id email } } }", {}))
    [room] = rooms["data"]["rooms"]["nodes"]
    await meetings.keep_silent(present, room["email"])
    await present.door.ask(documents.BOOK_ROOM, meetings.wish(room["id"], 0))
    await meetings.watched(present)
    post = await meetings.post_about_the_only_booking(present)

    async def posted() -> bytes:
        status, answer = await present.door.post(post.path, post.body, post.headers)
        assert status == 202, status
        return answer

    async def made_due() -> None:
        await meetings.not_due()
        await posted()

    async def looked() -> bytes:
        await present.jobs["booking-checks"].run_due()
        return b""

    numbers = iter(range(1, 100))

    async def booked() -> bytes:
        return await present.door.ask(documents.BOOK_ROOM, meetings.wish(room["id"], next(numbers)))

    return {
        "a post that an event has changed": await _costs_of(present, posted, before=meetings.not_due),
        "a worker's look at what is due": await _costs_of(present, looked, before=made_due),
        "a worker's look where nothing is due": await _costs_of(present, looked, before=meetings.not_due),
        "bookRoom": await _costs_of(present, booked),
    }


async def _nothing() -> None:
    return None


async def _costs_of(present: World, work: Work, *, before: Callable[[], Awaitable[object]] = _nothing) -> Costs:
    """The least of several times: where the machine is busy something may be looked at again, and never less."""
    for _ in range(WARM_UPS):
        await before()
        await work()
    seen = [{**await _outside(present, work, before), **await _inside(work, before)} for _ in range(TIMES)]
    return {name: min(costs[name] for costs in seen) for name in seen[0]}


async def _outside(present: World, work: Work, before: Callable[[], Awaitable[object]]) -> Costs:
    """What it asks of the database and of the suite, and what it answers."""
    await before()
    present.exchanges.clear()
    async with counted_queries() as queries:
        answer = await work()
    exchanged = present.exchanges
    return {
        "statements": len(queries),
        "calls to the suite": exchanged.calls,
        "bytes to the suite": exchanged.bytes_sent,
        "bytes from the suite": exchanged.bytes_received,
        "bytes of the answer": len(answer),
    }


async def _inside(work: Work, before: Callable[[], Awaitable[object]]) -> Costs:
    """How often functions of ours and of graphql-core are called."""
    await before()
    with counted_calls(app, schema, graphql) as calls:
        await work()
    return {FUNCTION_CALLS: calls.calls}
