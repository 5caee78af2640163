"""`agenda(calendars: ALL_OWNED)` at both suites: every calendar of one's own, each read once, each event shown once."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from app.sandbox.process import SandboxClient
from tests.journeys.companies import BROOKSIDE, NEWBRIDGE, Company
from tests.journeys.story import Slot, story_on
from tests.support.client import Client
from tests.support.database import sqlite_url

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGENDA = """query ($from: DateTime!, $to: DateTime!, $calendars: CalendarSelection!) {
  agenda(from: $from, to: $to, calendars: $calendars) { __typename
    ... on Agenda { events(first: 100) { nodes { id subject } } problems { code message } }
    ... on Problem { code message }
  }
}"""
EVENT = "query ($id: ID!) { event(id: $id) { __typename ... on Event { subject } } }"


class Shelf(ABC):
    """A further calendar of the company's member, and what people put into it."""

    host: str
    lists_calendars: str
    """How the path of the call ends that lists the calendars."""
    reads_events: str
    """How the path of the call ends that reads one calendar's events."""

    def __init__(self, sandbox: SandboxClient, company: Company) -> None:
        self.sandbox = sandbox
        self.mailbox = f"{company.control}/mailboxes/{company.member}"

    @abstractmethod
    async def empty(self) -> None:
        """The member has one calendar only, with nothing in it."""

    @abstractmethod
    async def added(self, name: str) -> str:
        """One more calendar; its id."""

    @abstractmethod
    async def put(self, calendar: str | None, subject: str, slot: Slot) -> None:
        """An event, in the default calendar where none is named."""

    @abstractmethod
    async def put_in_both(self, calendar: str, subject: str, slot: Slot) -> None:
        """The same event, in the default calendar and in this one."""

    @abstractmethod
    async def share(self, name: str, colleague: str, subject: str, slot: Slot) -> None:
        """A colleague's calendar with an event in it, among the member's, who may do everything there."""

    async def calls(self) -> list[str]:
        """The paths, without ids, of what the calendar's host was asked since `forget_calls`."""
        recent = (await self.sandbox.control("GET", "calls"))["recent"]
        return [call["path"] for call in recent if call["host"] == self.host]

    async def forget_calls(self) -> None:
        await self.sandbox.control("DELETE", "calls")


class _AtGoogle(Shelf):
    host, lists_calendars, reads_events = "google-calendar", "/calendarList", "/events"

    async def empty(self) -> None:
        await self.sandbox.control("DELETE", f"{self.mailbox}/secondary")
        await self.sandbox.control("DELETE", f"{self.mailbox}/items")

    async def added(self, name: str) -> str:
        return str((await self.sandbox.control("POST", f"{self.mailbox}/secondary", {"summary": name}))["id"])

    async def put(self, calendar: str | None, subject: str, slot: Slot, *guests: str, mailbox: str = "") -> None:
        event = {
            "summary": subject,
            "start": {"dateTime": slot.start.isoformat()},
            "end": {"dateTime": slot.end.isoformat()},
            "attendees": [{"email": guest} for guest in guests],
        }
        which = f"?calendar={calendar}" if calendar else ""
        await self.sandbox.control("POST", f"{mailbox or self.mailbox}/events{which}", event)

    async def put_in_both(self, calendar: str, subject: str, slot: Slot) -> None:
        """The further calendar organises, its owner is a guest."""
        await self.put(calendar, subject, slot, BROOKSIDE.member)

    async def share(self, name: str, colleague: str, subject: str, slot: Slot) -> None:
        theirs = f"google/mailboxes/{colleague}"
        await self.put(None, subject, slot, mailbox=theirs)
        await self.sandbox.control("POST", f"{theirs}/share", {"reader": BROOKSIDE.member, "role": "owner"})


