"""Profile: a member's consent, sharing, tokens and data, each changed by its owner."""

import json
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.desk import Light, Screen, desk
from tests.support.client import Client
from tests.support.demo import RunningDemo

pytestmark = pytest.mark.browser

VIEW = "/profile"
ADA, BEN, DANIEL = "ada.vos@tidewater.example", "ben.kok@tidewater.example", "daniel.osei@tidewater.example"


async def test_a_member_connects_their_calendar_comes_back_and_disconnects_it(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as daniel:
        await daniel.signs_in(DANIEL, VIEW)
        page = daniel.page
        await page.get_by_role("button", name="Connect Microsoft 365").click()
        await (
            page.get_by_role("button", name="Accept")
            .or_(page.get_by_role("button", name="Disconnect"))
            .first.wait_for()
        )
        if await page.get_by_role("button", name="Accept").is_visible():
            await page.get_by_role("button", name="Accept").click()
        await page.wait_for_url(f"{demo.address}{VIEW}")
        await page.get_by_text("What you consented to").click()
        await page.get_by_role("listitem").filter(has_text="Calendars.ReadWrite").wait_for()
        await page.get_by_role("button", name="Disconnect").click()
        assert await daniel.violations() == []
        await page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()

        await daniel.reads("The consent stays inside the suite until you remove it there")
        await page.get_by_role("button", name="Connect Microsoft 365").wait_for()


async def test_a_token_is_shown_once_works_and_is_revoked(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN, VIEW)
        page = ben.page
        await page.get_by_role("button", name="New token").click()
        await page.get_by_role("button", name="Make it").click()
        assert await page.get_by_label("What it is for").get_attribute("aria-invalid") == "true"
        await page.get_by_label("What it is for").fill("The screen at the door")
        await page.get_by_role("button", name="Make it").click()
        token = await page.get_by_label("Access token", exact=True).input_value()
        assert await ben.violations() == []
        await page.get_by_role("button", name="Done").click()
        async with Client(demo.address, token) as client:
            assert await client.field("{ viewer { member { email } } }") == {"member": {"email": BEN}}

        await page.get_by_role("button", name="Revoke The screen at the door").click()
        await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        await ben.reads("Revoked.")
        await page.get_by_role("button", name="Revoke The screen at the door").wait_for(state="detached")


async def test_sharing_holds_at_once_and_at_most_what_the_organisation_allows(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ada, desk(browser, demo.address, Light.DARK, Screen.PHONE) as ben:
        await ada.signs_in(ADA, VIEW)
        await ada.page.get_by_label("The most that anybody can share").select_option("PEOPLE_I_MEET")
        await ada.page.get_by_role("button", name="Save").click()
        await ada.reads("Saved.")

        await ben.signs_in(BEN, VIEW)
        await ben.reads("Your organisation allows at most: “People I meet”.")
        await ben.page.get_by_label("Nobody").check()
        await ben.reads("That holds from now on, for past and coming days.")
        assert await ben.violations() == []
        assert not await ben.overflows()


async def test_whoever_asks_gets_a_copy_of_what_is_kept_about_them(
    demo: RunningDemo, browser: Browser, tmp_path: Path
) -> None:
    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN, VIEW)
        await ben.page.get_by_role("button", name="Show what is kept").click()
        await ben.reads("Consents for a calendar: 1")
        async with ben.page.expect_download() as downloading:
            await ben.page.get_by_role("link", name="Download hybrid-meetings-").click()
        await (await downloading.value).save_as(tmp_path / "copy.json")

        assert json.loads((tmp_path / "copy.json").read_text())["profile"]["address"] == BEN


async def test_who_chose_a_dark_console_finds_it_dark_again(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN, VIEW)
        await ben.page.get_by_label("Dark").check()
        await ben.opens(VIEW)

        assert await ben.page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
        assert await ben.page.get_by_label("Dark").is_checked()
        assert await ben.violations() == []
