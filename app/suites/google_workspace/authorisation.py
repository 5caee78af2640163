"""Signing in and keeping a consent alive at Google: OAuth 2.0 with PKCE and OpenID Connect, through aiogoogle.

https://developers.google.com/identity/protocols/oauth2/web-server . How Google differs: a refresh token comes only
where offline access is asked and consent given anew, and it stays the same ever after; people may untick single scopes;
a grant can be revoked, and everything that the person ever granted to the application goes with it.
"""

from typing import Any
from urllib.parse import quote, urlencode

from aiogoogle.auth.managers import Oauth2Manager, OpenIdConnectManager

from app import clock
from app.suites.errors import (
    ConsentNeeded,
    FlowExpired,
    ReconnectReason,
    ReconnectRequired,
    SuiteError,
    SuiteUnavailable,
)
from app.suites.google_workspace.errors import oauth_error
from app.suites.google_workspace.id_tokens import IdTokens
from app.suites.google_workspace.scopes import PERMISSIONS, SIGN_IN_SCOPES
from app.suites.google_workspace.session import SuiteSession, TokenSession
from app.suites.google_workspace.settings import GoogleWorkspaceSettings
from app.suites.http import SuiteHttp
from app.suites.id_tokens import LEEWAY_AT_REFRESH
from app.suites.oauth import code_challenge, lifetime
from app.suites.protocol import AuthorisationRequest, ConsentPrompt, Credentials, Grant

_SHORT_NAMES = {
    "https://www.googleapis.com/auth/userinfo.email": "email",
    "https://www.googleapis.com/auth/userinfo.profile": "profile",
}
"""Google answers with the long names, whichever were asked."""
_INDISPENSABLE = frozenset(item.scope for item in PERMISSIONS if item.required) - SIGN_IN_SCOPES


