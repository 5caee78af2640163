"""Growing calendars: events in the window of an agenda, and people on each event."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import orjson

from benchmarks.growing import documents, planting
from benchmarks.growing.things import Path, Thing
from benchmarks.growing.world import FIRST_DAY, World
from tests.journeys.companies import BROOKSIDE, NEWBRIDGE

ATTENDEES, EVENTS = 8, 10
PAGE = 100
WEEKS = 8
EIGHT_WEEKS = {"from": FIRST_DAY.isoformat(), "to": (FIRST_DAY + timedelta(weeks=WEEKS)).isoformat()}
PAGED = """query ($from: DateTime!, $to: DateTime!, $after: String) { agenda(from: $from, to: $to) { __typename
  ... on Agenda {
    events(first: 100, after: $after) { nodes { id subject start { dateTime } } pageInfo { hasNextPage endCursor } }
    problems { code }
  }
  ... on Problem { code message }
} }"""


async def events(world: World, present: int, size: int) -> Mapping[str, Path]:
    """In the week that is asked for."""
    await planting.fill(world, size - present, ATTENDEES)
    return {
        "agenda, its first 50 events": Path(work=_agenda(world)),
        f"agenda, all of it, {PAGE} events at a time": Path(work=lambda: _every_page(world)),
    }


async def whole_calendar(world: World, present: int, size: int) -> Mapping[str, Path]:
    """In eight weeks that are asked for at once, and paged to their end: far more than anybody has."""
    await planting.fill(world, size - present, 2, WEEKS)
    if not present:
        await _every_page(world, EIGHT_WEEKS)  # whatever is only done once in a process
    name = f"agenda of {WEEKS} weeks, paged to its end, {PAGE} events at a time"
    return {name: Path(work=lambda: _every_page(world, EIGHT_WEEKS), is_done_once=True, is_weighed=True)}


async def attendees(world: World, present: int, size: int) -> Mapping[str, Path]:
    """On each of some events."""
    await world.control("DELETE", f"mailboxes/{world.member.address}/items")
    await planting.fill(world, EVENTS, size)
    return {f"agenda of {EVENTS} events, their first 50 people": Path(work=_agenda(world))}


def _agenda(world: World) -> Callable[[], Awaitable[bytes]]:
    return lambda: world.door.ask(documents.AGENDA, documents.WEEK)


async def _every_page(world: World, window: Mapping[str, str] = documents.WEEK) -> None:
    after: str | None = None
    while True:
        answer = await world.door.ask(PAGED, {**window, "after": after})
        page: dict[str, Any] = orjson.loads(answer)["data"]["agenda"]["events"]["pageInfo"]
        if not page["hasNextPage"]:
            return
        after = page["endCursor"]


WHOLE_CALENDARS = (
    Thing(
        name="events in a huge calendar, Microsoft 365",
        sizes=(500, 5_000, 50_000),
        quick=(2, 4, 8),
        grow=whole_calendar,
    ),
    Thing(
        name="events in a huge calendar, Google Workspace",
        sizes=(500, 5_000, 50_000),
        quick=(2, 4, 8),
        grow=whole_calendar,
        company=BROOKSIDE,
    ),
)
CALENDARS = (
    Thing(name="events in the window, Microsoft 365", sizes=(10, 100, 1_000), quick=(2, 4, 8), grow=events),
    Thing(
        name="events in the window, Google Workspace",
        sizes=(10, 100, 1_000),
        quick=(2, 4, 8),
        grow=events,
        company=BROOKSIDE,
    ),
    Thing(
        name="people on an event, Microsoft 365", sizes=(5, 50, 500), quick=(2, 4, 8), grow=attendees, company=NEWBRIDGE
    ),
    Thing(
        name="people on an event, Google Workspace",
        sizes=(5, 50, 500),
        quick=(2, 4, 8),
        grow=attendees,
        company=BROOKSIDE,
    ),
)
