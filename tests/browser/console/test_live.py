"""What happens elsewhere is seen without loading: in another window, at another administrator's, after a sleep."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser

from tests.browser.desk import Desk, Light, Screen, desk
from tests.support.client import Client
from tests.support.demo import RunningDemo

pytestmark = pytest.mark.browser

VIEW = "/settings/integrations"
ADA, BEN, CHLOE = "ada.vos@tidewater.example", "ben.kok@tidewater.example", "chloe.martin@tidewater.example"
APPOINT = """mutation ($input: SetMemberRoleInput!) {
  setMemberRole(input: $input) { __typename ... on Problem { message } }
}"""
SAIL = "Lighthouse 1.01: Sail cloth"


def _coming_day() -> str:
    """A working day of next week."""
    today = datetime.now(UTC).date()
    return (today + timedelta(days=8 - today.weekday())).isoformat()


async def _books(somebody: Desk, subject: str, at: str) -> None:
    page = somebody.page
    await page.get_by_role("button", name="Book a room", exact=True).click()
    await page.get_by_label("Subject").fill(subject)
    await page.get_by_label("Day", exact=True).fill(_coming_day())
    await page.get_by_label("From").fill(at)
    await page.get_by_label("Room name").fill("Lighthouse 1.01")
    await page.get_by_role("checkbox", name="Lighthouse 1.01").check()
    await page.get_by_role("button", name="Book", exact=True).click()
    await page.get_by_role("dialog").wait_for(state="detached")


async def test_what_is_booked_in_one_window_is_seen_in_the_other_also_after_a_sleep(
    demo: RunningDemo, browser: Browser
) -> None:
    async with (
        desk(browser, demo.address) as ben,
        desk(browser, demo.address, Light.DARK, Screen.PHONE) as phone,
    ):
        await ben.signs_in(BEN)
        await phone.signs_in(BEN)
        seen = phone.page.get_by_role("group", name="Lighthouse 1.01: Sail cloth")
        await _books(ben, "Sail cloth", "19:00")
        await seen.get_by_text("Accepted", exact=True).wait_for()

        await phone.page.context.set_offline(True)
        await phone.reads("You are offline.")
        await phone.is_looked_at()
        await ben.page.get_by_role("group", name=SAIL).get_by_role("button", name="Cancel", exact=True).click()
        await ben.page.get_by_role("button", name="Cancel the room").click()
        await ben.page.get_by_role("group", name=SAIL).wait_for(state="detached")
        await _books(ben, "Rope", "20:30")
        await ben.page.get_by_role("group", name="Lighthouse 1.01: Rope").get_by_text("Accepted").wait_for()
        await phone.page.context.set_offline(False)
        await phone.page.get_by_role("group", name="Lighthouse 1.01: Rope").get_by_text("Accepted").wait_for()
        await seen.wait_for(state="detached")
        phone.complaints.clear()  # of what could not be sent meanwhile


async def test_what_one_administrator_does_the_other_and_the_members_see_as_it_happens(
    demo: RunningDemo, browser: Browser
) -> None:
    async with Client(demo.address, demo.people[ADA]["token"]) as client:
        members = await client.field("{ members(first: 50) { nodes { id email } } }")
        chosen = next(each["id"] for each in members["nodes"] if each["email"] == CHLOE)
        await client.field(APPOINT, input={"memberId": chosen, "role": "SUBSCRIPTION_ADMINISTRATOR"})
    async with (
        desk(browser, demo.address) as ada,
        desk(browser, demo.address, Light.DARK) as chloe,
        desk(browser, demo.address, Light.DARK, Screen.PHONE) as ben,
    ):
        await ada.signs_in(ADA, VIEW)
        await chloe.signs_in(CHLOE, VIEW)
        await ben.signs_in(BEN, f"/?day={_coming_day()}")
        await chloe.reads("Healthy")
        await ben.page.get_by_role("region", name="Agenda").get_by_role("listitem").first.wait_for()
        await _books(ben, "Oars", "17:30")
        bookings = ben.page.get_by_role("region", name="Room bookings")
        booking = bookings.get_by_role("group", name="Lighthouse 1.01: Oars")
        await booking.get_by_role("button", name="Cancel", exact=True).wait_for()
        held = {"host": "graph", "path": "/places/**", "effect": "hold", "moment": "before"}
        fault = await (await ada.page.request.post(f"{demo.sandbox}/control/faults", data=held)).json()
        await ada.page.get_by_role("button", name="Sync rooms again").click()
        await ada.page.get_by_role("progressbar", name="Room sync").wait_for()
        await chloe.page.get_by_role("progressbar", name="Room sync").wait_for()
        await chloe.is_looked_at()
        await ada.page.request.post(f"{demo.sandbox}/control/faults/{fault['id']}/release")
        await chloe.page.get_by_text("none new").wait_for()

        await ada.page.get_by_role("switch", name="Microsoft 365").click()
        await ada.page.get_by_label("To confirm").fill("Tidewater")
        await ada.page.get_by_role("button", name="Disable", exact=True).click()
        await chloe.reads("Consents are kept until")
        await ben.reads("Calendars are switched off")
        await ben.page.get_by_role("button", name="Book a room", exact=True).wait_for(state="hidden")
        await ben.reads("Once calendars are switched on, you can change here what you booked.")
        # What it is for is the calendar's, and not told any more.
        assert await bookings.get_by_role("group", name="Lighthouse 1.01: an event that is not shown").count() >= 1
        assert await bookings.get_by_role("button").count() == 0
        await ben.is_looked_at()

        await chloe.page.get_by_role("button", name="Take it up again").click()
        await chloe.page.get_by_role("button", name="Run the test", exact=True).click()
        await chloe.page.get_by_role("button", name="Enable for all users").click()
        await ada.reads("Enabled for all users")
        await ben.page.get_by_text("Calendars are switched off").wait_for(state="detached")
        await ben.page.get_by_role("button", name="Book a room", exact=True).wait_for()
        await booking.get_by_role("button", name="Cancel", exact=True).wait_for()
