"""Events in a calendar of either suite, each as people make it there, and who is invited to them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from benchmarks.growing.world import FIRST_DAY, World
from tests.journeys.companies import NEWBRIDGE

EVENTS_A_DAY = 10
LONG = timedelta(minutes=50)
SIDE_BY_SIDE = 8
WORDS = "What came of the last time, and what comes next. " * 3


async def plant(world: World, invited: Sequence[Sequence[str]], first: int = 0) -> None:
    """For each list of addresses an event of the member's, from this number on: ten a day, an hour apart."""
    places = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(number: int, addresses: Sequence[str]) -> None:
        async with places:
            await world.control("POST", f"mailboxes/{world.member.address}/events", event(world, number, addresses))

    await asyncio.gather(*(one(first + place, addresses) for place, addresses in enumerate(invited)))


async def fill(world: World, events: int, attendees: int, weeks: int = 1) -> None:
    """So many events more within the week, or in each of some weeks an equal part of them, each with so many people."""
    for week in range(weeks):
        start = FIRST_DAY.date() + timedelta(weeks=week)
        order = {"events": events // weeks, "attendees": attendees, "start": start.isoformat()}
        await world.control("POST", f"mailboxes/{world.member.address}/fill", order)


def event(world: World, number: int, addresses: Sequence[str]) -> Mapping[str, Any]:
    """In the suite's own words."""
    day, turn = divmod(number, EVENTS_A_DAY)
    start = FIRST_DAY + timedelta(days=day, hours=8 + turn)
    if world.company is NEWBRIDGE:
        times = (start.strftime("%Y-%m-%dT%H:%M:%S"), (start + LONG).strftime("%Y-%m-%dT%H:%M:%S"))
        return {
            "subject": f"Planning of part {number:03}",
            "body": {"contentType": "text", "content": WORDS},
            "location": {"displayName": "By the water"},
            "start": {"dateTime": times[0], "timeZone": "UTC"},
            "end": {"dateTime": times[1], "timeZone": "UTC"},
            "attendees": [
                {"type": "required", "emailAddress": {"address": address, "name": "Somebody"}} for address in addresses
            ],
        }
    return {
        "summary": f"Planning of part {number:03}",
        "description": WORDS,
        "location": "By the water",
        "start": {"dateTime": start.isoformat(), "timeZone": "UTC"},
        "end": {"dateTime": (start + LONG).isoformat(), "timeZone": "UTC"},
        "attendees": [{"email": address, "responseStatus": "needsAction"} for address in addresses],
    }
