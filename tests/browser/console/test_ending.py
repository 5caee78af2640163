"""Ending an integration by mouse: switching to the other suite and back, and what five days mean."""

from datetime import datetime

import pytest
from playwright.async_api import Browser

from tests.browser.desk import Desk, Light, Screen, desk
from tests.support.client import Client
from tests.support.demo import RunningDemo

pytestmark = pytest.mark.browser

VIEW = "/settings/integrations"
ADA, IRIS, BEN, DANIEL, MARA = (
    "ada.vos@tidewater.example",
    "iris.moreau@fernhill.example",
    "ben.kok@tidewater.example",
    "daniel.osei@tidewater.example",
    "mara.keane@brookside.example",
)
APPOINT = """mutation ($input: SetMemberRoleInput!) {
  setMemberRole(input: $input) { __typename ... on Problem { message } }
}"""
CHANGED = "Something has changed since this was shown"


async def _links_a_google_account(somebody: Desk, email: str) -> None:
    page = somebody.page
    await page.get_by_role("link", name="Link another account").click()
    await page.get_by_role("link", name="Google Workspace").click()
    await page.get_by_role("button", name=email).first.click()
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("listitem").filter(has_text=email).wait_for()


async def _is_appointed(demo: RunningDemo, email: str) -> None:
    async with Client(demo.address, demo.people[ADA]["token"]) as ada:
        members = (await ada.field("{ members { nodes { id email } } }"))["nodes"]
        [chosen] = [member["id"] for member in members if member["email"] == email]
        answer = await ada.field(APPOINT, input={"memberId": chosen, "role": "SUBSCRIPTION_ADMINISTRATOR"})
        assert answer["__typename"] == "MemberRoleSet", answer


async def _passes(somebody: Desk, **step: int) -> None:
    """Time goes by for the server, the suite and this browser; nobody looks at the console meanwhile."""
    await somebody.page.goto("about:blank")
    answer = await somebody.page.request.post(f"{somebody.address}/demo/clock", data=step)
    await somebody.page.clock.set_fixed_time(datetime.fromisoformat((await answer.json())["now"]))


async def _connects(somebody: Desk) -> None:
    page = somebody.page
    await page.get_by_role("button", name="Connect Microsoft 365").click()
    await page.get_by_role("button", name="Disconnect").wait_for()


async def _disables(somebody: Desk, suite: str, organisation: str) -> None:
    await somebody.page.get_by_role("switch", name=suite).click()
    await somebody.page.get_by_label("To confirm").fill(organisation)
    await somebody.page.get_by_role("button", name="Disable", exact=True).click()
    await somebody.page.get_by_role("article", name=suite).get_by_text("(in 5 days)").wait_for()


async def test_an_account_that_was_linked_leads_to_the_same_person(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address, Light.DARK) as ada, desk(browser, demo.address) as again:
        await ada.signs_in(ADA, "/profile")
        await _links_a_google_account(ada, MARA)
        await ada.is_looked_at()

        await again.signs_in(MARA, "/profile")
        await again.page.get_by_role("listitem").filter(has_text=ADA).wait_for()


