"""A newcomer walks the whole way in a browser: pages, GraphiQL, and a subscription that hears the room's answer."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.person import SHOWN_RESULT, Person
from tests.journeys.story import Slot, Story, story_on
from tests.support.database import sqlite_url
from tests.support.server import ROOT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (ROOT / "app" / "web" / "static" / "graphiql").is_dir(), reason="GraphiQL was not fetched: make graphiql"
    ),
]

HEARD_WITHIN = timedelta(seconds=1)
ROOM_ANSWERS_AFTER = timedelta(milliseconds=300)


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with story_on(sqlite_url(tmp_path), tmp_path, PENDING_POLLING="false", GRAPHIQL="own") as story:
        yield story


async def _organisation_is_enabled(story: Story, browser: Browser) -> None:
    nora = await Person.arrives(browser, story.server.address)
    await nora.page.goto(await story.invitation())
    await nora.page.get_by_role("link", name="Microsoft 365").click()
    await nora.chooses_account("Nora Berg")
    await nora.accepts()
    await nora.reads("You are signed in")

    started = await nora.runs("StartIntegration")
    await nora.page.goto(started["consentUrl"])
    await nora.reads("Need admin approval")

    suites = await nora.runs("CalendarSuites")
    [link] = [suite["adminApprovalLink"] for suite in suites if suite["adminApprovalLink"]]
    tomas = await Person.arrives(browser, story.server.address)
    await tomas.page.goto(link)
    await tomas.chooses_account("Tomás Silva")
    await tomas.accepts()
    await tomas.reads("confirms the approval")

    again = await nora.runs("StartIntegration")
    await nora.page.goto(again["consentUrl"])
    await nora.reads("The integration works")
    run = await nora.runs("RunTestFlow")
    assert run["report"]["passed"]
    assert run["preview"]["subject"]
    enabled = await nora.runs("EnableForAllUsers")
    assert enabled["integration"]["status"] == "ENABLED"
    assert nora.complaints == tomas.complaints == []


async def test_from_the_administrators_first_click_to_a_room_that_answers(story: Story, browser: Browser) -> None:
    await _organisation_is_enabled(story, browser)

    mia = await Person.arrives(browser, story.server.address)
    await mia.page.goto(f"{story.server.address}/auth/sign-in")
    await mia.page.get_by_role("link", name="Microsoft 365").click()
    await mia.chooses_account("Mia Chen")
    await mia.reads("You are signed in")
    connecting = await mia.runs("ConnectCalendar")
    await mia.page.goto(connecting["consentUrl"])
    await mia.reads("Your calendar is connected")

    slot = Slot.in_days(3)
    free = await mia.runs("AvailableRooms", slot.as_window())
    room = next(entry["room"] for entry in free["rooms"]["nodes"] if entry["availability"] == "FREE")
    listening = Person(await mia.page.context.new_page(), story.server.address)
    await listening.listens("PendingRooms")

    booked = await mia.runs(
        "BookRoom",
        {"input": {"roomIds": [room["id"]], "event": slot.as_event("Design review"), "idempotencyKey": "browser"}},
    )
    within = HEARD_WITHIN + ROOM_ANSWERS_AFTER
    await listening.answer('"ACCEPTED"').wait_for(timeout=within.total_seconds() * 1000)

    assert booked["bookings"][0]["state"] == "PENDING"
    assert room["name"] in await listening.page.evaluate(SHOWN_RESULT)
    assert mia.complaints == listening.complaints == []
