"""Google's authorise page: who may grant what, and how a visit ends."""

import pytest

from app.sandbox.pages import Page
from app.sandbox.process import SandboxClient
from app.sandbox.visitor import Answer, Visitor
from tests.sandbox.conftest import CALLBACK
from tests.sandbox.entra.client import authorise_url as microsoft_url
from tests.sandbox.google.accounts.client import (
    EVENTS,
    FREE_BUSY,
    HUGO,
    IRIS,
    MARA,
    OLENA,
    PIM,
    SAM,
    SCOPES,
    SIGN_IN,
    authorise_url,
    connect,
    land,
    redeem,
    reply,
    visit,
)

ADA = "ada.vos@tidewater.example"


async def test_continuing_comes_back_with_a_code_the_scopes_and_the_state(sandbox: SandboxClient) -> None:
    answer = await visit(sandbox, IRIS)

    assert answer["state"] == "state-1"
    assert answer["code"]
    assert {EVENTS, FREE_BUSY} <= set(answer["scope"].split())
    assert answer["hd"] == "fernhill.example"


async def test_each_scope_beyond_signing_in_has_a_box_of_its_own_that_nobody_has_ticked(sandbox: SandboxClient) -> None:
    page = await land(sandbox, HUGO, Answer.STOP)

    assert page.page is Page.GOOGLE_CONSENT
    assert page.text.count('type="checkbox"') == len({"everything", EVENTS, FREE_BUSY})
    assert "checked" not in page.text.replace("checkbox", "")
    assert "See and change the events of all your calendars" in page.text


async def test_a_scope_left_unticked_is_not_granted(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, HUGO, unticked=frozenset({"calendar.freebusy"}))

    assert EVENTS in granted["scope"].split()
    assert FREE_BUSY not in granted["scope"].split()


async def test_with_every_box_left_unticked_people_only_sign_in(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, HUGO, unticked=frozenset({EVENTS, FREE_BUSY}))

    assert not {EVENTS, FREE_BUSY} & set(granted["scope"].split())
    assert granted["id_token"]


async def test_granting_nothing_at_all_is_access_denied(sandbox: SandboxClient) -> None:
    answer = await visit(sandbox, HUGO, scope=EVENTS, unticked=frozenset({EVENTS}))

    assert answer == {"error": "access_denied", "state": "state-1"}


async def test_select_all_grants_everything_without_another_tick(sandbox: SandboxClient) -> None:
    async with Visitor(HUGO, answer=Answer.STOP) as visitor:
        page = await visitor.open(authorise_url(sandbox))
        users = await sandbox.control("GET", "google/users")
        sub = next(user["sub"] for user in users if user["address"] == HUGO)
        form = {"step": "consent", "account": sub, "decision": "accept", "everything": "yes"}
        async with visitor.session.post(page.url, data=form, allow_redirects=False) as response:
            location = response.headers["Location"]

    assert "calendar.events" in location
    assert "calendar.freebusy" in location


async def test_cancelling_comes_back_as_access_denied(sandbox: SandboxClient) -> None:
    answer = reply(await land(sandbox, IRIS, Answer.CANCEL))

    assert answer == {"error": "access_denied", "state": "state-1"}


async def test_whoever_is_signed_in_and_has_granted_all_goes_straight_back(sandbox: SandboxClient) -> None:
    async with Visitor(IRIS) as visitor:
        await visitor.open(authorise_url(sandbox), until=CALLBACK)
        again = await visitor.open(authorise_url(sandbox), until=CALLBACK)

    assert len(again.trail) == 2
    assert reply(again)["prompt"] == "none"


async def test_a_scope_refused_before_is_asked_for_again_beside_those_that_are_granted(sandbox: SandboxClient) -> None:
    async with Visitor(IRIS, unticked=frozenset({"calendar.freebusy"})) as visitor:
        await visitor.open(authorise_url(sandbox), until=CALLBACK)
        visitor.answer = Answer.STOP
        again = await visitor.open(authorise_url(sandbox), until=CALLBACK)

    assert again.page is Page.GOOGLE_CONSENT
    assert f'name="{FREE_BUSY}"' in again.text
    assert f'name="{EVENTS}"' not in again.text
    assert "It already has some access" in again.text


async def test_prompt_consent_asks_again(sandbox: SandboxClient) -> None:
    async with Visitor(IRIS) as visitor:
        await visitor.open(authorise_url(sandbox), until=CALLBACK)
        visitor.answer = Answer.STOP
        again = await visitor.open(authorise_url(sandbox, prompt="consent"), until=CALLBACK)

    assert again.page is Page.GOOGLE_CONSENT


