"""Disconnecting ends everything here at every suite; whether it ends there too is told, and true."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.bad_input.world import ACCESS, DISCONNECT
from tests.journeys.companies import BROOKSIDE, NEWBRIDGE, Company
from tests.journeys.story import AVAILABLE, BOOK, BOOKINGS, PENDING, Slot, Story, story_on
from tests.support.database import sqlite_url

pytestmark = pytest.mark.asyncio(loop_scope="module")

REVOCABLE = "{ calendarSuites { name capabilities { revocableByUs } } }"


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=[NEWBRIDGE, BROOKSIDE], ids=lambda company: company.suite
)
async def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    """One enabled organisation at each suite."""
    company: Company = request.param
    folder = tmp_path_factory.mktemp("disconnecting")
    async with story_on(sqlite_url(folder), folder, company, PENDING_POLLING="false", SUITE_TIMEOUT="1.5") as story:
        await story.enabled()
        yield story


@pytest_asyncio.fixture(loop_scope="module")
async def token(story: Story) -> str:
    """Of a member who has connected."""
    return await story.connected_member()


async def _granted(story: Story) -> list[str]:
    """What the member's consent at the suite holds: their own, or the one that was given for everybody."""
    if story.company is BROOKSIDE:
        consent = await story.sandbox.control("GET", f"google/users/{story.company.member}/consent")
        return list(consent["scopes"])
    tenants = await story.sandbox.control("GET", "tenants")
    [granted] = [tenant["granted"] for tenant in tenants if tenant["domain"] == "newbridge.example"]
    return [scope for consent in granted for scope in consent["scopes"]]


async def _access(story: Story, token: str) -> dict[str, Any]:
    async with story.speaking_for(token) as member:
        access: dict[str, Any] = (await member.field(ACCESS))["connection"]
    return access


async def test_whether_the_suite_was_told_is_what_the_schema_promises_and_what_the_suite_holds(
    story: Story, token: str
) -> None:
    async with story.speaking_for(token) as member:
        before = await _granted(story)
        suites = {suite["name"]: suite["capabilities"]["revocableByUs"] for suite in await member.field(REVOCABLE)}

        answer = await member.field(DISCONNECT)

        access = (await member.field(ACCESS))["connection"]

    told = story.company is BROOKSIDE
    assert answer["suiteWasTold"] is told
    assert suites[story.company.suite] is told
    assert before
    assert await _granted(story) == ([] if told else before)
    assert answer["connection"]["status"] == access["status"] == "NOT_CONNECTED"


async def test_nothing_of_the_calendar_is_left_here_and_nothing_more_is_heard(story: Story, token: str) -> None:
    slot = Slot.in_days(3)
    async with story.speaking_for(token) as member, member.subscribe(PENDING) as updates:
        room = await story.free_room(member, slot)
        event = slot.as_event("Before disconnecting")
        await member.field(BOOK, input={"roomIds": [room["id"]], "event": event, "idempotencyKey": "before"})
        while (await updates.next())["booking"]["state"] == "PENDING":
            continue

        await member.field(DISCONNECT)

        ended = await updates.next()
        bookings = (await member.field(BOOKINGS))["nodes"]
        refused = await member.field(AVAILABLE, **slot.as_window())

    assert (ended["__typename"], ended["reason"]) == ("SubscriptionEnded", "CALENDAR_DISCONNECTED")
    assert bookings == []
    assert refused["code"] == "CONNECTION_REQUIRED"
    assert len(await story.company.items(story.sandbox, "Before disconnecting")) == 1


async def test_whoever_has_disconnected_connects_again_as_at_first(story: Story, token: str) -> None:
    async with story.speaking_for(token) as member:
        await member.field(DISCONNECT)

        await story.connected(member, story.company.member)

        found = await member.field(AVAILABLE, **Slot.in_days(4).as_window())
    assert found["__typename"] == "AvailableRooms"
    assert found["problems"] == []


async def test_there_is_nothing_to_disconnect_twice(story: Story, token: str) -> None:
    async with story.speaking_for(token) as member:
        await member.field(DISCONNECT)

        again = await member.field(DISCONNECT)

    assert again["code"] == "CONNECTION_REQUIRED"


@pytest.mark.parametrize(
    "fault",
    [{"status": 503}, {"effect": "drop"}, {"effect": "hold", "moment": "before"}],
    ids=["broken", "dropped", "silent"],
)
async def test_a_suite_that_does_not_take_note_keeps_nobody_connected_and_the_member_is_told_so(
    story: Story, token: str, fault: dict[str, object]
) -> None:
    """Microsoft is not asked at all: the answer is the same there."""
    before = await _granted(story)
    await story.sandbox.control(
        "POST", "faults", {"host": "google-accounts", "path": "/revoke", "times": None, **fault}
    )

    async with story.speaking_for(token) as member:
        answer = await member.field(DISCONNECT)

    await story.sandbox.control("DELETE", "faults")
    assert (answer["suiteWasTold"], answer["connection"]["status"]) == (False, "NOT_CONNECTED")
    assert await _granted(story) == before
    assert (await _access(story, token))["status"] == "NOT_CONNECTED"


async def test_a_consent_that_ended_in_the_suite_already_is_disconnected_like_any_other(
    story: Story, token: str
) -> None:
    ending = (
        ("DELETE", "google/users/{}/consent") if story.company is BROOKSIDE else ("POST", "users/{}/revoke-sessions")
    )
    await story.sandbox.control(ending[0], ending[1].format(story.company.member))

    async with story.speaking_for(token) as member:
        answer = await member.field(DISCONNECT)

    assert answer["suiteWasTold"] is (story.company is BROOKSIDE)
    assert answer["connection"]["status"] == "NOT_CONNECTED"
