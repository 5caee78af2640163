"""One visit to a suite's authorise page: bound to one browser, used once, over after ten minutes."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.connections.flows import FLOW_LIFETIME, FlowRefusal, FlowRefused, Opened
from app.connections.models import AuthorisationFlow, FlowPurpose
from app.errors import InvalidInput, SuiteNotConfigured
from app.identity.signed_tokens import SignedTokens, TokenUse
from app.keys import Keys, Vault
from app.suites.errors import SuiteUnavailable
from app.suites.protocol import SuiteName
from tests.connections.stack import Stack
from tests.identity.queries import counted_queries

MICROSOFT = SuiteName.MICROSOFT_365
SCOPES = frozenset({"openid"})


@pytest.fixture
def stack(keys: Keys, vault: Vault, database: TortoiseContext) -> Stack:
    return Stack(keys, vault)


async def _ticket(stack: Stack, return_to: str | None = None) -> str:
    url = await stack.flows.start(FlowPurpose.SIGN_IN, suite=MICROSOFT, scopes=SCOPES, return_to=return_to)
    return url.rpartition("/")[2]


async def _open(stack: Stack) -> Opened:
    return await stack.flows.open(await _ticket(stack))


def _state(opened: Opened) -> dict[str, str]:
    return {"code": "c", "state": dict(parse_qsl(urlsplit(opened.redirect_url).query))["state"]}


async def test_a_visit_begins_at_our_own_address_and_goes_on_to_the_suite_with_pkce_and_nonce(stack: Stack) -> None:
    url = await stack.flows.start(FlowPurpose.SIGN_IN, suite=MICROSOFT, scopes=SCOPES)

    opened = await stack.flows.open(url.rpartition("/")[2])

    assert url.startswith("http://127.0.0.1:8000/auth/continue/")
    asked = dict(parse_qsl(urlsplit(opened.redirect_url).query))
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/auth/callback/microsoft-365"
    assert all(asked[name] for name in ("state", "nonce", "code_challenge"))


async def test_a_ticket_opens_once(stack: Stack) -> None:
    ticket = await _ticket(stack)
    await stack.flows.open(ticket)

    with pytest.raises(FlowRefused) as refused:
        await stack.flows.open(ticket)

    assert refused.value.reason is FlowRefusal.USED


async def test_a_ticket_stays_good_while_the_suite_cannot_be_reached(stack: Stack) -> None:
    ticket = await _ticket(stack)
    stack.suite.fail_next("authorisation_url", SuiteUnavailable())

    with pytest.raises(SuiteUnavailable):
        await stack.flows.open(ticket)

    await stack.flows.open(ticket)


async def test_a_ticket_lasts_ten_minutes(stack: Stack) -> None:
    ticket = await _ticket(stack)
    end = (await AuthorisationFlow.get()).created_at + FLOW_LIFETIME

    with clock.use(lambda: end), pytest.raises(FlowRefused) as refused:
        await stack.flows.open(ticket)
    with clock.use(lambda: end - timedelta(milliseconds=1)):
        await stack.flows.open(ticket)

    assert refused.value.reason is FlowRefusal.EXPIRED


async def test_an_answer_is_taken_once(stack: Stack) -> None:
    opened = await _open(stack)
    answer = _state(opened)

    consumed = await stack.flows.consume(MICROSOFT, answer, opened.flow_cookie_value)

    assert consumed.request.state == answer["state"]
    with pytest.raises(FlowRefused) as refused:
        await stack.flows.consume(MICROSOFT, answer, opened.flow_cookie_value)
    assert refused.value.reason is FlowRefusal.USED


async def test_an_answer_after_ten_minutes_comes_too_late(stack: Stack) -> None:
    opened = await _open(stack)
    end = (await AuthorisationFlow.get()).created_at + FLOW_LIFETIME

    with clock.use(lambda: end), pytest.raises(FlowRefused) as refused:
        await stack.flows.consume(MICROSOFT, _state(opened), opened.flow_cookie_value)

    assert refused.value.reason is FlowRefusal.EXPIRED


async def test_an_answer_from_another_browser_is_refused_and_uses_nothing_up(stack: Stack) -> None:
    mine, others = await _open(stack), await _open(stack)

    for cookie in (None, "", "garbage", others.flow_cookie_value):
        with pytest.raises(FlowRefused) as refused:
            await stack.flows.consume(MICROSOFT, _state(mine), cookie)
        assert refused.value.reason is FlowRefusal.OTHER_BROWSER

    await stack.flows.consume(MICROSOFT, _state(mine), mine.flow_cookie_value)


async def test_an_answer_for_a_visit_that_was_never_opened_is_refused(stack: Stack, keys: Keys) -> None:
    opened = await _open(stack)
    await AuthorisationFlow.all().update(cookie_hash=None)

    with pytest.raises(FlowRefused) as refused:
        await stack.flows.consume(MICROSOFT, _state(opened), opened.flow_cookie_value)

    assert refused.value.reason is FlowRefusal.OTHER_BROWSER


async def test_another_suites_callback_does_not_take_the_answer(stack: Stack) -> None:
    opened = await _open(stack)

    with pytest.raises(FlowRefused) as refused:
        await stack.flows.consume(SuiteName.GOOGLE_WORKSPACE, _state(opened), opened.flow_cookie_value)

    assert refused.value.reason is FlowRefusal.UNKNOWN


async def test_what_we_did_not_sign_never_reaches_the_database(stack: Stack, keys: Keys) -> None:
    opened = await _open(stack)
    ticket_of_another_use = SignedTokens(keys).issue(TokenUse.STATE)

    async with counted_queries() as queries:
        for ticket in ("", "x", "a.b", "x" * 5000, ticket_of_another_use):
            with pytest.raises(FlowRefused):
                await stack.flows.open(ticket)
        for parameters in ({}, {"state": ""}, {"state": "guess"}, {"code": "c"}):
            with pytest.raises(FlowRefused):
                await stack.flows.consume(MICROSOFT, parameters, opened.flow_cookie_value)
        with pytest.raises(FlowRefused):
            await stack.flows.consume(MICROSOFT, _state(opened), "unsigned-cookie")

    assert queries == []


async def test_two_visits_in_one_browser_have_cookies_of_their_own(stack: Stack) -> None:
    first, second = await _open(stack), await _open(stack)

    assert first.flow_cookie_name != second.flow_cookie_name
    assert stack.flows.cookie_name(_state(first)) == first.flow_cookie_name
    await stack.flows.consume(MICROSOFT, _state(second), second.flow_cookie_value)
    await stack.flows.consume(MICROSOFT, _state(first), first.flow_cookie_value)


async def test_the_row_holds_no_secret_in_the_clear_and_none_at_all_once_it_is_used(stack: Stack) -> None:
    ticket = await _ticket(stack)
    opened = await stack.flows.open(ticket)
    asked = dict(parse_qsl(urlsplit(opened.redirect_url).query))

    before = str(await AuthorisationFlow.all().values())
    consumed = await stack.flows.consume(MICROSOFT, _state(opened), opened.flow_cookie_value)
    after = await AuthorisationFlow.get()

    secrets = (ticket, asked["state"], asked["nonce"], consumed.request.code_verifier, opened.flow_cookie_value)
    assert not any(secret in before for secret in secrets)
    assert after.secrets is None


async def test_a_visit_whose_secrets_were_swapped_for_anothers_is_refused_and_the_other_goes_on(stack: Stack) -> None:
    mine, others = await _ticket(stack), await _ticket(stack)
    rows = await AuthorisationFlow.all().order_by("created_at")
    await AuthorisationFlow.filter(id=rows[0].id).update(secrets=rows[1].secrets)

    with pytest.raises(FlowRefused) as refused:
        await stack.flows.open(mine)
    assert refused.value.reason is FlowRefusal.UNKNOWN

    await stack.flows.open(others)


async def test_a_suite_that_is_not_set_up_starts_no_visit(stack: Stack) -> None:
    with pytest.raises(SuiteNotConfigured):
        await stack.flows.start(FlowPurpose.SIGN_IN, suite=SuiteName.GOOGLE_WORKSPACE, scopes=SCOPES)

    assert await AuthorisationFlow.all().count() == 0


async def test_a_visit_that_would_return_elsewhere_is_not_started(stack: Stack) -> None:
    with pytest.raises(InvalidInput):
        await _ticket(stack, return_to="//evil.example")

    assert await AuthorisationFlow.all().count() == 0


async def test_on_https_the_flow_cookie_is_pinned_to_the_host(
    keys: Keys, vault: Vault, database: TortoiseContext
) -> None:
    opened = await _open(Stack(keys, vault, public_url="https://meet.example"))

    assert opened.flow_cookie_name.startswith("__Host-")
