"""Redis dies, forgets everything or hangs under a server and a worker: what is asked is answered and what is due is
done, since rows in the database are the truth; only news and limits are each process's own meanwhile.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import pytest

from app.jobs.runner import LONGEST_PAUSE
from tests.faults.surroundings import Surroundings, booked, surroundings, until_told
from tests.journeys.story import BOOKINGS, PENDING, Slot
from tests.support.client import Client

pytestmark = [pytest.mark.postgresql, pytest.mark.redis]

A_MOMENT = 1.5
"""What a request may wait for Redis, all that it asks of it together, beyond what the request itself takes."""
SLACK = 15
"""What a crowded machine adds."""
TOKENS = "{ viewer { accessTokens { nodes { id } } } }"
CHANGED = "subscription { integrationChanged { status } }"
REVOKE = """mutation ($input: RevokeAccessTokenInput!) { revokeAccessToken(input: $input) {
  __typename ... on Problem { message }
} }"""


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Surroundings]:
    async with surroundings(tmp_path) as here:
        yield here


async def test_without_redis_rooms_are_booked_their_answers_are_found_and_whoever_is_signed_out_is_out_at_once(
    here: Surroundings,
) -> None:
    story = here.story
    async with story.server.worker():
        await story.enabled()
        async with story.speaking_for(await story.connected_member()) as member, member.subscribe(PENDING) as updates:
            await here.redis.kill()
            began = time.monotonic()
            await booked(story, member, "Without Redis", Slot.in_days(5))
            waited = time.monotonic() - began
            await _until(member, ["ACCEPTED"])
            ready = await here.health("ready")
            [token] = (await member.field(TOKENS))["accessTokens"]["nodes"]
            revoked = await member.field(REVOKE, input={"accessTokenId": token["id"]})
            refused = await here.asked(member)
            closed, _ = await updates.until_closed()

    assert waited < 2 * A_MOMENT + 2
    assert (ready.status, ready.body["redis"]) == (HTTPStatus.OK, "unreachable")
    assert revoked["__typename"] == "AccessTokenRevoked"
    assert refused.status == HTTPStatus.UNAUTHORIZED
    assert closed == 4401


async def test_a_redis_that_forgot_everything_or_was_started_anew_carries_the_next_news(here: Surroundings) -> None:
    story = here.story
    async with story.server.worker():
        await story.enabled()
        async with story.speaking_for(await story.connected_member()) as member, member.subscribe(PENDING) as updates:
            await here.redis.flush()
            await booked(story, member, "After the flush", Slot.in_days(5))
            flushed = await until_told(updates, "ACCEPTED")
            await here.redis.restart()
            await booked(story, member, "After the restart", Slot.in_days(6))
            restarted = await until_told(updates, "ACCEPTED")

    assert flushed["booking"]["id"] != restarted["booking"]["id"]


async def test_a_redis_that_hangs_holds_up_no_request_longer_than_a_moment_and_no_stop(here: Surroundings) -> None:
    story = here.story
    token = await story.token_by_invitation(story.company.administrator)
    async with story.speaking_for(token) as administrator, administrator.subscribe(CHANGED):
        usual = max([(await here.asked(administrator)).seconds for _ in range(5)])
        here.redis.pause()
        answers = [await here.asked(administrator) for _ in range(20)]
        together = await asyncio.gather(*(here.asked(administrator) for _ in range(20)))
        ready = await here.health("ready")
        async with administrator.subscribe(CHANGED) as changes:
            first = await changes.next()
        began = time.monotonic()
        code = await story.server.stop()
        stopping = time.monotonic() - began
        here.redis.resume()

    assert {answer.status for answer in [*answers, *together]} == {HTTPStatus.OK}
    assert max(answer.seconds for answer in answers) < usual + A_MOMENT
    assert sum(answer.seconds for answer in answers) < 20 * usual + 3 * A_MOMENT
    assert (ready.status, ready.body["redis"]) == (HTTPStatus.OK, "unreachable")
    assert first["status"] == "NOT_CONFIGURED"
    assert code == 0
    assert stopping < 10


async def _until(member: Client, states: list[str]) -> None:
    """Returns once the member's bookings are in these states."""
    async with asyncio.timeout(LONGEST_PAUSE.total_seconds() + SLACK):
        while [booking["state"] for booking in (await member.field(BOOKINGS))["nodes"]] != states:
            continue
