"""What a suite answers leads us to no other place: the bearer, the code and our secret go to the hosts of the settings.

At Google a page is followed by a token in the query, never by an address, so there is no link to forge.
"""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ssl import SSLContext
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from app.connections.models import FlowPurpose
from app.suites.errors import SuiteUnavailable
from app.suites.protocol import CalendarSuite, Credentials, Mailbox, SuiteName
from app.suites.registry import SuiteRegistry
from tests.contract.worlds import FixedTokens
from tests.security.suites import ENTRA_KEYS, GOOGLE, GOOGLE_KEYS, MICROSOFT, Suites, suites
from tests.security.world import SESSION, World, come_back, settings_for

START = datetime(2026, 11, 12, 13, tzinfo=UTC)
DAY = timedelta(days=1)
GOOGLE_LIST = "/calendar/v3/calendars/primary/events"
REDIRECTS = [301, 302, 303, 307, 308]
FORGED_LINKS = [
    "https://{elsewhere}/v1.0/me/calendarView",
    "http://{here}/v1.0/me/calendarView",
    "https://{host}:{other_port}/v1.0/me/calendarView",
    "https://{host}/v1.0/me/calendarView",
    "https://{here}@{elsewhere}/v1.0/me/calendarView",
    "https://user:secret@{here}/v1.0/me/calendarView",
    "https://{elsewhere}\\@{here}/v1.0/me/calendarView",
    "https://{here}\\@{elsewhere}/v1.0/me/calendarView",
    "https://{here}.elsewhere.example/",
    "https://{elsewhere}#@{here}/",
    "https://{elsewhere}?@{here}/",
    "//{elsewhere}/v1.0/me/calendarView",
    "\\\\{elsewhere}/v1.0/me/calendarView",
    "/v1.0/me/calendarView",
    " https://{elsewhere}/",
    "\thttps://{elsewhere}/",
    "https://{elsewhere}/\r\nHost: {here}",
    "https://localhost:{other_port}/",
    "https://2130706433:{other_port}/",
    "https://[::ffff:127.0.0.1]:{other_port}/",
    "https://169.254.169.254/latest/meta-data/",
    "wss://{elsewhere}/",
    "ftp://{elsewhere}/",
    "file:///etc/passwd",
    "gopher://{elsewhere}/_",
    "javascript:alert(1)",
    "",
]


@pytest.fixture
async def elsewhere(tls: tuple[SSLContext, Path]) -> AsyncIterator[Suites]:
    """Another host, which would answer like the suite."""
    async with suites(tls[0]) as double:
        yield double


@pytest.fixture
async def here(tls: tuple[SSLContext, Path]) -> AsyncIterator[Suites]:
    async with suites(tls[0]) as double:
        yield double


@pytest.fixture
async def adapter(
    here: Suites, tls: tuple[SSLContext, Path], suite: SuiteName, tmp_path: Path
) -> AsyncIterator[CalendarSuite]:
    """The suite's own client, as the settings make it."""
    settings = settings_for(tmp_path, here, tls[1])
    registry = SuiteRegistry.configured_by(settings.suites, timedelta(seconds=5))
    yield registry.get(suite)
    await registry.close()


def _mailbox(adapter: CalendarSuite) -> Mailbox:
    credentials = Credentials(
        access_token="the-bearer", expires_at=START, refresh_token="the-refresh-token", scopes=frozenset()
    )
    return adapter.mailbox(FixedTokens(credentials), key="ada")


def _json(body: object) -> Callable[[], web.Response]:
    return lambda: web.json_response(body)


def _redirect(status: int, target: str) -> Callable[[], web.Response]:
    return lambda: web.Response(status=status, headers={"Location": target})


@pytest.mark.parametrize("suite", [MICROSOFT])
@pytest.mark.parametrize("link", FORGED_LINKS)
async def test_a_next_page_at_any_other_place_is_not_asked_for(
    here: Suites, elsewhere: Suites, adapter: CalendarSuite, link: str
) -> None:
    ours, theirs = urlsplit(here.origin), urlsplit(elsewhere.origin)
    forged = link.format(here=ours.netloc, host=ours.hostname, elsewhere=theirs.netloc, other_port=theirs.port)
    here.replies["/v1.0/me/calendarView"] = _json({"value": [], "@odata.nextLink": forged})

    with pytest.raises(SuiteUnavailable, match="ForeignAddress"):
        await _mailbox(adapter).events(START, START + DAY)

    assert elsewhere.seen == []
    assert here.seen == ["GET /v1.0/me/calendarView"]


