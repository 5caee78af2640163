"""Whatever ends the watch on a mailbox, with or without a word: what its rooms say later is heard all the same."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.bad_input.world import AGENDA
from tests.journeys.companies import NEWBRIDGE, Company
from tests.journeys.story import BOOK, PENDING, ROOM_SYNC_SECONDS, Slot, Story, story_on
from tests.support.client import Client, Items
from tests.support.database import sqlite_url

WATCHES = {"MICROSOFT_365": "graph/subscriptions", "GOOGLE_WORKSPACE": "google/channels"}
END = {"MICROSOFT_365": "users/{}/consent", "GOOGLE_WORKSPACE": "google/users/{}/consent"}
REVOKE = "users/{}/revoke-refresh-tokens"
EXPIRY = {"MICROSOFT_365": "entra/expire-access-tokens", "GOOGLE_WORKSPACE": "google/expire-access-tokens"}
SUBJECT = "Heard again"


@pytest.fixture
async def story(tmp_path: Path, company: Company) -> AsyncIterator[Story]:
    async with story_on(sqlite_url(tmp_path), tmp_path, company, PENDING_POLLING="false") as story:
        yield story


async def _accepted(story: Story, member: Client, updates: Items, slot: Slot) -> dict[str, Any]:
    """A room that said yes."""
    room = await story.free_room(member, slot)
    await member.field(BOOK, input={"roomIds": [room["id"]], "event": slot.as_event(SUBJECT), "idempotencyKey": "one"})
    while (await updates.next())["booking"]["state"] == "PENDING":
        continue
    return room


async def _watches(story: Story) -> dict[str, Any]:
    found = await story.sandbox.control("GET", WATCHES[story.company.suite])
    return {watch["id"]: watch for watch in found}


async def _another_watch(story: Story, *former: str) -> None:
    async with asyncio.timeout(ROOM_SYNC_SECONDS):
        while not (await _watches(story)).keys() - {*former}:
            continue


async def test_after_reconnecting_a_room_that_changes_its_mind_is_heard_by_a_watch_of_the_new_consent(
    story: Story,
) -> None:
    company, slot = story.company, Slot.in_days(3)
    await story.enabled()
    async with story.speaking_for(await story.connected_member()) as member, member.subscribe(PENDING) as updates:
        room = await _accepted(story, member, updates, slot)
        [former] = await _watches(story)
        await story.sandbox.control("DELETE", END[company.suite].format(company.member))
        if company.suite == "MICROSOFT_365":
            await story.sandbox.control("POST", REVOKE.format(company.member))
            await story.sandbox.control("DELETE", f"graph/subscriptions/{former}")
        await story.sandbox.control("POST", EXPIRY[company.suite], {})
        assert (await member.field(AGENDA, **slot.as_window()))["code"] == "RECONNECT_REQUIRED"

        await story.connected(member, company.member)
        await _another_watch(story, former)
        await company.change_mind(story.sandbox, room["email"], SUBJECT)
        update = await updates.next()

    assert (update["booking"]["state"], update["booking"]["reason"]) == ("REJECTED", "RELEASED")


async def test_a_watch_that_microsoft_takes_away_with_a_word_is_made_anew_and_what_was_missed_is_found(
    tmp_path: Path,
) -> None:
    slot, removed = Slot.in_days(3), {"event": "subscriptionRemoved"}
    async with story_on(sqlite_url(tmp_path), tmp_path, NEWBRIDGE, PENDING_POLLING="false") as story:
        await story.enabled()
        async with story.speaking_for(await story.connected_member()) as member, member.subscribe(PENDING) as updates:
            room = await _accepted(story, member, updates, slot)
            [former] = await _watches(story)
            await story.sandbox.control("PATCH", "graph/delivery", {"drop_probability": 1})
            await NEWBRIDGE.change_mind(story.sandbox, room["email"], SUBJECT)
            await story.sandbox.control("PATCH", "graph/delivery", {})

            await story.sandbox.control("POST", f"graph/subscriptions/{former}/lifecycle", removed)
            await _another_watch(story, former)
            update = await updates.next()

    assert (update["booking"]["state"], update["booking"]["reason"]) == ("REJECTED", "RELEASED")


async def test_a_booking_that_a_stopped_server_was_looking_at_is_looked_at_at_once_after_the_restart(
    tmp_path: Path,
) -> None:
    slot = Slot.in_days(3)
    reading = {"host": "graph", "method": "GET", "path": "/me/events/*", "effect": "hold", "times": None}
    async with story_on(sqlite_url(tmp_path), tmp_path, NEWBRIDGE, PENDING_POLLING="false") as story:
        await story.enabled()
        token = await story.connected_member()
        async with story.speaking_for(token) as member:
            room = await story.free_room(member, slot)
            fault = (await story.sandbox.control("POST", "faults", reading))["id"]
            event = {"roomIds": [room["id"]], "event": slot.as_event(SUBJECT), "idempotencyKey": "one"}
            await member.field(BOOK, input=event)
            await story.sandbox.control("GET", f"faults/{fault}/held?count=1")

        assert await story.server.stop() == 0
        await story.sandbox.control("DELETE", "faults")
        await story.server.start()

        async with (
            asyncio.timeout(ROOM_SYNC_SECONDS),
            story.speaking_for(token) as member,
            member.subscribe(PENDING, since=slot.start.replace(year=2020).isoformat()) as updates,
        ):
            while (await updates.next())["booking"]["state"] != "ACCEPTED":
                continue
