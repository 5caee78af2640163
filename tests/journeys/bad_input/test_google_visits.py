"""A browser comes back from Google with the wrong answer, for the wrong person, or with less or more than was asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
import pytest_asyncio

from app.sandbox.pages import Page
from app.sandbox.visitor import Landing, Visitor
from tests.journeys.bad_input.brookside import JOY, OLENA, SAM, Brookside
from tests.journeys.bad_input.world import ACCESS, DISCONNECT, LARS
from tests.journeys.story import CONNECT, START

pytestmark = pytest.mark.asyncio(loop_scope="package")

CALLBACK, MICROSOFTS_CALLBACK = "/auth/callback/google-workspace", "/auth/callback/microsoft-365"
EVENTS = "https://www.googleapis.com/auth/calendar.events"
RESOURCES = "https://www.googleapis.com/auth/admin.directory.resource.calendar.readonly"
SCOPES = "{ viewer { connection { scopes } } }"
SYNC = "mutation { syncRooms { __typename ... on Problem { code message } } }"
AGENDA = """{ agenda(from: "2026-11-23T00:00:00Z", to: "2026-11-24T00:00:00Z") { __typename
  ... on Problem { code message remedy whoActs } } }"""
WHO = "{ viewer { member { id } } }"


@pytest_asyncio.fixture(autouse=True, loop_scope="package")
async def _nothing_left_on_order(brookside: Brookside) -> AsyncIterator[None]:
    yield
    await brookside.put_right()


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def joy(brookside: Brookside) -> str:
    """The access token of a member who has not connected."""
    return await brookside.story.token_by_sign_in(JOY)


async def _consent_url(brookside: Brookside, token: str) -> str:
    async with brookside.story.speaking_for(token) as member:
        url: str = (await member.field(CONNECT))["consentUrl"]
    return url


def _sign_in(brookside: Brookside) -> str:
    return f"{brookside.story.server.address}/auth/sign-in?suite=GOOGLE_WORKSPACE"


async def _access(brookside: Brookside, token: str) -> tuple[str, str | None]:
    async with brookside.story.speaking_for(token) as member:
        access = (await member.field(ACCESS))["connection"]
    return access["status"], access["reason"]


async def _status(brookside: Brookside, token: str) -> str:
    return (await _access(brookside, token))[0]


@pytest_asyncio.fixture(loop_scope="package")
async def answer(brookside: Brookside, joy: str) -> AsyncIterator[tuple[Visitor, str]]:
    """Joy's browser on its way back, and the address that Google sends it to; not yet opened."""
    async with Visitor(JOY) as browser:
        back = f"{brookside.story.server.address}{CALLBACK}"
        landing = await browser.open(await _consent_url(brookside, joy), until=back)
        assert landing.url.startswith(back), landing.text
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


async def test_googles_answer_is_refused_at_microsofts_address_and_stays_good_at_its_own(
    brookside: Brookside, joy: str, answer: tuple[Visitor, str]
) -> None:
    browser, url = answer

    status, text = await _get(url.replace(CALLBACK, MICROSOFTS_CALLBACK), _flow_cookies(browser))

    assert (status, "This sign-in cannot be completed" in text) == (400, True)
    assert await _status(brookside, joy) == "NOT_CONNECTED"
    status, text = await _get(url, _flow_cookies(browser))
    assert status == 200, text
    async with brookside.story.speaking_for(joy) as member:
        assert (await member.field(DISCONNECT))["suiteWasTold"] is True


async def test_microsofts_answer_is_refused_at_googles_address(brookside: Brookside) -> None:
    address = brookside.story.server.address
    async with Visitor(LARS) as browser:
        begun = f"{address}/auth/sign-in?suite=MICROSOFT_365"
        landing = await browser.open(begun, until=f"{address}{MICROSOFTS_CALLBACK}")
        cookies = _flow_cookies(browser)

    status, text = await _get(landing.url.replace(MICROSOFTS_CALLBACK, CALLBACK), cookies)

    assert (status, "This sign-in cannot be completed" in text) == (400, True)


