"""People of one organisation, through the server: invited, given roles, and the same person with either account."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from app.sandbox.visitor import Landing, Visitor
from tests.journeys.companies import NEWBRIDGE
from tests.journeys.story import PENDING, Story, story_on
from tests.support.client import Client
from tests.support.database import sqlite_url

pytestmark = pytest.mark.asyncio(loop_scope="module")

MICROSOFT, GOOGLE = "MICROSOFT_365", "GOOGLE_WORKSPACE"
TOMAS, MIA = "tomas.silva@newbridge.example", "mia.chen@newbridge.example"
HUGO, YUKI = "hugo.brandt@fernhill.example", "yuki.sato@fernhill.example"
LENA, THEO = "lena.fischer@fernhill.example", "theo.lindgren@fernhill.example"
"""Accounts at Google, each used in one story."""

ME = "{ viewer { member { id name } role identities { suite email } } }"
INVITE = """mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { __typename
  ... on MemberInvited { invitationUrl role member { name } } ... on Problem { code message }
} }"""
SET_ROLE = """mutation ($input: SetMemberRoleInput!) { setMemberRole(input: $input) { __typename
  ... on MemberRoleSet { member { role } } ... on Problem { code message }
} }"""
LINK = """mutation ($suite: SuiteName!) { linkIdentity(input: {suite: $suite}) { __typename
  ... on IdentityLinkRequested { url } ... on Problem { code message }
} }"""
AUDIT_LOG = "{ auditLog { nodes { action } } }"
MEMBERS = "{ members { totalCount nodes { id name role } } }"
ADMINISTRATOR = "SUBSCRIPTION_ADMINISTRATOR"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    """A server of Newbridge's, at Microsoft; what it knows of Google, nobody of Newbridge has used."""
    folder: Path = tmp_path_factory.mktemp("people")
    async with story_on(sqlite_url(folder), folder, NEWBRIDGE, PENDING_POLLING="false") as story:
        yield story


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def founder(story: Story) -> AsyncIterator[Client]:
    """The first administrator."""
    token = await story.token_by_invitation(story.company.administrator)
    async with story.speaking_for(token) as client:
        yield client


async def _invited(administrator: Client, role: str, member_id: str | None = None) -> str:
    command = {"role": role, "memberId": member_id, "idempotencyKey": uuid4().hex}
    invited = await administrator.field(INVITE, input=command)
    assert invited["__typename"] == "MemberInvited", invited
    url: str = invited["invitationUrl"]
    return url


async def _accepted(story: Story, address: str, url: str, suite: str) -> str:
    """Somebody opens the invitation, signs in with this account, and makes a token."""
    async with Visitor(address) as browser:
        landing = await browser.open(f"{url}?suite={suite}")
        assert landing.status == 200, landing.text
        return await story.token_in(browser)


async def _me(story: Story, token: str) -> dict[str, Any]:
    async with story.speaking_for(token) as client:
        me: dict[str, Any] = await client.field(ME)
    return me


async def _opened(browser: Visitor, account: str, url: str) -> Landing:
    """The browser opens an address and chooses this account wherever a suite asks for one."""
    browser.address = account
    return await browser.open(url)


async def _signed_in(story: Story, browser: Visitor, account: str, suite: str) -> str:
    """A token of whoever this account leads to."""
    landing = await _opened(browser, account, f"{story.server.address}/auth/sign-in?suite={suite}")
    assert landing.status == 200, landing.text
    return await story.token_in(browser)


async def _linked(story: Story, browser: Visitor, account: str) -> Landing:
    """Whoever is signed in here links another account at Google, by the page for it."""
    page = await browser.open(f"{story.server.address}/auth/link?suite={GOOGLE}")
    assert page.status == 200, page.text
    [ticket] = re.findall(r'class="button" href="([^"]+)"', page.text)
    return await _opened(browser, account, ticket)


def _codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


async def test_a_second_administrator_comes_loses_the_role_at_once_and_the_last_one_stays(
    story: Story, founder: Client
) -> None:
    me = await founder.field(ME)
    token = await _accepted(story, TOMAS, await _invited(founder, ADMINISTRATOR), MICROSOFT)
    async with story.speaking_for(token) as second, second.subscribe(PENDING) as socket:
        they = await second.field(ME)
        everybody = await second.field(MEMBERS)

        demoted = await founder.field(SET_ROLE, input={"memberId": they["member"]["id"], "role": "MEMBER"})
        closed = await socket.until_closed()
        refused = await second.send(AUDIT_LOG)
        as_member = await second.field(MEMBERS)
        revenge = await second.send(SET_ROLE, input={"memberId": me["member"]["id"], "role": "MEMBER"})
        after = await second.field(ME)
    alone = await founder.field(SET_ROLE, input={"memberId": me["member"]["id"], "role": "MEMBER"})

    assert they["role"] == ADMINISTRATOR
    assert {node["role"] for node in everybody["nodes"]} == {ADMINISTRATOR}
    assert [(node["id"], node["role"]) for node in as_member["nodes"]] == [
        (node["id"], None) for node in everybody["nodes"]
    ]
    assert demoted["member"]["role"] == after["role"] == "MEMBER"
    assert closed == (4403, "Your role has changed: connect again.")
    assert _codes(refused) == _codes(revenge) == ["FORBIDDEN"]
    assert (alone["__typename"], (await founder.field(ME))["role"]) == ("LastAdministrator", ADMINISTRATOR)


