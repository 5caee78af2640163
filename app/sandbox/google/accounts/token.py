"""The token endpoint: authorisation code with PKCE, and refresh token.

https://developers.google.com/identity/protocols/oauth2/web-server#exchange-authorization-code
https://developers.google.com/identity/protocols/oauth2/web-server#offline
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from app.sandbox.google.accounts.client_authentication import authenticate, required
from app.sandbox.google.accounts.errors import EXPIRED_OR_REVOKED, Policy, TokenError
from app.sandbox.google.accounts.id_tokens import issue_id_token
from app.sandbox.google.accounts.orders import narrow, strike_token
from app.sandbox.google.accounts.policies import policy_against
from app.sandbox.google.accounts.scopes import OPENID, UnknownScopeError, read_scopes, spelt_out
from app.sandbox.google.directory import Application, User
from app.sandbox.google.tokens import ACCESS_TOKEN_LIFETIME
from app.sandbox.state import SandboxState

NO_STORE = {"Cache-Control": "no-cache, no-store, max-age=0, must-revalidate", "Pragma": "no-cache"}
POLICY_TEXTS = {
    Policy.ADMIN_POLICY_ENFORCED: "Access blocked: the administrator of the account does not trust the application.",
    Policy.ORG_INTERNAL: "This client is restricted to users within its organization.",
}


class TokenEndpoint:
    """``POST /token``"""

    def __init__(self, state: SandboxState) -> None:
        self._state = state
        self._google = state.google

    async def answer(self, request: Request) -> JSONResponse:
        """One token request; every refusal is a JSON error."""
        form = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
        try:
            application = authenticate(self._google.directory, form, request.headers.get("authorization"))
            body = self._grant(application, form)
        except TokenError as error:
            return JSONResponse(error.body(), status_code=error.status, headers=NO_STORE)
        return JSONResponse(body, headers=NO_STORE)

    def _grant(self, application: Application, form: Mapping[str, str]) -> dict[str, Any]:
        match grant_type := required(form, "grant_type"):
            case "authorization_code":
                return self._redeem(application, form)
            case "refresh_token":
                return self._refresh(application, form)
            case _:
                raise TokenError("unsupported_grant_type", f"Invalid grant_type: {grant_type}")

    def _redeem(self, application: Application, form: Mapping[str, str]) -> dict[str, Any]:
        code = required(form, "code")
        grant = self._google.accounts.codes.find(code)
        if grant.client_id != application.client_id:
            raise TokenError("unauthorized_client", "Unauthorized")
        if required(form, "redirect_uri") != grant.redirect_uri:
            raise TokenError("redirect_uri_mismatch", "Bad Request")
        if grant.challenge is not None:
            grant.challenge.check(form.get("code_verifier"))
        user = self._active_user(grant.sub)
        strike_token(self._google.accounts.token_errors, user.sub, "authorization_code")
        self._check_policies(application, user, grant.scopes)
        self._google.accounts.codes.use_up(code)
        scopes = narrow(self._google.accounts.answered_scopes, user.sub, grant.scopes)
        body = self._answer(application, user, scopes, nonce=grant.nonce)
        if grant.gives_refresh_token:
            refresh = self._google.tokens.issue_refresh(application.client_id, user.sub, grant.scopes)
            body["refresh_token"] = refresh.value
        return body

    def _refresh(self, application: Application, form: Mapping[str, str]) -> dict[str, Any]:
        token = self._google.tokens.use_refresh(required(form, "refresh_token"), application.client_id)
        if token is None:
            raise TokenError("invalid_grant", EXPIRED_OR_REVOKED)
        user = self._active_user(token.sub)
        strike_token(self._google.accounts.token_errors, user.sub, "refresh_token")
        granted = token.scopes & self._google.accounts.consents.scopes(application.client_id, user.sub)
        if not granted:
            raise TokenError("invalid_grant", EXPIRED_OR_REVOKED)
        self._check_policies(application, user, granted)
        asked = _asked(form.get("scope", ""))
        if not asked <= granted:
            raise TokenError("invalid_scope", "The scope goes beyond what was granted.")
        scopes = narrow(self._google.accounts.answered_scopes, user.sub, asked or granted)
        return self._answer(application, user, scopes, nonce=None)

    def _active_user(self, sub: str) -> User:
        user = self._google.directory.user(sub)
        if user is None:
            raise TokenError("invalid_grant", "Account has been deleted")
        if user.suspended:
            raise TokenError("invalid_grant", EXPIRED_OR_REVOKED)
        return user

    def _check_policies(self, application: Application, user: User, scopes: frozenset[str]) -> None:
        policy = policy_against(self._google.directory, application, user, scopes)
        if policy is not None:
            raise TokenError(policy, POLICY_TEXTS[policy])

    def _answer(
        self, application: Application, user: User, scopes: frozenset[str], *, nonce: str | None
    ) -> dict[str, Any]:
        access = self._google.tokens.issue_access(application.client_id, user.sub, scopes)
        body: dict[str, Any] = {
            "access_token": access.value,
            "expires_in": int(ACCESS_TOKEN_LIFETIME.total_seconds()),
            "scope": spelt_out(scopes),
            "token_type": "Bearer",
        }
        if OPENID in scopes:
            body["id_token"] = issue_id_token(self._state, user, application.client_id, scopes, access.value, nonce)
        return body


def _asked(text: str) -> frozenset[str]:
    try:
        return read_scopes(text.split())
    except UnknownScopeError as unknown:
        raise TokenError("invalid_scope", f"Some requested scopes were invalid: {', '.join(unknown.names)}") from None
