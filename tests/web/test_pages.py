"""The pages a browser lands on: from a link of ours to the suite and back, and every way it can end."""

import re

import pytest
from starlette.applications import Starlette
from tortoise.context import TortoiseContext

from app.connections.models import AuthorisationFlow, CalendarConnection, FlowPurpose
from app.identity.models import Invitation, Member, Organisation, Role, Session
from app.integrations.approval import ApprovalOutcome
from app.keys import Keys, Vault
from app.rates.choosing import rates_of
from app.suites.errors import SuiteUnavailable
from app.suites.protocol import SuiteName
from app.web import assets
from app.web.routes import WebServices, web_routes
from tests.connections.stack import FRONT_END, Stack, account_of, make_integration
from tests.support.people import make_member, make_organisation, principal_of
from tests.support.suites import AUTHORISE_PAGE, Account
from tests.web.browser import Answer, Browser

CALLBACK = "/auth/callback/microsoft-365"
OWN_ORIGIN = "http://127.0.0.1:8000"
SESSION = "hybrid-meetings-session"


def make_app(stack: Stack) -> Starlette:
    """The pages alone, over these services."""
    services = WebServices(
        settings=stack.settings,
        registry=stack.registry,
        flows=stack.flows,
        invitations=stack.invitations,
        sessions=stack.sessions,
        linking=stack.linking,
        callback=stack.callback,
        integrations=stack.integrations,
        rates=rates_of(stack.settings, stack.keys),
    )
    return Starlette(routes=web_routes(services))


@pytest.fixture
def stack(keys: Keys, vault: Vault, database: TortoiseContext) -> Stack:
    return Stack(keys, vault)


@pytest.fixture
def app(stack: Stack) -> Starlette:
    return make_app(stack)


@pytest.fixture
def browser(app: Starlette) -> Browser:
    return Browser(app)


@pytest.fixture
async def organisation(database: TortoiseContext) -> Organisation:
    return await make_organisation()


@pytest.fixture
async def member(organisation: Organisation) -> Member:
    return await make_member(organisation)


