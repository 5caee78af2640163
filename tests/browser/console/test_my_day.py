"""My day: the agenda and its rooms, by mouse, at both suites."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Locator, Route, expect

from tests.browser.desk import ZONE, Desk, Light, Screen, desk
from tests.support.client import Client
from tests.support.demo import RunningDemo

pytestmark = pytest.mark.browser

BEN, HUGO, DANIEL = "ben.kok@tidewater.example", "hugo.brandt@fernhill.example", "daniel.osei@tidewater.example"
IRIS = "iris.moreau@fernhill.example"
ROOMS = "{ rooms(first: 100) { nodes { id name } } }"
REMOVE = """mutation ($input: RemoveRoomInput!) {
  removeRoom(input: $input) {
    __typename ... on ConfirmationRequired { confirmation } ... on RoomRemoved { closedBookings { accepted } }
  }
}"""
LONG = 300_000
"""How many milliseconds rooms are thinking until they are told to answer."""
AT_BOTH_SUITES = pytest.mark.parametrize(
    ("email", "rooms", "unwilling", "willing", "screen"),
    [
        (BEN, "graph/attendant", "Lighthouse Closed", r"Lighthouse \d\.\d\d", Screen.DESKTOP),
        (HUGO, "google/attendant", "Meadow Closed", r"Meadow \d\.\d\d", Screen.PHONE),
    ],
    ids=["Microsoft 365", "Google Workspace, on a phone"],
)


def _coming_day() -> str:
    """A working day of next week."""
    today = datetime.now(UTC).date()
    return (today + timedelta(days=8 - today.weekday())).isoformat()


async def _books(somebody: Desk, room: str, subject: str, at: str) -> Locator:
    """Books a room for a new event and returns its booking in the column."""
    page = somebody.page
    await page.get_by_role("button", name="Book a room", exact=True).click()
    await page.get_by_label("Subject").fill(subject)
    await page.get_by_label("Day", exact=True).fill(_coming_day())
    await page.get_by_label("From").fill(at)
    await page.get_by_label("Room name").fill(room)
    await page.get_by_role("checkbox", name=room).check()
    await page.get_by_role("button", name="Book", exact=True).click()
    await page.get_by_role("dialog").wait_for(state="detached")
    return page.get_by_role("group", name=f"{room}: {subject}")


@AT_BOTH_SUITES
async def test_a_room_that_declines_is_replaced_by_one_that_accepts_without_the_page_being_loaded_again(
    demo: RunningDemo, browser: Browser, email: str, rooms: str, unwilling: str, willing: str, screen: Screen
) -> None:
    attendant = f"{demo.sandbox}/control/{rooms}"
    light = Light.DARK if screen is Screen.PHONE else Light.LIGHT
    async with desk(browser, demo.address, light, screen) as member:
        page = member.page
        await member.signs_in(email)
        loads: list[str] = []
        page.on("framenavigated", lambda frame: loads.append(frame.url))
        await page.request.patch(attendant, data={"delay_milliseconds": LONG})
        booking = await _books(member, unwilling, "Boat plans", "18:00")
        await booking.get_by_text("Pending", exact=True).wait_for()
        await member.is_looked_at()
        await page.request.patch(attendant, data={"delay_milliseconds": 0})
        await page.request.post(f"{attendant}/run")
        await booking.get_by_text("Declined", exact=True).wait_for()
        event = page.get_by_role("region", name="Agenda").get_by_role("listitem").filter(has_text="Boat plans").first
        await event.get_by_text("Declined", exact=True).wait_for()
        await member.is_looked_at()

        await booking.get_by_role("button", name="Choose another room").click()
        await page.get_by_role("radio", name=re.compile(willing)).first.check()
        await member.is_looked_at()
        await page.get_by_role("button", name="Ask this room").click()
        booking = page.get_by_role("group", name=re.compile(f"{willing}: Boat plans"))
        await booking.get_by_text("Accepted", exact=True).wait_for()
        await event.get_by_text("Accepted", exact=True).wait_for()

        await booking.get_by_role("button", name="Cancel", exact=True).click()
        await page.get_by_role("checkbox", name="Cancel the event as well").check()
        await member.is_looked_at()
        await page.get_by_role("button", name="Cancel the room").click()
        await booking.wait_for(state="detached")
        await event.wait_for(state="detached")
        # Another week was shown by the address, which is no navigation of its own; nothing was loaded.
        assert all(url.startswith(f"{demo.address}/?day=") for url in loads)
        assert await page.evaluate("performance.getEntriesByType('navigation').length") == 1


async def test_what_takes_the_same_time_is_told_at_each_of_the_two_events(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address, Light.DARK, Screen.PHONE) as hugo:
        page = hugo.page
        await hugo.signs_in(HUGO)
        await _books(hugo, "Meadow 1.01", "Nets", "21:00")
        await _books(hugo, "Meadow 1.02", "Knots", "21:30")
        nets, knots = (page.get_by_role("button", name=subject, exact=True) for subject in ("Nets", "Knots"))
        await expect(nets).to_have_accessible_description("At the same time as “Knots”")
        await expect(knots).to_have_accessible_description("At the same time as “Nets”")
        await page.get_by_text("At the same time as “Knots”", exact=True).wait_for()
        await hugo.is_looked_at()

        booking = page.get_by_role("group", name="Meadow 1.02: Knots")
        await booking.get_by_role("button", name="Cancel", exact=True).click()
        await page.get_by_role("checkbox", name="Cancel the event as well").check()
        await page.get_by_role("button", name="Cancel the room").click()
        await page.get_by_text("At the same time as “Knots”").wait_for(state="detached")


@pytest.mark.parametrize(("light", "screen"), [(Light.LIGHT, Screen.DESKTOP), (Light.DARK, Screen.PHONE)])
async def test_what_a_room_says_is_announced_on_every_page_with_the_way_to_its_booking(
    demo: RunningDemo, browser: Browser, light: Light, screen: Screen
) -> None:
    async with desk(browser, demo.address, light, screen) as ben, desk(browser, demo.address) as ben_elsewhere:
        page = ben.page
        await ben.signs_in(BEN, "/rooms")
        await ben_elsewhere.signs_in(BEN)
        await ben.reads("40 rooms")
        heard = page.get_by_role("status").get_by_role("link", name="See Lighthouse Closed in My day")
        declined = await _books(ben_elsewhere, "Lighthouse Closed", f"Fenders on a {screen}", "17:00")
        await heard.wait_for()
        await ben.is_looked_at()
        # What was said before, that the room is asked, does not stay beside its answer.
        said = ben_elsewhere.page.get_by_role("status")
        await said.get_by_role("link", name="See Lighthouse Closed in My day").wait_for()
        assert await said.get_by_text("is asked").count() == 0
        await said.get_by_role("button", name="Dismiss").first.click()
        await heard.click()
        booking = page.get_by_role("group", name=f"Lighthouse Closed: Fenders on a {screen}")
        await expect(booking).to_be_focused()
        await expect(booking).to_be_in_viewport()
        event = page.get_by_role("region", name="Agenda").get_by_role("listitem").filter(has_text="Fenders on a")
        await event.first.wait_for()
        assert page.url == f"{demo.address}/?day={_coming_day()}"
        await ben.is_looked_at()

        await page.get_by_role("button", name="Notifications").click()
        listed = page.get_by_role("dialog").get_by_role("listitem").first
        way = listed.get_by_role("link", name="See Lighthouse Closed in My day")
        address = await way.get_attribute("href")
        assert address is not None
        await ben.is_looked_at()
        await declined.get_by_role("button", name="Cancel", exact=True).click()
        await ben_elsewhere.page.get_by_role("button", name="Cancel the room").click()
        await booking.wait_for(state="detached")
        await page.get_by_role("button", name="Close", exact=True).click()
        await page.get_by_role("button", name="Notifications").click()
        await way.wait_for(state="detached")
        await listed.get_by_text("Lighthouse Closed is not available for your event.").wait_for()

        # Whoever kept the address finds the event, which is still there; whoever made one up is told.
        await ben.opens(address)
        title = event.get_by_role("button", name=f"Fenders on a {screen}")
        await expect(title).to_be_focused()
        await ben.opens("/?booking=made-up")
        await ben.reads("That booking is gone: it was cancelled, or its event is over.")
        assert page.url == f"{demo.address}/"


async def test_a_booking_begins_at_its_first_field_and_is_led_to_what_is_missing_and_ends_with_going_back(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address, screen=Screen.PHONE) as ben:
        page = ben.page
        await ben.signs_in(BEN, f"/?day={_coming_day()}")
        await page.get_by_role("button", name="Book a room", exact=True).click()
        await page.keyboard.type("Sails")
        await expect(page.get_by_label("Subject")).to_have_value("Sails")
        room = page.get_by_role("group", name="Rooms", exact=True).get_by_role("checkbox").first
        await room.wait_for()

        await page.get_by_role("button", name="Book", exact=True).click()
        await ben.reads("Choose a room.")
        await expect(room).to_be_focused()
        await expect(room).to_be_in_viewport()
        await page.get_by_label("Subject").fill("")
        await page.get_by_role("button", name="Book", exact=True).click()
        await ben.reads("Subject: ")
        await expect(page.get_by_label("Subject")).to_be_focused()

        await page.go_back()
        await page.get_by_role("dialog").wait_for(state="detached")


async def test_who_is_told_that_a_room_was_removed_is_led_to_the_event_that_needs_another(
    demo: RunningDemo, browser: Browser
) -> None:
    async with Client(demo.address, demo.people[IRIS]["token"]) as iris, desk(browser, demo.address) as hugo:
        found = await iris.field(ROOMS)
        room = next(each for each in found["nodes"] if each["name"].startswith("Orchard"))
        page = hugo.page
        await hugo.signs_in(HUGO)
        booking = await _books(hugo, room["name"], "Anchors", "20:00")
        await booking.get_by_text("Accepted", exact=True).wait_for()
        asked = await iris.field(REMOVE, input={"roomId": room["id"]})
        await iris.field(REMOVE, input={"roomId": room["id"], "confirmation": asked["confirmation"]})
        await booking.wait_for(state="detached")

        await page.get_by_role("link", name="See the event in My day").click()
        await expect(page.get_by_role("button", name="Anchors", exact=True)).to_be_focused()
        assert page.url == f"{demo.address}/?day={_coming_day()}"


async def test_who_moves_the_start_keeps_the_length_over_midnight_too(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as ben:
        page = ben.page
        await ben.signs_in(BEN, f"/?day={_coming_day()}")
        await page.get_by_role("button", name="Book a room", exact=True).click()
        begins, ends = page.get_by_label("From"), page.get_by_label("To", exact=True)
        await begins.fill("22:30")
        await ends.fill("00:00")
        await begins.fill("10:00")
        await expect(ends).to_have_value("11:30")
        await begins.fill("23:15")
        await expect(ends).to_have_value("00:45")


async def test_who_books_once_more_after_a_lost_answer_has_booked_once(demo: RunningDemo, browser: Browser) -> None:
    lost: list[str] = []

    async def lose_the_first_answer(route: Route) -> None:
        if "mutation BookRoom" in (route.request.post_data or "") and not lost:
            answer = await route.fetch()
            lost.append(await answer.text())
            await route.abort()
        else:
            await route.continue_()

    async with desk(browser, demo.address) as ben:
        page = ben.page
        await ben.signs_in(BEN)
        await page.route("**/graphql", lose_the_first_answer)
        await page.get_by_role("button", name="Book a room", exact=True).click()
        await page.get_by_label("Subject").fill("Sail cloth")
        await page.get_by_label("Day", exact=True).fill(_coming_day())
        await page.get_by_label("From").fill("20:30")
        await page.get_by_label("Who is invited").fill("nobody")
        await page.get_by_label("Room name").fill("Lighthouse 1.01")
        await page.get_by_role("checkbox", name="Lighthouse 1.01").check()
        book = page.get_by_role("button", name="Book", exact=True)
        await book.click()
        await ben.reads("“nobody” is not an email address.")
        await page.get_by_label("Who is invited").fill("")
        await book.click()
        await ben.reads("The server cannot be reached.")
        await ben.is_looked_at()
        ben.complaints.clear()  # of the answer that was lost

        await book.click()
        await book.wait_for(state="detached")
        booking = page.get_by_role("group", name="Lighthouse 1.01: Sail cloth")
        await booking.get_by_text("Accepted", exact=True).wait_for()
        assert "RoomsBooked" in lost[0]
        assert await booking.count() == 1


async def test_a_series_is_booked_and_one_date_of_it_is_moved_alone(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as ben:
        page = ben.page
        await ben.signs_in(BEN)
        await page.get_by_role("button", name="Book a room", exact=True).click()
        await page.get_by_label("Repeats").select_option("Every week")
        await page.get_by_label("Times").fill("3")
        await ben.is_looked_at()
        await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        await page.get_by_role("button", name="Book a room", exact=True).click()
        await page.get_by_label("Subject").fill("Weekly sails")
        await page.get_by_label("Day", exact=True).fill(_coming_day())
        await page.get_by_label("From").fill("19:00")
        await page.get_by_label("Repeats").select_option("Every week")
        await page.get_by_label("Times").fill("3")
        await page.get_by_label("Room name").fill("Lighthouse Tolerant")
        await page.get_by_role("checkbox", name="Lighthouse Tolerant").check()
        await page.get_by_role("button", name="Book", exact=True).click()
        booking = page.get_by_role("group", name="Lighthouse Tolerant: Weekly sails")
        await booking.get_by_text("Accepted", exact=True).wait_for()

        await booking.get_by_role("button", name="Move", exact=True).click()
        await page.get_by_label("Of this series").select_option("One date")
        await ben.is_looked_at()
        await page.get_by_label("From").fill("20:30")
        await page.get_by_role("dialog").get_by_role("button", name="Move", exact=True).click()
        event = page.get_by_role("listitem").filter(has_text="Weekly sails").filter(has_text="20:30")
        await event.first.wait_for()


async def test_an_invitation_is_answered_and_colleagues_are_told_how_one_attends(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ben:
        page = ben.page
        await ben.signs_in(BEN, f"/?view=week&day={_coming_day()}")
        await page.get_by_role("button", name="Stand-up").first.click()
        answer = page.get_by_role("group", name="Your answer")
        await answer.get_by_role("button", name="Perhaps", exact=True).click()
        await answer.get_by_role("button", name="Perhaps", exact=True, pressed=True).wait_for()
        attends = page.get_by_role("group", name="How you attend")
        await attends.get_by_role("button", name="Remote", exact=True).click()
        await attends.get_by_role("button", name="Remote", exact=True, pressed=True).wait_for()
        await page.get_by_label("Your note").fill("I dial in from the train.")
        await page.get_by_role("button", name="Save the note").click()
        await ben.reads("Saved.")
        await ben.is_looked_at()
        await page.get_by_role("button", name="Close", exact=True).click()

        event = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="Stand-up")).first
        await event.get_by_text("Perhaps").wait_for()
        await page.get_by_role("button", name="Stand-up").first.click()
        await page.get_by_role("button", name="Remote", exact=True, pressed=True).wait_for()
        assert await page.get_by_label("Your note").input_value() == "I dial in from the train."


async def test_whoever_has_no_calendar_connected_is_shown_the_way_and_comes_back_with_an_agenda(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as daniel:
        await daniel.signs_in(DANIEL, f"/?view=week&day={_coming_day()}")
        await daniel.reads("Your calendar is not connected")
        await daniel.is_looked_at()

        await daniel.page.get_by_role("button", name="Connect your calendar").click()
        await daniel.page.get_by_role("region", name="Agenda").get_by_role("button", name="Stand-up").first.wait_for()


async def test_the_shown_days_are_kept_in_the_address_and_what_is_over_of_a_week_waits_behind_a_line(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address, Light.DARK, Screen.PHONE) as hugo:
        page = hugo.page
        await hugo.signs_in(HUGO)
        await page.get_by_role("button", name="Day", exact=True, pressed=True).wait_for()
        agenda = page.get_by_role("region", name="Agenda")
        await agenda.get_by_role("heading", name=re.compile("today$")).wait_for()
        await hugo.is_looked_at()

        await page.get_by_role("button", name="Week", exact=True).click()
        await page.get_by_role("button", name="Later", exact=True).click()
        shown = await agenda.get_by_role("heading", level=2).inner_text()
        await page.reload()
        await agenda.get_by_role("heading", name=shown, exact=True).wait_for()
        await page.get_by_role("button", name="Today", exact=True).click()
        await agenda.get_by_role("heading", name=re.compile("today$")).wait_for()
        is_monday = datetime.now(ZoneInfo(ZONE)).weekday() == 0
        assert await agenda.get_by_text("Earlier this week").count() == (0 if is_monday else 1)
        await hugo.is_looked_at()
        await page.go_back()
        await agenda.get_by_role("heading", name=shown, exact=True).wait_for()

        await page.get_by_role("button", name="Book a room", exact=True).click()
        await page.get_by_role("checkbox", name="Meadow").first.wait_for()
        await hugo.is_looked_at()
