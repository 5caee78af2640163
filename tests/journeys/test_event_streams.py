"""A front end without sockets hears the same, over server-sent events."""

import asyncio
from typing import Any

from app.sandbox.visitor import Visitor
from tests.journeys.story import BOOK, PENDING, Slot, Story
from tests.support.event_stream import Event, EventReader

STOP_SECONDS = 6
"""Less than a stopping server waits for whoever does not go by themself."""
CHANGED = "subscription { integrationChanged { status } }"
REVOKE = """mutation ($id: ID!) { revokeAccessToken(input: {accessTokenId: $id}) { __typename } }"""
ADMINISTRATOR = "SUBSCRIPTION_ADMINISTRATOR"
ME = "{ viewer { role member { id } } }"
INVITE = """mutation ($input: InviteMemberInput!) { inviteMember(input: $input) {
  ... on MemberInvited { invitationUrl } ... on Problem { code message }
} }"""
SET_ROLE = """mutation ($input: SetMemberRoleInput!) { setMemberRole(input: $input) { __typename } }"""
TOKENS = "{ viewer { accessTokens { nodes { id name } } } }"


async def _item(stream: EventReader) -> Any:
    event = await stream.event()
    assert event is not None
    assert event.name == "next"
    return next(iter(event.data["data"].values()))


async def test_a_rooms_answer_is_heard_and_after_a_restart_the_client_goes_on_where_it_was(story: Story) -> None:
    await story.enabled()
    token = await story.connected_member()
    slot = Slot.in_days(5)

    async with story.speaking_for(token) as member:
        room = await story.free_room(member, slot)
        await story.company.decline_everything(story.sandbox, room["email"])
        async with member.stream(PENDING) as stream:
            event = slot.as_event("Streamed")
            await member.field(BOOK, input={"roomIds": [room["id"]], "event": event, "idempotencyKey": "streamed"})
            while (heard := await _item(stream))["booking"]["state"] == "PENDING":
                continue
            async with asyncio.timeout(STOP_SECONDS):
                await story.server.stop()
            told_at_the_restart = await stream.to_the_end()
        await story.server.start()
        async with member.stream(PENDING, since=heard["at"]) as again:
            resumed = await _item(again)

    assert heard["booking"]["state"] == "REJECTED"
    assert told_at_the_restart == []
    assert resumed["snapshot"] is True
    assert resumed["booking"] == heard["booking"]


async def test_a_stream_ends_with_the_token_that_opened_it_and_says_why(story: Story) -> None:
    token = await story.token_by_invitation(story.company.administrator)

    async with story.speaking_for(token) as administrator, administrator.stream(CHANGED) as stream:
        await _item(stream)
        tokens = (await administrator.field(TOKENS))["accessTokens"]["nodes"]
        await administrator.field(REVOKE, id=tokens[0]["id"])
        reason, last = await stream.to_the_end()

    assert [error["extensions"]["code"] for error in reason.data["errors"]] == ["UNAUTHENTICATED"]
    assert last == Event("complete")


async def test_a_stream_ends_at_once_when_its_members_role_changes(story: Story) -> None:
    token = await story.token_by_invitation(story.company.administrator)
    async with story.speaking_for(token) as founder, Visitor(story.company.member) as browser:
        invited = await founder.field(INVITE, input={"role": ADMINISTRATOR, "idempotencyKey": "second"})
        await browser.open(f"{invited['invitationUrl']}?suite={story.company.suite}")
        async with story.speaking_for(await story.token_in(browser)) as second, second.stream(PENDING) as stream:
            they = await second.field(ME)
            await founder.field(SET_ROLE, input={"memberId": they["member"]["id"], "role": "MEMBER"})
            reason, last = await stream.to_the_end()

    assert they["role"] == ADMINISTRATOR
    assert [error["extensions"]["code"] for error in reason.data["errors"]] == ["FORBIDDEN"]
    assert last == Event("complete")
