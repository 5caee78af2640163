"""Disabled by mistake, for a while, or for good: five days on the moved clock, at each suite."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.companies import Company
from tests.journeys.story import BOOK, BOOKINGS, ENABLE, PENDING, ROOM_SYNC_SECONDS, TEST, Slot, Story, story_on
from tests.support.client import Client
from tests.support.database import sqlite_url

FIVE_DAYS = timedelta(days=5)
MOMENT = timedelta(minutes=2)
SUBJECT = "In ten days"
WATCHES = {"MICROSOFT_365": "graph/subscriptions", "GOOGLE_WORKSPACE": "google/channels"}

PREVIEW = """{ disableIntegrationPreview { __typename
  ... on DisableIntegrationPreview { confirmation retainedUntil consequences remainsAtSuite
    figures { connectedMembers pairedRooms pendingBookings } }
  ... on Problem { code message } } }"""
DISABLE = """mutation ($input: DisableIntegrationInput!) { disableIntegration(input: $input) { __typename
  ... on IntegrationDisabled { retainedUntil revocation remainsAtSuite integration { status } }
  ... on ConfirmationStale { code consequences confirmation } ... on Problem { code message } } }"""
INTEGRATION = """{ integration { status suite retainedUntil
  figures { connectedMembers suspendedMembers pairedRooms pendingBookings } } }"""
RETAINED = "{ retainedIntegrations { suite status retainedUntil } }"
ACCESS = "{ viewer { connection { status reason keptUntil } unreadNotificationCount } }"
AGENDA = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) { __typename
  ... on Problem { code message remedy } } }"""
ROOMS = "{ rooms { nodes { name email pairing } } }"
ACTIONS = "{ auditLog(first: 100) { nodes { action outcome origin actor { name } } } }"


@pytest.fixture
async def story(tmp_path: Path, company: Company) -> AsyncIterator[Story]:
    async with story_on(sqlite_url(tmp_path), tmp_path, company, moves_clock=True, PENDING_POLLING="false") as story:
        yield story


async def disabled(administrator: Client, **values: Any) -> dict[str, Any]:
    """What was shown is confirmed."""
    shown = await administrator.field(PREVIEW)
    ended: dict[str, Any] = await administrator.field(DISABLE, input={"confirmation": shown["confirmation"], **values})
    assert ended["__typename"] == "IntegrationDisabled", ended
    return ended


async def accepted_booking(story: Story, member: Client) -> dict[str, Any]:
    """A room that said yes; the room."""
    slot = Slot.in_days(10)
    async with member.subscribe(PENDING) as updates:
        room = await story.free_room(member, slot)
        await member.field(
            BOOK, input={"roomIds": [room["id"]], "event": slot.as_event(SUBJECT), "idempotencyKey": "ten"}
        )
        while (await updates.next())["booking"]["state"] == "PENDING":
            continue
    return room


async def until(client: Client, document: str, holds: Any) -> Any:
    """Ask until it is so."""
    async with asyncio.timeout(ROOM_SYNC_SECONDS):
        while not holds(answer := await client.field(document)):
            continue
    return answer


async def watches_of(story: Story) -> list[Any]:
    found: list[Any] = await story.sandbox.control("GET", WATCHES[story.company.suite])
    return found


async def test_disabling_shows_its_consequences_and_everything_stops_at_once(story: Story) -> None:
    token = await story.enabled()
    mine = await story.connected_member()
    slot = Slot.in_days(3)
    async with story.speaking_for(token) as administrator, story.speaking_for(mine) as member:
        await accepted_booking(story, member)
        shown = await administrator.field(PREVIEW)
        assert shown["figures"] == {
            "connectedMembers": 2,
            "pairedRooms": story.company.rooms,
            "pendingBookings": 0,
        }
        assert len(await watches_of(story)) == 1

        async with member.subscribe(PENDING) as updates:
            ended = await administrator.field(DISABLE, input={"confirmation": shown["confirmation"]})
            last, completed = await updates.next(), await updates.next()

        assert ended["integration"]["status"] == "DISABLED"
        assert story.company.suite.split("_")[0].title() in ended["remainsAtSuite"]
        assert (last["__typename"], last["reason"], completed) == ("SubscriptionEnded", "INTEGRATION_DISABLED", None)
        access = (await member.field(ACCESS))["connection"]
        assert (access["status"], access["reason"]) == ("SUSPENDED", "INTEGRATION_DISABLED")
        assert access["keptUntil"] == ended["retainedUntil"]
        assert (await member.field(AGENDA, **slot.as_window()))["code"] == "INTEGRATION_UNAVAILABLE"
        rooms = (await member.field(ROOMS))["nodes"]
        assert {room["pairing"] for room in rooms} == {"UNPAIRED"}
        assert len(rooms) == story.company.rooms
        assert all(room["email"] for room in rooms)
        async with asyncio.timeout(ROOM_SYNC_SECONDS):
            while await watches_of(story):
                continue
        figures = (await administrator.field(INTEGRATION))["figures"]
        assert (figures["connectedMembers"], figures["suspendedMembers"], figures["pairedRooms"]) == (0, 2, 0)
        [retained] = await administrator.field(RETAINED)
        assert retained["retainedUntil"] == ended["retainedUntil"]