def _query(parameters: dict[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in parameters.items())


async def _at_the_suite(browser: Browser, url: str) -> str:
    """Follow our own redirects until the suite's page; its address."""
    answer = await browser.get(url)
    while answer.location.startswith(OWN_ORIGIN):
        answer = await browser.get(answer.location)
    assert answer.location.startswith(AUTHORISE_PAGE)
    return answer.location


async def _sign_in(stack: Stack, browser: Browser, account: Account, url: str = "/auth/sign-in") -> Answer:
    separator = "&" if "?" in url else "?"
    at_suite = await _at_the_suite(browser, f"{url}{separator}suite=MICROSOFT_365")
    return await browser.get(f"{CALLBACK}?{_query(stack.suite.approve(at_suite, account))}")


async def test_the_sign_in_page_offers_each_suite_that_is_set_up(browser: Browser) -> None:
    answer = await browser.get("/auth/sign-in")

    assert answer.status == 200
    assert re.findall(r'class="button" href="([^"]+)"', answer.text) == ["/auth/sign-in?suite=MICROSOFT_365"]
    assert "Continue with Microsoft 365" in answer.text


async def test_signing_in_ends_on_a_page_that_greets_the_member(stack: Stack, browser: Browser, member: Member) -> None:
    answer = await _sign_in(stack, browser, await account_of(member))

    assert answer.status == 200
    assert "Ada Vos" in answer.text
    assert 'href="/"' in answer.text
    principal = await stack.sessions.authenticate(browser.cookies[SESSION])
    assert principal.member_id == member.id


async def test_signing_in_goes_on_to_where_the_browser_was_asked_to_return(
    stack: Stack, browser: Browser, member: Member
) -> None:
    page = await browser.get(f"/auth/sign-in?returnTo={FRONT_END}/after?x=1")
    assert "returnTo=https%3A%2F%2Fdesk.example%2Fafter%3Fx%3D1" in page.text

    answer = await _sign_in(stack, browser, await account_of(member), f"/auth/sign-in?returnTo={FRONT_END}/after")

    assert (answer.status, answer.location) == (303, f"{FRONT_END}/after")
    assert SESSION in answer.cookies


@pytest.mark.parametrize(
    "evil", ["//evil.example", "/%5cevil.example", "https://evil.example", "/%252f%252fevil.example"]
)
async def test_the_sign_in_page_refuses_to_send_anybody_elsewhere(browser: Browser, evil: str) -> None:
    for address in (f"/auth/sign-in?returnTo={evil}", f"/auth/sign-in?suite=MICROSOFT_365&returnTo={evil}"):
        answer = await browser.get(address)

        assert answer.status == 400
        assert "evil" not in answer.text
    assert await AuthorisationFlow.all().count() == 0


@pytest.mark.parametrize("suite", ["GOOGLE_WORKSPACE", "NOTES", "<script>"])
async def test_a_suite_that_is_unknown_or_not_set_up_is_a_problem_in_words(browser: Browser, suite: str) -> None:
    answer = await browser.get(f"/auth/sign-in?suite={suite}")

    assert answer.status == 400
    assert "That did not work" in answer.text
    assert "<script>" not in answer.text


async def test_an_invitation_page_names_the_organisation_and_is_not_used_up_by_looking(
    stack: Stack, browser: Browser
) -> None:
    _, token = await stack.invitations.create_organisation("New<b>bridge")

    first, second = [await browser.get(f"/auth/invitation/{token}") for _ in range(2)]

    assert (first.status, second.status) == (200, 200)
    assert "New&lt;b&gt;bridge" in first.text
    assert (await Invitation.get()).used_at is None


async def test_an_invitation_makes_the_first_administrator(stack: Stack, browser: Browser) -> None:
    organisation, token = await stack.invitations.create_organisation("Newbridge")
    account = Account(tenant="t", address="cy@newbridge.example", name="Cy Moss")

    answer = await _sign_in(stack, browser, account, f"/auth/invitation/{token}")

    assert "Cy Moss" in answer.text
    assert (await Member.of(organisation.id).get()).role is Role.SUBSCRIPTION_ADMINISTRATOR
    assert (await browser.get(f"/auth/invitation/{token}")).status == 404


async def test_a_ticket_from_a_client_that_only_holds_a_token_opens_in_any_browser(
    stack: Stack, app: Starlette, organisation: Organisation, member: Member
) -> None:
    await make_integration(organisation)
    url = await stack.connections.start_connecting(principal_of(member))
    browser = Browser(app)

    at_suite = await _at_the_suite(browser, url)
    answer = await browser.get(f"{CALLBACK}?{_query(stack.suite.approve(at_suite, await account_of(member)))}")

    assert answer.status == 200
    assert "Your calendar is connected" in answer.text
    assert SESSION not in browser.cookies
    assert browser.cookies == {}


async def test_a_visit_begun_in_one_browser_cannot_be_finished_in_another(
    stack: Stack, app: Starlette, organisation: Organisation, member: Member
) -> None:
    await make_integration(organisation)
    attacker, victim = Browser(app), Browser(app)
    at_suite = await _at_the_suite(attacker, await stack.connections.start_connecting(principal_of(member)))
    own_visit = await _at_the_suite(victim, "/auth/sign-in?suite=MICROSOFT_365")
    answer = _query(stack.suite.approve(at_suite, await account_of(member)))

    refused = await victim.get(f"{CALLBACK}?{answer}")

    assert refused.status == 400
    assert "This sign-in cannot be completed" in refused.text
    assert stack.suite.token_calls == 0
    assert own_visit


async def test_a_replayed_callback_is_refused_without_a_token_call(
    stack: Stack, browser: Browser, member: Member
) -> None:
    at_suite = await _at_the_suite(browser, "/auth/sign-in?suite=MICROSOFT_365")
    cookies = dict(browser.cookies)
    address = f"{CALLBACK}?{_query(stack.suite.approve(at_suite, await account_of(member)))}"
    await browser.get(address)
    browser.cookies.update(cookies)

    replayed = await browser.get(address)

    assert replayed.status == 400
    assert stack.suite.token_calls == 1


async def test_two_tabs_of_one_browser_finish_in_any_order(stack: Stack, browser: Browser, member: Member) -> None:
    account = await account_of(member)
    first = await _at_the_suite(browser, "/auth/sign-in?suite=MICROSOFT_365")
    second = await _at_the_suite(browser, "/auth/sign-in?suite=MICROSOFT_365")

    answers = [await browser.get(f"{CALLBACK}?{_query(stack.suite.approve(url, account))}") for url in (second, first)]

    assert [answer.status for answer in answers] == [200, 200]
    assert set(browser.cookies) == {SESSION}


@pytest.mark.parametrize(
    "query", ["", "code=c", "state=guess", "code=c&state=guess", "error=access_denied", "code=c&state=" + "x" * 4000]
)
async def test_a_callback_without_a_visit_is_a_documented_page(stack: Stack, browser: Browser, query: str) -> None:
    answer = await browser.get(f"{CALLBACK}?{query}")

    assert answer.status == 400
    assert "This sign-in cannot be completed" in answer.text
    assert stack.suite.token_calls == 0


async def test_a_microsoft_answer_at_googles_callback_is_refused(
    stack: Stack, browser: Browser, member: Member
) -> None:
    at_suite = await _at_the_suite(browser, "/auth/sign-in?suite=MICROSOFT_365")
    answer = _query(stack.suite.approve(at_suite, await account_of(member)))

    refused = await browser.get(f"/auth/callback/google-workspace?{answer}")

    assert refused.status == 400
    assert stack.suite.token_calls == 0


async def test_a_ticket_that_was_used_or_guessed_says_so(stack: Stack, browser: Browser, app: Starlette) -> None:
    url = await stack.flows.start(FlowPurpose.SIGN_IN, suite=SuiteName.MICROSOFT_365, scopes=frozenset({"openid"}))
    await browser.get(url)

    for address in (url, "/auth/continue/guess"):
        answer = await Browser(app).get(address)
        assert answer.status == 400
        assert "This link does not work any more" in answer.text


async def test_looking_ahead_uses_nothing_up(stack: Stack, browser: Browser) -> None:
    url = await stack.flows.start(FlowPurpose.SIGN_IN, suite=SuiteName.MICROSOFT_365, scopes=frozenset({"openid"}))

    head = await browser.ask("HEAD", url, {})
    prefetch = await browser.get(url, sec_purpose="prefetch;prerender")

    assert (head.status, prefetch.status) == (405, 503)
    assert (await browser.get(url)).status == 303


async def test_a_suite_that_cannot_be_reached_keeps_the_ticket(stack: Stack, browser: Browser) -> None:
    url = await stack.flows.start(FlowPurpose.SIGN_IN, suite=SuiteName.MICROSOFT_365, scopes=frozenset({"openid"}))
    stack.suite.fail_next("authorisation_url", SuiteUnavailable())

    refused = await browser.get(url)

    assert refused.status == 503
    assert (await browser.get(url)).status == 303


async def test_a_defect_of_ours_shows_a_correlation_id_and_nothing_else(
    stack: Stack, browser: Browser, member: Member
) -> None:
    at_suite = await _at_the_suite(browser, "/auth/sign-in?suite=MICROSOFT_365")
    stack.suite.fail_next("redeem", RuntimeError("secret words of a defect"))

    answer = await browser.get(f"{CALLBACK}?{_query(stack.suite.approve(at_suite, await account_of(member)))}")

    assert answer.status == 500
    assert "secret words" not in answer.text
    assert re.search(r"reference is <code>[0-9a-f]{32}</code>", answer.text)


async def test_on_https_the_cookies_are_pinned_secure_and_invisible_to_scripts(
    keys: Keys, vault: Vault, member: Member
) -> None:
    stack = Stack(keys, vault, public_url="https://meet.example")
    browser = Browser(make_app(stack), origin="https://meet.example")
    url = await stack.flows.start(FlowPurpose.SIGN_IN, suite=SuiteName.MICROSOFT_365, scopes=frozenset({"openid"}))

    opened = await browser.get(url)
    answer = stack.suite.approve(opened.location, await account_of(member))
    signed_in = await browser.get(f"{CALLBACK}?{_query(answer)}")

    [flow] = opened.cookies.values()
    session = signed_in.cookies[f"__Host-{SESSION}"]
    for cookie in (flow, session):
        assert cookie.key.startswith("__Host-")
        assert (cookie["path"], cookie["secure"], cookie["httponly"]) == ("/", True, True)
        assert cookie["samesite"].lower() == "lax"
        assert cookie["domain"] == ""
    assert (flow["max-age"], session["max-age"]) == ("600", "43200")


async def test_on_loopback_http_the_flow_cookie_keeps_to_our_pages(stack: Stack, browser: Browser) -> None:
    url = await stack.flows.start(FlowPurpose.SIGN_IN, suite=SuiteName.MICROSOFT_365, scopes=frozenset({"openid"}))

    [cookie] = (await browser.get(url)).cookies.values()

    assert (cookie["path"], cookie["secure"], cookie["httponly"]) == ("/auth", "", True)


async def _signed_in(stack: Stack, app: Starlette, member: Member) -> Browser:
    _, cookie = await stack.sessions.create(member)
    return Browser(app, cookies={SESSION: cookie})


async def test_signing_out_from_our_own_page_ends_the_session(stack: Stack, app: Starlette, member: Member) -> None:
    browser = await _signed_in(stack, app, member)
    assert "signed in as <strong>Ada Vos</strong>" in (await browser.get("/auth/sign-in")).text

    answer = await browser.post("/auth/sign-out", origin=OWN_ORIGIN)

    assert (answer.status, browser.cookies) == (200, {})
    assert "You are signed out" in answer.text
    assert (await Session.get()).revoked_at is not None


async def test_a_form_of_a_page_that_tells_no_referrer_signs_out(stack: Stack, app: Starlette, member: Member) -> None:
    """As browsers send it from our own pages: with the origin "null", and their own word for where it comes from."""
    browser = await _signed_in(stack, app, member)

    answer = await browser.post("/auth/sign-out", origin="null", sec_fetch_site="same-origin")

    assert "You are signed out" in answer.text
    assert (await Session.get()).revoked_at is not None


async def test_signing_out_from_an_allowed_front_end_needs_the_header(
    stack: Stack, app: Starlette, member: Member
) -> None:
    browser = await _signed_in(stack, app, member)

    without = await browser.post("/auth/sign-out", origin=FRONT_END)
    answer = await browser.post("/auth/sign-out", origin=FRONT_END, x_requested_with="desk")

    assert (without.status, answer.status) == (403, 204)
    assert (await Session.get()).revoked_at is not None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"x_requested_with": "XMLHttpRequest"},
        {"origin": "https://evil.example", "x_requested_with": "XMLHttpRequest"},
        {"origin": "null", "sec_fetch_site": "cross-site"},
        {"origin": "null", "sec_fetch_site": "same-site"},
        {"origin": "null", "sec_fetch_site": "none"},
    ],
)
async def test_another_website_signs_nobody_out(
    stack: Stack, app: Starlette, member: Member, headers: dict[str, str]
) -> None:
    browser = await _signed_in(stack, app, member)

    answer = await browser.post("/auth/sign-out", **headers)

    assert answer.status == 403
    assert (await Session.get()).revoked_at is None