class _AtMicrosoft(Shelf):
    host, lists_calendars, reads_events = "graph", "/calendars", "/calendarView"

    async def empty(self) -> None:
        await self.sandbox.control("DELETE", f"{self.mailbox}/calendars")
        await self.sandbox.control("DELETE", f"{self.mailbox}/items")

    async def added(self, name: str) -> str:
        return str((await self.sandbox.control("POST", f"{self.mailbox}/calendars", {"name": name}))["id"])

    async def put(self, calendar: str | None, subject: str, slot: Slot) -> None:
        made = await self._made(self.mailbox, subject, slot)
        if calendar is not None:
            await self._copied(made, calendar)
            await self.sandbox.control("DELETE", f"{self.mailbox}/events/{made}")

    async def put_in_both(self, calendar: str, subject: str, slot: Slot) -> None:
        await self._copied(await self._made(self.mailbox, subject, slot), calendar)

    async def share(self, name: str, colleague: str, subject: str, slot: Slot) -> None:
        await self._made(f"graph/mailboxes/{colleague}", subject, slot)
        await self.sandbox.control("POST", f"{self.mailbox}/calendars", {"name": name, "shared_by": colleague})

    async def _made(self, mailbox: str, subject: str, slot: Slot) -> str:
        event = {
            "subject": subject,
            "start": {"dateTime": slot.start.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"},
            "end": {"dateTime": slot.end.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"},
        }
        return str((await self.sandbox.control("POST", f"{mailbox}/events", event))["id"])

    async def _copied(self, event: str, calendar: str) -> None:
        await self.sandbox.control("POST", f"{self.mailbox}/events/{event}/copy", {"calendar": calendar})


@dataclass(frozen=True, slots=True)
class World:
    """A member who is connected, and what stands in their calendars."""

    company: Company
    member: Client
    shelf: Shelf

    async def subjects(self, slot: Slot, calendars: str) -> list[str]:
        agenda = await self.agenda(slot, calendars)
        assert agenda["problems"] == []
        return sorted(event["subject"] for event in agenda["events"]["nodes"])

    async def agenda(self, slot: Slot, calendars: str) -> dict[str, Any]:
        agenda: dict[str, Any] = await self.member.field(AGENDA, calendars=calendars, **slot.as_window())
        assert agenda["__typename"] == "Agenda", agenda
        return agenda


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=[NEWBRIDGE, BROOKSIDE], ids=lambda company: company.suite
)
async def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One organisation at each suite."""
    company: Company = request.param
    folder = tmp_path_factory.mktemp("owned")
    async with story_on(sqlite_url(folder), folder, company, PENDING_POLLING="false") as story:
        await story.enabled()
        token = await story.connected_member()
        shelf = (_AtMicrosoft if company is NEWBRIDGE else _AtGoogle)(story.sandbox, company)
        async with story.speaking_for(token) as member:
            yield World(company, member, shelf)


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _one_calendar_only(world: World) -> None:
    await world.shelf.empty()


async def test_a_further_calendar_of_ones_own_is_shown_where_all_are_asked_for_and_not_by_default(
    world: World,
) -> None:
    slot = Slot.in_days(10)
    allotment = await world.shelf.added("Allotment")
    await world.shelf.put(None, "At work", slot)
    await world.shelf.put(allotment, "Digging", slot)

    by_default, of_all = await world.subjects(slot, "DEFAULT"), await world.subjects(slot, "ALL_OWNED")

    assert by_default == ["At work"]
    assert of_all == ["At work", "Digging"]


async def test_an_event_that_stands_in_two_calendars_is_shown_once(world: World) -> None:
    slot = Slot.in_days(11)
    allotment = await world.shelf.added("Allotment")
    await world.shelf.put_in_both(allotment, "In both", slot)

    by_default, of_all = await world.subjects(slot, "DEFAULT"), await world.subjects(slot, "ALL_OWNED")

    assert (by_default, of_all) == (["In both"], ["In both"])


async def test_all_owned_costs_one_call_for_each_calendar_and_one_for_their_list(world: World) -> None:
    slot = Slot.in_days(12)
    for name in ("Allotment", "Choir", "School"):
        await world.shelf.put(await world.shelf.added(name), f"Of the {name}", slot)
    await world.shelf.forget_calls()

    of_all = await world.subjects(slot, "ALL_OWNED")

    calls = await world.shelf.calls()
    lists = [path for path in calls if path.endswith(world.shelf.lists_calendars)]
    events = [path for path in calls if path.endswith(world.shelf.reads_events)]
    assert of_all == ["Of the Allotment", "Of the Choir", "Of the School"]
    assert (len(lists), len(events), len(calls)) == (1, 1 + 3, 5)


async def test_the_default_calendar_alone_costs_one_call(world: World) -> None:
    await world.shelf.added("Allotment")
    await world.shelf.forget_calls()

    await world.subjects(Slot.in_days(12), "DEFAULT")

    [call] = await world.shelf.calls()
    assert call.endswith(world.shelf.reads_events)


async def test_an_event_of_a_further_calendar_is_found_by_its_id(world: World) -> None:
    slot = Slot.in_days(13)
    await world.shelf.put(await world.shelf.added("Allotment"), "Watering", slot)
    [shown] = (await world.agenda(slot, "ALL_OWNED"))["events"]["nodes"]

    found = await world.member.field(EVENT, id=shown["id"])

    assert found == {"__typename": "Event", "subject": "Watering"}


async def test_a_calendar_that_cannot_be_read_is_a_problem_beside_the_others_events(world: World) -> None:
    slot = Slot.in_days(14)
    broken, whole = await world.shelf.added("Allotment"), await world.shelf.added("Choir")
    await world.shelf.put(None, "At work", slot)
    await world.shelf.put(broken, "Digging", slot)
    await world.shelf.put(whole, "Singing", slot)
    fault = {"host": world.shelf.host, "path": f"/**{broken}/*", "status": 403, "times": None}
    await world.shelf.sandbox.control("POST", "faults", fault)

    agenda = await world.agenda(slot, "ALL_OWNED")

    await world.shelf.sandbox.control("DELETE", "faults")
    assert sorted(event["subject"] for event in agenda["events"]["nodes"]) == ["At work", "Singing"]
    assert len(agenda["problems"]) == 1
    assert await world.subjects(slot, "ALL_OWNED") == ["At work", "Digging", "Singing"]


async def test_a_colleagues_calendar_is_not_ones_own(world: World) -> None:
    slot = Slot.in_days(15)
    await world.shelf.share("A colleague's", world.company.administrator, "Theirs", slot)
    await world.shelf.put(None, "Mine", slot)

    assert await world.subjects(slot, "ALL_OWNED") == ["Mine"]