class Authorisation:
    """Google's authorise, token and revocation endpoints for our OAuth client."""

    def __init__(self, http: SuiteHttp, settings: GoogleWorkspaceSettings, id_tokens: IdTokens) -> None:
        self._http = http
        self._id_tokens = id_tokens
        self._client = {
            "client_id": settings.client_id,
            "client_secret": settings.client_secret.get_secret_value(),
        }
        # A dictionary of our own: aiogoogle's is one object for the whole process.
        self._endpoints = {
            "authorization_endpoint": settings.accounts_url + "/o/oauth2/v2/auth",
            "token_endpoint": settings.oauth_url + "/token",
            "revocation_endpoint": settings.oauth_url + "/revoke",
        }

    def url(self, request: AuthorisationRequest) -> str:
        """The authorise page for this request."""
        manager: Any = OpenIdConnectManager()  # type: ignore[no-untyped-call]  # aiogoogle is untyped
        manager.openid_configs = self._endpoints
        is_offline = _is_offline(request)
        # aiogoogle encodes neither the redirect address nor the scopes, and puts a second "&" after them.
        address: str = manager.authorization_url(
            client_creds={**self._client, "redirect_uri": quote(request.redirect_uri, safe="")},
            scopes=[quote(" ".join(sorted(request.scopes)), safe="")],
            state=request.state,
            nonce=request.nonce,
            access_type="offline" if is_offline else "online",
            include_granted_scopes=True if is_offline else None,
            prompt=_prompt(request),
            login_hint=request.login_hint,
            hd=request.tenant,
        )
        challenge = {"code_challenge": code_challenge(request.code_verifier), "code_challenge_method": "S256"}
        return f"{address.replace('&&', '&')}&{urlencode(challenge)}"

    async def redeem(self, code: str, request: AuthorisationRequest) -> Grant:
        """Exchange a code for a grant. Raises WrongAccount, FlowExpired, ConsentNeeded and other SuiteErrors."""
        session = TokenSession(self._http, scopes=request.scopes, code_verifier=request.code_verifier)
        client = {**self._client, "redirect_uri": request.redirect_uri}
        try:
            answer = await self._manager(session).build_user_creds(code, client)
        except SuiteError as error:
            raise _while_redeeming(error) from None
        identity = await self._id_tokens.identity(answer.get("id_token"), tenant=request.tenant, nonce=request.nonce)
        credentials = _credentials(answer)
        missing = (_INDISPENSABLE & request.scopes) - credentials.scopes
        if missing:
            raise ConsentNeeded("ScopesMissing", missing_scopes=missing)
        if _is_offline(request) and credentials.refresh_token is None:
            raise ConsentNeeded("NoRefreshToken")
        return Grant(identity, credentials)

    async def refresh(self, credentials: Credentials, tenant: str) -> Credentials:
        """New credentials for the same grant. Raises ReconnectRequired where it is dead."""
        if credentials.refresh_token is None:
            raise ReconnectRequired(ReconnectReason.EXPIRED, "NoRefreshToken")
        session = TokenSession(self._http, scopes=credentials.scopes, tenant=tenant)
        held = {"refresh_token": credentials.refresh_token}
        try:
            _, answer = await self._manager(session).refresh(held, self._client)
        except SuiteError as error:
            raise _while_refreshing(error) from None
        if answer.get("id_token") is not None:
            try:
                await self._id_tokens.identity(answer["id_token"], tenant=tenant, nonce=None, leeway=LEEWAY_AT_REFRESH)
            except FlowExpired as error:
                # There is no flow to begin again, and nothing that says the grant is dead.
                raise SuiteUnavailable(error.provider_code) from None
        renewed = _credentials(answer)
        if (_INDISPENSABLE & credentials.scopes) - renewed.scopes:
            raise ReconnectRequired(ReconnectReason.CONSENT_WITHDRAWN, "ScopesMissing")
        return renewed

    async def revoke(self, credentials: Credentials) -> bool:
        """Tell Google that the grant is over; a grant that it no longer knows is over already. Raises SuiteError."""
        session = SuiteSession(self._http, "google revoke", oauth_error)
        # aiogoogle revokes by the access token, which may have died before its grant.
        token = credentials.refresh_token or credentials.access_token
        try:
            await self._manager(session).revoke({"access_token": token})
        except ReconnectRequired:
            return True
        return True

    def _manager(self, session: SuiteSession) -> Any:
        """aiogoogle's manager for one call; its OpenID sibling would judge id_tokens by keys from a fixed address."""
        manager: Any = Oauth2Manager(session_factory=lambda: session)  # type: ignore[no-untyped-call]  # it is untyped
        manager.openid_configs = self._endpoints
        return manager


def _is_offline(request: AuthorisationRequest) -> bool:
    """Whether the request is for a lasting consent, and not only for knowing who somebody is."""
    return not request.scopes <= SIGN_IN_SCOPES


def _prompt(request: AuthorisationRequest) -> str | None:
    """What the page has to ask; without being asked to consent anew, nobody is given a refresh token twice."""
    prompts = ["select_account"] if request.prompt is ConsentPrompt.SELECT_ACCOUNT else []
    if _is_offline(request) or request.prompt is ConsentPrompt.CONSENT:
        prompts.append("consent")
    return " ".join(prompts) or None


def _credentials(answer: dict[str, Any]) -> Credentials:
    """What aiogoogle read; when the token dies is told by our own clock, since aiogoogle's stumbles over DST."""
    return Credentials(
        access_token=answer["access_token"],
        expires_at=clock.now() + lifetime(answer["expires_in"]),
        refresh_token=answer["refresh_token"],
        scopes=frozenset(_SHORT_NAMES.get(scope, scope) for scope in answer["scopes"] if scope),
    )


def _while_redeeming(error: SuiteError) -> SuiteError:
    """A dead grant, when there was none yet, is a dead code."""
    if isinstance(error, ReconnectRequired) and error.reason is ReconnectReason.EXPIRED:
        return FlowExpired(error.provider_code)
    return error


def _while_refreshing(error: SuiteError) -> SuiteError:
    """Consent needed, when it had been given, was withdrawn."""
    if isinstance(error, ConsentNeeded):
        return ReconnectRequired(ReconnectReason.CONSENT_WITHDRAWN, error.provider_code)
    return error
