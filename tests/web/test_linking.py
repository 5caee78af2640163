"""The pages of linking: from a browser that is signed in, to the suite and back, and whoever must sign in first."""

import re

import pytest
from starlette.applications import Starlette
from tortoise.context import TortoiseContext

from app.connections.models import AuthorisationFlow
from app.identity.inviting import InvitingService
from app.identity.models import Identity, Member, Organisation, Role
from app.keys import Keys, Vault
from app.suites.protocol import SuiteName
from tests.connections.stack import FRONT_END, Stack, account_of
from tests.support.people import make_member, make_organisation, principal_of
from tests.support.suites import AUTHORISE_PAGE, Account
from tests.web.browser import Answer, Browser
from tests.web.test_pages import CALLBACK, SESSION, make_app

MICROSOFT = SuiteName.MICROSOFT_365
NEW_ACCOUNT = Account(tenant="the-new-tenant", address="ada@elsewhere.example", name="Ada Vos")


@pytest.fixture
def stack(keys: Keys, vault: Vault, database: TortoiseContext) -> Stack:
    return Stack(keys, vault)


@pytest.fixture
def app(stack: Stack) -> Starlette:
    return make_app(stack)


@pytest.fixture
async def organisation(database: TortoiseContext) -> Organisation:
    return await make_organisation()


@pytest.fixture
async def member(organisation: Organisation) -> Member:
    return await make_member(organisation)


async def _signed_in(stack: Stack, app: Starlette, member: Member) -> Browser:
    _, cookie = await stack.sessions.create(member)
    return Browser(app, cookies={SESSION: cookie})


def _choices(answer: Answer) -> list[str]:
    return re.findall(r'class="button" href="([^"]+)"', answer.text)


async def _come_back(stack: Stack, browser: Browser, at_suite: str, account: Account) -> Answer:
    answer = stack.suite.approve(at_suite, account)
    return await browser.get(f"{CALLBACK}?code={answer['code']}&state={answer['state']}")


async def test_the_page_says_whom_an_account_will_lead_to_and_offers_each_suite(
    stack: Stack, app: Starlette, member: Member
) -> None:
    browser = await _signed_in(stack, app, member)

    answer = await browser.get("/auth/link")

    assert answer.status == 200
    assert "<strong>Ada Vos</strong> of Tidewater" in answer.text
    assert len(_choices(answer)) == 1
    assert _choices(answer)[0].startswith("http://127.0.0.1:8000/auth/continue/")


async def test_both_proved_in_one_browser_are_linked(stack: Stack, app: Starlette, member: Member) -> None:
    browser = await _signed_in(stack, app, member)
    [ticket] = _choices(await browser.get("/auth/link?suite=MICROSOFT_365"))
    at_suite = (await browser.get(ticket)).location

    answer = await _come_back(stack, browser, at_suite, NEW_ACCOUNT)

    assert at_suite.startswith(AUTHORISE_PAGE)
    assert "prompt=SELECT_ACCOUNT" in at_suite
    assert answer.status == 200
    assert "Your account is linked" in answer.text
    assert set(browser.cookies) == {SESSION}
    assert await Identity.of(member.organisation_id).filter(member_id=member.id).count() == 2


async def test_afterwards_the_browser_goes_on_to_where_it_was_asked_to_return(
    stack: Stack, app: Starlette, member: Member
) -> None:
    browser = await _signed_in(stack, app, member)
    [ticket] = _choices(await browser.get(f"/auth/link?returnTo={FRONT_END}/after"))
    at_suite = (await browser.get(ticket)).location

    answer = await _come_back(stack, browser, at_suite, NEW_ACCOUNT)

    assert (answer.status, answer.location) == (303, f"{FRONT_END}/after")


async def test_whoever_is_not_signed_in_signs_in_first_and_comes_back(
    stack: Stack, app: Starlette, member: Member
) -> None:
    browser = Browser(app)

    answer = await browser.get("/auth/link?suite=MICROSOFT_365")

    assert answer.status == 403
    assert "Sign in first" in answer.text
    assert _choices(answer) == ["/auth/sign-in?returnTo=%2Fauth%2Flink%3Fsuite%3DMICROSOFT_365"]
    assert await AuthorisationFlow.all().count() == 0


