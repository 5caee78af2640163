"""What is wrong at a suite is said with who acts, and gone once it is mended: to administrators and to members."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, expect

from tests.browser.desk import Desk, Light, Screen, desk
from tests.support.demo import RunningDemo

pytestmark = pytest.mark.browser

VIEW = "/settings/integrations"
ADA, BEN, TESS = "ada.vos@tidewater.example", "ben.kok@tidewater.example", "tess.okafor@tidewater.example"
YUKI = "yuki.sato@fernhill.example"


def _coming_day() -> str:
    """A working day of next week."""
    today = datetime.now(UTC).date()
    return (today + timedelta(days=8 - today.weekday())).isoformat()


async def _opens_a_booking(somebody: Desk, at: str) -> None:
    """As far as the rooms to choose from."""
    page = somebody.page
    await page.get_by_role("button", name="Book a room", exact=True).click()
    await page.get_by_label("Subject").fill("Oars")
    await page.get_by_label("Day", exact=True).fill(_coming_day())
    await page.get_by_label("From").fill(at)


async def _runs_the_test(ada: Desk) -> None:
    await ada.page.get_by_role("button", name="Run the test again").click()


async def test_a_check_that_hangs_keeps_nobody_from_seeing_the_others_finish(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address, Light.DARK, Screen.PHONE) as ada:
        page = ada.page
        await ada.signs_in(ADA, VIEW)
        await ada.reads("Healthy")
        held = {"host": "graph", "path": "/me/calendar/getSchedule", "effect": "hold", "moment": "before"}
        fault = await (await page.request.post(f"{demo.sandbox}/control/faults", data=held)).json()
        await _runs_the_test(ada)
        await ada.reads("7 of 8")
        await page.get_by_role("listitem").filter(has_text="The suite tells when rooms are free: running").wait_for()
        await page.get_by_role("listitem").filter(has_text="Your calendar can be read: passed").wait_for()
        await ada.is_looked_at()

        await page.request.post(f"{demo.sandbox}/control/faults/{fault['id']}/release")
        await ada.reads("It is shown here and not stored.")
        await ada.is_looked_at()


async def test_a_secret_that_the_suite_refuses_is_the_operators_to_mend(demo: RunningDemo, browser: Browser) -> None:
    application = f"{demo.sandbox}/control/entra/application"
    async with desk(browser, demo.address) as ada:
        page = ada.page
        await ada.signs_in(ADA, VIEW)
        known = json.loads((demo.folder / ".demo" / "sandbox" / "sandbox.json").read_text())
        await page.request.patch(application, data={"secret": "another"})
        await page.request.post(f"{demo.address}/demo/clock", data={"hours": 2})
        await _runs_the_test(ada)
        await ada.reads("Works in part")
        await ada.reads("This is for the operator of this server.")
        await ada.is_looked_at()

        await page.request.patch(application, data={"secret": known["client_secret"]})
        await _runs_the_test(ada)
        await ada.reads("Healthy")
        await page.get_by_text("This is for the operator").wait_for(state="detached")


async def test_an_application_that_was_removed_is_approved_again_by_the_link(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address, Light.DARK, Screen.PHONE) as ada:
        page = ada.page
        await ada.signs_in(ADA, VIEW)
        await page.request.delete(f"{demo.sandbox}/control/tenants/tidewater.example/application")
        await page.request.post(f"{demo.address}/demo/clock", data={"hours": 2})
        await _runs_the_test(ada)
        await ada.reads("Broken")
        await ada.reads("This is for an administrator of your calendar suite.")
        await ada.is_looked_at()

        link = await page.get_by_label("Direct admin approval link").input_value()
        async with desk(browser, demo.address) as tess:
            await tess.page.goto(link)
            await tess.page.get_by_role("button", name=TESS).first.click()
            await tess.page.get_by_role("button", name="Accept").click()
            await tess.page.wait_for_url(f"{demo.address}/**")
        await _runs_the_test(ada)
        await ada.reads("Healthy")


async def test_a_member_whose_consent_ended_is_told_once_connects_again_and_has_kept_everything(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ben:
        page, control = ben.page, f"{demo.sandbox}/control/users/{BEN}"
        await ben.signs_in(BEN)
        await _opens_a_booking(ben, "20:30")
        await page.get_by_label("Room name").fill("Harbour 1.02")
        await page.get_by_role("checkbox", name="Harbour 1.02").check()
        await page.get_by_role("button", name="Book", exact=True).click()
        await page.get_by_role("group", name="Harbour 1.02: Oars").get_by_text("Accepted", exact=True).wait_for()

        await page.request.post(f"{control}/revoke-refresh-tokens")
        await page.request.post(f"{demo.address}/demo/clock", data={"hours": 2})
        await page.get_by_role("button", name="Later", exact=True).click()
        await ben.reads("Your calendar has to be connected again")
        await ben.is_looked_at()
        await page.get_by_role("button", name="Notifications, 1 unread").wait_for()
        await ben.opens("/profile")
        await ben.reads("Has to be connected again")
        await ben.is_looked_at()
        await page.get_by_role("button", name="Notifications, 1 unread").click()
        told = page.get_by_role("dialog").get_by_role("listitem").filter(has_text="has to be connected again")
        await told.wait_for()
        await expect(told).to_have_count(1)
        await ben.is_looked_at()

        await ben.opens("/")
        await page.get_by_role("button", name="Connect your calendar again").click()
        await page.get_by_role("group", name="Harbour 1.02: Oars").get_by_text("Accepted", exact=True).wait_for()
        await page.get_by_text("has to be connected again").wait_for(state="detached")


async def test_who_leaves_free_and_busy_times_unticked_is_told_and_sees_rooms_whose_times_are_not_known(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address, Light.DARK, Screen.PHONE) as yuki:
        page = yuki.page
        await yuki.signs_in(YUKI, f"/?day={_coming_day()}")
        await page.get_by_role("button", name="Connect your calendar").click()
        await page.get_by_role("checkbox", name="See and change the events of all your calendars").check()
        await page.get_by_role("button", name="Continue").click()
        await page.get_by_role("region", name="Agenda").get_by_role("listitem").first.wait_for()
        await _opens_a_booking(yuki, "20:00")
        await yuki.reads("When rooms are free is unknown: the permission to see free and busy times is missing.")
        await page.get_by_role("dialog").get_by_text("Not known").first.wait_for()
        await yuki.is_looked_at()

        await yuki.opens("/profile")
        await yuki.reads("You did not allow everything")
        await page.get_by_role("listitem").filter(has_text="Tells when rooms are free").wait_for()
        await yuki.is_looked_at()
        await page.get_by_role("button", name="Connect again").click()
        await page.get_by_label("Select all").check()
        await page.get_by_role("button", name="Continue").click()
        await page.get_by_text("What you consented to").wait_for()
        await page.get_by_text("You did not allow everything").wait_for(state="detached")
