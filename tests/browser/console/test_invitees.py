"""Who is invited when a room is booked: colleagues who are suggested, and any other address."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.browser.desk import Desk, Light, Screen, desk
from tests.support.demo import RunningDemo

pytestmark = pytest.mark.browser

BEN, ADA, DANIEL = "ben.kok@tidewater.example", "ada.vos@tidewater.example", "daniel.osei@tidewater.example"
GUEST = "Some.One@elsewhere.example"


async def _begins_to_book(somebody: Desk, at: str) -> Locator:
    """The field of the dialog; only the people are still missing."""
    page, today = somebody.page, datetime.now(UTC).date()
    await page.get_by_role("button", name="Book a room", exact=True).click()
    await page.get_by_label("Subject").fill("Ropes")
    await page.get_by_label("Day", exact=True).fill((today + timedelta(days=9 - today.weekday())).isoformat())
    await page.get_by_label("From").fill(at)
    await page.get_by_label("Room name").fill("Lighthouse 1.01")
    await page.get_by_role("checkbox", name="Lighthouse 1.01").check()
    return page.get_by_role("combobox", name="Who is invited")


async def _books(page: Page) -> list[dict[str, Any]]:
    """Books, and who was invited with that."""
    async with page.expect_request(lambda request: "mutation BookRoom" in (request.post_data or "")) as asked:
        await page.get_by_role("button", name="Book", exact=True).press("Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    sent: Any = (await asked.value).post_data_json
    attendees: list[dict[str, Any]] = sent["variables"]["input"]["event"]["attendees"]
    return attendees


def _suggested(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Colleagues").get_by_role("option")


def _invited(page: Page) -> Locator:
    return page.get_by_role("list", name="Invited so far").get_by_role("listitem")


async def test_colleagues_and_others_are_invited_by_keyboard(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as ben:
        page = ben.page
        await ben.signs_in(BEN)
        field = await _begins_to_book(ben, "01:00")

        await field.press_sequentially("tidew vo")
        await expect(_suggested(page)).to_have_text([re.compile("Ada Vos")])
        await expect(field).to_have_attribute("aria-expanded", "true")
        await page.keyboard.press("Escape")
        await expect(_suggested(page)).to_have_count(0)
        await expect(field).to_have_attribute("aria-expanded", "false")
        await expect(page.get_by_role("dialog")).to_be_visible()

        await page.keyboard.press("ArrowDown")
        await expect(_suggested(page)).to_have_count(1)
        await page.keyboard.press("ArrowDown")
        option = _suggested(page).and_(page.get_by_role("option", selected=True))
        await expect(field).to_have_attribute("aria-activedescendant", await option.get_attribute("id") or "none")
        await ben.is_looked_at()
        await page.keyboard.press("Enter")
        await expect(_invited(page)).to_have_text([re.compile("Ada Vos")])
        await expect(field).to_have_value("")

        await field.press_sequentially(f"{GUEST},")
        await expect(_invited(page)).to_have_count(2)
        await field.press_sequentially("another@elsewhere.example")
        await page.keyboard.press("Enter")
        await expect(_invited(page)).to_have_count(3)
        await ben.is_looked_at()
        await page.get_by_role("button", name="Remove another@elsewhere.example").press("Enter")
        await expect(_invited(page)).to_have_count(2)
        await expect(field).to_be_focused()

        assert await _books(page) == [{"email": ADA, "name": "Ada Vos"}, {"email": GUEST, "name": None}]


async def test_colleagues_are_invited_by_touch_on_a_phone(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address, Light.DARK, Screen.PHONE) as ben:
        page = ben.page
        await ben.signs_in(BEN)
        field = await _begins_to_book(ben, "02:00")

        for name in ("Ada Vos", "Daniel Osei"):
            await field.press_sequentially("tide")
            await _suggested(page).filter(has_text=name).tap()
        await ben.is_looked_at()
        await page.get_by_role("button", name="Remove Ada Vos").tap()
        await field.fill(GUEST)  # which nobody makes a person of, and is sent all the same

        assert await _books(page) == [{"email": GUEST}, {"email": DANIEL, "name": "Daniel Osei"}]


async def test_neither_the_viewer_nor_who_is_invited_already_is_suggested(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as ben:
        page = ben.page
        await ben.signs_in(BEN)
        field = await _begins_to_book(ben, "03:00")
        await field.press_sequentially("tidewater")
        await expect(_suggested(page)).to_have_count(5)
        await expect(_suggested(page).filter(has_text="Ben Kok")).to_have_count(0)
        await _suggested(page).filter(has_text="Ada Vos").click()

        await field.press_sequentially("tidewater")
        await expect(_suggested(page)).to_have_count(4)
        await field.fill("ben kok")
        await expect(_suggested(page)).to_have_count(0)


async def test_addresses_that_were_copied_line_by_line_are_several_people(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN)
        field = await _begins_to_book(ben, "04:00")

        await field.evaluate(
            """(field, text) => {
                const data = new DataTransfer();
                data.setData("text/plain", text);
                field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, cancelable: true }));
            }""",
            "one@elsewhere.example\ntwo@elsewhere.example\n",
        )

        await expect(_invited(ben.page)).to_have_text([re.compile("^one@"), re.compile("^two@")])


async def test_without_suggestions_an_address_is_invited_all_the_same(demo: RunningDemo, browser: Browser) -> None:
    async def away(route: Route) -> None:
        if "query Colleagues" in (route.request.post_data or ""):
            await route.abort()
        else:
            await route.continue_()

    async with desk(browser, demo.address) as ben:
        await ben.signs_in(BEN)
        await ben.page.route("**/graphql", away)
        field = await _begins_to_book(ben, "05:00")
        async with ben.page.expect_event("requestfailed"):
            await field.press_sequentially(GUEST)
        await ben.page.keyboard.press("Enter")
        await expect(_invited(ben.page)).to_have_count(1)
        ben.complaints.clear()  # of the requests that went nowhere

        assert await _books(ben.page) == [{"email": GUEST, "name": None}]
