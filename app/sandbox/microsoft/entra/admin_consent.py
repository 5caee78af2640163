"""The admin consent pages, v2 and v1: a tenant administrator approves for the whole tenant.

Only this page grants application permissions, and in v2 only through ``/.default``. The reply is a hint, not a
proof: an error reply carries ``admin_consent=True`` too.
https://learn.microsoft.com/entra/identity-platform/v2-admin-consent
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from app.sandbox.microsoft.directory import Application, User
from app.sandbox.microsoft.entra.browser import AccountRefusedError, Browser, permissions_in_words
from app.sandbox.microsoft.entra.errors import (
    ADMINISTRATOR_APPROVAL_NEEDED,
    CONSENT_DECLINED,
    EntraError,
)
from app.sandbox.microsoft.entra.reply import ReplyAddress, registered_reply_address
from app.sandbox.microsoft.entra.tenants import TenantPath, resolve_tenant
from app.sandbox.microsoft.entra.token import read_scopes
from app.sandbox.microsoft.pages import Page, render
from app.sandbox.microsoft.permissions import GRAPH_RESOURCE
from app.sandbox.state import SandboxState

NOT_AN_ADMINISTRATOR = "This account is no administrator of its organisation, so it cannot approve for it."
UNKNOWN_ADDRESS = "No account has this address. Check it, or choose one of the list."


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAsked:
    """One checked request."""

    path: TenantPath
    application: Application
    reply: ReplyAddress
    scopes: frozenset[str]
    roles: frozenset[str]


class AdminConsentPage:
    """``/{tenant}/v2.0/adminconsent`` and ``/{tenant}/adminconsent``, opened (GET) and answered (POST)."""

    def __init__(self, state: SandboxState, *, statically_listed: bool) -> None:
        self._state = state
        self._statically_listed = statically_listed

    async def answer(self, request: Request) -> Response:
        """One visit."""
        browser = Browser(self._state, request)
        try:
            asked = self._read(request.path_params["tenant"], browser.query)
        except EntraError as error:
            return browser.error_page(error, can_return=False)
        try:
            if request.method == "POST":
                return await self._step(browser, asked)
        except EntraError as error:
            return self._refuse(browser, asked, error)
        except AccountRefusedError as refused:
            return browser.error_page(refused.error, can_return=True, status=403)
        administrators = [user for user in browser.signed_in(asked.path) if user.is_administrator]
        if len(administrators) != 1 or "prompt" in browser.query:
            return self._account_page(browser, asked)
        return self._consent_page(browser, asked, administrators[0])

    def _read(self, segment: str, query: Mapping[str, str]) -> ApprovalAsked:
        path = resolve_tenant(self._state.directory, segment)
        client_id = query.get("client_id")
        if not client_id:
            raise EntraError(900144, detail="'client_id'.")
        application = self._state.directory.application(client_id)
        if application is None:
            raise EntraError(700016, detail=f"'{client_id}'.")
        redirect_uri = query.get("redirect_uri")
        if self._statically_listed and not redirect_uri and application.redirect_uris:
            redirect_uri = application.redirect_uris[0]
        reply = ReplyAddress(redirect_uri=registered_reply_address(application, redirect_uri), state=query.get("state"))
        scope = f"{GRAPH_RESOURCE}/.default" if self._statically_listed else query.get("scope", "")
        scopes = read_scopes(scope, application)
        if not scopes:
            raise EntraError(900144, detail="'scope'.")
        takes_roles = any(part.lower().rpartition("/")[2] == ".default" for part in scope.split())
        return ApprovalAsked(
            path=path,
            application=application,
            reply=reply,
            scopes=scopes,
            roles=application.app_roles if takes_roles else frozenset(),
        )

    async def _step(self, browser: Browser, asked: ApprovalAsked) -> Response:
        form = await browser.form()
        step = form.get("step")
        if step == "account":
            user = browser.chosen_account(form, asked.path)
            if user is None:
                return self._account_page(browser, asked, UNKNOWN_ADDRESS, form.get("address"))
            browser.sign_in(user)
            if not user.is_administrator:
                return self._approval_page(browser, asked, user)
            return self._consent_page(browser, asked, user)
        if step != "consent" or form.get("decision") != "accept":
            raise EntraError(CONSENT_DECLINED)
        user = next((u for u in browser.signed_in(asked.path) if u.oid == form.get("account")), None)
        if user is None or not user.is_administrator:
            return self._account_page(browser, asked, NOT_AN_ADMINISTRATOR)
        self._state.directory.grants.consent_for_tenant(
            user.tenant_id, asked.application.client_id, asked.scopes, asked.roles
        )
        granted = sorted(f"{GRAPH_RESOURCE}/{name}" for name in asked.scopes | asked.roles)
        return browser.finish(
            asked.reply.send({"admin_consent": "True", "tenant": user.tenant_id, "scope": " ".join(granted)})
        )

    def _refuse(self, browser: Browser, asked: ApprovalAsked, error: EntraError) -> Response:
        parameters = {"admin_consent": "True", **error.redirect_parameters(self._state.clock.now())}
        if asked.path.tenant is not None:
            parameters["tenant"] = asked.path.tenant.id
        return browser.finish(asked.reply.send(parameters))

    def _account_page(
        self, browser: Browser, asked: ApprovalAsked, mistake: str | None = None, hint: str | None = None
    ) -> Response:
        return browser.account_page(
            asked.application.display_name, asked.path, hint=hint, administrators_only=True, mistake=mistake
        )

    def _consent_page(self, browser: Browser, asked: ApprovalAsked, user: User) -> Response:
        context = self._context(browser, asked, user)
        return browser.finish(render(Page.ADMIN_CONSENT, context))

    def _approval_page(self, browser: Browser, asked: ApprovalAsked, user: User) -> Response:
        context = self._context(browser, asked, user) | {"code": ADMINISTRATOR_APPROVAL_NEEDED}
        return browser.finish(render(Page.NEED_ADMIN_APPROVAL, context))

    def _context(self, browser: Browser, asked: ApprovalAsked, user: User) -> dict[str, object]:
        return {
            "application": asked.application,
            "user": user,
            "tenant": self._state.directory.tenant(user.tenant_id),
            "permissions": permissions_in_words(asked.scopes, asked.roles),
            "switch": browser.address(switch=True),
        }
