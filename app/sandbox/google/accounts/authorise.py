"""The authorise page: choose an account, tick what the application may do, continue or cancel.

The page keeps no state of its own between steps: each form posts back to the address it came from, the
application's request included. A box for each scope lets people grant some and refuse others; where an
organisation's rules stand in the way there is a page from which nobody returns.
https://developers.google.com/identity/protocols/oauth2/resources/granular-permissions
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from app.sandbox.browsers import send_back
from app.sandbox.google.accounts.authorise_request import AuthoriseRequest, Prompt, read_request
from app.sandbox.google.accounts.browser import UNKNOWN_ADDRESS, Browser
from app.sandbox.google.accounts.codes import Grant
from app.sandbox.google.accounts.errors import PageError, SentBackError
from app.sandbox.google.accounts.orders import strike_browser
from app.sandbox.google.accounts.policies import policy_against
from app.sandbox.google.accounts.scopes import SIGN_IN, spelt_out
from app.sandbox.google.directory import User
from app.sandbox.google.state import GoogleState
from app.sandbox.state import SandboxState

CONTINUE = "accept"


class AuthorisePage:
    """``/o/oauth2/v2/auth``, opened (GET) and answered (POST)."""

    def __init__(self, state: SandboxState) -> None:
        self._google: GoogleState = state.google

    async def answer(self, request: Request) -> Response:
        """One visit."""
        browser = Browser(self._google, request)
        try:
            asked = read_request(self._google.directory, browser.query)
            try:
                if request.method == "POST":
                    return self._step(browser, asked, await browser.form())
                return self._open(browser, asked)
            except SentBackError as error:
                return browser.finish(send_back(asked.redirect_uri, asked.with_state(error.parameters())))
        except PageError as error:
            return browser.error_page(error)

    def _open(self, browser: Browser, asked: AuthoriseRequest) -> Response:
        signed_in = browser.signed_in(asked)
        if Prompt.NONE in asked.prompts:
            return self._silently(browser, asked, signed_in)
        if Prompt.SELECT_ACCOUNT in asked.prompts or len(signed_in) != 1:
            return browser.account_page(asked)
        return self._for_account(browser, asked, signed_in[0])

    def _silently(self, browser: Browser, asked: AuthoriseRequest, signed_in: tuple[User, ...]) -> Response:
        if not signed_in:
            raise SentBackError("login_required")
        user = signed_in[0]
        if len(signed_in) > 1 or self._missing(asked, user):
            raise SentBackError("interaction_required")
        if policy_against(self._google.directory, asked.application, user, asked.scopes) is not None:
            raise SentBackError("interaction_required")
        strike_browser(self._google.accounts.authorise_errors, user.sub)
        return self._grant(browser, asked, user, frozenset(), was_asked=False)

    def _step(self, browser: Browser, asked: AuthoriseRequest, form: Mapping[str, str]) -> Response:
        match form.get("step"):
            case "account":
                user = browser.chosen_account(form)
                if user is None:
                    return browser.account_page(asked, mistake=UNKNOWN_ADDRESS, typed=form.get("address", ""))
                browser.begin_session(user.sub)
                return self._for_account(browser, asked, user)
            case "consent":
                user = next((u for u in browser.signed_in() if u.sub == form.get("account")), None)
                if user is None:
                    return browser.account_page(asked)
                return self._answer_consent(browser, asked, user, form)
            case _:
                raise PageError("The form is not one of this page's.", error="invalid_request")

    def _for_account(self, browser: Browser, asked: AuthoriseRequest, user: User) -> Response:
        policy = policy_against(self._google.directory, asked.application, user, asked.scopes)
        if policy is not None:
            return browser.blocked_page(asked, policy, user)
        strike_browser(self._google.accounts.authorise_errors, user.sub)
        if Prompt.CONSENT in asked.prompts or self._missing(asked, user):
            return browser.consent_page(asked, user, self._granted(asked, user))
        return self._grant(browser, asked, user, frozenset(), was_asked=False)

    def _answer_consent(
        self, browser: Browser, asked: AuthoriseRequest, user: User, form: Mapping[str, str]
    ) -> Response:
        policy = policy_against(self._google.directory, asked.application, user, asked.scopes)
        if policy is not None:
            return browser.blocked_page(asked, policy, user)
        if form.get("decision") != CONTINUE:
            raise SentBackError("access_denied")
        boxes = asked.scopes - SIGN_IN
        ticked = boxes if form.get("everything") else frozenset(scope for scope in boxes if form.get(scope))
        return self._grant(browser, asked, user, ticked | (asked.scopes & SIGN_IN), was_asked=True)

    def _granted(self, asked: AuthoriseRequest, user: User) -> frozenset[str]:
        return self._google.accounts.consents.scopes(asked.application.client_id, user.sub)

    def _missing(self, asked: AuthoriseRequest, user: User) -> frozenset[str]:
        return asked.scopes - self._granted(asked, user)

    def _grant(
        self, browser: Browser, asked: AuthoriseRequest, user: User, agreed: frozenset[str], *, was_asked: bool
    ) -> Response:
        """Send the browser back with a code for what was agreed to now or before."""
        accounts, client_id = self._google.accounts, asked.application.client_id
        granted = self._granted(asked, user) | agreed
        scopes = granted if asked.include_granted_scopes else granted & asked.scopes
        if not scopes:
            raise SentBackError("access_denied")
        accounts.consents.add(client_id, user.sub, agreed)
        is_first_offline = asked.offline and accounts.consents.first_offline(client_id, user.sub)
        grant = Grant(
            client_id=client_id,
            sub=user.sub,
            redirect_uri=asked.redirect_uri,
            scopes=scopes,
            nonce=asked.nonce,
            challenge=asked.challenge,
            gives_refresh_token=asked.offline and (was_asked or is_first_offline),
        )
        parameters = {"code": accounts.codes.issue(grant), "scope": spelt_out(scopes), "authuser": "0"}
        if domain := self._google.directory.domain_of(user):
            parameters["hd"] = domain
        parameters["prompt"] = "consent" if was_asked else "none"
        return browser.finish(send_back(asked.redirect_uri, asked.with_state(parameters)))
