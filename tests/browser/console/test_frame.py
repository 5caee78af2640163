"""What holds on every page of the console."""

from itertools import product

import pytest
from playwright.async_api import Browser, expect

from app.web.console import VIEWS
from tests.browser.desk import Light, Screen, desk
from tests.support.demo import RunningDemo

pytestmark = [pytest.mark.browser, pytest.mark.long]

ADMINISTRATOR, MEMBER = "ada.vos@tidewater.example", "ben.kok@tidewater.example"


async def test_whoever_is_not_signed_in_is_brought_to_sign_in_and_back(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as ben:
        await ben.opens("/rooms")
        await ben.page.get_by_role("link", name="Microsoft 365").click()
        await ben.page.get_by_role("button", name=MEMBER).first.click()

        await ben.page.wait_for_url(f"{demo.address}/rooms")
        await ben.reads("Ben Kok · Tidewater")


async def test_only_administrators_are_shown_the_way_to_the_settings(demo: RunningDemo, browser: Browser) -> None:
    for email, are_shown in ((ADMINISTRATOR, True), (MEMBER, False)):
        async with desk(browser, demo.address) as somebody:
            await somebody.signs_in(email)
            await somebody.reads("· Tidewater")

            for settings in ("Integrations", "People"):
                assert await somebody.page.get_by_role("link", name=settings).is_visible() is are_shown


async def test_every_way_of_the_navigation_is_on_the_screen_of_a_phone(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address, screen=Screen.PHONE) as ada:
        await ada.signs_in(ADMINISTRATOR)
        await ada.reads("People")

        for view in VIEWS:
            way = ada.page.get_by_role("navigation", name="Console").get_by_role("link", name=view.menu)
            await expect(way).to_be_in_viewport(ratio=1)


async def test_no_page_breaks_a_rule_of_accessibility_or_is_wider_than_its_screen(
    demo: RunningDemo, browser: Browser
) -> None:
    found: dict[tuple[str, Screen, Light], list[str]] = {}
    async with desk(browser, demo.address) as ada:
        await ada.signs_in(ADMINISTRATOR)
        for view, screen, light in product(VIEWS, Screen, Light):
            await ada.looks(light, screen)
            await ada.opens(view.path)
            await ada.page.wait_for_load_state("networkidle")
            wide = ["wider than the screen"] if await ada.overflows() else []
            if wrong := [*await ada.violations(), *wide]:
                found[view.name, screen, light] = wrong

    assert found == {}


async def test_everything_of_a_page_can_be_reached_by_keyboard(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as ada:
        await ada.signs_in(ADMINISTRATOR)
        for view in VIEWS:
            await ada.opens(view.path)
            await ada.page.keyboard.press("Tab")

            assert await ada.page.evaluate("document.activeElement.textContent") == "Skip to the contents"
            await ada.page.keyboard.press("Enter")
            assert await ada.page.evaluate("document.activeElement.id") == "contents"