async def test_an_organisation_switches_to_the_other_suite_and_back_and_is_told_first_what_that_does(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ada, desk(browser, demo.address) as daniel:
        await daniel.signs_in(DANIEL, "/profile")
        await ada.signs_in(ADA)
        await ada.page.goto(f"{demo.sandbox}/app-access")
        await ada.page.get_by_role("form", name="Brookside").get_by_role("button", name="Trust").click()

        await ada.opens(VIEW)
        google = ada.page.get_by_role("article", name="Google Workspace")
        microsoft = ada.page.get_by_role("article", name="Microsoft 365")
        await google.get_by_role("button", name="Set it up").click()
        await ada.page.get_by_role("button", name="Continue to Google Workspace").click()
        await ada.reads("Switch to Google Workspace?")
        await ada.is_looked_at()
        await _connects(daniel)
        await ada.page.get_by_label("To confirm").fill("Tidewater")
        switch = ada.page.get_by_role("button", name="Switch", exact=True)
        await switch.click()
        await ada.reads(CHANGED)
        await ada.is_looked_at()
        await switch.click()
        await ada.page.get_by_role("button", name=MARA).first.click()
        await ada.page.get_by_label("Select all").check()
        await ada.page.get_by_role("button", name="Continue").click()
        await google.get_by_text("Tested, not enabled yet").wait_for()
        await microsoft.get_by_text("(in 5 days)").wait_for()
        await ada.is_looked_at()

        await microsoft.get_by_role("button", name="Take it up again").click()
        await ada.reads("Your organisation has turned to Google Workspace since.")
        await ada.is_looked_at()
        await ada.page.get_by_role("dialog").get_by_role("button", name="Go on at Microsoft 365").click()
        await ada.reads("Switch to Microsoft 365?")
        await ada.page.get_by_label("To confirm").fill("Tidewater")
        await ada.page.get_by_role("button", name="Switch", exact=True).click()
        await microsoft.get_by_role("button", name="Enable for all users").click()
        await microsoft.get_by_text("Enabled for all users").wait_for()


async def test_what_changed_since_it_was_shown_is_shown_again_before_anything_is_disabled(
    demo: RunningDemo, browser: Browser
) -> None:
    async with (
        desk(browser, demo.address) as ada,
        desk(browser, demo.address, Light.DARK, Screen.PHONE) as ben,
    ):
        await ben.signs_in(BEN, "/profile")
        await ada.signs_in(ADA, VIEW)
        await ada.page.get_by_role("switch", name="Microsoft 365").click()
        await ada.reads("This is what happens at once:")
        await ben.page.get_by_role("button", name="Disconnect").click()
        await ben.page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
        await ben.reads("The consent stays inside the suite")

        await ada.page.get_by_label("To confirm").fill("Tidewater")
        await ada.page.get_by_role("button", name="Disable", exact=True).click()
        await ada.page.get_by_role("alert").filter(has_text=CHANGED).wait_for()
        await ada.is_looked_at()
        await ada.page.get_by_role("button", name="Disable", exact=True).click()
        await ada.reads("(in 5 days)")

        await ben.opens("/")
        await ben.reads("Calendars are switched off")
        await ben.is_looked_at()


async def test_whoever_takes_it_up_again_without_a_consent_of_their_own_goes_on_at_the_suite_for_it(
    demo: RunningDemo, browser: Browser
) -> None:
    await _is_appointed(demo, BEN)  # who disconnected, and whose organisation disabled it, before
    async with desk(browser, demo.address, Light.DARK, Screen.PHONE) as ben:
        page = ben.page
        await ben.signs_in(BEN, VIEW)
        microsoft = page.get_by_role("article", name="Microsoft 365")
        await microsoft.get_by_role("button", name="Take it up again").click()
        await page.get_by_role("button", name="Run the test", exact=True).click()
        await ben.reads("Your own consent is needed")
        await ben.is_looked_at()

        await page.get_by_role("dialog").get_by_role("button", name="Go on at Microsoft 365").click()
        await microsoft.get_by_text("The test has passed.").wait_for()
        await microsoft.get_by_text("Disabled", exact=True).wait_for()
        await microsoft.get_by_role("button", name="Enable for all users").click()
        await microsoft.get_by_text("Enabled for all users").wait_for()


async def test_for_five_days_everything_can_be_taken_up_again_and_then_it_is_gone(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address, Light.DARK, Screen.PHONE) as iris:
        await iris.signs_in(IRIS, VIEW)
        google = iris.page.get_by_role("article", name="Google Workspace")
        await _disables(iris, "Google Workspace", "Fernhill")

        await _passes(iris, days=4, hours=23)
        await iris.signs_in(IRIS, VIEW)  # whoever comes back after days has to say who they are
        await google.get_by_text("(in 1 hour)").wait_for()
        await iris.is_looked_at()
        await google.get_by_role("button", name="Take it up again").click()
        await iris.reads("need not consent again")
        await iris.is_looked_at()
        await iris.page.get_by_role("button", name="Run the test", exact=True).click()
        await google.get_by_role("button", name="Enable for all users").click()
        await google.get_by_text("Enabled for all users").wait_for()
        await google.get_by_text("members connected").wait_for()

        await _disables(iris, "Google Workspace", "Fernhill")
        await _passes(iris, days=5, minutes=1)
        await iris.signs_in(IRIS, VIEW)
        await google.get_by_text("Off", exact=True).wait_for()
        await google.get_by_role("button", name="Set it up").wait_for()
        await iris.reads("Integration purged")
        await iris.is_looked_at()