async def test_prompt_select_account_asks_which_account(sandbox: SandboxClient) -> None:
    async with Visitor(IRIS) as visitor:
        await visitor.open(authorise_url(sandbox), until=CALLBACK)
        visitor.address = HUGO
        again = await visitor.open(authorise_url(sandbox, prompt="select_account consent"), until=CALLBACK)

    assert again.trail[0] == again.trail[1]
    assert "code" in reply(again)


async def test_prompt_none_needs_a_session_and_a_consent(sandbox: SandboxClient) -> None:
    async with Visitor(IRIS) as visitor:
        stranger = reply(await visitor.open(authorise_url(sandbox, prompt="none"), until=CALLBACK))
        await visitor.open(authorise_url(sandbox, scope=SIGN_IN), until=CALLBACK)
        refused = reply(await visitor.open(authorise_url(sandbox, prompt="none"), until=CALLBACK))
        allowed = reply(await visitor.open(authorise_url(sandbox, prompt="none", scope=SIGN_IN), until=CALLBACK))

    assert stranger["error"] == "login_required"
    assert refused["error"] == "interaction_required"
    assert "code" in allowed


async def test_a_login_hint_goes_before_the_other_accounts_by_address_or_sub(sandbox: SandboxClient) -> None:
    users = await sandbox.control("GET", "google/users")
    sub = next(user["sub"] for user in users if user["address"] == HUGO)

    async with Visitor("nobody@fernhill.example", answer=Answer.STOP) as visitor:
        by_address = await visitor.session.get(authorise_url(sandbox, login_hint=HUGO))
        by_sub = await visitor.session.get(authorise_url(sandbox, login_hint=sub))
        pages = [await by_address.text(), await by_sub.text()]

    for page in pages:
        assert "Suggested by the application" in page
        assert page.index(HUGO) < page.index(IRIS)


async def test_a_domain_is_no_more_than_a_hint(sandbox: SandboxClient) -> None:
    page = await land(sandbox, "nobody@farfield.example", hd="farfield.example")
    answer = await visit(sandbox, IRIS, hd="farfield.example")

    assert page.text.index(OLENA) < page.text.index(IRIS)
    assert answer["hd"] == "fernhill.example"


async def test_a_consumer_account_comes_back_without_a_domain(sandbox: SandboxClient) -> None:
    assert "hd" not in await visit(sandbox, SAM)


async def test_earlier_grants_join_the_new_one_only_where_that_is_asked(sandbox: SandboxClient) -> None:
    await connect(sandbox, IRIS, scope=f"{SIGN_IN} {EVENTS}")

    alone = await connect(sandbox, IRIS, scope=f"openid {FREE_BUSY}")
    together = await connect(sandbox, IRIS, scope=f"openid {FREE_BUSY}", include_granted_scopes="true")

    assert set(alone["scope"].split()) == {"openid", FREE_BUSY}
    assert {EVENTS, FREE_BUSY, "openid"} <= set(together["scope"].split())


async def test_a_customer_that_blocks_the_application_keeps_its_people_on_a_page(sandbox: SandboxClient) -> None:
    page = await land(sandbox, MARA)

    assert page.page is Page.GOOGLE_BLOCKED
    assert "Access blocked: admin_policy_enforced" in page.text
    assert "<form" not in page.text
    assert CALLBACK not in page.text


async def test_a_customer_that_blocks_the_application_still_lets_people_sign_in(sandbox: SandboxClient) -> None:
    signed_in = await connect(sandbox, MARA, scope=SIGN_IN)

    assert signed_in["id_token"]


async def test_a_customer_that_trusts_the_application_again_no_longer_stands_in_the_way(sandbox: SandboxClient) -> None:
    await sandbox.control("PATCH", "google/customers/brookside.example", {"app_access": "TRUSTED"})

    assert "code" in await visit(sandbox, MARA)


async def test_an_application_that_nobody_decided_on_is_free_or_for_signing_in_only_as_the_customer_likes(
    sandbox: SandboxClient,
) -> None:
    brookside = "google/customers/brookside.example"
    await sandbox.control("PATCH", brookside, {"app_access": "UNCONFIGURED", "unconfigured_apps": "SIGN_IN_ONLY"})
    kept_out, signed_in = await land(sandbox, MARA), await connect(sandbox, MARA, scope=SIGN_IN)

    await sandbox.control("PATCH", brookside, {"unconfigured_apps": "EVERYTHING"})

    assert kept_out.page is Page.GOOGLE_BLOCKED
    assert signed_in["id_token"]
    assert "code" in await visit(sandbox, MARA)