async def test_enabled_again_in_time_members_carry_on_and_hear_what_rooms_said_meanwhile(story: Story) -> None:
    token = await story.enabled()
    mine = await story.connected_member()
    async with story.speaking_for(token) as administrator, story.speaking_for(mine) as member:
        room = await accepted_booking(story, member)
        await disabled(administrator)
        await story.company.change_mind(story.sandbox, room["email"], SUBJECT)
        assert (await member.field(BOOKINGS))["nodes"][0]["state"] == "ACCEPTED"
        await story.advance(FIVE_DAYS - MOMENT)

        too_soon = await administrator.field(ENABLE)
        tested = await administrator.field(TEST)
        enabled = await administrator.field(ENABLE)

        assert too_soon["code"] == "TEST_NOT_PASSED"
        assert tested["report"]["passed"], tested
        assert enabled["integration"]["status"] == "ENABLED"
        [booking] = (await until(member, BOOKINGS, lambda answer: answer["nodes"][0]["state"] != "ACCEPTED"))["nodes"]
        assert booking["state"] == "REJECTED"
        access = await member.field(ACCESS)
        assert access["connection"] == {"status": "CONNECTED", "reason": None, "keptUntil": None}
        assert access["unreadNotificationCount"] == 1
        await story.until_rooms_are_synced(administrator)
        rooms = (await member.field(ROOMS))["nodes"]
        assert {entry["pairing"] for entry in rooms} == {"PAIRED"}
        async with asyncio.timeout(ROOM_SYNC_SECONDS):
            while not await watches_of(story):
                continue


async def test_after_five_days_everything_is_erased_and_members_connect_again(story: Story) -> None:
    company = story.company
    token = await story.enabled()
    mine = await story.connected_member()
    async with story.speaking_for(token) as administrator, story.speaking_for(mine) as member:
        await accepted_booking(story, member)
        ended = await disabled(administrator)
        present = await story.advance(FIVE_DAYS)

        assert present >= datetime.fromisoformat(ended["retainedUntil"])
        gone = await until(administrator, INTEGRATION, lambda answer: answer["status"] == "NOT_CONFIGURED")
        assert gone["retainedUntil"] is None
        await until(member, BOOKINGS, lambda answer: answer["nodes"] == [])
        access = (await member.field(ACCESS))["connection"]
        assert (access["status"], access["reason"], access["keptUntil"]) == ("NOT_CONNECTED", "CONSENT_NEEDED", None)
        assert (await administrator.field(ENABLE))["code"] == "INTEGRATION_STATUS_CONFLICT"
        assert await administrator.field(RETAINED) == []
        assert len((await member.field(ROOMS))["nodes"]) == company.rooms

        started = await story.started(administrator)
        await story.visit(company.administrator, started["consentUrl"])
        enabled = await administrator.field(ENABLE)
        assert enabled["__typename"] == "IntegrationEnabled", enabled
        await story.until_rooms_are_synced(administrator)
        await story.connected(member, company.member)
        assert (await member.field(ACCESS))["connection"]["status"] == "CONNECTED"

        entries = (await administrator.field(ACTIONS))["nodes"]
    by = {entry["action"]: entry for entry in reversed(entries)}
    assert by["INTEGRATION_DISABLED"]["actor"]["name"]
    assert (by["INTEGRATION_PURGED"]["actor"], by["INTEGRATION_PURGED"]["origin"]) == (None, "SERVER")


async def test_consents_end_at_the_suite_too_where_that_was_asked_for_and_the_suite_takes_our_word(
    story: Story,
) -> None:
    token = await story.enabled()
    mine = await story.connected_member()
    async with story.speaking_for(token) as administrator, story.speaking_for(mine) as member:
        ended = await disabled(administrator, revokeAtSuite=True)

        if story.company.suite == "MICROSOFT_365":
            assert ended["revocation"] == "NOT_POSSIBLE"
            assert "Enterprise applications" in ended["remainsAtSuite"]
            return
        assert ended["revocation"] == "UNDER_WAY"
        await until(
            administrator,
            ACTIONS,
            lambda answer: any(entry["action"] == "CONSENTS_REVOKED" for entry in answer["nodes"]),
        )
        again = await story.started(administrator)
        await story.visit(story.company.administrator, again["consentUrl"])
        assert (await administrator.field(ENABLE))["integration"]["status"] == "ENABLED"
        access = await member.field(ACCESS)
        assert (access["connection"]["status"], access["connection"]["reason"]) == (
            "RECONNECT_REQUIRED",
            "CONSENT_WITHDRAWN",
        )
        assert access["unreadNotificationCount"] == 1
        await story.connected(member, story.company.member)
        assert (await member.field(ACCESS))["connection"]["status"] == "CONNECTED"
