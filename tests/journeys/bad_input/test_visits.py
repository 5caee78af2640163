"""A browser comes back from the suite with the wrong answer, or none: a page says so, and nobody is connected by it."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
import pytest_asyncio

from app.sandbox.microsoft.pages import Page
from app.sandbox.visitor import Answer, Landing, Visitor
from tests.journeys.bad_input.world import ACCESS, BEN, LARS, OLGA, World
from tests.journeys.story import CONNECT

pytestmark = pytest.mark.asyncio(loop_scope="package")

CALLBACK = "/auth/callback/microsoft-365"


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def lars(world: World) -> str:
    """The access token of a member who has not connected."""
    return await world.story.token_by_sign_in(LARS)


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def ben(world: World) -> str:
    """The same at Tidewater, whose users consent for themselves."""
    return await world.story.token_by_sign_in(BEN)


async def _consent_url(world: World, token: str) -> str:
    async with world.story.speaking_for(token) as member:
        url: str = (await member.field(CONNECT))["consentUrl"]
    return url


async def _status(world: World, token: str) -> str:
    async with world.story.speaking_for(token) as member:
        status: str = (await member.field(ACCESS))["connection"]["status"]
    return status


@pytest_asyncio.fixture(loop_scope="package")
async def answer(world: World, lars: str) -> AsyncIterator[tuple[Visitor, str]]:
    """Lars's browser on its way back, and the address that the suite sends it to; not yet opened."""
    async with Visitor(LARS) as browser:
        back = f"{world.story.server.address}{CALLBACK}"
        landing = await browser.open(await _consent_url(world, lars), until=back)
        assert landing.url.startswith(back)
        yield browser, landing.url


async def _get(url: str, cookies: dict[str, str] | None = None) -> tuple[int, str]:
    async with aiohttp.ClientSession(cookies=cookies) as session, session.get(url, allow_redirects=False) as response:
        return response.status, await response.text()