async def test_an_application_of_one_organisation_keeps_everybody_else_out(sandbox: SandboxClient) -> None:
    await sandbox.control("PATCH", "google/application", {"internal_to": "fernhill.example"})

    stranger, member = await land(sandbox, OLENA, scope=SIGN_IN), await visit(sandbox, IRIS)

    assert stranger.page is Page.GOOGLE_BLOCKED
    assert "org_internal" in stranger.text
    assert "code" in member


async def test_a_suspended_account_reads_that_it_cannot_sign_in(sandbox: SandboxClient) -> None:
    page = await land(sandbox, PIM)

    assert page.page is Page.GOOGLE_ERROR
    assert "is suspended" in page.text


async def test_an_unknown_address_can_be_corrected(sandbox: SandboxClient) -> None:
    page = await land(sandbox, "nobody@fernhill.example")

    assert page.page is Page.GOOGLE_ACCOUNT
    assert "No account has this address" in page.text


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"redirect_uri": "http://127.0.0.1:8000/elsewhere"}, 400, "redirect_uri_mismatch"),
        ({"redirect_uri": CALLBACK + "/"}, 400, "redirect_uri_mismatch"),
        ({"redirect_uri": None}, 400, "invalid_request"),
        ({"client_id": "1-unknown.apps.googleusercontent.com"}, 401, "invalid_client"),
        ({"client_id": None}, 400, "invalid_request"),
        ({"response_type": "token"}, 400, "unsupported_response_type"),
        ({"scope": "openid https://www.googleapis.com/auth/wishes"}, 400, "invalid_scope"),
        ({"scope": None}, 400, "invalid_request"),
        ({"prompt": "pretty-please"}, 400, "invalid_request"),
        ({"prompt": "none consent"}, 400, "invalid_request"),
        ({"access_type": "sometimes"}, 400, "invalid_request"),
        ({"code_challenge_method": "S512"}, 400, "invalid_request"),
    ],
)
async def test_a_wrong_request_stays_on_a_page_that_names_the_error(
    sandbox: SandboxClient, changes: dict[str, str | None], status: int, error: str
) -> None:
    page = await land(sandbox, IRIS, **changes)

    assert (page.page, page.status) == (Page.GOOGLE_ERROR, status)
    assert f"Error {status}: {error}" in page.text


async def test_a_deleted_client_is_told_from_an_unknown_one(sandbox: SandboxClient) -> None:
    await sandbox.control("DELETE", "google/application")

    page = await land(sandbox, IRIS)

    assert "Error 401: deleted_client" in page.text


async def test_an_error_on_order_sends_the_next_browser_back_with_it(sandbox: SandboxClient) -> None:
    await sandbox.control("POST", "google/authorise-error", {"error": "server_error", "user": IRIS})

    other, first, second = await visit(sandbox, HUGO), await visit(sandbox, IRIS), await visit(sandbox, IRIS)

    assert first["error"] == "server_error"
    assert "code" in other
    assert "code" in second


async def test_the_page_asked_for_at_the_applications_address_is_sent_to_the_browsers(sandbox: SandboxClient) -> None:
    address = authorise_url(sandbox).replace(sandbox.description.google_accounts, sandbox.description.google_apis)

    async with Visitor(IRIS, ca_bundle=sandbox.description.ca_bundle) as visitor:
        landing = await visitor.open(address, until=CALLBACK)

    assert landing.trail[1].startswith(f"{sandbox.description.google_accounts}/o/oauth2/v2/auth?")
    assert "code" in reply(landing)


async def test_every_page_stands_alone_under_a_strict_policy(sandbox: SandboxClient) -> None:
    async with (
        Visitor(IRIS) as visitor,
        visitor.session.get(authorise_url(sandbox, redirect_uri="http://x/")) as response,
    ):
        text = await response.text()

    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert '<link rel="stylesheet" href="/assets/sandbox.css">' in text
    assert "<script" not in text


async def test_a_code_keeps_the_scopes_of_its_own_visit(sandbox: SandboxClient) -> None:
    code = (await visit(sandbox, IRIS, scope=SIGN_IN))["code"]
    await visit(sandbox, IRIS, scope=SCOPES)

    answer = await redeem(sandbox, code)

    assert EVENTS not in answer.scopes


async def test_one_browser_holds_a_session_at_each_suite(sandbox: SandboxClient) -> None:
    microsoft = microsoft_url(sandbox)

    async with Visitor(ADA) as visitor:
        await visitor.open(microsoft, until=CALLBACK)
        visitor.address = IRIS
        await visitor.open(authorise_url(sandbox), until=CALLBACK)
        at_microsoft = await visitor.open(microsoft, until=CALLBACK)
        at_google = await visitor.open(authorise_url(sandbox), until=CALLBACK)

    assert len(at_microsoft.trail) == len(at_google.trail) == 2
