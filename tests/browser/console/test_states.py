"""What every view shows while it waits, while nothing answers, and once it answers again."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.desk import Light, Screen, desk
from tests.support.demo import RunningDemo

pytestmark = pytest.mark.browser

ADA = "ada.vos@tidewater.example"
VIEWS = {
    "/?view=day": "Who is in",
    "/rooms": "40 rooms",
    "/rooms?tab=buildings": "Lighthouse",
    "/settings/integrations": "Enabled for all users",
    "/settings/integrations?tab=log": "Organisation created",
    "/settings/people": "6 people",
    "/profile": "Your calendar is read when you look",
}
"""Each view, with words that stand there once it has been read."""


async def _answers_by(page: Page, handle: Callable[[Route], Awaitable[None]]) -> None:
    await page.unroute_all()
    await page.route("**/graphql", handle)


async def test_every_view_says_that_nothing_answers_and_fills_when_it_is_asked_again(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address, Light.DARK) as ada:
        await ada.signs_in(ADA, "/profile")
        for view, words in VIEWS.items():
            await _answers_by(ada.page, lambda route: route.abort())
            await ada.opens(view)
            failed = ada.page.get_by_role("alert").filter(has_text="The server cannot be reached.")
            await failed.first.wait_for()
            await expect(ada.page.locator("[aria-busy=true]")).to_have_count(0)
            await ada.is_looked_at()

            await ada.page.unroute_all()
            regions = await failed.count()
            for left in reversed(range(regions)):
                await failed.first.get_by_role("button", name="Try again").click()
                await expect(failed).to_have_count(left)
            await ada.reads(words)
            await ada.reads("Ada Vos")
        await ada.page.goto("about:blank")  # what is asked again by itself asks no more
        ada.complaints.clear()  # of the requests that went nowhere


async def test_every_view_says_what_is_wrong_where_the_server_is_in_trouble(
    demo: RunningDemo, browser: Browser
) -> None:
    async def unavailable(route: Route) -> None:
        answer = '{"errors": [{"message": "Something of ours is away.", "extensions": {"code": "UNAVAILABLE"}}]}'
        await route.fulfill(status=503, content_type="application/graphql-response+json", body=answer)

    async with desk(browser, demo.address, screen=Screen.PHONE) as ada:
        await ada.signs_in(ADA, "/profile")
        await _answers_by(ada.page, unavailable)
        for view in VIEWS:
            await ada.opens(view)
            await ada.page.get_by_role("alert").get_by_role("button", name="Try again").first.wait_for()
            assert await ada.page.get_by_text("undefined").count() == 0
            await ada.is_looked_at()
        await ada.page.goto("about:blank")
        ada.complaints.clear()  # of the answers that were none


async def test_every_view_shows_that_it_waits(demo: RunningDemo, browser: Browser) -> None:
    hold = asyncio.Event()

    async def late(route: Route) -> None:
        await hold.wait()
        await route.continue_()

    async with desk(browser, demo.address) as ada:
        await ada.signs_in(ADA, "/profile")
        for view, words in VIEWS.items():
            hold.clear()
            await _answers_by(ada.page, late)
            await ada.opens(view)
            await ada.page.locator(".waiting").first.wait_for()
            await ada.is_looked_at()
            hold.set()
            await ada.reads(words)
