"""Google Workspace as the product sees it: one suite, its own connections, and nothing fetched that was not asked."""

from collections.abc import AsyncIterator

import pytest

from app.suites.errors import ConsentDeclined, MissingScope, NotFound
from app.suites.google_workspace.scopes import CALENDAR_EVENTS, RESOURCES
from app.suites.google_workspace.suite import GoogleWorkspace
from app.suites.http import SuiteRequest, SuiteResponse
from app.suites.protocol import AuthorisationRequest, CalendarSuite, Credentials, PermissionVariant
from tests.suites.google_workspace.accounts import (
    DOMAIN,
    KEYS,
    NOW,
    REVOKE,
    TIMEOUT,
    TOKEN,
    USERINFO,
    Google,
    google,
)
from tests.suites.signing import FIRST_KEY

EVENT = "/calendar/v3/calendars/primary/events/e1"


class OneToken:
    """A mailbox's token that is always the same."""

    async def current(self) -> str:
        return "ya29.access"

    async def renewed(self, rejected: str, claims: str | None = None) -> str:
        return "ya29.renewed"


@pytest.fixture
async def accounts() -> AsyncIterator[Google]:
    async with google() as double:
        double.publish(FIRST_KEY)
        yield double


@pytest.fixture
async def suite(accounts: Google) -> AsyncIterator[CalendarSuite]:
    built = GoogleWorkspace(accounts.settings, TIMEOUT, timing=accounts.time.timing())
    yield built
    await built.close()


def visit(suite: CalendarSuite) -> AuthorisationRequest:
    return AuthorisationRequest(
        redirect_uri="https://meetings.fernhill.test/auth/callback/google",
        state="s",
        nonce="n",
        code_verifier="v" * 43,
        scopes=suite.scopes(PermissionVariant.FULL, administrator=False),
        tenant=DOMAIN,
    )


def held(*scopes: str) -> Credentials:
    return Credentials(access_token="a", expires_at=NOW, refresh_token=None, scopes=frozenset(scopes))


def test_the_room_directory_is_asked_of_administrators_alone_and_only_where_it_is_wanted(suite: CalendarSuite) -> None:
    asked = {
        (variant, administrator): RESOURCES in suite.scopes(variant, administrator=administrator)
        for variant in PermissionVariant
        for administrator in (False, True)
    }

    assert [key for key, is_asked in asked.items() if is_asked] == [(PermissionVariant.FULL, True)]


@pytest.mark.parametrize(("scopes", "grants"), [({RESOURCES}, True), ({CALENDAR_EVENTS}, False), (set(), False)])
def test_whoever_granted_the_directory_can_read_it(suite: CalendarSuite, scopes: set[str], grants: bool) -> None:
    assert suite.grants_room_directory(held(*scopes)) is grants


async def test_the_application_itself_is_given_nothing(suite: CalendarSuite) -> None:
    with pytest.raises(MissingScope):
        await suite.application_tokens(DOMAIN)


async def test_there_is_no_link_for_admin_approval(suite: CalendarSuite) -> None:
    assert await suite.admin_approval_url(DOMAIN, "https://meetings.fernhill.test", "s") is None


def test_a_refusal_on_the_way_back_is_understood(suite: CalendarSuite) -> None:
    assert isinstance(suite.refusal({"error": "access_denied"}), ConsentDeclined)


async def test_signing_in_and_out_asks_google_for_nothing_but_tokens_and_keys(
    accounts: Google, suite: CalendarSuite
) -> None:
    accounts.answer_token()
    accounts.provider.answer(REVOKE, {}, method="POST")

    await suite.authorisation_url(visit(suite))
    grant = await suite.redeem("4/code", visit(suite))
    renewed = await suite.refresh(grant.credentials, DOMAIN)
    await suite.revoke(renewed)

    assert [seen.path for seen in accounts.provider.seen] == [TOKEN, KEYS, TOKEN, REVOKE]


async def test_all_calls_share_two_connections_however_many_there_are(accounts: Google, suite: CalendarSuite) -> None:
    accounts.answer_token()
    accounts.provider.answer(EVENT, {"error": {"code": 404}}, status=404)

    for _ in range(3):
        grant = await suite.redeem("4/code", visit(suite))
        await suite.refresh(grant.credentials, DOMAIN)
        with pytest.raises(NotFound):
            await suite.mailbox(OneToken(), key="ada").event("e1")

    assert len(accounts.provider.connections) == 2


async def test_a_calendar_call_that_met_a_usage_limit_is_sent_again(accounts: Google, suite: CalendarSuite) -> None:
    limit = {"error": {"code": 403, "errors": [{"domain": "usageLimits", "reason": "rateLimitExceeded"}]}}
    accounts.provider.answer(EVENT, limit, status=403)
    accounts.provider.answer(EVENT, {"error": {"code": 404}}, status=404)

    with pytest.raises(NotFound):
        await suite.mailbox(OneToken(), key="ada").event("e1")

    assert accounts.time.pauses == [1.5]


async def test_the_recorder_hears_the_apis_and_no_sign_in(accounts: Google) -> None:
    heard: list[str] = []

    def recorder(request: SuiteRequest, response: SuiteResponse) -> None:
        heard.append(request.url.removeprefix(accounts.provider.origin).partition("?")[0])

    suite = GoogleWorkspace(accounts.settings, TIMEOUT, recorder)
    accounts.answer_token()
    accounts.provider.answer(USERINFO, {"email": "ada@fernhill.test", "email_verified": True})
    accounts.provider.answer(EVENT, {"error": {"code": 404}}, status=404)
    mailbox = suite.mailbox(OneToken(), key="ada")

    try:
        await suite.redeem("4/code", visit(suite))
        await mailbox.address()
        with pytest.raises(NotFound):
            await mailbox.event("e1")
    finally:
        await suite.close()

    assert heard == [EVENT]