async def test_signing_out_is_never_a_link(browser: Browser) -> None:
    assert (await browser.get("/auth/sign-out")).status == 405


async def test_a_session_cookie_that_someone_planted_is_not_the_session_after_sign_in(
    stack: Stack, app: Starlette, member: Member
) -> None:
    planted = await _signed_in(stack, app, await make_member(await make_organisation("Attacker"), "Eve"))
    before = planted.cookies[SESSION]

    await _sign_in(stack, planted, await account_of(member))

    assert planted.cookies[SESSION] != before
    assert (await stack.sessions.authenticate(planted.cookies[SESSION])).member_id == member.id


@pytest.mark.parametrize(
    ("approval", "words"),
    [
        (ApprovalOutcome.APPROVED, "confirms the approval"),
        (ApprovalOutcome.NOT_YET, "does not show the approval yet"),
        (ApprovalOutcome.NOBODY_AWAITS, "No integration here awaits"),
        (ApprovalOutcome.NOT_OUR_LINK, "You did not come here by an approval link"),
        (ApprovalOutcome.SUITE_UNAVAILABLE, "could not be asked"),
    ],
)
async def test_the_approval_page_says_what_the_suite_confirms(
    stack: Stack, browser: Browser, approval: ApprovalOutcome, words: str
) -> None:
    stack.integrations.approval = approval

    answer = await browser.get(f"{CALLBACK}/admin?admin_consent=True&tenant=some-tenant&state=s")

    assert answer.status == 200
    assert words in answer.text
    assert stack.integrations.hints == [("some-tenant", "s")]


