"""Pages that a browser lands on outside the console: what they say, how they look, and that nobody is stuck on one."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from html.parser import HTMLParser

import pytest
from playwright.async_api import Browser
from tortoise.context import TortoiseContext

from app.connections.outcomes import ResultPage
from app.errors import Actor
from app.suites.errors import AdminApprovalNeeded, SuiteUnavailable, WrongAccount
from app.web import pages
from tests.browser.desk import Desk, Light, Screen, axe, desk
from tests.browser.landing import PROBLEMS, SHOWN, Served, every_landing, serving
from tests.connections.stack import account_of, make_integration
from tests.support.people import make_member, make_organisation, principal_of

pytestmark = pytest.mark.browser

TITLE = " · Hybrid Meetings"
ENDS = {
    "approval-noticed.html": "whoever approved has no account here",
    "approval-not-given.html": "whoever declined has no account here",
    "approval-not-yet.html": "whoever approved has no account here",
    "sign-in.html": "where nothing is set up, nobody can sign in",
}
"""Templates that may offer no way on: nobody has to do anything more here."""
AN_INVITATION = "Open your invitation link again"
"""The link itself is a secret that is not kept."""
PROGRAMS_WORDS = re.compile(
    r"callback|redirect|correlation|\btickets?\b|\btokens?\b|\bnonce\b|graphql|\bnull\b|\bnone\b"
    r"|\b[A-Z0-9]+_[A-Z0-9_]+\b|\b[a-z]+[A-Z]\w*",
)
REMARK = "error: Failed to load resource: the server responded with a status of "


class Reading(HTMLParser):
    """What a person reads of a page; what stands in a footer or behind a fold is for whoever helps them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._within: list[str] = []
        self.words = ""
        self.title = ""
        self.heading = ""
        self.ways = 0
        self.feed(text)
        self.words = " ".join(self.words.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within.append(tag)
        self.ways += "main" in self._within and tag in {"a", "button"}
        if tag in {"meta", "link", "img", "path"}:
            self._within.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in self._within:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if "title" in self._within:
            self.title += data
        elif "h1" in self._within:
            self.heading += data
        if "main" in self._within and not {"details", "footer"} & set(self._within):
            self.words += data


async def test_every_page_says_what_happened_in_plain_words_and_how_to_go_on(database: TortoiseContext) -> None:
    every = every_landing(principal_of(await make_member(await make_organisation())))
    wrong: dict[str, list[str]] = {}

    for landing in every:
        reading = Reading(landing.text)
        is_stuck = reading.ways == 0 and landing.template not in ENDS and AN_INVITATION not in reading.words
        found = [
            *(["no heading"] if not reading.heading.strip() else []),
            *(["another title"] if reading.title != f"{reading.heading}{TITLE}" else []),
            *(["no way on"] if is_stuck else []),
            *PROGRAMS_WORDS.findall(reading.words),
        ]
        if found:
            wrong[landing.name] = found

    assert wrong == {}


async def test_no_template_result_or_actor_is_left_out(database: TortoiseContext) -> None:
    every = every_landing(principal_of(await make_member(await make_organisation())))
    templates = pages.HERE / "templates"
    results = {f"results/{path.name}" for path in (templates / "results").iterdir()}
    others = {path.name for path in templates.glob("*.html")} - {"layout.html", "macros.html"}

    assert {landing.template for landing in every} == results | others
    assert len(results) == len(ResultPage)
    assert {problem.who_acts for problem in PROBLEMS} == set(Actor)


async def test_nobody_but_an_administrator_is_told_to_go_on_with_the_integration(database: TortoiseContext) -> None:
    every = every_landing(principal_of(await make_member(await make_organisation())))

    for landing in every:
        if landing.template == "results/need-admin-approval.html":
            is_told = "go on at microsoft 365" in Reading(landing.text).words.lower()
            assert is_told is landing.variant.startswith(("START_INTEGRATION", "link")), landing.name


@pytest.fixture
async def served(database: TortoiseContext) -> AsyncIterator[Served]:
    async with serving() as running:
        yield running


# Colours do not depend on the screen, nor widths on the light: two looks see what four would.
LOOKS = ((Light.LIGHT, Screen.DESKTOP), (Light.DARK, Screen.PHONE))


async def test_every_page_can_be_read_by_everybody_in_every_light_on_every_screen(
    served: Served, browser: Browser
) -> None:
    wrong: dict[tuple[str, ...], list[str]] = {}

    async with desk(browser, served.address) as somebody:
        await somebody.page.add_init_script(axe())  # sent once, not with every page
        for name in served.landings:
            await somebody.opens(f"{SHOWN}{name}")
            for light, screen in LOOKS:
                await somebody.looks(light, screen)
                if found := [*await somebody.violations(), *["too wide"] * await somebody.overflows()]:
                    wrong[name, light, screen] = found
            _forget_remark(somebody)

    assert wrong == {}


Preparing = Callable[[Served], None]


def _declines(served: Served) -> None:
    served.suite.answer = served.suite.decline


def _fails(operation: str, error: Exception) -> Preparing:
    return lambda served: served.suite.fail_next(operation, error)


VISIT = "/auth/sign-in?suite=MICROSOFT_365"
WALKS: Sequence[tuple[str, Preparing | None, str]] = (
    (VISIT, None, "You are signed in"),
    (VISIT, _declines, "Nothing was accepted"),
    (VISIT, _fails("redeem", AdminApprovalNeeded("AADSTS90094")), "An administrator has to approve first"),
    (VISIT, _fails("redeem", WrongAccount("AADSTS50020")), "That was another account"),
    (VISIT, _fails("redeem", SuiteUnavailable()), "Your calendar suite does not answer"),
    (VISIT, _fails("redeem", RuntimeError("a defect")), "Something went wrong on our side"),
    (VISIT, _fails("authorisation_url", SuiteUnavailable()), "Your calendar suite does not answer"),
    ("/auth/callback/microsoft-365?code=c&state=forged", None, "This sign-in cannot be completed"),
    ("/auth/callback/microsoft-365/admin?tenant=t", None, "The approval is not visible yet"),
    ("/auth/callback/microsoft-365/admin?error=access_denied", None, "The approval was not given"),
    ("/auth/continue/guessed", None, "This link does not work any more"),
    ("/auth/invitation/guessed", None, "This invitation does not work any more"),
    ("/auth/link", None, "Sign in first"),
    ("/auth/sign-in", None, "Sign in"),
    ("/auth/sign-in?suite=NOTES", None, "That did not work"),
    ("/auth/sign-out", None, "This page cannot be opened like that"),
    ("/nowhere", None, "There is nothing here"),
)


async def test_whatever_a_visit_runs_into_ends_on_a_page_that_says_so(served: Served, browser: Browser) -> None:
    account = await account_of(served.member)

    async with desk(browser, served.address) as somebody:
        for path, prepare, heading in WALKS:
            served.suite.answer = lambda url: served.suite.approve(url, account)
            if prepare is not None:
                prepare(served)
            await somebody.page.context.clear_cookies()
            await somebody.opens(path)
            await _lands_on(somebody, heading)
            _forget_remark(somebody)


async def test_a_member_connects_their_calendar_and_is_told_what_that_means(served: Served, browser: Browser) -> None:
    account = await account_of(served.member)
    await make_integration(await served.member.organisation)
    served.suite.answer = lambda url: served.suite.approve(url, account)

    async with desk(browser, served.address) as somebody:
        await somebody.page.goto(await served.stack.connections.start_connecting(principal_of(served.member)))

        await _lands_on(somebody, "Your calendar is connected")
        await somebody.reads("Nothing of your Microsoft 365 calendar is stored here")


async def test_trying_again_goes_on_where_it_stopped(served: Served, browser: Browser) -> None:
    account = await account_of(served.member)
    served.suite.answer = lambda url: served.suite.approve(url, account)
    served.suite.fail_next("authorisation_url", SuiteUnavailable())

    async with desk(browser, served.address) as somebody:
        await somebody.opens(VISIT)
        await somebody.page.get_by_role("link", name="Try again").click()

        await _lands_on(somebody, "You are signed in")
        _forget_remark(somebody)


async def test_who_chose_a_dark_console_finds_these_pages_dark_too(served: Served, browser: Browser) -> None:
    async with desk(browser, served.address, Light.LIGHT) as somebody:
        await somebody.opens("/auth/sign-in")
        before = await _ground(somebody)
        await somebody.page.evaluate("window.localStorage.setItem('theme', 'dark')")

        await somebody.opens("/auth/continue/guessed")

        assert await somebody.page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
        assert await _ground(somebody) != before
        assert await somebody.violations() == []
        _forget_remark(somebody)


async def test_a_keyboard_reaches_every_way_on_in_the_order_that_it_is_read(served: Served, browser: Browser) -> None:
    async with desk(browser, served.address) as somebody:
        await somebody.opens(f"{SHOWN}sign-in-signed-in")
        reached = [await _tabs(somebody) for _ in range(4)]

    ways = ("Open my day", "Sign out", "Continue with Microsoft 365", "Continue with Google Workspace")
    assert [words for words, _ in reached] == list(ways)
    assert all(outline >= 2 for _, outline in reached)


async def test_signing_in_and_out_needs_no_script(served: Served, browser: Browser) -> None:
    account = await account_of(served.member)
    served.suite.answer = lambda url: served.suite.approve(url, account)
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()

    await page.goto(f"{served.address}/auth/sign-in")
    await page.get_by_role("link", name="Continue with Microsoft 365").click()
    await page.get_by_role("heading", name="You are signed in").wait_for()
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_role("heading", name="You are signed out").wait_for()

    assert await page.get_by_role("link", name="Sign in again").is_visible()
    await context.close()


async def test_another_website_signs_nobody_out_and_our_own_page_does(served: Served, browser: Browser) -> None:
    account = await account_of(served.member)
    served.suite.answer = lambda url: served.suite.approve(url, account)

    async with desk(browser, served.address) as somebody:
        await somebody.opens(VISIT)
        await _lands_on(somebody, "You are signed in")
        await somebody.page.goto("about:blank")
        await somebody.page.set_content(
            f'<form method="post" action="{served.address}/auth/sign-out"><button>Win</button>'
        )
        await somebody.page.get_by_role("button", name="Win").click()
        await _lands_on(somebody, "You are still signed in")
        await somebody.page.get_by_role("link", name="Go to our own page").click()
        await _lands_on(somebody, "You are signed in")
        await somebody.page.get_by_role("button", name="Sign out").click()

        await _lands_on(somebody, "You are signed out")
        _forget_remark(somebody)


async def _lands_on(somebody: Desk, heading: str) -> None:
    await somebody.page.get_by_role("heading", level=1, name=heading, exact=True).wait_for()
    assert await somebody.page.title() == f"{heading}{TITLE}"
    assert await somebody.page.locator("html").get_attribute("lang") == "en"


async def _ground(somebody: Desk) -> str:
    colour: str = await somebody.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return colour


async def _tabs(somebody: Desk) -> tuple[str, float]:
    """What the next Tab reaches, and how wide a line is around it then."""
    await somebody.page.keyboard.press("Tab")
    words, width = await somebody.page.evaluate(
        "[document.activeElement.textContent.trim(), parseFloat(getComputedStyle(document.activeElement).outlineWidth)]"
    )
    return words, width


def _forget_remark(somebody: Desk) -> None:
    """A page of a refusal has the status of one, which the browser remarks on; everything else is a complaint."""
    somebody.complaints[:] = [said for said in somebody.complaints if not said.startswith(REMARK)]
