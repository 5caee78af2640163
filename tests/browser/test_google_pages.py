"""Google's pages and ours in a browser: blocked, trusted, boxes ticked and left, connected."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.person import Person
from tests.journeys.companies import BROOKSIDE
from tests.journeys.story import CONNECT, Story, story_on
from tests.support.database import sqlite_url

pytestmark = pytest.mark.browser


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with story_on(sqlite_url(tmp_path), tmp_path, BROOKSIDE) as story:
        yield story


async def test_an_administrator_meets_the_block_has_it_lifted_and_ticks_every_box(
    story: Story, browser: Browser
) -> None:
    nell = await Person.arrives(browser, story.server.address)
    await nell.page.goto(await story.invitation())
    await nell.page.get_by_role("link", name="Google Workspace").click()
    await nell.chooses_account("Nell Byrne")
    await nell.ticks()
    await nell.reads("You are signed in")

    async with story.speaking_for(await story.token_by_sign_in(BROOKSIDE.administrator)) as client:
        started = await story.started(client)
        await nell.page.goto(started["consentUrl"])
        await nell.reads("admin_policy_enforced")
        nell.complaints.clear()  # that page comes with status 400, which the browser remarks on

        await BROOKSIDE.approve(story.sandbox, started["integration"]["approvalWays"])
        await nell.page.goto((await story.started(client))["consentUrl"])
        await nell.ticks("Select all")
        await nell.reads("The integration works")

        integration = await client.field("{ integration { status issues { code } } }")

    assert integration == {"status": "TESTED", "issues": []}
    assert nell.complaints == []


async def test_a_member_who_leaves_the_calendars_box_is_told_and_ticks_it_the_next_time(
    story: Story, browser: Browser
) -> None:
    await story.enabled()
    token = await story.token_by_sign_in(BROOKSIDE.member)
    mara = await Person.arrives(browser, story.server.address)

    async with story.speaking_for(token) as client:
        await mara.page.goto((await client.field(CONNECT))["consentUrl"])
        await mara.chooses_account("Mara Keane")
        await mara.ticks("See when you and others are free or busy")
        await mara.reads("Calendar access was not granted")

        await mara.page.goto((await client.field(CONNECT))["consentUrl"])
        await mara.ticks("See and change the events of all your calendars")
        await mara.reads("Your calendar is connected")

        access = await client.field("{ viewer { connection { status scopes } } }")

    assert access["connection"]["status"] == "CONNECTED"
    assert any(scope.endswith("calendar.events") for scope in access["connection"]["scopes"])
    assert mara.complaints == []
