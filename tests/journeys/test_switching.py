"""From one suite to the other and back: confirmed, with the old one kept, and everybody who they were before."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.sandbox.visitor import Visitor
from tests.journeys.companies import BROOKSIDE, NEWBRIDGE
from tests.journeys.story import ENABLE, TEST, Story, story_on
from tests.journeys.test_five_days import ACCESS, RETAINED
from tests.support.client import Client
from tests.support.database import sqlite_url

SWITCH = """mutation ($input: StartIntegrationInput!) { startIntegration(input: $input) { __typename
  ... on IntegrationStarted { consentUrl integration { id status suite } }
  ... on SwitchConfirmationRequired { consequences confirmation } ... on Problem { code message } } }"""
LINK = """mutation ($input: LinkIdentityInput!) { linkIdentity(input: $input) { __typename
  ... on IdentityLinkRequested { url } ... on Problem { code message } } }"""
WHO = "{ viewer { member { id name } identities { suite tenant } } }"
GOOGLE, MICROSOFT = "GOOGLE_WORKSPACE", "MICROSOFT_365"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with story_on(sqlite_url(tmp_path), tmp_path, NEWBRIDGE, PENDING_POLLING="false") as story:
        yield story


async def linked(story: Story, address: str, account: str) -> str:
    """In one browser: signed in with one account, then with the other; an access token of whoever that is."""
    async with Visitor(address) as browser:
        assert (await browser.open(f"{story.server.address}/auth/sign-in?suite={MICROSOFT}")).status == 200
        token = await story.token_in(browser)
        async with story.speaking_for(token) as member:
            asked = await member.field(LINK, input={"suite": GOOGLE})
        browser.address = account
        landing = await browser.open(asked["url"])
        assert landing.status == 200, landing.text
    return token


async def confirmed(administrator: Client, suite: str) -> dict[str, Any]:
    """Asked for, read, confirmed."""
    asked = await administrator.field(SWITCH, input={"suite": suite})
    assert asked["__typename"] == "SwitchConfirmationRequired", asked
    started: dict[str, Any] = await administrator.field(
        SWITCH, input={"suite": suite, "confirmation": asked["confirmation"]}
    )
    assert started["__typename"] == "IntegrationStarted", started
    return started


async def test_a_confirmed_switch_keeps_the_old_suite_for_five_days_and_people_stay_who_they_are(
    story: Story,
) -> None:
    await story.enabled()
    mine = await story.connected_member()
    async with story.speaking_for(mine) as member:
        before = await member.field(WHO)
    token = await linked(story, NEWBRIDGE.administrator, BROOKSIDE.administrator)
    await BROOKSIDE.approve(story.sandbox, [{"kind": "TRUSTED_APPLICATION", "url": None}])

    async with story.speaking_for(token) as administrator:
        started = await confirmed(administrator, GOOGLE)
        assert (started["integration"]["suite"], started["integration"]["status"]) == (GOOGLE, "AWAITING_CONSENT")
        [retained] = await administrator.field(RETAINED)
        assert (retained["suite"], retained["status"]) == (MICROSOFT, "DISABLED")
        async with story.speaking_for(mine) as member:
            assert (await member.field(ACCESS))["connection"]["status"] == "SUSPENDED"

        await story.visit(BROOKSIDE.administrator, started["consentUrl"])
        enabled = await administrator.field(ENABLE)
        assert enabled["__typename"] == "IntegrationEnabled", enabled

    async with story.speaking_for(mine) as member:
        assert (await member.field(ACCESS))["connection"]["status"] == "NOT_CONNECTED"
    token_of_mia = await linked(story, NEWBRIDGE.member, BROOKSIDE.member)
    async with story.speaking_for(token_of_mia) as member:
        await story.connected(member, BROOKSIDE.member)
        after = await member.field(WHO)
        assert (await member.field(ACCESS))["connection"]["status"] == "CONNECTED"
    assert after["member"]["id"] == before["member"]["id"]
    assert {identity["suite"] for identity in after["identities"]} == {MICROSOFT, GOOGLE}


async def test_whoever_came_in_fresh_with_the_new_account_is_who_they_were_once_both_are_proved(
    story: Story,
) -> None:
    await story.enabled()
    mine = await story.connected_member()
    token = await linked(story, NEWBRIDGE.administrator, BROOKSIDE.administrator)
    await BROOKSIDE.approve(story.sandbox, [{"kind": "TRUSTED_APPLICATION", "url": None}])
    async with story.speaking_for(token) as administrator:
        started = await confirmed(administrator, GOOGLE)
        await story.visit(BROOKSIDE.administrator, started["consentUrl"])
        await administrator.field(ENABLE)
    async with Visitor(BROOKSIDE.member) as browser:
        assert (await browser.open(f"{story.server.address}/auth/sign-in?suite={GOOGLE}")).status == 200
        fresh = await story.token_in(browser)
    async with story.speaking_for(fresh) as stranger:
        assert [each["suite"] for each in (await stranger.field(WHO))["identities"]] == [GOOGLE]

    await linked(story, NEWBRIDGE.member, BROOKSIDE.member)

    async with story.speaking_for(mine) as member:
        assert len((await member.field(WHO))["identities"]) == 2
    async with story.speaking_for(fresh) as nobody:
        assert (await nobody.send(WHO))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_back_within_the_five_days_nobody_consents_anew(story: Story) -> None:
    await story.enabled()
    mine = await story.connected_member()
    token = await linked(story, NEWBRIDGE.administrator, BROOKSIDE.administrator)
    async with story.speaking_for(token) as administrator:
        before = (await administrator.field("{ integration { id } }"))["id"]
        await confirmed(administrator, GOOGLE)

        back = await confirmed(administrator, MICROSOFT)
        tested = await administrator.field(TEST)
        enabled = await administrator.field(ENABLE)

        assert (back["integration"]["id"], back["integration"]["status"]) == (before, "DISABLED")
        assert tested["report"]["passed"], tested
        assert enabled["integration"]["status"] == "ENABLED"
        assert await administrator.field(RETAINED) == []
    async with story.speaking_for(mine) as member:
        assert (await member.field(ACCESS))["connection"]["status"] == "CONNECTED"
