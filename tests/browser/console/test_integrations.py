"""The settings' integrations: an administrator switches both suites on and off by mouse, without a support call."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.desk import Desk, Light, Screen, desk
from tests.support.demo import RunningDemo

pytestmark = pytest.mark.browser

VIEW = "/settings/integrations"
NORA, TOMAS, NELL = "nora.berg@newbridge.example", "tomas.silva@newbridge.example", "nell.byrne@brookside.example"
ADA, BEN = "ada.vos@tidewater.example", "ben.kok@tidewater.example"
SCROLLERS = """dialog => [...dialog.querySelectorAll("*")]
  .filter(each => /auto|scroll/.test(getComputedStyle(each).overflow) && each.scrollHeight > each.clientHeight)
  .map(each => each.className)"""
WIDER_THAN_SHOWN = """dialog => [...dialog.querySelectorAll("*")]
  .filter(each => each.getBoundingClientRect().width > dialog.clientWidth || each.scrollWidth > each.clientWidth + 1
    && each.clientWidth > 0 && getComputedStyle(each).overflow !== "visible")
  .map(each => each.outerHTML.slice(0, 80))"""


async def _enables(somebody: Desk) -> None:
    page = somebody.page
    await page.get_by_role("button", name="Run the test again").click()
    await somebody.reads("It is shown here and not stored.")
    assert not re.search(r"\b0 ", await page.locator(".preview").inner_text())
    await somebody.is_looked_at()
    await page.get_by_role("button", name="Enable for all users").click()
    await somebody.reads("Enabled for all users")
    await page.get_by_text("Rooms read on").wait_for()


@pytest.mark.parametrize(("light", "width", "height"), [(Light.LIGHT, 1280, 800), (Light.DARK, 390, 844)])
@pytest.mark.parametrize(("email", "suite"), [(NORA, "Microsoft 365"), (NELL, "Google Workspace")])
async def test_all_that_is_asked_for_is_read_whole_before_anybody_goes_to_the_suite(
    demo: RunningDemo, browser: Browser, email: str, suite: str, light: Light, width: int, height: int
) -> None:
    async with desk(browser, demo.address, light) as somebody:
        page = somebody.page
        await page.set_viewport_size({"width": width, "height": height})
        await somebody.signs_in(email, VIEW)
        await page.get_by_role("article", name=suite).get_by_role("button", name="Set it up").click()
        dialog = page.get_by_role("dialog", name=f"Set up {suite}")
        permission = dialog.get_by_role("row").filter(has=page.get_by_role("cell")).last
        await permission.wait_for()

        assert await dialog.evaluate(SCROLLERS) == ["contents"]
        assert await dialog.evaluate(WIDER_THAN_SHOWN) == []
        await permission.scroll_into_view_if_needed()
        await expect(permission).to_be_in_viewport(ratio=0.95)
        await somebody.is_looked_at()


async def test_microsoft_365_is_enabled_by_way_of_an_administrators_approval(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as nora, desk(browser, demo.address) as tomas:
        await nora.signs_in(NORA, VIEW)
        microsoft = nora.page.get_by_role("article", name="Microsoft 365")
        await microsoft.get_by_role("button", name="Set it up").click()
        await nora.page.get_by_role("cell", name="Calendars.ReadWrite").wait_for()
        await nora.is_looked_at()
        await nora.page.get_by_role("button", name="Continue to Microsoft 365").click()
        await nora.reads("Need admin approval")

        await nora.opens(VIEW)
        await nora.page.get_by_role("button", name="It asked for an administrator's approval").click()
        await nora.reads("Waiting for an administrator's approval")
        await nora.is_looked_at()
        link = await nora.page.get_by_label("Direct admin approval link").input_value()
        await tomas.page.goto(link)
        await tomas.page.get_by_role("button", name=TOMAS).first.click()
        await tomas.page.get_by_role("button", name="Accept").click()
        await tomas.reads("confirms the approval")

        await nora.reads("Now go on at Microsoft 365 with your own account.")
        await nora.page.get_by_role("button", name="Go on at Microsoft 365").click()
        await nora.page.wait_for_url(f"{demo.address}{VIEW}")
        await nora.reads("Tested, not enabled yet")
        await nora.reads("Asked for: everything")
        await _enables(nora)


async def test_disabling_shows_what_it_does_and_can_be_taken_back_for_five_days(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ada:
        await ada.signs_in(ADA, VIEW)
        page = ada.page
        await page.get_by_role("switch", name="Microsoft 365").click()
        await ada.reads("This is what happens at once:")
        await page.set_viewport_size({"width": 390, "height": 844})
        typed, disable = page.get_by_label("To confirm"), page.get_by_role("button", name="Disable", exact=True)
        for each in (typed, disable):
            await expect(each).to_be_in_viewport(ratio=1)
        assert (await page.get_by_role("dialog").inner_text()).count("(in 5 days)") == 1
        assert "UTC" not in await page.get_by_role("dialog").inner_text()
        await ada.is_looked_at()

        await page.get_by_role("button", name="Disable", exact=True).click()
        await ada.reads("That is not “Tidewater”.")
        await page.get_by_label("To confirm").fill("Tidewater")
        await page.get_by_role("button", name="Disable", exact=True).click()
        await ada.reads("(in 5 days)")
        await ada.is_looked_at()

        await page.get_by_role("button", name="Take it up again").click()
        await ada.reads("need not consent again")
        assert await page.get_by_role("cell", name="Calendars.ReadWrite").count() == 0
        await ada.is_looked_at()
        await page.get_by_role("button", name="Run the test", exact=True).click()
        await ada.reads("The test has passed.")
        await page.get_by_role("article", name="Microsoft 365").get_by_text("Disabled", exact=True).wait_for()
        await _enables(ada)


async def test_google_workspace_is_enabled_once_its_administrator_trusts_the_application(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address, Light.DARK, Screen.PHONE) as nell:
        await nell.signs_in(NELL, VIEW)
        google = nell.page.get_by_role("article", name="Google Workspace")
        await google.get_by_role("button", name="Set it up").click()
        await nell.page.get_by_role("button", name="Continue to Google Workspace").click()
        await nell.reads("Access blocked")

        await nell.page.get_by_role("link", name="the page for that").click()
        await nell.page.get_by_role("form", name="Brookside").get_by_role("button", name="Trust").click()
        await nell.page.get_by_role("form", name="Brookside").get_by_text("Trusted.").wait_for()
        await nell.opens(VIEW)
        assert not await nell.overflows()
        await nell.is_looked_at()
        await nell.page.get_by_role("button", name="Go on at Google Workspace").click()
        await nell.page.get_by_label("Select all").check()
        await nell.page.get_by_role("button", name="Continue").click()
        await nell.reads("Tested, not enabled yet")
        await _enables(nell)
        assert not await nell.overflows()


async def test_a_member_sees_how_it_stands_and_is_offered_nothing_to_change(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN, VIEW)
        await ben.reads("Only subscription administrators")

        assert await ben.page.get_by_role("switch").count() == 0
        assert await ben.page.get_by_role("heading", name="Who did what").count() == 0
        await ben.is_looked_at()


async def test_the_way_to_people_and_invitations_stands_here(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as ada:
        await ada.signs_in(ADA, VIEW)
        await ada.page.get_by_role("link", name="Open People").click()

        await ada.page.get_by_role("button", name="Invite somebody").wait_for()
