"""Members of both suites who really came in: signed in, consented, connected, with meetings in their calendars."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from app.sandbox.crowd import Size, members_of
from benchmarks.loading.deployment import Deployment
from tests.journeys.companies import BROOKSIDE, NEWBRIDGE, Company
from tests.journeys.story import Story

LARGE_SUITES = ((NEWBRIDGE, "MICROSOFT", "newbridge.example"), (BROOKSIDE, "GOOGLE", "brookside.example"))
"""Each company with the sandbox's name for its suite, and the domain that the crowd is added to."""
MEETINGS_EACH = 40
SIDE_BY_SIDE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """One member, as their client knows them."""

    number: int
    """Counted through all companies, so that everybody can have times of their own."""
    address: str
    token: str
    company: Company


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """One organisation with its members."""

    company: Company
    administrator: str
    """The token."""
    members: Sequence[Connected]


async def offices(running: Deployment, members: int, rooms: int) -> list[Office]:
    """Both companies enabled, with so many members together who have connected, and so many rooms each."""
    each = -(-members // len(LARGE_SUITES))
    found: list[Office] = []
    for company, suite, domain in LARGE_SUITES:
        size = Size(members=each, rooms=rooms, events=each * MEETINGS_EACH)
        order = {"suite": suite, "domain": domain, "members": each, "rooms": rooms, "events": size.events}
        await running.sandbox.control("POST", "large-tenant", order)
        story = running.story(company)
        administrator = await story.enabled()
        addresses = [f"{one.local_part}@{domain}" for one in members_of(size)]
        came_in = await _come_in(story, addresses, len(found) * each)
        found.append(Office(company=company, administrator=administrator, members=came_in))
    return found


async def _come_in(story: Story, addresses: Sequence[str], first: int) -> list[Connected]:
    places = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(number: int, address: str) -> Connected:
        async with places:
            token = await story.connected_member(address)
        return Connected(number=first + number, address=address, token=token, company=story.company)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(number, address)) for number, address in enumerate(addresses)]
    return [task.result() for task in tasks]
