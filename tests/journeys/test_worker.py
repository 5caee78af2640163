"""Beyond one machine: a server that serves, a worker that runs the jobs, PostgreSQL and Redis between them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys.room_syncs import PROGRESS, as_far_as_tested, enabled_with_a_sync_under_way, to_the_end
from tests.journeys.story import BOOK, PENDING, Slot, Story, story_on

pytestmark = [pytest.mark.postgresql, pytest.mark.redis]


@pytest.fixture
async def story(postgresql_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    async with story_on(postgresql_url, tmp_path, REDIS_URL=redis_url, PENDING_POLLING="false") as story:
        yield story


async def test_a_room_that_answers_is_heard_through_another_process_than_the_one_that_looked(story: Story) -> None:
    slot = Slot.in_days(3)

    async with story.server.worker() as worker:
        await story.enabled()
        token = await story.connected_member()
        async with story.speaking_for(token) as member, member.subscribe(PENDING) as updates:
            room = await story.free_room(member, slot)
            await member.field(
                BOOK, input={"roomIds": [room["id"]], "event": slot.as_event("Far away"), "idempotencyKey": "far"}
            )
            while (update := await updates.next())["booking"]["state"] == "PENDING":
                continue
    code = worker.returncode

    assert update["booking"]["state"] == "ACCEPTED"
    assert code == 0


async def test_what_a_worker_notes_is_heard_at_the_server_once(story: Story) -> None:
    added = "subscription { notificationAdded { id kind message } }"
    slot = Slot.in_days(4)

    async with story.server.worker():
        await story.enabled()
        token = await story.connected_member()
        async with story.speaking_for(token) as member, member.subscribe(added) as notifications:
            room = await story.free_room(member, slot)
            await story.company.decline_everything(story.sandbox, room["email"])
            for key in ("first", "second"):
                event = slot.as_event(key)
                await member.field(BOOK, input={"roomIds": [room["id"]], "event": event, "idempotencyKey": key})
            heard = [await notifications.next() for _ in range(2)]

    assert {item["kind"] for item in heard} == {"ROOM_REJECTED"}
    assert all(item["message"].startswith(room["name"]) for item in heard)
    assert heard[0]["id"] != heard[1]["id"]


async def test_a_room_sync_in_which_one_worker_is_stopped_is_taken_over_by_another_at_once(story: Story) -> None:
    token = await story.token_by_invitation(story.company.administrator)
    async with story.speaking_for(token) as administrator:
        await as_far_as_tested(story, administrator)
        async with administrator.subscribe(PROGRESS) as progress:
            async with story.server.worker():
                await enabled_with_a_sync_under_way(story, administrator)
            await story.sandbox.control("DELETE", "faults")
            async with story.server.worker():
                told = await to_the_end(progress)

    assert "DUE" in [item["sync"]["state"] for item in told]
    assert told[-1] == {"done": story.company.rooms, "total": story.company.rooms, "sync": {"state": "SUCCEEDED"}}
