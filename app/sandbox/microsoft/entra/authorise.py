"""The authorise page: choose an account, see what is asked, accept or not; or meet "Need admin approval".

The page keeps no state of its own between steps: each form posts back to the address it came from, the
application's request included. "Need admin approval" never comes back by itself, as at Microsoft.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from app.sandbox.microsoft.consent import needs_administrator
from app.sandbox.microsoft.directory import User
from app.sandbox.microsoft.entra.authorise_request import (
    AuthoriseRequest,
    Prompt,
    read_asking,
    read_request,
)
from app.sandbox.microsoft.entra.browser import AccountRefusedError, Browser, permissions_in_words
from app.sandbox.microsoft.entra.errors import (
    ADMINISTRATOR_APPROVAL_NEEDED,
    CATALOGUE,
    CONSENT_DECLINED,
    CONSENT_MISSING,
    EntraError,
)
from app.sandbox.microsoft.entra.id_tokens import client_info
from app.sandbox.microsoft.pages import Page, render
from app.sandbox.microsoft.permissions import OPENID_SCOPES
from app.sandbox.state import SandboxState

UNKNOWN_ADDRESS = "No account has this address. Check it, or choose one of the list."


class AuthorisePage:
    """``/{tenant}/oauth2/v2.0/authorize``, opened (GET) and answered (POST)."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    async def answer(self, request: Request) -> Response:
        """One visit. Until the reply address is known good every error stays on a page."""
        browser = Browser(self._state, request)
        query = browser.query
        try:
            asking = read_asking(self._state.directory, request.path_params["tenant"], query)
        except EntraError as error:
            return browser.error_page(error, can_return=False)
        try:
            asked = read_request(asking, query)
            if request.method == "POST":
                return await self._step(browser, asked)
            return self._open(browser, asked)
        except EntraError as error:
            return browser.finish(asking.reply.send(error.redirect_parameters(self._state.clock.now())))
        except AccountRefusedError as refused:
            return browser.error_page(refused.error, can_return=True, status=403)

    def _open(self, browser: Browser, asked: AuthoriseRequest) -> Response:
        signed_in = browser.signed_in(asked.asking.path)
        if asked.login_hint:
            signed_in = tuple(u for u in signed_in if u.address.lower() == asked.login_hint.lower())
        if asked.prompt is Prompt.NONE:
            return self._silently(browser, asked, signed_in)
        if asked.prompt in {Prompt.LOGIN, Prompt.SELECT_ACCOUNT} or len(signed_in) != 1:
            return self._account_page(browser, asked)
        return self._for_account(browser, asked, signed_in[0])

    def _account_page(
        self, browser: Browser, asked: AuthoriseRequest, *, hint: str | None = None, mistake: str | None = None
    ) -> Response:
        goal = asked.asking.application.display_name
        return browser.account_page(goal, asked.asking.path, hint=hint or asked.login_hint, mistake=mistake)

    def _silently(self, browser: Browser, asked: AuthoriseRequest, signed_in: tuple[User, ...]) -> Response:
        if not signed_in:
            raise EntraError(50058)
        if len(signed_in) > 1:
            raise EntraError(16000)
        if self._lacks_consent(asked, signed_in[0]):
            raise EntraError(CONSENT_MISSING, error="interaction_required")
        return self._grant(browser, asked, signed_in[0])

    async def _step(self, browser: Browser, asked: AuthoriseRequest) -> Response:
        form = await browser.form()
        step = form.get("step")
        if step == "account":
            user = browser.chosen_account(form, asked.asking.path)
            if user is None:
                return self._account_page(browser, asked, hint=form.get("address"), mistake=UNKNOWN_ADDRESS)
            browser.sign_in(user)
            return self._for_account(browser, asked, user)
        if step == "leave":
            code = int(form["code"]) if form.get("code", "").isdecimal() else 0
            raise EntraError(code if code in CATALOGUE else CONSENT_DECLINED, error="access_denied")
        user = next((u for u in browser.signed_in(asked.asking.path) if u.oid == form.get("account")), None)
        if user is None:
            return self._account_page(browser, asked)
        if step == "consent":
            return self._answer_consent(browser, asked, user, form)
        if step == "approval":
            return self._request_approval(browser, asked, user, form)
        raise EntraError(9002313)

    def _for_account(self, browser: Browser, asked: AuthoriseRequest, user: User) -> Response:
        if not user.assigned:
            raise AccountRefusedError(EntraError(50105, detail=f"'{user.address}'.", error="access_denied"))
        self._state.entra.authorise_errors.strike(user.oid)
        if asked.prompt is not Prompt.CONSENT and not self._lacks_consent(asked, user):
            return self._grant(browser, asked, user)
        tenant = self._state.directory.tenant(user.tenant_id)
        context = {
            "application": asked.asking.application,
            "user": user,
            "tenant": tenant,
            "permissions": permissions_in_words(asked.scopes),
            "switch": browser.address(switch=True),
        }
        if tenant is not None and needs_administrator(tenant, user, asked.scopes):
            context["code"] = ADMINISTRATOR_APPROVAL_NEEDED
            return browser.finish(render(Page.NEED_ADMIN_APPROVAL, context))
        return browser.finish(render(Page.CONSENT, context))

    def _answer_consent(
        self, browser: Browser, asked: AuthoriseRequest, user: User, form: Mapping[str, str]
    ) -> Response:
        if form.get("decision") != "accept":
            raise EntraError(CONSENT_DECLINED)
        tenant = self._state.directory.tenant(user.tenant_id)
        if tenant is None or not user.assigned or needs_administrator(tenant, user, asked.scopes):
            return self._for_account(browser, asked, user)
        client_id = asked.asking.application.client_id
        self._state.directory.grants.consent(user, client_id, asked.scopes)
        if user.is_administrator and form.get("for_organisation") == "yes":
            self._state.directory.grants.consent_for_tenant(tenant.id, client_id, asked.scopes)
        return self._grant(browser, asked, user)

    def _request_approval(
        self, browser: Browser, asked: AuthoriseRequest, user: User, form: Mapping[str, str]
    ) -> Response:
        tenant = self._state.directory.tenant(user.tenant_id)
        if form.get("decision") != "request" or tenant is None or not tenant.takes_approval_requests:
            raise EntraError(CONSENT_DECLINED)
        self._state.entra.request_approval(
            tenant_id=tenant.id,
            client_id=asked.asking.application.client_id,
            user_oid=user.oid,
            scopes=asked.scopes,
            justification=form.get("justification", "").strip(),
        )
        context = {"application": asked.asking.application, "user": user, "tenant": tenant}
        return browser.finish(render(Page.APPROVAL_REQUESTED, context))

    def _lacks_consent(self, asked: AuthoriseRequest, user: User) -> bool:
        granted = self._state.directory.grants.delegated(user, asked.asking.application.client_id)
        implied = OPENID_SCOPES if granted else frozenset()
        return not asked.scopes <= granted | implied

    def _grant(self, browser: Browser, asked: AuthoriseRequest, user: User) -> Response:
        if not user.assigned:
            raise EntraError(50105, error="interaction_required")
        code = self._state.entra.codes.issue(
            client_id=asked.asking.application.client_id,
            user_oid=user.oid,
            redirect_uri=asked.asking.reply.redirect_uri,
            scopes=asked.scopes,
            nonce=asked.nonce,
            code_challenge=asked.code_challenge,
        )
        parameters = {"code": code.value}
        if asked.wants_client_info:
            parameters["client_info"] = client_info(user)
        parameters["session_state"] = user.oid
        return browser.finish(asked.asking.reply.send(parameters))
