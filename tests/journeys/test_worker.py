"""Beyond one machine: a server that serves, a worker that runs the jobs, PostgreSQL and Redis between them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

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