async def test_microsofts_code_with_googles_state_signs_nobody_in(
    brookside: Brookside, joy: str, answer: tuple[Visitor, str]
) -> None:
    browser, url = answer
    address = brookside.story.server.address
    async with Visitor(LARS) as other:
        begun = f"{address}/auth/sign-in?suite=MICROSOFT_365"
        landing = await other.open(begun, until=f"{address}{MICROSOFTS_CALLBACK}")
    [code] = parse_qs(urlsplit(landing.url).query)["code"]

    status, text = await _get(_changed(url, code=code), _flow_cookies(browser))

    assert (status, "cannot be completed" in text) == (400, True), text
    assert await _status(brookside, joy) == "NOT_CONNECTED"


@pytest.mark.parametrize("code", ["4/not-the-code", "a" * 5_000, "\N{SNOWMAN}", "a\r\nb", "%00", ""])
async def test_a_code_that_google_did_not_give_connects_nobody(
    brookside: Brookside, joy: str, answer: tuple[Visitor, str], code: str
) -> None:
    browser, url = answer

    status, text = await _get(_changed(url, code=code), _flow_cookies(browser))

    assert status in {400, 502}
    assert "reference is <code>" in text or "cannot be completed" in text
    assert (await _get(url, _flow_cookies(browser)))[0] == 400
    assert await _status(brookside, joy) == "NOT_CONNECTED"


async def test_an_answer_is_taken_by_one_of_many_that_bring_it_at_once(
    brookside: Brookside, joy: str, answer: tuple[Visitor, str]
) -> None:
    browser, url = answer

    brought = await asyncio.gather(*(_get(url, _flow_cookies(browser)) for _ in range(8)))

    assert sorted(status for status, _ in brought) == [200] + [400] * 7
    async with brookside.story.speaking_for(joy) as member:
        await member.field(DISCONNECT)


async def test_an_answer_that_another_browser_brings_is_refused(
    brookside: Brookside, joy: str, answer: tuple[Visitor, str]
) -> None:
    browser, url = answer
    [(name, _)] = _flow_cookies(browser).items()

    refused = [await _get(url), await _get(url, {name: "hmf_forged"}), await _get(url, {name: ""})]

    assert [status for status, _ in refused] == [400, 400, 400]
    assert await _status(brookside, joy) == "NOT_CONNECTED"


async def test_an_account_of_no_organisation_is_let_in_nowhere(brookside: Brookside, joy: str) -> None:
    signed_in = await brookside.story.visit(
        SAM, f"{brookside.story.server.address}/auth/sign-in?suite=GOOGLE_WORKSPACE"
    )
    connected = await brookside.story.visit(SAM, await _consent_url(brookside, joy))

    assert (signed_in.status, connected.status) == (403, 403)
    assert "it has to be a work account" in signed_in.text
    assert await _status(brookside, joy) == "NOT_CONNECTED"


async def test_an_account_of_another_domain_connects_nothing_and_signs_in_nowhere(
    brookside: Brookside, joy: str
) -> None:
    signed_in = await brookside.story.visit(OLENA, _sign_in(brookside))
    connected = await brookside.story.visit(OLENA, await _consent_url(brookside, joy))

    assert (signed_in.status, connected.status) == (403, 403)
    assert "another organisation" in connected.text
    assert await _status(brookside, joy) == "NOT_CONNECTED"


async def test_a_colleagues_account_connects_neither(brookside: Brookside, joy: str) -> None:
    landing = await brookside.story.visit(brookside.story.company.member, await _consent_url(brookside, joy))

    assert (landing.status, "That was another account" in landing.text) == (403, True)
    assert await _status(brookside, joy) == "NOT_CONNECTED"


async def test_the_same_address_with_another_account_behind_it_is_another_person(brookside: Brookside) -> None:
    address = "newcomer@brookside.example"
    wanted = {"address": address, "display_name": "New Comer", "customer": "brookside.example"}
    sandbox = brookside.story.sandbox
    await sandbox.control("POST", "google/users", wanted)
    first = await brookside.story.token_by_sign_in(address)
    consent = await _consent_url(brookside, first)
    await sandbox.control("DELETE", f"google/users/{address}")
    await sandbox.control("POST", "google/users", wanted)

    connecting = await brookside.story.visit(address, consent)
    second = await brookside.story.token_by_sign_in(address)

    assert (connecting.status, "That was another account" in connecting.text) == (403, True)
    async with brookside.story.speaking_for(first) as before, brookside.story.speaking_for(second) as after:
        assert await before.field(WHO) != await after.field(WHO)


