"""The authorise page: who may consent to what, and how a visit ends."""

import pytest

from app.sandbox.microsoft.pages import Page
from app.sandbox.process import SandboxClient
from app.sandbox.visitor import Answer, OnNeedApproval, Visitor
from tests.sandbox.conftest import CALLBACK, NEWBRIDGE, TIDEWATER
from tests.sandbox.entra.client import (
    SCOPES,
    SIGN_IN_SCOPES,
    admin_consent_url,
    authorise_url,
    connect,
    redeem,
    reply,
    visit,
)

ADA = "ada.vos@tidewater.example"
NORA = "nora.berg@newbridge.example"
TOMAS = "tomas.silva@newbridge.example"
OLGA = "olga.petrova@elsewhere.example"


async def test_accepting_comes_back_with_a_code_and_the_state(sandbox: SandboxClient) -> None:
    answer = await visit(sandbox, ADA)

    assert answer["state"] == "state-1"
    assert answer["code"]


async def test_the_permissions_are_shown_in_words_before_anybody_accepts(sandbox: SandboxClient) -> None:
    async with Visitor(ADA, answer=Answer.STOP) as visitor:
        page = await visitor.open(authorise_url(sandbox))

    assert page.page is Page.CONSENT
    assert "Have full access to your calendars" in page.text
    assert "on behalf of" not in page.text


async def test_cancelling_comes_back_as_access_denied(sandbox: SandboxClient) -> None:
    async with Visitor(ADA, answer=Answer.CANCEL) as visitor:
        answer = reply(await visitor.open(authorise_url(sandbox), until=CALLBACK))

    assert answer["error"] == "access_denied"
    assert answer["error_description"].startswith("AADSTS65004:")
    assert answer["state"] == "state-1"


async def test_whoever_is_signed_in_and_has_consented_goes_straight_back(sandbox: SandboxClient) -> None:
    async with Visitor(ADA) as visitor:
        await visitor.open(authorise_url(sandbox), until=CALLBACK)
        again = await visitor.open(authorise_url(sandbox), until=CALLBACK)

    assert len(again.trail) == 2
    assert "code" in reply(again)


async def test_prompt_consent_asks_again(sandbox: SandboxClient) -> None:
    async with Visitor(ADA) as visitor:
        await visitor.open(authorise_url(sandbox), until=CALLBACK)
        visitor.answer = Answer.STOP
        again = await visitor.open(authorise_url(sandbox, prompt="consent"), until=CALLBACK)

    assert again.page is Page.CONSENT


async def test_prompt_none_fails_without_a_session(sandbox: SandboxClient) -> None:
    async with Visitor(ADA) as visitor:
        answer = reply(await visitor.open(authorise_url(sandbox, prompt="none"), until=CALLBACK))

    assert answer["error"] == "login_required"


async def test_prompt_none_fails_without_consent_and_works_with_it(sandbox: SandboxClient) -> None:
    async with Visitor(ADA) as visitor:
        await visitor.open(authorise_url(sandbox, scope=SIGN_IN_SCOPES), until=CALLBACK)
        refused = reply(await visitor.open(authorise_url(sandbox, prompt="none"), until=CALLBACK))
        allowed = reply(await visitor.open(authorise_url(sandbox, prompt="none", scope=SIGN_IN_SCOPES), until=CALLBACK))

    assert refused["error"] == "interaction_required"
    assert "code" in allowed


async def test_an_account_of_another_tenant_is_refused_on_a_page(sandbox: SandboxClient) -> None:
    async with Visitor(OLGA) as visitor:
        page = await visitor.open(authorise_url(sandbox, TIDEWATER), until=CALLBACK)

    assert page.page is Page.ERROR
    assert "AADSTS50020" in page.text


@pytest.mark.parametrize(
    ("address", "code"), [("wim.jansen@tidewater.example", 50057), ("noor.bakker@tidewater.example", 50105)]
)
async def test_an_account_that_may_not_sign_in_here_reads_why(sandbox: SandboxClient, address: str, code: int) -> None:
    async with Visitor(address) as visitor:
        page = await visitor.open(authorise_url(sandbox), until=CALLBACK)

    assert page.page is Page.ERROR
    assert f"AADSTS{code}" in page.text


