"""The token endpoint: authorisation code with PKCE, refresh token, client credentials.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from app.sandbox.basic import basic_credentials
from app.sandbox.microsoft.directory import Application, User
from app.sandbox.microsoft.entra.errors import CONSENT_MISSING, EntraError
from app.sandbox.microsoft.entra.id_tokens import client_info, issue_id_token
from app.sandbox.microsoft.entra.tenants import TenantPath, resolve_tenant
from app.sandbox.microsoft.permissions import GRAPH_RESOURCE, OPENID_SCOPES, canonical_scope
from app.sandbox.state import SandboxState

NO_STORE = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"}


class TokenEndpoint:
    """``POST /{tenant}/oauth2/v2.0/token``"""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    async def answer(self, request: Request) -> JSONResponse:
        """One token request; every refusal is Entra's JSON error."""
        form = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
        try:
            path = resolve_tenant(self._state.directory, request.path_params["tenant"])
            body = self._grant(path, form, request.headers.get("authorization"))
        except EntraError as error:
            body = error.body(self._state.clock.now(), request.headers.get("client-request-id"))
            return JSONResponse(body, status_code=error.status, headers=NO_STORE)
        return JSONResponse(body, headers=NO_STORE)

    def _grant(self, path: TenantPath, form: Mapping[str, str], authorisation: str | None) -> dict[str, Any]:
        application = self._authenticate(form, authorisation)
        match grant_type := _required(form, "grant_type"):
            case "authorization_code":
                return self._redeem_code(path, application, form)
            case "refresh_token":
                return self._refresh(path, application, form)
            case "client_credentials":
                return self._client_credentials(path, application, form)
            case _:
                raise EntraError(70003, detail=f"'{grant_type}'.")

    def _authenticate(self, form: Mapping[str, str], authorisation: str | None) -> Application:
        basic_id, basic_secret = _basic_credentials(authorisation)
        client_id = basic_id or _required(form, "client_id")
        application = self._state.directory.application(client_id)
        if application is None:
            raise EntraError(700016, detail=f"'{client_id}'.")
        secret = basic_secret or form.get("client_secret")
        if not secret:
            raise EntraError(7000218)
        if not hmac.compare_digest(secret.encode(), application.secret.encode()):
            raise EntraError(7000215)
        return application

    def _redeem_code(self, path: TenantPath, application: Application, form: Mapping[str, str]) -> dict[str, Any]:
        code = self._state.entra.codes.find(_required(form, "code"))
        if code.client_id != application.client_id:
            raise EntraError(70000, detail="The code was issued to another application.")
        if _required(form, "redirect_uri") != code.redirect_uri:
            raise EntraError(500112)
        if code.code_challenge is not None:
            _check_verifier(form.get("code_verifier"), code.code_challenge)
        user = self._active_user(code.user_oid, application)
        if not path.admits(user.tenant_id):
            raise EntraError(700005)
        self._state.entra.token_errors.strike(user.oid, "authorization_code")
        asked = read_scopes(form.get("scope", ""), application) or code.scopes
        self._state.entra.codes.redeem(code)
        return self._delegated_answer(application, user, asked, nonce=code.nonce, form=form)

    def _refresh(self, path: TenantPath, application: Application, form: Mapping[str, str]) -> dict[str, Any]:
        value = _required(form, "refresh_token")
        token = self._state.tokens.refresh_token(value)
        if token is None:
            raise EntraError(50173 if self._state.tokens.was_revoked(value) else 70000)
        if token.client_id != application.client_id:
            raise EntraError(70000, detail="The refresh token was issued to another application.")
        if token.expires_at <= self._state.clock.now():
            raise EntraError(700082)
        user = self._active_user(token.user_oid, application)
        if not path.admits(user.tenant_id):
            raise EntraError(50020)
        self._state.entra.token_errors.strike(user.oid, "refresh_token")
        asked = read_scopes(form.get("scope", ""), application)
        return self._delegated_answer(application, user, asked, nonce=None, form=form)

    def _client_credentials(
        self, path: TenantPath, application: Application, form: Mapping[str, str]
    ) -> dict[str, Any]:
        scope = _required(form, "scope")
        if path.tenant is None:
            raise EntraError(50059)
        if not scope.endswith("/.default") or " " in scope:
            raise EntraError(1002012, detail=f"'{scope}'.")
        if scope != f"{GRAPH_RESOURCE}/.default":
            raise EntraError(500011, detail=f"'{scope.removesuffix('/.default')}'.")
        if (path.tenant.id, application.client_id) not in self._state.directory.grants.present:
            raise EntraError(700016, detail=f"'{application.client_id}' in '{path.tenant.display_name}'.")
        self._state.entra.token_errors.strike(None, "client_credentials")
        roles = self._state.directory.grants.roles(path.tenant.id, application.client_id)
        token = self._state.tokens.issue_access(tenant_id=path.tenant.id, roles=roles)
        lifetime = int((token.expires_at - self._state.clock.now()).total_seconds())
        return {
            "token_type": "Bearer",
            "expires_in": lifetime,
            "ext_expires_in": lifetime,
            "access_token": token.value,
        }

    def _active_user(self, oid: str, application: Application) -> User:
        user = self._state.directory.user(oid)
        if user is None:
            raise EntraError(50034)
        if not user.enabled:
            raise EntraError(50057)
        if not user.assigned:
            raise EntraError(50105, detail=f"'{user.address}' and '{application.display_name}'.")
        if (user.tenant_id, application.client_id) not in self._state.directory.grants.present:
            raise EntraError(700016, detail=f"'{application.client_id}'.")
        return user

    def _delegated_answer(
        self,
        application: Application,
        user: User,
        asked: frozenset[str],
        *,
        nonce: str | None,
        form: Mapping[str, str],
    ) -> dict[str, Any]:
        granted = self._state.directory.grants.delegated(user, application.client_id)
        if not granted or not asked - OPENID_SCOPES <= granted:
            raise EntraError(CONSENT_MISSING, detail=f"Application: '{application.display_name}'.")
        answered = self._state.entra.scopes_to_answer(user.oid, granted | (asked & OPENID_SCOPES))
        access = self._state.tokens.issue_access(
            tenant_id=user.tenant_id, user_oid=user.oid, scopes=answered - OPENID_SCOPES
        )
        lifetime = int((access.expires_at - self._state.clock.now()).total_seconds())
        body: dict[str, Any] = {
            "token_type": "Bearer",
            "scope": " ".join(sorted(answered - {"offline_access"})),
            "expires_in": lifetime,
            "ext_expires_in": lifetime,
            "access_token": access.value,
        }
        if "offline_access" in answered:
            refresh = self._state.tokens.issue_refresh(client_id=application.client_id, user_oid=user.oid)
            body["refresh_token"] = refresh.value
        if "openid" in answered:
            body["id_token"] = issue_id_token(self._state, user, application.client_id, answered, nonce)
        if form.get("client_info") == "1":
            body["client_info"] = client_info(user)
        return body


def read_scopes(text: str, application: Application) -> frozenset[str]:
    """Scopes by their short names, ``.default`` spelt out.

    Raises EntraError 500011 for a scope of another resource, 650053 for one that does not exist.
    """
    scopes: set[str] = set()
    for scope in text.split():
        name = canonical_scope(scope)
        if name is None and "://" in scope and not scope.startswith(GRAPH_RESOURCE):
            raise EntraError(500011, detail=f"'{scope}'.")
        if name is None:
            raise EntraError(650053, detail=f"'{scope}'.")
        scopes |= application.delegated_scopes if name == ".default" else {name}
    return frozenset(scopes)


def _required(form: Mapping[str, str], name: str) -> str:
    value = form.get(name)
    if not value:
        raise EntraError(900144, detail=f"'{name}'.")
    return value


def _check_verifier(verifier: str | None, challenge: str) -> None:
    if not verifier:
        raise EntraError(50148)
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    if not hmac.compare_digest(digest, challenge):
        raise EntraError(501481)


def _basic_credentials(authorisation: str | None) -> tuple[str | None, str | None]:
    try:
        return basic_credentials(authorisation)
    except ValueError:
        raise EntraError(9002313) from None