@pytest.mark.parametrize(
    ("unticked", "status"),
    [
        ({"calendar.events"}, "NOT_CONNECTED"),
        ({"calendar.events", "calendar.freebusy", "calendar.calendarlist.readonly"}, "NOT_CONNECTED"),
        ({"calendar.freebusy", "calendar.calendarlist.readonly"}, "CONNECTED"),
    ],
)
async def test_boxes_that_are_left_unticked_are_what_is_missing(
    brookside: Brookside, joy: str, unticked: set[str], status: str
) -> None:
    await brookside.story.sandbox.control("DELETE", f"google/users/{JOY}/consent")

    async with Visitor(JOY, unticked=frozenset(unticked)) as browser:
        landing = await browser.open(await _consent_url(brookside, joy))

    assert (landing.status, landing.page) == (200, None)
    assert ("was not granted" in landing.text) is (status == "NOT_CONNECTED")
    assert await _status(brookside, joy) == status
    async with brookside.story.speaking_for(joy) as member:
        await member.field(DISCONNECT)


async def test_a_member_whose_token_can_list_rooms_lists_them_for_nobody(brookside: Brookside, joy: str) -> None:
    sandbox, nell = brookside.story.sandbox, brookside.story.company.administrator
    await sandbox.control("PUT", f"google/users/{JOY}/consent", {"scopes": [EVENTS, RESOURCES]})
    await brookside.story.visit(JOY, await _consent_url(brookside, joy))
    async with (
        _swapped_rights(brookside, JOY, nell),
        brookside.story.speaking_for(joy) as member,
        brookside.story.speaking_for(brookside.administrator) as administrator,
    ):
        granted = (await member.field(SCOPES))["connection"]["scopes"]

        await administrator.field(SYNC)

        sync = await brookside.room_sync(administrator)
        await member.field(DISCONNECT)
    assert RESOURCES in granted
    assert sync["state"] == "FAILED"


@asynccontextmanager
async def _swapped_rights(brookside: Brookside, gains: str, loses: str) -> AsyncIterator[None]:
    """Who has rights in Google's administration; afterwards as before, with the rooms read again."""
    sandbox = brookside.story.sandbox
    await sandbox.control("PATCH", f"google/users/{gains}", {"is_administrator": True})
    await sandbox.control("PATCH", f"google/users/{loses}", {"is_administrator": False})
    yield
    await sandbox.control("PATCH", f"google/users/{gains}", {"is_administrator": False})
    await sandbox.control("PATCH", f"google/users/{loses}", {"is_administrator": True})
    async with brookside.story.speaking_for(brookside.administrator) as administrator:
        started = await brookside.story.started(administrator)
        await brookside.story.visit(loses, started["consentUrl"])
        await administrator.field(SYNC)
        assert (await brookside.room_sync(administrator))["state"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        ("access_denied", 200, "Nothing was accepted"),
        ("admin_policy_enforced", 200, "approv"),
        ("org_internal", 403, ""),
        ("invalid_scope", 502, ""),
        ("server_error", 503, "does not answer"),
        ("<script>alert(1)</script>", 503, "does not answer"),
    ],
)
async def test_each_refusal_on_the_way_back_has_a_page_and_connects_nobody(
    brookside: Brookside, joy: str, answer: tuple[Visitor, str], error: str, status: int, words: str
) -> None:
    browser, url = answer
    refused = _changed(url, code=None, error=error, error_description="canary-description", error_subtype="canary")

    answered, text = await _get(refused, _flow_cookies(browser))

    assert answered == status, text
    assert words in text
    assert "canary" not in text
    assert "<script>" not in text
    assert await _status(brookside, joy) == "NOT_CONNECTED"


async def test_a_blocked_application_stays_on_googles_page_and_a_refresh_says_who_has_to_trust_it(
    brookside: Brookside, joy: str
) -> None:
    await brookside.story.visit(JOY, await _consent_url(brookside, joy))
    sandbox = brookside.story.sandbox
    await sandbox.control("PATCH", "google/customers/brookside.example", {"app_access": "BLOCKED"})
    await sandbox.control("POST", "google/expire-access-tokens", {"user": JOY})

    landing: Landing = await brookside.story.visit(JOY, await _consent_url(brookside, joy))
    async with brookside.story.speaking_for(joy) as member:
        answer = await member.send(AGENDA)
        access = await _access(brookside, joy)
        await sandbox.control("PATCH", "google/customers/brookside.example", {"app_access": "TRUSTED"})
        again = await member.send(AGENDA)
        await member.field(DISCONNECT)

    assert landing.page is Page.GOOGLE_BLOCKED
    assert "administrator" in str(answer), answer
    assert access == ("CONNECTED", None), access
    assert "Agenda" in str(again), again