@pytest.mark.parametrize("suite", [MICROSOFT])
async def test_a_next_page_at_the_suite_itself_is_asked_for(here: Suites, adapter: CalendarSuite) -> None:
    here.replies["/v1.0/me/calendarView"] = _json({"value": [], "@odata.nextLink": f"{here.origin}/v1.0/me/more"})
    here.replies["/v1.0/me/more"] = _json({"value": []})

    assert await _mailbox(adapter).events(START, START + DAY) == []
    assert here.seen == ["GET /v1.0/me/calendarView", "GET /v1.0/me/more"]


@pytest.mark.parametrize("suite", [GOOGLE])
@pytest.mark.parametrize("link", FORGED_LINKS[:-1])
async def test_a_page_token_that_looks_like_an_address_stays_a_token(
    here: Suites, elsewhere: Suites, adapter: CalendarSuite, link: str
) -> None:
    forged = link.format(here=here.origin, host="127.0.0.1", elsewhere=elsewhere.origin, other_port=1)
    here.replies[GOOGLE_LIST] = _json({"items": [], "nextPageToken": forged})

    with pytest.raises(SuiteUnavailable, match="EndlessPages"):
        await _mailbox(adapter).events(START, START + DAY)

    assert elsewhere.seen == []
    assert set(here.seen) == {f"GET {GOOGLE_LIST}"}


@pytest.mark.parametrize("status", REDIRECTS)
async def test_a_redirect_answered_to_a_call_is_not_followed(
    here: Suites, elsewhere: Suites, adapter: CalendarSuite, suite: SuiteName, status: int
) -> None:
    asked = {MICROSOFT: "/v1.0/me/calendarView", GOOGLE: GOOGLE_LIST}[suite]
    for target in (f"{elsewhere.origin}{asked}", f"{here.origin}/elsewhere", "/elsewhere"):
        here.replies[asked] = _redirect(status, target)

        with pytest.raises(SuiteUnavailable, match="Redirect"):
            await _mailbox(adapter).events(START, START + DAY)

    assert elsewhere.seen == []
    assert set(here.seen) == {f"GET {asked}"}


@pytest.mark.parametrize("status", REDIRECTS)
async def test_the_code_and_our_secret_follow_no_redirect_of_the_token_endpoint(
    world: World, elsewhere: Suites, status: int
) -> None:
    visit = await world.visit(FlowPurpose.SIGN_IN)
    endpoint = {MICROSOFT: "/organizations/oauth2/v2.0/token", GOOGLE: "/token"}[world.suite]
    world.suites.replies[endpoint] = _redirect(status, f"{elsewhere.origin}{endpoint}")
    before = world.rows(visits=False)

    answer = await come_back(visit.browser, world.suite, world.suites.approve(visit.page, visit.person))

    assert answer.status == 503
    assert f"POST {endpoint}" in world.suites.seen
    assert elsewhere.seen == []
    assert SESSION not in answer.cookies
    assert world.rows(visits=False) == before


@pytest.mark.parametrize("status", REDIRECTS)
async def test_keys_are_fetched_from_the_suite_itself_and_no_redirect_is_followed(
    world: World, elsewhere: Suites, status: int
) -> None:
    visit = await world.visit(FlowPurpose.SIGN_IN)
    keys = {MICROSOFT: ENTRA_KEYS, GOOGLE: GOOGLE_KEYS}[world.suite]
    world.suites.replies[keys] = _redirect(status, f"{elsewhere.origin}{keys}")
    before = world.rows(visits=False)

    answer = await come_back(visit.browser, world.suite, world.suites.approve(visit.page, visit.person))

    assert answer.status == 503
    assert elsewhere.seen == []
    assert world.rows(visits=False) == before


@pytest.mark.parametrize("suite", [MICROSOFT], indirect=True)
@pytest.mark.parametrize("endpoint", ["jwks_uri", "token_endpoint"])
async def test_a_discovery_document_that_names_another_host_sends_us_nowhere(
    world: World, elsewhere: Suites, endpoint: str
) -> None:
    document = world.suites.discovery("organizations")
    document[endpoint] = elsewhere.origin + urlsplit(document[endpoint]).path
    world.suites.replies["/organizations/v2.0/.well-known/openid-configuration"] = _json(document)
    visit = await world.visit(FlowPurpose.SIGN_IN)
    before = world.rows(visits=False)

    answer = await come_back(visit.browser, world.suite, world.suites.approve(visit.page, visit.person))

    assert answer.status == 503
    assert elsewhere.seen == []
    assert world.rows(visits=False) == before