async def test_an_error_reply_is_no_approval_even_where_it_says_so(stack: Stack, browser: Browser) -> None:
    answer = await browser.get(f"{CALLBACK}/admin?admin_consent=True&tenant=t&error=access_denied")

    assert "The approval was not given" in answer.text
    assert stack.integrations.hints == []


@pytest.mark.parametrize("query", ["admin_consent=True", f"tenant={'x' * 300}", "tenant=%00", "tenant=%C3%BC"])
async def test_a_hint_without_a_usable_tenant_names_none(stack: Stack, browser: Browser, query: str) -> None:
    await browser.get(f"{CALLBACK}/admin?{query}")

    assert stack.integrations.hints == [(None, None)]


async def test_every_page_is_private_and_runs_the_one_script_that_puts_on_the_light(
    stack: Stack, browser: Browser, member: Member
) -> None:
    answers = [
        await browser.get("/auth/sign-in"),
        await browser.get("/auth/invitation/x"),
        await browser.get("/auth/continue/x"),
        await browser.get(CALLBACK),
        await browser.get(f"{CALLBACK}/admin"),
        await browser.post("/auth/sign-out"),
        await _sign_in(stack, browser, await account_of(member)),
    ]

    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self';")
        assert "trusted-types 'none'" in policy
        assert "unsafe" not in policy
        assert re.findall(r"<script[^>]*>", answer.text) == [f'<script src="{assets.ADDRESS}/js/theme.js">']


@pytest.mark.parametrize(
    ("path", "kind"), [("css/pages.css", "text/css"), ("icon.svg", "image/svg+xml"), ("js/shell.js", "text/javascript")]
)
async def test_the_pages_bring_their_own_style(browser: Browser, path: str, kind: str) -> None:
    shown = await browser.get("/auth/sign-in")
    answer = await browser.get(f"{assets.ADDRESS}/{path}")

    assert assets.ADDRESS in shown.text
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(kind)
    assert "immutable" in answer.headers["cache-control"]


async def test_fewer_scopes_lead_to_a_page_and_to_no_connection(
    stack: Stack, browser: Browser, organisation: Organisation, member: Member
) -> None:
    await make_integration(organisation)
    at_suite = await _at_the_suite(browser, await stack.connections.start_connecting(principal_of(member), "/graphql"))
    answer = stack.suite.approve(at_suite, await account_of(member), scopes=frozenset({"openid"}))

    shown = await browser.get(f"{CALLBACK}?{_query(answer)}")

    assert shown.status == 200
    assert "Calendar access was not granted" in shown.text
    assert 'href="/graphql"' in shown.text
    assert await CalendarConnection.all().count() == 0
