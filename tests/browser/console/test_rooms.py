"""Rooms and buildings: everybody finds a room and sees its day, administrators make of them what they are."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, expect

from tests.browser.desk import Light, Screen, desk
from tests.support.client import Client
from tests.support.demo import RunningDemo

pytestmark = pytest.mark.browser

ADA, BEN, IRIS = "ada.vos@tidewater.example", "ben.kok@tidewater.example", "iris.moreau@fernhill.example"
DANIEL = "daniel.osei@tidewater.example"
FIND = "query ($search: String!) { rooms(filter: { search: $search }) { nodes { id name } } }"


async def test_a_member_finds_a_room_sees_its_day_and_is_offered_nothing_to_change(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address, Light.DARK, Screen.PHONE) as ben:
        await ben.signs_in(BEN, "/rooms")
        await ben.reads("40 rooms")
        await ben.page.get_by_label("Search").fill("harbour 1.0")
        await ben.reads("4 rooms")

        room = ben.page.get_by_role("listitem").filter(has_text="Harbour 1.02")
        await room.get_by_text("Free all day").or_(room.get_by_text("Taken")).first.wait_for()
        assert await ben.page.get_by_role("button", name="Edit").count() == 0
        assert await ben.page.get_by_role("button", name="Add a room").count() == 0
        assert await ben.violations() == []
        assert not await ben.overflows()

        await ben.page.reload()
        await ben.reads("4 rooms")
        await ben.page.get_by_label("Seats, at least").fill("5000")
        await ben.reads("No room is like that.")
        await ben.opens("/rooms?building=Harbour")
        await ben.reads("8 rooms")
        await ben.page.get_by_label("With", exact=True).select_option("Projector")
        await ben.reads("2 rooms")
        await ben.page.reload()
        await ben.reads("2 rooms")
        assert await ben.page.get_by_label("Building", exact=True).input_value() == "Harbour"


def _coming_day() -> str:
    """A working day of next week."""
    today = datetime.now(UTC).date()
    return (today + timedelta(days=8 - today.weekday())).isoformat()


async def _id_of(demo: RunningDemo, name: str) -> str:
    """A room of Ben's organisation."""
    async with Client(demo.address, demo.people[BEN]["token"]) as client:
        found = await client.field(FIND, search=name)
    return str(next(room["id"] for room in found["nodes"] if room["name"] == name))


@pytest.mark.parametrize(("light", "screen"), [(Light.LIGHT, Screen.DESKTOP), (Light.DARK, Screen.PHONE)])
async def test_a_room_is_booked_from_its_day_and_loading_again_asks_for_nothing(
    demo: RunningDemo, browser: Browser, light: Light, screen: Screen
) -> None:
    async with desk(browser, demo.address, light, screen) as ben:
        page = ben.page
        await ben.signs_in(BEN, f"/rooms?day={_coming_day()}&search=Mill+5")
        way = page.get_by_role("link", name="Book this room: Mill 5.02", exact=True)
        await way.wait_for()
        await ben.is_looked_at()
        await way.click()
        dialog = page.get_by_role("dialog", name="Book a room")
        await expect(dialog.get_by_role("checkbox", name="Mill 5.02")).to_be_checked()
        await expect(dialog.get_by_label("Subject")).to_be_focused()
        await expect(dialog.get_by_label("Day", exact=True)).to_have_value(_coming_day())
        await ben.is_looked_at()
        await dialog.get_by_label("Subject").fill(f"Masts on a {screen}")
        await dialog.get_by_role("button", name="Book", exact=True).click()

        booking = page.get_by_role("group", name=f"Mill 5.02: Masts on a {screen}")
        await expect(booking).to_be_focused()
        await expect(booking).to_be_in_viewport()
        await booking.get_by_text("Accepted", exact=True).wait_for()
        await ben.is_looked_at()
        assert page.url == f"{demo.address}/?day={_coming_day()}"
        await page.reload()
        await booking.get_by_text("Accepted", exact=True).wait_for()
        assert await dialog.count() == 0


