"""What an administrator hears while the integration is enabled, and reads of it afterwards."""

import asyncio
from typing import Any

from tests.journeys.room_syncs import PROGRESS, as_far_as_tested, enabled_with_a_sync_under_way, to_the_end
from tests.journeys.story import ENABLE, Story
from tests.support.client import Items

CHANGED = "subscription { integrationChanged { status health } }"
SYNC_ROOMS = "mutation { syncRooms { __typename } }"
LOG = """{ auditLog { nodes {
  action outcome origin networkAddress actor { email } details { name value }
} } }"""
AT_ONCE_SECONDS = 20
"""Far less than a claim lasts."""


async def test_enabling_is_heard_with_the_rooms_that_follow_and_the_log_says_who_did_what_from_where(
    story: Story,
) -> None:
    company = story.company
    token = await story.token_by_invitation(company.administrator)

    async with story.speaking_for(token) as administrator, administrator.subscribe(CHANGED) as changes:
        assert (await changes.next())["status"] == "NOT_CONFIGURED"
        await as_far_as_tested(story, administrator)
        assert await _until(changes, "TESTED") == {"status": "TESTED", "health": None}
        await administrator.field(ENABLE)
        async with administrator.subscribe(PROGRESS) as progress:
            told = await to_the_end(progress)
        assert await _until(changes, "ENABLED") == {"status": "ENABLED", "health": "HEALTHY"}

        # A mutation over a socket comes from where the socket does.
        async with administrator.subscribe(SYNC_ROOMS) as answers:
            assert (await answers.next())["__typename"] == "RoomSyncRequested"

    assert [item["done"] for item in told] == sorted(item["done"] for item in told)
    assert told[-1] == {"done": company.rooms, "total": company.rooms, "sync": {"state": "SUCCEEDED"}}

    member_token = await story.token_by_sign_in(company.member)
    async with story.speaking_for(member_token) as member:
        refused = await member.send(SYNC_ROOMS)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    async with story.speaking_for(token) as administrator:
        entries = (await administrator.field(LOG))["nodes"]
    log = {entry["action"]: entry for entry in reversed(entries) if entry["actor"] != {"email": company.member}}
    origins = {action: (entry["origin"], entry["networkAddress"]) for action, entry in log.items()}
    assert origins["ORGANISATION_CREATED"] == ("COMMAND_LINE", None)
    assert origins["INVITATION_ACCEPTED"] == ("SUITE_VISIT", "127.0.0.1")
    assert origins["ACCESS_TOKEN_CREATED"] == ("SESSION", "127.0.0.1")
    assert origins["INTEGRATION_STARTED"] == ("ACCESS_TOKEN", "127.0.0.1")
    assert origins["TEST_FLOW_RUN"] == ("SUITE_VISIT", "127.0.0.1")
    assert origins["INTEGRATION_ENABLED"] == ("ACCESS_TOKEN", "127.0.0.1")
    syncs = [entry for entry in entries if entry["action"] == "ROOM_SYNC_REQUESTED"]
    assert [(entry["origin"], entry["networkAddress"]) for entry in syncs] == [("ACCESS_TOKEN", "127.0.0.1")] * 2
    assert log["ORGANISATION_CREATED"]["actor"] is None
    assert log["INTEGRATION_ENABLED"]["actor"] == {"email": company.administrator}
    assert {entry["outcome"] for entry in log.values()} == {"SUCCEEDED"}
    [attempt] = [entry for entry in entries if entry["action"] == "ATTEMPT_REFUSED"]
    assert (attempt["actor"], attempt["outcome"]) == ({"email": company.member}, "REFUSED")
    assert {detail["name"]: detail["value"] for detail in attempt["details"]} == {
        "operation": "syncRooms",
        "code": "FORBIDDEN",
    }


async def test_a_room_sync_in_which_the_server_is_stopped_goes_on_at_once_after_the_restart(story: Story) -> None:
    token = await story.token_by_invitation(story.company.administrator)
    async with story.speaking_for(token) as administrator:
        await as_far_as_tested(story, administrator)
        await enabled_with_a_sync_under_way(story, administrator)
        async with administrator.subscribe(PROGRESS) as progress:
            under_way = await progress.next()

    assert await story.server.stop() == 0
    await story.sandbox.control("DELETE", "faults")
    await story.server.start()

    async with (
        asyncio.timeout(AT_ONCE_SECONDS),
        story.speaking_for(token) as administrator,
        administrator.subscribe(PROGRESS) as progress,
    ):
        told = await to_the_end(progress)
    assert under_way["sync"]["state"] == "RUNNING"
    assert told[-1] == {"done": story.company.rooms, "total": story.company.rooms, "sync": {"state": "SUCCEEDED"}}


async def _until(changes: Items, status: str) -> dict[str, Any]:
    """The first state with this status; those before it are passed over."""
    while (item := await changes.next())["status"] != status:
        continue
    state: dict[str, Any] = item
    return state
