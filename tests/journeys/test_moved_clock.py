"""Whoever cannot wait moves the clock: what expires expires, what is due is done, here and at the suite."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from app.demo.clock_control import PATH as CLOCK_PATH
from tests.journeys.companies import COMPANIES, NEWBRIDGE, Company
from tests.journeys.story import BOOK, ROOM_SYNC_SECONDS, TEST, Slot, Story, story_on
from tests.support.database import sqlite_url

VIEWER = "{ viewer { member { email } connection { status } } }"
WATCHES = {"MICROSOFT_365": "graph/subscriptions", "GOOGLE_WORKSPACE": "google/channels"}
TOKEN_LIFETIME = timedelta(days=30)


@pytest.fixture(params=COMPANIES, ids=[company.suite for company in COMPANIES])
async def moving(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Story]:
    """A story whose clock can be moved."""
    company: Company = request.param
    async with story_on(sqlite_url(tmp_path), tmp_path, company, moves_clock=True, PENDING_POLLING="false") as story:
        yield story


async def _watched_until(story: Story, later_than: datetime) -> datetime:
    """Until when the suite watches the member's mailbox, once that is later than this."""
    async with asyncio.timeout(ROOM_SYNC_SECONDS):
        while True:
            watches: list[dict[str, Any]] = await story.sandbox.control("GET", WATCHES[story.company.suite])
            for watch in watches:
                if (expires := datetime.fromisoformat(watch["expires_at"])) > later_than:
                    return expires


async def test_a_watch_is_renewed_and_the_consent_still_works_when_days_have_passed(moving: Story) -> None:
    await moving.enabled()
    token = await moving.connected_member()
    slot = Slot.in_days(20)
    async with moving.speaking_for(token) as member:
        room = await moving.free_room(member, slot)
        event = slot.as_event("In three weeks")
        await member.field(BOOK, input={"roomIds": [room["id"]], "event": event, "idempotencyKey": "weeks"})
        first = await _watched_until(moving, datetime.now(UTC))

        present = await moving.advance(timedelta(days=5))

        assert present > datetime.now(UTC) + timedelta(days=4)
        renewed = await _watched_until(moving, first)
        still_free = await moving.free_room(member, slot)
    assert renewed > present
    assert still_free["id"]


async def test_an_access_token_ends_and_a_new_sign_in_at_the_suite_carries_on(moving: Story) -> None:
    by = moving.company.administrator
    token = await moving.enabled()

    await moving.advance(TOKEN_LIFETIME - timedelta(hours=1))
    async with moving.speaking_for(token) as administrator:
        still = await administrator.field(VIEWER)
        tested = await administrator.field(TEST)
        await moving.advance(timedelta(hours=2))
        ended = await administrator.send(VIEWER)
    async with moving.speaking_for(await moving.token_by_sign_in(by)) as administrator:
        again = await administrator.field(VIEWER)

    assert still == again == {"member": {"email": by}, "connection": {"status": "CONNECTED"}}
    assert tested["report"]["passed"], tested
    assert ended["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_server_that_starts_anew_and_a_command_beside_it_are_at_the_moved_time_too(moving: Story) -> None:
    await moving.advance(timedelta(days=5))

    await moving.server.kill()
    await moving.server.start()
    present = await moving.advance(timedelta())
    token = await moving.token_by_invitation(moving.company.administrator)

    assert present > datetime.now(UTC) + timedelta(days=4)
    assert token


async def test_the_server_that_operators_run_has_no_control_of_its_clock(tmp_path: Path) -> None:
    async with story_on(sqlite_url(tmp_path), tmp_path, NEWBRIDGE) as story, aiohttp.ClientSession() as anybody:
        address = f"{story.server.address}{CLOCK_PATH}"
        async with anybody.get(address) as told, anybody.post(address, json={"days": 5}) as moved:
            statuses = told.status, moved.status

    assert statuses == (404, 404)