async def test_only_a_room_and_a_day_that_can_be_booked_have_the_way_to_it(demo: RunningDemo, browser: Browser) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=2)
    async with desk(browser, demo.address) as ben, desk(browser, demo.address) as daniel:
        await ben.signs_in(BEN, f"/rooms?day={_coming_day()}&search=board")
        ways = ben.page.get_by_role("link", name="Book this room")
        await ben.reads("Not bookable")
        assert await ways.count() == 0
        await ben.opens(f"/rooms?day={yesterday}&search=Mill")
        await ben.page.get_by_text("Free all day").or_(ben.page.get_by_text("Taken")).first.wait_for()
        assert await ways.count() == 0
        await ben.opens(f"/rooms?day={_coming_day()}&search=Mill")
        await ways.first.wait_for()

        await daniel.signs_in(DANIEL, f"/rooms?day={_coming_day()}&search=Mill")
        await daniel.reads("Connect your calendar in your profile to see when rooms are free, and to book them.")
        assert await daniel.page.get_by_role("link", name="Book this room").count() == 0
        await daniel.is_looked_at()


async def test_what_a_link_says_of_room_and_day_is_looked_at_and_said_where_it_cannot_be_had(
    demo: RunningDemo, browser: Browser
) -> None:
    room, board = await _id_of(demo, "Mill 5.01"), await _id_of(demo, "Board room")
    unknown = "This link names a room that your organisation does not have, or no longer has. Choose another one."
    async with desk(browser, demo.address, Light.DARK, Screen.PHONE) as ben:
        page = ben.page
        await ben.signs_in(BEN)
        dialog = page.get_by_role("dialog", name="Book a room")
        for address, words in (
            (f"/?book=made-up&day={_coming_day()}", unknown),
            (f"/?book={board}&day={_coming_day()}", "Board room cannot be booked. Choose another room."),
            (f"/?book={room}&day=2026-01-05", "Monday 5 January is over. Choose another day."),
            (f"/?book={room}&day=2026-02-31", "This link names no day of the calendar. Choose one."),
        ):
            await ben.opens(address)
            await dialog.get_by_text(words, exact=True).wait_for()
            await expect(dialog.get_by_label("Subject")).to_have_accessible_description(words)
            await dialog.get_by_role("checkbox", name=re.compile(r"\d\.\d\d$")).first.wait_for()
            await ben.is_looked_at()
            await dialog.get_by_role("button", name="Cancel", exact=True).click()
            await page.wait_for_url(lambda url: "book=" not in url)

        await ben.opens(f"/?book={room}&day={_coming_day()}")
        await expect(dialog.get_by_role("checkbox", name="Mill 5.01")).to_be_checked()
        await dialog.get_by_label("Room name").fill("Mill 5.02")
        await dialog.get_by_role("checkbox", name="Mill 5.02").wait_for()
        await dialog.get_by_text("Also chosen: Mill 5.01", exact=True).wait_for()
        await ben.is_looked_at()
        await dialog.get_by_role("button", name="Leave it out: Mill 5.01").click()
        await dialog.get_by_text("Also chosen").wait_for(state="detached")
        await dialog.get_by_label("Subject").fill("Ropes")
        await dialog.get_by_role("button", name="Book", exact=True).click()
        await ben.reads("Choose a room.")
        await dialog.get_by_label("Room name").fill("Mill 5.01")
        await expect(dialog.get_by_role("checkbox", name="Mill 5.01")).not_to_be_checked()


async def test_a_link_to_a_booking_works_after_sign_in_and_after_connecting_the_calendar(
    demo: RunningDemo, browser: Browser
) -> None:
    address = f"/?book={await _id_of(demo, 'Mill 5.01')}&day={_coming_day()}"
    async with desk(browser, demo.address) as daniel:
        page = daniel.page
        await daniel.opens(address)
        await page.get_by_role("link", name="Microsoft 365").click()
        await page.get_by_role("button", name=DANIEL).first.click()
        await page.wait_for_url(f"{demo.address}{address}")
        await daniel.reads("Your calendar is not connected")
        assert await page.get_by_role("dialog", name="Book a room").count() == 0

        await page.get_by_role("button", name="Connect your calendar").click()
        await expect(page.get_by_role("checkbox", name="Mill 5.01")).to_be_checked()


