"""Requests to administrators, sent from "Need admin approval": where a tenant administrator sees and decides them.

An approval gives the delegated scopes that were asked for, to the whole tenant; permissions of the application itself
are not part of it, and nobody tells the application.
https://learn.microsoft.com/entra/identity/enterprise-apps/review-admin-consent-requests
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.sandbox.microsoft.directory import User
from app.sandbox.microsoft.entra.browser import AccountRefusedError, Browser, permissions_in_words
from app.sandbox.microsoft.entra.state import ApprovalRequest
from app.sandbox.microsoft.entra.tenants import TenantPath
from app.sandbox.microsoft.pages import Page, render
from app.sandbox.state import SandboxState

PATH = "/approval-requests"
ANY_ORGANISATION = TenantPath("organizations", None)
NOT_AN_ADMINISTRATOR = "This account is no administrator of its organisation, so nothing is sent to it."


def approve(state: SandboxState, request_id: str) -> ApprovalRequest | None:
    """The scopes asked for hold for the whole tenant from now on; None when there is no such request."""
    known = state.entra.approval_requests.pop(request_id, None)
    if known is not None:
        state.directory.grants.consent_for_tenant(known.tenant_id, known.client_id, known.scopes)
    return known


def deny(state: SandboxState, request_id: str) -> ApprovalRequest | None:
    """The request is gone and nothing is granted; None when there is no such request."""
    return state.entra.approval_requests.pop(request_id, None)


class ApprovalRequestsPage:
    """``/approval-requests``, opened (GET) and answered (POST)."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    async def answer(self, request: Request) -> Response:
        """One visit."""
        browser = Browser(self._state, request)
        try:
            if request.method == "POST":
                return self._step(browser, await browser.form())
        except AccountRefusedError as refused:
            return browser.error_page(refused.error, can_return=False, status=403)
        administrators = self._administrators(browser)
        if len(administrators) != 1 or "prompt" in browser.query:
            return self._account_page(browser)
        return self._list(browser, administrators[0])

    def _step(self, browser: Browser, form: Mapping[str, str]) -> Response:
        if form.get("step") == "account":
            user = browser.chosen_account(form, ANY_ORGANISATION)
            if user is None or not user.is_administrator:
                return self._account_page(browser, NOT_AN_ADMINISTRATOR)
            browser.sign_in(user)
            return self._list(browser, user)
        user = next((one for one in self._administrators(browser) if one.oid == form.get("account")), None)
        if user is None:
            return self._account_page(browser, NOT_AN_ADMINISTRATOR)
        known = self._state.entra.approval_requests.get(form.get("request", ""))
        if known is not None and known.tenant_id == user.tenant_id:
            (approve if form.get("decision") == "approve" else deny)(self._state, known.id)
        return RedirectResponse(PATH, status_code=303)

    def _administrators(self, browser: Browser) -> list[User]:
        return [user for user in browser.signed_in(ANY_ORGANISATION) if user.is_administrator]

    def _account_page(self, browser: Browser, mistake: str | None = None) -> Response:
        return browser.account_page(
            "what people ask you to approve", ANY_ORGANISATION, administrators_only=True, mistake=mistake
        )

    def _list(self, browser: Browser, user: User) -> Response:
        pending = [one for one in self._state.entra.approval_requests.values() if one.tenant_id == user.tenant_id]
        context = {
            "user": user,
            "tenant": self._state.directory.tenant(user.tenant_id),
            "requests": [self._in_words(one) for one in pending],
            "switch": browser.address(switch=True),
        }
        return browser.finish(render(Page.APPROVAL_REQUESTS, context))

    def _in_words(self, request: ApprovalRequest) -> dict[str, object]:
        return {
            "id": request.id,
            "application": self._state.directory.application(request.client_id),
            "user": self._state.directory.user(request.user_oid),
            "justification": request.justification,
            "at": f"{request.at:%d %B %Y, %H:%M} UTC",
            "permissions": permissions_in_words(request.scopes),
        }
