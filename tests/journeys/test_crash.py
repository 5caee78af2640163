"""The server dies without warning at the worst moment, and nothing is done twice or half."""

import asyncio
from contextlib import suppress

import aiohttp

from tests.journeys.story import BOOK, BOOKINGS, Slot, Story


async def test_killed_between_the_suites_create_and_our_commit_a_repeat_makes_one_event_and_one_booking(
    story: Story,
) -> None:
    await story.enabled()
    token = await story.connected_member()
    slot = Slot.in_days(6)
    async with story.speaking_for(token) as member:
        room = await story.free_room(member, slot)
    wanted = {"roomIds": [room["id"]], "event": slot.as_event("Handover"), "idempotencyKey": "only-once"}
    fault = await story.sandbox.control(
        "POST", "faults", {**story.company.creation, "effect": "hold", "moment": "after"}
    )

    async with story.speaking_for(token) as member:
        first_try = asyncio.create_task(member.field(BOOK, input=wanted))
        await story.sandbox.control("GET", f"faults/{fault['id']}/held")
        assert len(await story.company.items(story.sandbox, "Handover")) == 1
        await story.server.kill()
        with suppress(aiohttp.ClientError):
            await first_try
    await story.sandbox.control("DELETE", "faults")
    await story.server.start()

    async with story.speaking_for(token) as member:
        assert (await member.field(BOOKINGS))["nodes"] == []
        repeated = await member.field(BOOK, input=wanted)
        assert repeated["__typename"] == "RoomsBooked", repeated
        once_more = await member.field(BOOK, input=wanted)
        bookings = (await member.field(BOOKINGS))["nodes"]

    assert len(await story.company.items(story.sandbox, "Handover")) == 1
    assert [booking["id"] for booking in bookings] == [booking["id"] for booking in repeated["bookings"]]
    assert [booking["id"] for booking in once_more["bookings"]] == [booking["id"] for booking in repeated["bookings"]]
    assert len(bookings) == 1


async def test_other_content_under_the_same_key_is_refused_after_the_crash_too(story: Story) -> None:
    await story.enabled()
    token = await story.connected_member()
    slot = Slot.in_days(7)

    async with story.speaking_for(token) as member:
        room = await story.free_room(member, slot)
        event = slot.as_event("Plan A")
        await member.field(BOOK, input={"roomIds": [room["id"]], "event": event, "idempotencyKey": "key"})
        await story.server.kill()
    await story.server.start()

    async with story.speaking_for(token) as member:
        event = slot.as_event("Plan B")
        answer = await member.field(BOOK, input={"roomIds": [room["id"]], "event": event, "idempotencyKey": "key"})

    assert answer["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert await story.company.items(story.sandbox, "Plan B") == []
