"""Requests to administrators: who sees them, what an approval gives, and what only the admin consent page gives."""

from typing import Any

import pytest

from app.sandbox.microsoft.pages import Page
from app.sandbox.process import SandboxClient, SandboxControlError
from app.sandbox.visitor import Landing, OnNeedApproval, Visitor
from tests.sandbox.conftest import CALLBACK, NEWBRIDGE, TIDEWATER
from tests.sandbox.entra.client import SCOPES, SIGN_IN_SCOPES, admin_consent_url, authorise_url, reply, visit

HARBOURSIDE = "harbourside.example"
NORA = "nora.berg@newbridge.example"
TOMAS = "tomas.silva@newbridge.example"
FREYA = "freya.dahl@harbourside.example"
RUI = "rui.tavares@harbourside.example"


async def _ask(sandbox: SandboxClient, address: str, why: str = "For the rooms.", **changes: str | None) -> Landing:
    async with Visitor(address, on_need_approval=OnNeedApproval.REQUEST, justification=why) as visitor:
        return await visitor.open(authorise_url(sandbox, **changes), until=CALLBACK)


async def _decide(sandbox: SandboxClient, address: str, *, approves: bool = True) -> Landing:
    async with Visitor(address, approves_requests=approves) as visitor:
        return await visitor.open(f"{sandbox.description.http}/approval-requests")


async def _granted(sandbox: SandboxClient, domain: str) -> dict[str, Any]:
    tenants = await sandbox.control("GET", "tenants")
    [granted] = next(tenant["granted"] for tenant in tenants if tenant["domain"] == domain)
    found: dict[str, Any] = granted
    return found


async def test_an_administrator_reads_who_asks_for_what_and_why(sandbox: SandboxClient) -> None:
    await _ask(sandbox, NORA, "For <b>the rooms</b>.")

    page = await _decide(sandbox, TOMAS, approves=False)

    assert page.page is Page.APPROVAL_REQUESTS
    assert "Nora Berg" in page.text
    assert "For &lt;b&gt;the rooms&lt;/b&gt;." in page.text
    assert "Have full access to your calendars" in page.text


async def test_an_approved_request_holds_for_everybody_and_gives_delegated_scopes_only(sandbox: SandboxClient) -> None:
    await _ask(sandbox, NORA)

    page = await _decide(sandbox, TOMAS)

    granted = await _granted(sandbox, NEWBRIDGE)
    assert "Nobody in Newbridge waits" in page.text
    assert set(granted["scopes"]) == set(SCOPES.split())
    assert granted["roles"] == []
    assert "code" in await visit(sandbox, "mia.chen@newbridge.example")


async def test_a_denied_request_grants_nothing_and_may_be_sent_again(sandbox: SandboxClient) -> None:
    await _ask(sandbox, NORA)
    [request] = await sandbox.control("GET", "entra/approval-requests")

    await sandbox.control("POST", f"entra/approval-requests/{request['id']}/deny")

    assert await sandbox.control("GET", "entra/approval-requests") == []
    assert (await _granted(sandbox, NEWBRIDGE))["scopes"] == []
    assert (await _ask(sandbox, NORA)).page is Page.APPROVAL_REQUESTED
    with pytest.raises(SandboxControlError, match="no such request"):
        await sandbox.control("POST", f"entra/approval-requests/{request['id']}/deny")


async def test_requests_are_seen_by_administrators_of_their_own_tenant_alone(sandbox: SandboxClient) -> None:
    await _ask(sandbox, NORA)

    colleague = await _decide(sandbox, "mia.chen@newbridge.example")
    stranger = await _decide(sandbox, RUI)

    assert colleague.page is Page.ACCOUNT
    assert "no administrator of its organisation" in colleague.text
    assert "Nobody in Harbourside waits" in stranger.text
    assert len(await sandbox.control("GET", "entra/approval-requests")) == 1


async def test_nobody_decides_a_request_of_another_tenant_whatever_their_browser_sends(sandbox: SandboxClient) -> None:
    await _ask(sandbox, NORA)
    [request] = await sandbox.control("GET", "entra/approval-requests")
    address = f"{sandbox.description.http}/approval-requests"
    rui = next(user["oid"] for user in await sandbox.control("GET", "users") if user["address"] == RUI)
    form = {"step": "decide", "account": rui, "request": request["id"], "decision": "approve"}

    async with Visitor(RUI) as visitor:
        await visitor.open(address)
        async with visitor.session.post(address, data=form) as response:
            status = response.status

    assert status == 200
    assert (await _granted(sandbox, NEWBRIDGE))["scopes"] == []
    assert len(await sandbox.control("GET", "entra/approval-requests")) == 1


async def test_where_user_consent_is_disabled_a_request_opens_the_very_sign_in(sandbox: SandboxClient) -> None:
    sent = await _ask(sandbox, FREYA, scope=SIGN_IN_SCOPES)

    await _decide(sandbox, RUI)

    assert sent.page is Page.APPROVAL_REQUESTED
    assert "code" in await visit(sandbox, FREYA, authorise_url(sandbox, scope=SIGN_IN_SCOPES))


async def test_where_nobody_takes_requests_the_page_offers_none(sandbox: SandboxClient) -> None:
    await sandbox.control("PATCH", f"tenants/{HARBOURSIDE}", {"takes_approval_requests": False})

    async with Visitor(FREYA) as visitor:
        page = await visitor.open(authorise_url(sandbox), until=CALLBACK)

    assert page.page is Page.NEED_ADMIN_APPROVAL
    assert "Request approval" not in page.text


@pytest.mark.parametrize(
    ("domain", "administrator"),
    [(TIDEWATER, "tess.okafor@tidewater.example"), (NEWBRIDGE, TOMAS), (HARBOURSIDE, RUI)],
)
async def test_only_the_admin_consent_page_grants_an_application_permission(
    sandbox: SandboxClient, domain: str, administrator: str
) -> None:
    async with Visitor(administrator, for_organisation=True) as visitor:
        ticked = reply(await visitor.open(authorise_url(sandbox), until=CALLBACK))
        after_the_tick = await _granted(sandbox, domain)
        await visitor.open(admin_consent_url(sandbox), until=CALLBACK)
        after_the_page = await _granted(sandbox, domain)

    assert "code" in ticked
    assert set(after_the_tick["scopes"]) == set(SCOPES.split())
    assert after_the_tick["roles"] == []
    assert after_the_page["roles"] == ["Place.Read.All"]


async def test_the_index_leads_to_the_requests(sandbox: SandboxClient) -> None:
    async with Visitor(TOMAS) as visitor:
        index = await visitor.open(f"{sandbox.description.http}/")

    assert 'href="/approval-requests"' in index.text
