"""The settings' people: who is here, what they may do, and letting somebody in."""

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.browser.desk import Desk, Light, Screen, desk
from tests.support.demo import RunningDemo

pytestmark = pytest.mark.browser

VIEW = "/settings/people"
ADA, BEN = "ada.vos@tidewater.example", "ben.kok@tidewater.example"
RISE, FALL = "Make them an administrator", "Make them a member"


def _people(page: Page) -> Locator:
    return page.get_by_role("region", name="People").get_by_role("listitem")


def _person(page: Page, name: str) -> Locator:
    return _people(page).filter(has=page.get_by_role("heading", name=name))


async def _asks_to_change(somebody: Desk, name: str) -> Locator:
    """The dialog, which says what the other role means."""
    await somebody.page.get_by_role("button", name=f"Change role of {name}").click()
    dialog = somebody.page.get_by_role("dialog")
    await dialog.get_by_text("This holds at once").wait_for()
    return dialog


async def test_a_role_is_given_and_taken_away_once_what_it_means_was_read(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as ada, desk(browser, demo.address) as ben:
        await ada.signs_in(ADA, VIEW)
        await ben.signs_in(BEN, VIEW)
        await ben.reads("Only subscription administrators")
        ben_here = _person(ada.page, "Ben Kok")

        dialog = await _asks_to_change(ada, "Ben Kok")
        await ada.is_looked_at()
        await dialog.get_by_role("button", name="Cancel").click()
        await expect(ben_here).to_contain_text("Member")
        dialog = await _asks_to_change(ada, "Ben Kok")
        await dialog.get_by_role("button", name=RISE).click()
        await expect(ben_here).to_contain_text("Subscription administrator")
        await ada.is_looked_at()

        # His page hears of it by itself: the socket ends with the role, and the next one begins with what is true now.
        await ben.page.get_by_role("button", name="Invite somebody").wait_for()
        dialog = await _asks_to_change(ada, "Ben Kok")
        await dialog.get_by_role("button", name=FALL).click()
        await expect(ben_here).not_to_contain_text("Subscription administrator")
        await ben.reads("Only subscription administrators")


async def test_a_role_is_changed_by_keyboard_and_the_focus_stays_where_it_was(
    demo: RunningDemo, browser: Browser
) -> None:
    async with desk(browser, demo.address) as ada:
        await ada.signs_in(ADA, VIEW)
        change = ada.page.get_by_role("button", name="Change role of Ben Kok")
        for action in (RISE, FALL):
            await change.press("Enter")
            await expect(ada.page.get_by_role("dialog").get_by_role("button", name="Cancel")).to_be_focused()
            await ada.page.keyboard.press("Tab")
            await expect(ada.page.get_by_role("button", name=action)).to_be_focused()
            await ada.page.keyboard.press("Enter")

            await expect(ada.page.get_by_role("dialog")).to_have_count(0)
            await expect(change).to_be_focused()


async def test_the_last_administrator_is_told_in_words_why_they_stay_one(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address, Light.DARK, Screen.PHONE) as ada:
        await ada.signs_in(ADA, VIEW)

        dialog = await _asks_to_change(ada, "Ada Vos")
        await dialog.get_by_text("only another subscription administrator can make you one again").wait_for()
        await dialog.get_by_role("button", name="Step down").click()

        await expect(dialog.get_by_role("alert")).to_contain_text(
            "Make somebody else a subscription administrator first"
        )
        await ada.is_looked_at()
        await ada.page.keyboard.press("Escape")
        await expect(_person(ada.page, "Ada Vos")).to_contain_text("Subscription administrator")


async def test_whoever_steps_down_sees_the_page_as_members_do(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as ada, desk(browser, demo.address) as ben:
        await ada.signs_in(ADA, VIEW)
        dialog = await _asks_to_change(ada, "Ben Kok")
        await dialog.get_by_role("button", name=RISE).click()
        await ada.reads("Ben Kok is a subscription administrator now.")

        await ben.signs_in(BEN, VIEW)
        dialog = await _asks_to_change(ben, "Ben Kok")
        await dialog.get_by_role("button", name="Step down").click()

        await ben.reads("Only subscription administrators")
        await ben.reads("Ben Kok · Tidewater")
        assert await ben.page.get_by_role("link", name="Integrations").is_hidden()


async def test_a_member_sees_who_is_here_and_is_offered_nothing_to_change(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address, screen=Screen.PHONE) as ben:
        await ben.signs_in(BEN, VIEW)
        await ben.reads("Only subscription administrators")

        await expect(_people(ben.page)).to_have_count(6)
        assert await ben.page.get_by_role("button", name="Invite somebody").count() == 0
        assert await ben.page.get_by_role("button", name="Change role").count() == 0
        assert await ben.page.get_by_text("Subscription administrator", exact=True).count() == 0
        await ben.is_looked_at()


async def test_people_are_found_by_the_words_of_their_names_and_addresses(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as ada:
        await ada.signs_in(ADA, VIEW)
        search = ada.page.get_by_role("searchbox", name="Search")
        await search.press_sequentially("o'con gra")
        await ada.reads("1 person was found")
        await expect(_person(ada.page, "Grace O'Connor")).to_be_visible()
        await ada.is_looked_at()

        await ada.page.reload()
        await expect(search).to_have_value("o'con gra")
        await ada.reads("1 person was found")
        await search.fill("connor@")
        await ada.reads("Nobody is found for “connor@”.")
        await ada.is_looked_at()
        await search.fill("")
        await ada.reads("6 people")


async def test_a_long_list_is_read_on_with_whoever_was_looked_for(demo: RunningDemo, browser: Browser) -> None:
    async def shortens(route: Route) -> None:
        await route.continue_(post_data=(route.request.post_data or "").replace("first: 20", "first: 2"))

    async with desk(browser, demo.address) as ada:
        await ada.signs_in(ADA, "/profile")
        await ada.page.route("**/graphql", shortens)
        await ada.opens(f"{VIEW}?search=tidewater")
        await ada.reads("The first 2 who were found")
        for count in (4, 6):
            await ada.page.get_by_role("button", name="Show more").click()
            await expect(_people(ada.page)).to_have_count(count)

        await ada.reads("6 people were found")
        assert await ada.page.get_by_role("button", name="Show more").count() == 0
        names = await _people(ada.page).get_by_role("heading").all_text_contents()
        assert names == sorted(names)
        await ada.page.unroute_all()


async def test_an_invitation_is_shown_once_and_leads_to_its_page(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as ada, desk(browser, demo.address) as guest:
        await ada.signs_in(ADA, VIEW)
        await ada.page.get_by_role("button", name="Invite somebody").click()
        await ada.page.get_by_role("button", name="Make the link").click()
        link = await ada.page.get_by_label("Invitation link").input_value()
        await ada.is_looked_at()

        await guest.page.goto(link)
        await guest.reads("Tidewater")


async def test_somebody_is_invited_to_administer_by_keyboard(demo: RunningDemo, browser: Browser) -> None:
    async with desk(browser, demo.address) as ada:
        await ada.signs_in(ADA, VIEW)
        await ada.page.get_by_role("button", name="Invite somebody").press("Enter")
        await expect(ada.page.get_by_role("radio", name="Member", exact=True)).to_be_focused()
        await ada.page.keyboard.press("ArrowDown")
        await expect(ada.page.get_by_role("radio", name="Subscription administrator")).to_be_checked()
        await ada.page.keyboard.press("Enter")

        link = await ada.page.get_by_label("Invitation link").input_value()
        assert link.startswith(f"{demo.address}/auth/invitation/")
        await ada.page.keyboard.press("Escape")
        await expect(ada.page.get_by_role("dialog")).to_have_count(0)
        await expect(ada.page.get_by_role("button", name="Invite somebody")).to_be_focused()