def _changed(url: str, **values: str | None) -> str:
    """The address with other values in its query."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()} | values
    kept = {name: value for name, value in query.items() if value is not None}
    return f"{url.split('?')[0]}?{urlencode(kept)}"


def _flow_cookies(browser: Visitor) -> dict[str, str]:
    return {cookie.key: cookie.value for cookie in browser.session.cookie_jar if "flow" in cookie.key}


@pytest.mark.parametrize("state", [None, "", "x" * 43, "\N{SNOWMAN}", "a" * 4_000])
async def test_an_answer_without_a_state_of_ours_is_refused(
    world: World, lars: str, answer: tuple[Visitor, str], state: str | None
) -> None:
    browser, url = answer

    status, text = await _get(_changed(url, state=state), _flow_cookies(browser))

    assert (status, "This sign-in cannot be completed" in text) == (400, True)
    assert await _status(world, lars) == "NOT_CONNECTED"


async def test_an_answer_that_another_browser_brings_is_refused_and_stays_good_for_the_right_one(
    world: World, ben: str, lars: str, answer: tuple[Visitor, str]
) -> None:
    browser, url = answer
    [(name, _)] = _flow_cookies(browser).items()
    async with Visitor(BEN) as other:
        await other.open(await _consent_url(world, ben), until=f"{world.story.server.address}{CALLBACK}")
        [foreign_value] = _flow_cookies(other).values()

    refused = [await _get(url), await _get(url, {name: foreign_value}), await _get(url, {name: ""})]

    assert [status for status, _ in refused] == [400, 400, 400]
    assert await _status(world, lars) == "NOT_CONNECTED"


async def test_an_answer_is_taken_once(world: World, lars: str, answer: tuple[Visitor, str]) -> None:
    browser, url = answer
    cookies = _flow_cookies(browser)
    broken, _ = await _get(_changed(url, code="not-the-code"), cookies)

    replayed, text = await _get(url, cookies)

    assert broken >= 400
    assert (replayed, "This sign-in cannot be completed" in text) == (400, True)
    assert await _status(world, lars) == "NOT_CONNECTED"


async def test_a_consent_link_opens_once(world: World, lars: str, answer: tuple[Visitor, str]) -> None:
    url = await _consent_url(world, lars)
    first, _ = await _get(url)
    second, text = await _get(url)

    assert (first, second) == (303, 400)
    assert "html" in text
    assert await _status(world, lars) == "NOT_CONNECTED"


async def test_declining_changes_nothing_and_says_both_ways_to_come_there(world: World, ben: str) -> None:
    await world.story.sandbox.control("DELETE", f"users/{BEN}/consent")

    async with Visitor(BEN, answer=Answer.CANCEL) as browser:
        landing = await browser.open(await _consent_url(world, ben))

    assert (landing.status, landing.page) == (200, None)
    assert "Nothing was accepted" in landing.text
    assert "administrator" in landing.text
    assert await _status(world, ben) == "NOT_CONNECTED"


@pytest.mark.parametrize("left_out", ["Calendars.ReadWrite", "offline_access", "User.Read"])
async def test_fewer_permissions_than_asked_connect_nobody(world: World, ben: str, left_out: str) -> None:
    scopes = sorted({"openid", "profile", "User.Read", "Calendars.ReadWrite", "offline_access"} - {left_out})
    await world.story.sandbox.control("POST", "entra/answered-scopes", {"scopes": scopes, "user": BEN})

    landing = await world.story.visit(BEN, await _consent_url(world, ben))

    assert "was not granted" in landing.text
    assert await _status(world, ben) == "NOT_CONNECTED"


async def test_an_account_of_another_tenant_connects_nothing(world: World, lars: str) -> None:
    landing = await world.story.visit(OLGA, await _consent_url(world, lars))

    # Entra keeps strangers out at the tenant's own page: the browser never comes back.
    assert (landing.page, "AADSTS50020" in landing.text) == (Page.ERROR, True)
    assert await _status(world, lars) == "NOT_CONNECTED"


async def test_a_suite_that_names_the_wrong_tenant_on_the_way_back_connects_nothing(world: World, lars: str) -> None:
    await world.story.sandbox.control("POST", "entra/authorise-error", {"code": 50020})

    landing = await world.story.visit(LARS, await _consent_url(world, lars))

    assert (landing.status, "belongs to another organisation" in landing.text) == (403, True)
    assert await _status(world, lars) == "NOT_CONNECTED"


async def test_the_account_of_a_colleague_connects_neither(world: World, lars: str) -> None:
    priya = "priya.nair@newbridge.example"
    token = await world.story.token_by_sign_in(priya)

    landing = await world.story.visit(priya, await _consent_url(world, lars))

    assert (landing.status, "That was another account" in landing.text) == (403, True)
    assert [await _status(world, lars), await _status(world, token)] == ["NOT_CONNECTED", "NOT_CONNECTED"]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"status": 503}, 503),
        ({"effect": "drop"}, 503),
        ({"effect": "malformed"}, 503),
        ({"effect": "hold"}, 503),
    ],
    ids=["unavailable", "dropped", "malformed", "hanging"],
)
async def test_a_suite_that_fails_while_the_browser_is_on_its_way_back_gets_a_page_that_says_so(
    world: World, lars: str, answer: tuple[Visitor, str], fault: dict[str, object], status: int
) -> None:
    browser, url = answer
    await world.order(host="entra", path="/**/token", times=None, **fault)

    landing: Landing = await browser.open(url)

    assert (landing.status, "does not answer" in landing.text) == (status, True), landing.text
    assert await _status(world, lars) == "NOT_CONNECTED"


async def test_an_account_that_nobody_invited_gets_no_session(world: World) -> None:
    async with Visitor(OLGA) as browser:
        landing = await browser.open(f"{world.story.server.address}/auth/sign-in?suite=MICROSOFT_365")
        cookies = {cookie.key for cookie in browser.session.cookie_jar if "session" in cookie.key.lower()}

    assert landing.status == 403
    assert not any("hybrid" in name for name in cookies)


async def test_the_right_account_still_connects_after_all_that(world: World, lars: str) -> None:
    landing = await world.story.visit(LARS, await _consent_url(world, lars))

    assert landing.status == 200, landing.text
    assert await _status(world, lars) == "CONNECTED"
    assert await _status(world, world.mia) == "CONNECTED"