async def test_an_administrator_corrects_a_room_takes_it_back_and_unpairs_it(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ada:
        await ada.signs_in(ADA, "/rooms")
        page = ada.page
        await page.get_by_label("Search").fill("harbour 1.02")
        await ada.reads("1 room")
        await page.get_by_role("button", name="Edit Harbour 1.02").click()
        await page.get_by_label("Seats", exact=True).fill("5")
        assert await ada.violations() == []
        await page.get_by_role("button", name="Save").click()
        await ada.reads("Your own: capacity (the suite says 4)")

        await page.get_by_role("button", name="Edit Harbour 1.02").click()
        await page.get_by_label("Seats", exact=True).fill("")
        await page.get_by_label("Members can book it").select_option("No")
        await page.get_by_label("Nothing is in it").check()
        assert await ada.violations() == []
        await page.get_by_role("button", name="Save").click()
        await ada.reads("Your own: equipment (the suite says")
        await ada.reads("Not bookable")
        await page.get_by_role("button", name="Edit Harbour 1.02").click()
        await page.get_by_label("Members can book it").select_option("As the suite says: yes")
        await page.get_by_label("Nothing is in it").uncheck()
        await page.get_by_role("button", name="Save").click()
        await page.get_by_text("Your own:").wait_for(state="detached")

        await page.get_by_role("button", name="Unpair Harbour 1.02").click()
        await page.get_by_role("dialog").get_by_role("button", name="Unpair").click()
        await page.get_by_role("button", name="Pair Harbour 1.02", exact=True).click()
        await page.get_by_role("dialog").get_by_role("button", name="Pair", exact=True).click()
        await ada.reads("Harbour 1.02 is paired.")


async def test_a_sync_of_the_rooms_is_followed_to_its_end(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address, Light.DARK, Screen.PHONE) as iris:
        await iris.signs_in(IRIS, "/rooms")
        await iris.page.get_by_role("button", name="Sync the rooms with the suite").click()
        await iris.page.get_by_text("none new").wait_for()
        assert await iris.violations() == []
        assert not await iris.overflows()


async def test_a_room_is_added_by_its_address_and_removed(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as iris:
        await iris.signs_in(IRIS, "/rooms")
        page = iris.page
        await page.get_by_label("Search").fill("orchard")
        await page.get_by_text("rooms").first.wait_for()
        removed = await page.get_by_role("button", name="Remove Orchard").first.get_attribute("aria-label")
        assert removed is not None
        name = removed.removeprefix("Remove ")
        address = await page.get_by_role("listitem").filter(has_text=name).first.get_by_text("@").inner_text()
        await page.get_by_role("button", name=removed, exact=True).click()
        await page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
        await page.get_by_text("Press Remove once more").or_(page.get_by_text(f"{name} is removed.")).first.wait_for()
        if await page.get_by_role("dialog").is_visible():
            await page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
        await iris.reads(f"{name} is removed.")

        await page.get_by_role("button", name="Add a room").click()
        await page.get_by_label("Email address", exact=True).fill(address)
        await page.get_by_label("Name", exact=True).fill("The Orchard's own")
        assert await iris.violations() == []
        await page.get_by_role("button", name="Add it").click()
        await iris.reads("The Orchard's own is saved.")


async def test_a_building_is_made_changed_and_removed_with_what_that_does_shown_first(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ada:
        await ada.signs_in(ADA, "/rooms")
        page = ada.page
        await page.get_by_role("link", name="Buildings", exact=True).click()
        await page.get_by_role("button", name="Add a building").click()
        await page.get_by_label("Name", exact=True).fill("Windmill")
        await page.get_by_role("button", name="Add a floor").click()
        await page.get_by_label("Floor", exact=True).fill("1")
        await page.get_by_role("button", name="Add an area").click()
        await page.get_by_label("Area", exact=True).fill("Loft")
        await page.get_by_label("Morning").uncheck()
        await page.get_by_label("The afternoon starts").fill("12:30")
        assert await ada.violations() == []
        await page.get_by_role("button", name="Save").click()
        await ada.reads("Floor 1: Loft")

        await page.get_by_role("button", name="Edit Lighthouse").click()
        await page.get_by_label("People at once").fill("0")
        await page.get_by_role("button", name="Save").click()
        await ada.reads("Press Save once more")
        await page.get_by_role("button", name="Cancel").click()

        await page.get_by_role("button", name="Edit Lighthouse").click()
        await page.get_by_role("button", name="Remove floor 1").click()
        assert await page.get_by_role("group", name="Floor 2").get_by_label("Area", exact=True).count() == 2
        assert await page.get_by_label("Area", exact=True).count() == 2
        assert await ada.violations() == []
        await page.get_by_role("button", name="Cancel").click()

        await page.get_by_role("button", name="Remove Windmill").click()
        await page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
        await ada.reads("Nobody can book Windmill any more.")
        await page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
        await ada.reads("Windmill is removed.")
        await page.get_by_role("article", name="Windmill").wait_for(state="detached")
