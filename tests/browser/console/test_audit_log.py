"""The audit log as its own view: all of it, by days, under an address that leads back to where one read."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.desk import Desk, Light, Screen, desk
from tests.support.client import Client
from tests.support.demo import RunningDemo

pytestmark = pytest.mark.browser

SUITES = "/settings/integrations"
LOG = f"{SUITES}?tab=log"
ADA, BEN = "ada.vos@tidewater.example", "ben.kok@tidewater.example"
MEMBERS = "{ members { nodes { id name } } }"
APPOINT = """mutation ($input: SetMemberRoleInput!) {
  setMemberRole(input: $input) { __typename ... on Problem { message } }
}"""
TEST = "mutation { runTestFlow { __typename } }"
A_PAGE = 50


def _speaking_for(demo: RunningDemo, email: str) -> Client:
    return Client(demo.address, demo.people[email]["token"])


async def _much_was_done(demo: RunningDemo, acts: int) -> None:
    """So often Ben is made an administrator, or none any more."""
    async with _speaking_for(demo, ADA) as ada:
        members = (await ada.field(MEMBERS))["nodes"]
        [ben] = [member["id"] for member in members if member["name"] == "Ben Kok"]
        for turn in range(acts):
            role = "MEMBER" if turn % 2 else "SUBSCRIPTION_ADMINISTRATOR"
            answer = await ada.field(APPOINT, input={"memberId": ben, "role": role})
            assert answer["__typename"] == "MemberRoleSet", answer


async def _shows(somebody: Desk, entries: int) -> None:
    await expect(somebody.page.get_by_role("listitem")).to_have_count(entries)


async def test_all_of_it_is_read_page_by_page_and_the_address_leads_back_there(
    demo: RunningDemo, browser: Browser
) -> None:
    await _much_was_done(demo, A_PAGE)
    async with desk(browser, demo.address) as ada, desk(browser, demo.address, Light.DARK, Screen.PHONE) as later:
        page = ada.page
        await ada.signs_in(ADA, SUITES)
        await page.get_by_role("link", name="Show all").click()
        await _shows(ada, A_PAGE)
        await ada.is_looked_at()
        assert await page.get_by_text("Organisation created").count() == 0

        await page.get_by_role("button", name="Show more").click()
        await page.get_by_text("Organisation created").wait_for()
        assert await page.get_by_role("listitem").count() > A_PAGE
        assert await page.get_by_role("button", name="Show more").count() == 0
        kept = page.url.removeprefix(demo.address)

        await later.signs_in(ADA, "/profile")
        await later.opens(kept)
        await later.reads("Organisation created")
        assert await later.page.get_by_text("Role changed: Ben Kok").count() == 0
        await later.is_looked_at()
        await later.page.get_by_role("link", name="From the newest").click()
        await _shows(later, A_PAGE)
        await later.page.get_by_text("Role changed: Ben Kok").first.wait_for()
        assert await later.page.get_by_role("link", name="From the newest").count() == 0


async def test_an_entry_says_who_did_what_to_whom_when_from_where_and_what_became_of_it(
    demo: RunningDemo, browser: Browser
) -> None:
    await _much_was_done(demo, 2)
    async with _speaking_for(demo, BEN) as ben:
        refused = await ben.send(TEST)
    async with desk(browser, demo.address) as ada:
        await ada.signs_in(ADA, "/profile")
        await ada.opens(LOG)
        entries = ada.page.get_by_role("listitem")

        attempt = entries.filter(has_text="Attempt refused")
        await attempt.get_by_text("Ben Kok · with an access token · 127.0.0.1").wait_for()
        await attempt.get_by_text("Refused", exact=True).wait_for()
        await attempt.get_by_text("Operation: runTestFlow").wait_for()
        appointed = entries.filter(has_text="Role changed: Ben Kok").first
        await appointed.get_by_text("Ada Vos · with an access token").wait_for()
        await appointed.get_by_text("Done", exact=True).wait_for()
        assert await appointed.locator("time[datetime]").inner_text() != ""

    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_what_is_done_meanwhile_stands_on_top_and_the_further_past_stays_open(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ada, _speaking_for(demo, ADA) as elsewhere:
        await ada.signs_in(ADA, "/profile")
        await ada.opens(LOG)
        await ada.page.get_by_role("button", name="Show more").click()
        await ada.reads("Organisation created")
        before = await ada.page.get_by_role("listitem").count()

        await elsewhere.field(TEST)

        await _shows(ada, before + 1)
        await ada.page.get_by_role("listitem").first.get_by_text("Test flow run").wait_for()
        await ada.reads("Organisation created")


async def test_an_address_that_leads_nowhere_says_so_and_leads_to_the_newest(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address, Light.DARK, Screen.PHONE) as ada:
        await ada.signs_in(ADA, "/profile")
        await ada.opens(f"{LOG}&after=nonsense")
        await ada.reads("This address leads to no place in the log.")
        await ada.is_looked_at()

        await ada.page.get_by_role("link", name="From the newest").click()

        await ada.page.get_by_role("listitem").first.wait_for()


async def test_a_member_is_shown_neither_the_log_nor_a_way_to_it(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN, SUITES)
        await ben.reads("Only subscription administrators of your organisation change integrations.")
        assert await ben.page.get_by_role("link", name="Audit log").count() == 0

        await ben.opens(LOG)
        await ben.reads("Only subscription administrators of your organisation read what was done.")
        assert await ben.page.get_by_role("listitem").count() == 0
        await ben.is_looked_at()