async def test_whoever_is_invited_as_a_member_promotes_and_invites_nobody(story: Story, founder: Client) -> None:
    url = await _invited(founder, "MEMBER")
    token = await _accepted(story, MIA, url, MICROSOFT)
    me = await _me(story, token)
    async with story.speaking_for(token) as member:
        answers = [
            await member.send(SET_ROLE, input={"memberId": me["member"]["id"], "role": ADMINISTRATOR}),
            await member.send(INVITE, input={"role": ADMINISTRATOR, "idempotencyKey": "mine"}),
            await member.send(AUDIT_LOG),
        ]
        colleagues = await member.field(MEMBERS)

    async with Visitor(THEO) as browser:
        again = await browser.open(f"{url}?suite={GOOGLE}")

    assert [_codes(answer) for answer in answers] == [["FORBIDDEN"]] * 3
    assert {node["role"] for node in colleagues["nodes"]} == {None}, "colleagues are known by name, not by role"
    assert (await _me(story, token))["role"] == "MEMBER"
    assert again.status == 404, "an invitation works once"


async def test_an_account_linked_in_one_browser_leads_to_the_same_member_as_the_old_one(
    story: Story, founder: Client
) -> None:
    """After a switch of suite people come with another account, and are who they were."""
    await _accepted(story, MIA, await _invited(founder, "MEMBER"), MICROSOFT)
    async with Visitor(MIA) as browser:
        before = await _me(story, await _signed_in(story, browser, MIA, MICROSOFT))
        landing = await _linked(story, browser, HUGO)

    async with Visitor(HUGO) as other, Visitor(MIA) as same:
        with_new = await _me(story, await _signed_in(story, other, HUGO, GOOGLE))
        with_old = await _me(story, await _signed_in(story, same, MIA, MICROSOFT))

    assert "Your account is linked" in landing.text
    assert with_new["member"]["id"] == with_old["member"]["id"] == before["member"]["id"]
    assert {identity["suite"] for identity in with_new["identities"]} == {MICROSOFT, GOOGLE}


async def test_somebody_who_came_in_anew_before_linking_is_one_member_afterwards(story: Story, founder: Client) -> None:
    old = await _accepted(story, MIA, await _invited(founder, "MEMBER"), MICROSOFT)
    fresh = await _accepted(story, YUKI, await _invited(founder, "MEMBER"), GOOGLE)
    two = await founder.field(MEMBERS)
    async with Visitor(MIA) as browser, story.speaking_for(fresh) as theirs, theirs.subscribe(PENDING) as socket:
        await _signed_in(story, browser, MIA, MICROSOFT)
        landing = await _linked(story, browser, YUKI)
        closed = await socket.until_closed()
        refused = await theirs.send(ME)
    one = await founder.field(MEMBERS)
    async with Visitor(YUKI) as browser:
        after = await _me(story, await _signed_in(story, browser, YUKI, GOOGLE))

    assert "What you had there is yours here now" in landing.text
    assert closed[0] == 4401
    assert _codes(refused) == ["UNAUTHENTICATED"]
    assert one["totalCount"] == two["totalCount"] - 1
    assert after["member"]["id"] == (await _me(story, old))["member"]["id"]


async def test_a_link_that_a_token_asked_for_counts_in_the_members_own_browser_alone(
    story: Story, founder: Client
) -> None:
    token = await _accepted(story, MIA, await _invited(founder, "MEMBER"), MICROSOFT)
    async with story.speaking_for(token) as client:
        url = (await client.field(LINK, suite=GOOGLE))["url"]

    async with Visitor(LENA) as stranger:
        theirs = await stranger.open(url)
    async with Visitor(MIA) as browser:
        await _signed_in(story, browser, MIA, MICROSOFT)
        own = await _opened(browser, LENA, url)
        again = await _opened(browser, LENA, url)

    assert (theirs.status, "Sign in first" in theirs.text) == (403, True)
    assert "Your account is linked" in own.text
    assert again.status == 400
    assert LENA in {identity["email"] for identity in (await _me(story, token))["identities"]}


async def test_an_administrators_invitation_links_whoever_opens_it_to_the_member_it_names(
    story: Story, founder: Client
) -> None:
    token = await _accepted(story, MIA, await _invited(founder, "MEMBER"), MICROSOFT)
    member = (await _me(story, token))["member"]
    url = await _invited(founder, "MEMBER", member["id"])

    linked = await _accepted(story, THEO, url, GOOGLE)

    assert (await _me(story, linked))["member"]["id"] == member["id"]
    actions = [entry["action"] for entry in (await founder.field("{ auditLog { nodes { action } } }"))["nodes"]]
    assert {"MEMBER_INVITED", "IDENTITY_LINKED", "INVITATION_ACCEPTED", "ROLE_CHANGED"} <= set(actions)