async def test_an_unknown_address_can_be_corrected(sandbox: SandboxClient) -> None:
    async with Visitor("nobody@tidewater.example") as visitor:
        page = await visitor.open(authorise_url(sandbox), until=CALLBACK)

    assert page.page is Page.ACCOUNT
    assert "No account has this address" in page.text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"redirect_uri": "http://127.0.0.1:8000/elsewhere"}, 50011),
        ({"redirect_uri": CALLBACK + "/"}, 50011),
        ({"redirect_uri": None}, 900971),
        ({"client_id": "6f0f7a4e-0000-0000-0000-000000000000"}, 700016),
    ],
)
async def test_no_browser_is_sent_to_an_address_that_is_not_registered(
    sandbox: SandboxClient, changes: dict[str, str | None], code: int
) -> None:
    async with Visitor(ADA) as visitor:
        page = await visitor.open(authorise_url(sandbox, **changes), until=CALLBACK)

    assert page.page is Page.ERROR
    assert f"AADSTS{code}" in page.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "User.Read Wishes.Fulfil.All"}, "invalid_client"),
        ({"scope": "https://other.example/Read"}, "invalid_resource"),
        ({"prompt": "pretty-please"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
async def test_a_wrong_request_is_sent_back_with_its_error(
    sandbox: SandboxClient, changes: dict[str, str | None], error: str
) -> None:
    async with Visitor(ADA) as visitor:
        answer = reply(await visitor.open(authorise_url(sandbox, **changes), until=CALLBACK))

    assert answer["error"] == error


async def test_an_unknown_tenant_is_told_on_a_page(sandbox: SandboxClient) -> None:
    async with Visitor(ADA) as visitor:
        page = await visitor.open(authorise_url(sandbox, "nowhere.example"))

    assert "AADSTS90002" in page.text


async def test_where_approval_is_required_people_may_sign_in_by_themselves(sandbox: SandboxClient) -> None:
    answer = await visit(sandbox, NORA, authorise_url(sandbox, scope=SIGN_IN_SCOPES))

    assert "code" in answer


async def test_where_user_consent_is_disabled_even_signing_in_needs_approval(sandbox: SandboxClient) -> None:
    await sandbox.control("PATCH", f"tenants/{NEWBRIDGE}", {"consent_policy": "USER_CONSENT_DISABLED"})

    async with Visitor(NORA) as visitor:
        page = await visitor.open(authorise_url(sandbox, scope=SIGN_IN_SCOPES), until=CALLBACK)

    assert page.page is Page.NEED_ADMIN_APPROVAL


async def test_need_admin_approval_never_comes_back_by_itself(sandbox: SandboxClient) -> None:
    async with Visitor(NORA) as visitor:
        page = await visitor.open(authorise_url(sandbox), until=CALLBACK)

    assert page.page is Page.NEED_ADMIN_APPROVAL
    assert page.status == 200
    assert "AADSTS90094" in page.text


async def test_leaving_need_admin_approval_comes_back_as_a_decline(sandbox: SandboxClient) -> None:
    async with Visitor(NORA, on_need_approval=OnNeedApproval.RETURN) as visitor:
        answer = reply(await visitor.open(authorise_url(sandbox), until=CALLBACK))

    assert answer["error"] == "access_denied"
    assert "AADSTS65004" in answer["error_description"]


async def test_a_tenant_administrator_consents_for_themself_only(sandbox: SandboxClient) -> None:
    administrator = await visit(sandbox, TOMAS)
    async with Visitor(NORA) as visitor:
        page = await visitor.open(authorise_url(sandbox), until=CALLBACK)

    assert "code" in administrator
    assert page.page is Page.NEED_ADMIN_APPROVAL


async def test_consent_on_behalf_of_the_organisation_spares_everybody_the_question(sandbox: SandboxClient) -> None:
    async with Visitor(TOMAS, for_organisation=True) as administrator:
        await administrator.open(authorise_url(sandbox), until=CALLBACK)

    answer = await visit(sandbox, NORA)

    assert "code" in answer
    newbridge = (await sandbox.control("GET", "tenants"))[1]
    assert newbridge["granted"][0]["roles"] == []


async def test_a_request_to_the_administrators_can_be_approved_and_then_holds(sandbox: SandboxClient) -> None:
    async with Visitor(NORA, on_need_approval=OnNeedApproval.REQUEST, justification="For the rooms.") as visitor:
        sent = await visitor.open(authorise_url(sandbox), until=CALLBACK)
    [request] = await sandbox.control("GET", "entra/approval-requests")

    await sandbox.control("POST", f"entra/approval-requests/{request['id']}/approve")
    answer = await visit(sandbox, "mia.chen@newbridge.example")

    assert sent.page is Page.APPROVAL_REQUESTED
    assert (request["user"], request["justification"]) == (NORA, "For the rooms.")
    assert "code" in answer


async def test_an_ordered_error_comes_back_from_the_authorise_page(sandbox: SandboxClient) -> None:
    await sandbox.control("POST", "entra/authorise-error", {"code": 53003, "user": ADA})

    struck = await visit(sandbox, ADA)
    healed = await visit(sandbox, ADA)

    assert struck["error_description"].startswith("AADSTS53003:")
    assert "code" in healed


async def test_consent_grows_with_what_is_asked(sandbox: SandboxClient) -> None:
    signed_in = await redeem(
        sandbox, (await visit(sandbox, ADA, authorise_url(sandbox, scope=SIGN_IN_SCOPES)))["code"], scope=SIGN_IN_SCOPES
    )
    connected = await connect(sandbox, ADA)

    assert "Calendars.ReadWrite" not in signed_in.body["scope"]
    assert set(connected["scope"].split()) == set(SCOPES.split()) - {"offline_access"}


async def test_a_page_lets_nothing_in_but_its_own_style_sheet(sandbox: SandboxClient) -> None:
    async with (
        Visitor(ADA) as visitor,
        visitor.session.get(authorise_url(sandbox)) as response,
    ):
        policy = response.headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "script-src" not in policy


async def test_an_administrator_accepts_for_the_whole_tenant(sandbox: SandboxClient) -> None:
    async with Visitor(TOMAS) as visitor:
        answer = reply(await visitor.open(admin_consent_url(sandbox), until=CALLBACK))

    newbridge = (await sandbox.control("GET", "tenants"))[1]
    assert answer["admin_consent"] == "True"
    assert answer["tenant"] == newbridge["id"]
    assert answer["state"] == "state-2"
    assert newbridge["granted"][0]["roles"] == ["Place.Read.All"]
    assert "Calendars.ReadWrite" in newbridge["granted"][0]["scopes"]


async def test_explicit_scopes_never_grant_an_application_permission(sandbox: SandboxClient) -> None:
    async with Visitor(TOMAS) as visitor:
        await visitor.open(
            admin_consent_url(sandbox, scope="https://graph.microsoft.com/Calendars.ReadWrite"), until=CALLBACK
        )

    newbridge = (await sandbox.control("GET", "tenants"))[1]
    assert newbridge["granted"][0]["roles"] == []


async def test_a_declined_admin_consent_also_carries_admin_consent(sandbox: SandboxClient) -> None:
    async with Visitor(TOMAS, admin_answer=Answer.CANCEL) as visitor:
        answer = reply(await visitor.open(admin_consent_url(sandbox, NEWBRIDGE), until=CALLBACK))

    assert answer["admin_consent"] == "True"
    assert answer["error"] == "access_denied"
    assert "AADSTS65004" in answer["error_description"]


async def test_whoever_is_no_administrator_cannot_approve_for_the_tenant(sandbox: SandboxClient) -> None:
    async with Visitor(NORA) as visitor:
        page = await visitor.open(admin_consent_url(sandbox), until=CALLBACK)

    assert page.page is Page.NEED_ADMIN_APPROVAL
    assert (await sandbox.control("GET", "tenants"))[1]["granted"][0]["present"] is False


async def test_the_first_form_of_admin_consent_needs_no_reply_address(sandbox: SandboxClient) -> None:
    address = f"{sandbox.description.http}/common/adminconsent?client_id={sandbox.description.client_id}"

    async with Visitor(TOMAS) as visitor:
        answer = reply(await visitor.open(address, until=CALLBACK))

    assert answer["admin_consent"] == "True"


async def test_a_page_asked_for_over_tls_is_sent_to_plain_http(sandbox: SandboxClient) -> None:
    address = admin_consent_url(sandbox).replace(sandbox.description.http, sandbox.description.tls)

    async with Visitor(TOMAS, ca_bundle=sandbox.description.ca_bundle) as visitor:
        landing = await visitor.open(address, until=CALLBACK)

    assert landing.trail[1].startswith(sandbox.description.http)
    assert reply(landing)["admin_consent"] == "True"


async def test_signing_out_forgets_the_browser(sandbox: SandboxClient) -> None:
    async with Visitor(ADA) as visitor:
        await visitor.open(authorise_url(sandbox), until=CALLBACK)
        await visitor.open(f"{sandbox.description.http}/organizations/oauth2/v2.0/logout")
        answer = reply(await visitor.open(authorise_url(sandbox, prompt="none"), until=CALLBACK))

    assert answer["error"] == "login_required"
