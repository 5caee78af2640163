"""Rooms and buildings: everybody finds a room and sees its day, administrators make of them what they are."""

import pytest
from playwright.async_api import Browser

from tests.browser.desk import Light, Screen, desk
from tests.support.demo import RunningDemo

pytestmark = pytest.mark.browser

ADA, BEN, IRIS = "ada.vos@tidewater.example", "ben.kok@tidewater.example", "iris.moreau@fernhill.example"


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
