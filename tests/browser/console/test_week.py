"""The week strip: a shift is booked, moved and let go, and what is full leads to what is left."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Locator

from tests.browser.desk import Desk, Light, Screen, desk
from tests.support.demo import RunningDemo

pytestmark = pytest.mark.browser

BEN, IRIS = "ben.kok@tidewater.example", "iris.moreau@fernhill.example"
MONDAY, THURSDAY = 0, 3


def _day_of_next_week(weekday: int) -> str:
    """As the buttons name it: `Monday 30 November`."""
    today = datetime.now(UTC).date()
    day = today + timedelta(days=7 - today.weekday() + weekday)
    return f"{day:%A} {day.day} {day:%B}"


async def _next_week(somebody: Desk) -> Locator:
    week = somebody.page.get_by_role("region", name="Where you work")
    await week.get_by_role("button", name="The week after").click()
    number = _day_of_next_week(MONDAY).split()[1]
    await week.get_by_role("button", name=f"Mon {number}").wait_for()
    return week


async def _lets_go(somebody: Desk, shift: Locator) -> None:
    await shift.click()
    await somebody.page.get_by_role("button", name="Cancel this shift").click()
    await somebody.page.get_by_role("button", name="Cancel the shift").click()
    await somebody.reads("Your shift is cancelled.")


async def test_a_shift_is_booked_moved_and_let_go_by_keyboard_and_mouse(demo: RunningDemo, browser: Browser) -> None:
    day = _day_of_next_week(MONDAY)
    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN)
        page, week = ben.page, await _next_week(ben)
        await _lets_go(ben, week.get_by_role("button", name="Remote", exact=True).first)

        await week.get_by_role("button", name=f"Book {day}").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("radio", name="At the office").check()
        await page.get_by_label("Building").select_option("Harbour (12 left)")
        assert await ben.violations() == []
        await page.get_by_role("button", name="Book it").click()
        await ben.reads("Your shift is booked.")

        # Lisbon's clock is an hour behind the viewer's; what is booked and shown is the building's.
        await week.get_by_role("button", name="Harbour").click()
        await page.get_by_label("When").select_option("From … to …")
        await page.get_by_label("From", exact=True).fill("09:15")
        await page.get_by_role("button", name="Change it").click()
        await week.get_by_role("button", name="Harbour 09:15").click()
        assert await page.get_by_label("From", exact=True).input_value() == "09:15"
        await page.get_by_label("When").select_option("Morning")
        await page.get_by_role("button", name="Change it").click()
        await ben.reads("Your shift is changed.")
        await week.get_by_role("button", name="Harbour Morning").wait_for()
        who = page.get_by_role("region", name="Who is in")
        await who.get_by_role("heading", name=f"Who is in on {day}").wait_for()
        assert await ben.violations() == []
        await _lets_go(ben, week.get_by_role("button", name="Harbour Morning"))


async def test_the_day_that_is_chosen_in_the_week_is_the_day_that_the_agenda_shows(
    demo: RunningDemo, browser: Browser
) -> None:
    day = _day_of_next_week(THURSDAY)
    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN)
        page, week = ben.page, await _next_week(ben)
        await week.get_by_role("button", name=f"Thu {day.split()[1]}", exact=True).click()
        agenda = page.get_by_role("region", name="Agenda")
        await agenda.get_by_role("heading", name=day).wait_for()
        await page.get_by_role("heading", name=f"Who is in on {day}").wait_for()

        for _ in range(4):
            await agenda.get_by_role("button", name="Later", exact=True).click()
        monday = week.get_by_role("listitem").first.get_by_role("button", name="Mon", pressed=True)
        await monday.wait_for()
        assert f"Mon {day.split()[1]}" != await monday.inner_text()
        await page.go_back()
        await page.get_by_role("heading", name="Who is in on Sunday").wait_for()


async def test_a_full_area_leads_to_what_is_left_nearby(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address, Light.DARK, Screen.PHONE) as iris:
        await iris.signs_in(IRIS)
        page, week = iris.page, await _next_week(iris)
        thursday = week.get_by_role("listitem").nth(THURSDAY)
        await thursday.get_by_role("button", name="Garden side").click()
        await page.get_by_label("Area").select_option("Library (full)")
        await page.get_by_role("button", name="Change it").click()
        await iris.reads("What is left nearby:")
        assert await iris.violations() == []
        assert not await iris.overflows()

        await page.get_by_role("dialog").get_by_role("button", name="left)").first.click()
        await iris.reads("Your shift is changed.")
