"""GraphiQL in a browser: it says who asks, explores, remembers, and complains of nothing."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser

from tests.browser.desk import desk
from tests.support.demo import RunningDemo, running_demo
from tests.support.server import ROOT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (ROOT / "app" / "web" / "static" / "graphiql").is_dir(), reason="GraphiQL was not fetched: make graphiql"
    ),
]

BEN = "ben.kok@tidewater.example"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


async def test_it_says_who_is_signed_in_and_leads_to_sign_in(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as stranger:
        await stranger.opens("/graphql")
        link = stranger.page.get_by_role("link", name="Sign in")
        assert await link.get_attribute("href") == "/auth/sign-in?returnTo=/graphql"

    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN, "/graphql")
        await ben.reads("Signed in as Ben Kok")


async def test_a_query_is_put_together_by_the_explorer_and_found_in_the_history(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN, "/graphql")
        page = ben.page
        await page.get_by_role("tab", name="CalendarSuites", exact=True).click()
        await page.get_by_role("button", name="Show GraphiQL Explorer").click()
        await page.locator(".graphiql-explorer-root").get_by_text("calendarSuites", exact=True).first.wait_for()
        await page.get_by_role("button", name="Execute query").click()
        await ben.page.locator(".result-window", has_text="MICROSOFT_365").wait_for()

        await page.get_by_role("button", name="Show History").click()
        await page.get_by_role("button", name="CalendarSuites", exact=True).wait_for()
