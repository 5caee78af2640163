"""What goes wrong at a suite, as administrators and members see it, and how it is mended by mouse."""

import pytest
from playwright.async_api import Browser

from tests.browser.desk import Light, Screen, desk
from tests.support.demo import RunningDemo

pytestmark = pytest.mark.browser

VIEW = "/settings/integrations"
ADA, BEN = "ada.vos@tidewater.example", "ben.kok@tidewater.example"
SLOW_SECONDS = 3


async def test_a_check_that_takes_long_hides_none_of_the_others(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address, Light.DARK) as ada:
        await ada.signs_in(ADA, VIEW)
        slow = {"host": "graph", "path": "/me/calendarView", "effect": "delay", "delay_seconds": SLOW_SECONDS}
        await ada.page.request.post(f"{demo.sandbox}/control/faults", data=slow)
        await ada.page.get_by_role("button", name="Run the test again").click()
        checks = ada.page.get_by_role("listitem")
        await checks.filter(has_text="The rooms can be listed: passed").wait_for()
        await checks.filter(has_text="Your calendar can be read: running").wait_for()
        await ada.is_looked_at()
        await ada.reads("It is shown here and not stored.")


async def test_an_application_that_was_removed_shows_who_acts_and_is_approved_again(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address, Light.DARK, Screen.PHONE) as ada:
        await ada.signs_in(ADA, VIEW)
        microsoft = ada.page.get_by_role("article", name="Microsoft 365")
        await ada.page.request.delete(f"{demo.sandbox}/control/tenants/tidewater.example/application")
        await ada.page.get_by_role("button", name="Run the test again").click()
        await microsoft.get_by_text("Broken", exact=True).wait_for()
        await microsoft.get_by_text("Not passed").wait_for()
        await microsoft.get_by_text("Who acts: an administrator of the calendar suite.").first.wait_for()
        await ada.is_looked_at()
        bell = ada.page.get_by_role("button", name="Notifications, 1 unread")
        await bell.click()
        await ada.is_looked_at()
        await ada.page.get_by_role("dialog").get_by_role("button", name="Close").click()

        await ada.page.request.post(f"{demo.sandbox}/control/tenants/tidewater.example/consent")
        await ada.page.get_by_role("button", name="Run the test again").click()
        await microsoft.get_by_text("Healthy", exact=True).wait_for()


async def test_a_consent_that_was_taken_back_at_the_suite_is_told_once_and_given_again(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN)
        for ended in ("revoke-refresh-tokens", "expire-access-tokens"):
            await ben.page.request.post(f"{demo.sandbox}/control/users/{BEN}/{ended}")
        await ben.page.reload()
        await ben.reads("Your calendar has to be connected again")
        await ben.page.get_by_role("button", name="Notifications, 1 unread").wait_for()
        await ben.is_looked_at()

        await ben.opens("/profile")
        await ben.reads("Has to be connected again")
        await ben.is_looked_at()
        await ben.page.get_by_role("button", name="Connect again").click()
        accept = ben.page.get_by_role("button", name="Accept")
        await accept.or_(ben.page.get_by_text("What you consented to")).first.wait_for()
        if await accept.is_visible():
            await accept.click()
        await ben.page.get_by_role("button", name="Disconnect").wait_for()