async def test_a_wrong_secret_leaves_every_members_consent_untouched(brookside: Brookside, joy: str) -> None:
    await brookside.story.visit(JOY, await _consent_url(brookside, joy))
    sandbox = brookside.story.sandbox
    await sandbox.control("PATCH", "google/application", {"secret": "another-secret-than-ours"})
    await sandbox.control("POST", "google/expire-access-tokens", {"user": JOY})

    async with brookside.story.speaking_for(joy) as member:
        answer = await member.send(AGENDA)
        access = await _access(brookside, joy)
        await sandbox.control("PATCH", "google/application", {"secret": brookside.secret})
        again = await member.send(AGENDA)
        await member.field(DISCONNECT)

    assert "OPERATOR" in str(answer), answer
    assert access == ("CONNECTED", None)
    assert "Agenda" in str(again), again


@pytest.mark.parametrize(
    ("fault", "told"),
    [({"status": 500}, False), ({"effect": "drop"}, False), ({"effect": "hold"}, False), ({"status": 302}, False)],
    ids=["broken", "dropped", "hanging", "redirecting"],
)
async def test_whoever_disconnects_while_google_does_not_listen_is_disconnected_all_the_same(
    brookside: Brookside, joy: str, fault: dict[str, object], told: bool
) -> None:
    await brookside.story.visit(JOY, await _consent_url(brookside, joy))
    await brookside.order(path="/revoke", times=None, **fault)

    async with brookside.story.speaking_for(joy) as member:
        answer = await member.field(DISCONNECT)

    assert (answer["suiteWasTold"], answer["connection"]["status"]) == (told, "NOT_CONNECTED")


async def test_nobody_is_brought_back_by_a_refresh_that_was_under_way(brookside: Brookside, joy: str) -> None:
    await brookside.story.visit(JOY, await _consent_url(brookside, joy))
    await brookside.story.sandbox.control("POST", "google/expire-access-tokens", {"user": JOY})

    async with brookside.story.speaking_for(joy) as member, brookside.story.speaking_for(joy) as other:
        answers = await asyncio.gather(
            member.send(AGENDA), other.field(DISCONNECT), member.send(AGENDA), member.send(AGENDA)
        )

    assert answers[1]["connection"]["status"] == "NOT_CONNECTED"
    assert not any("errors" in answer for answer in answers if "data" in answer), answers
    assert await _status(brookside, joy) == "NOT_CONNECTED"


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 200, "body": "<html>Sign in</html>"},
        {"status": 200, "body": '{"access_token": ["x"]}'},
        {"status": 200, "body": '{"access_token": "a\\r\\nb", "scope": 5}'},
        {"status": 302, "headers": {"Location": "https://evil.example/"}},
        {"status": 503},
        {"effect": "drop"},
        {"effect": "malformed"},
        {"effect": "hold"},
    ],
)
async def test_a_token_endpoint_that_says_nonsense_gets_a_page_that_says_so(
    brookside: Brookside, joy: str, answer: tuple[Visitor, str], fault: dict[str, object]
) -> None:
    browser, url = answer
    await brookside.order(path="/token", times=None, **fault)

    landing = await browser.open(url)

    assert (landing.status, "does not answer" in landing.text) == (503, True), landing.text
    assert await _status(brookside, joy) == "NOT_CONNECTED"


async def test_who_is_started_with_by_a_stranger_proves_no_domain(brookside: Brookside) -> None:
    async with brookside.story.speaking_for(brookside.administrator) as administrator:
        started = await administrator.field(START, suite="GOOGLE_WORKSPACE")

        landing = await brookside.story.visit(OLENA, started["consentUrl"])

        assert landing.status == 403, landing.text
        assert (await administrator.field("{ integration { status } }"))["status"] == "ENABLED"


async def test_the_log_holds_no_code_no_token_and_nobodys_address(brookside: Brookside) -> None:
    log = brookside.story.server.log()

    assert "callback.declined" in log
    for canary in ("ya29.", "1//", "4/", "canary", "@brookside", "another-secret", "eyJ", "code="):
        assert canary not in log, [line for line in log.splitlines() if canary in line][:3]