@pytest.mark.parametrize("evil", ["//evil.example", "https://evil.example", "/%5cevil.example"])
async def test_nobody_is_sent_elsewhere(stack: Stack, app: Starlette, member: Member, evil: str) -> None:
    browser = await _signed_in(stack, app, member)

    answer = await browser.get(f"/auth/link?returnTo={evil}")

    assert answer.status == 400
    assert await AuthorisationFlow.all().count() == 0


async def test_a_strangers_page_can_send_a_browser_to_the_page_but_not_on_to_the_suite(
    stack: Stack, app: Starlette, member: Member
) -> None:
    """The way on is a ticket that only this page shows; no address that somebody else could write starts a visit."""
    browser = await _signed_in(stack, app, member)

    for address in ("/auth/link", "/auth/link?suite=MICROSOFT_365"):
        answer = await browser.get(address)

        assert answer.status == 200
        assert "location" not in answer.headers
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_a_ticket_that_a_token_asked_for_needs_the_members_own_session_in_the_browser(
    stack: Stack, app: Starlette, organisation: Organisation, member: Member
) -> None:
    url = await stack.linking.start(principal_of(member), MICROSOFT)
    other = await _signed_in(stack, app, await make_member(organisation, "Bo Lind"))
    own = await _signed_in(stack, app, member)

    strangers = await Browser(app).get(url)
    others = await other.get(url)

    assert (strangers.status, others.status) == (403, 403)
    assert "signed in as <strong>Bo Lind</strong>" in others.text
    assert strangers.cookies == others.cookies == {}
    assert (await own.get(url)).location.startswith(AUTHORISE_PAGE)


async def test_a_visit_of_one_member_is_not_finished_in_the_browser_of_another(
    stack: Stack, app: Starlette, organisation: Organisation, member: Member
) -> None:
    attacker = await _signed_in(stack, app, member)
    victim = await _signed_in(stack, app, await make_member(organisation, "Bo Lind"))
    [ticket] = _choices(await attacker.get("/auth/link"))
    at_suite = (await attacker.get(ticket)).location

    answer = await _come_back(stack, victim, at_suite, NEW_ACCOUNT)

    assert answer.status == 400
    assert stack.suite.token_calls == 0
    assert await Identity.filter(tenant=NEW_ACCOUNT.tenant).count() == 0


async def test_whoever_signed_out_meanwhile_is_told_to_start_again(
    stack: Stack, app: Starlette, member: Member
) -> None:
    browser = await _signed_in(stack, app, member)
    [ticket] = _choices(await browser.get("/auth/link"))
    at_suite = (await browser.get(ticket)).location
    await browser.post("/auth/sign-out", origin="http://127.0.0.1:8000")

    answer = await _come_back(stack, browser, at_suite, NEW_ACCOUNT)

    assert answer.status == 403
    assert "You are not signed in as who began this" in answer.text
    assert stack.suite.token_calls == 0


async def test_an_invitation_that_names_a_member_says_whom_one_becomes(
    keys: Keys, stack: Stack, app: Starlette, organisation: Organisation, member: Member
) -> None:
    administrator = await make_member(organisation, "Bo Lind", role=Role.SUBSCRIPTION_ADMINISTRATOR)
    inviting = InvitingService(keys, public_url="http://127.0.0.1:8000")
    sent = await inviting.invite(principal_of(administrator), Role.MEMBER, member.id, "a key")
    assert sent.link is not None
    browser = Browser(app)

    page = await browser.get(sent.link)
    [choice] = _choices(page)
    ticket = (await browser.get(choice.replace("&amp;", "&"))).location
    answer = await _come_back(stack, browser, (await browser.get(ticket)).location, NEW_ACCOUNT)

    assert "Link your account to Ada Vos" in page.text
    assert "Whoever signs in here becomes Ada Vos" in page.text
    assert "Welcome, <strong>Ada Vos</strong>" in answer.text
    assert (await stack.sessions.authenticate(browser.cookies[SESSION])).member_id == member.id


async def test_an_account_that_belongs_elsewhere_is_refused_in_words(
    stack: Stack, app: Starlette, member: Member
) -> None:
    stranger = await make_member(await make_organisation("Newbridge"), "Nora Berg")
    browser = await _signed_in(stack, app, member)
    [ticket] = _choices(await browser.get("/auth/link"))
    at_suite = (await browser.get(ticket)).location

    answer = await _come_back(stack, browser, at_suite, await account_of(stranger))

    assert answer.status == 403
    assert "nothing was linked" in answer.text
    assert "Newbridge" not in answer.text
