"""Signing in and keeping a consent alive at Entra: OAuth 2.0 with PKCE, OpenID Connect, client credentials.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow . How Microsoft differs: every refresh
brings a new refresh token and leaves the old one alive, and there is no way to revoke one.
"""

import base64
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import msal
import orjson

from app import clock
from app.suites.errors import (
    ConsentNeeded,
    FlowExpired,
    ReconnectReason,
    ReconnectRequired,
    SuiteError,
    SuiteUnavailable,
)
from app.suites.id_tokens import LEEWAY_AT_REFRESH
from app.suites.microsoft365.errors import token_error
from app.suites.microsoft365.id_tokens import IdTokens
from app.suites.microsoft365.metadata import MetadataSource
from app.suites.microsoft365.msal_client import CAPABILITIES, Answer, MsalClient
from app.suites.microsoft365.scopes import (
    APPLICATION_SCOPE,
    GRAPH_RESOURCE,
    OFFLINE_ACCESS,
    graph_scopes,
)
from app.suites.oauth import code_challenge, lifetime
from app.suites.protocol import AuthorisationRequest, ConsentPrompt, Credentials, Grant

_PROMPTS = {ConsentPrompt.SELECT_ACCOUNT: "select_account", ConsentPrompt.CONSENT: "consent"}


class Authorisation:
    """Entra's authorise and token endpoints for our registration."""

    def __init__(self, client: MsalClient, metadata: MetadataSource, id_tokens: IdTokens, client_id: str) -> None:
        self._client = client
        self._metadata = metadata
        self._id_tokens = id_tokens
        self._client_id = client_id

    async def url(self, request: AuthorisationRequest) -> str:
        """The authorise page for this request."""
        metadata = await self._metadata.of(request.tenant)
        parameters = {
            "client_id": self._client_id,
            "response_type": "code",
            "response_mode": "query",
            "redirect_uri": request.redirect_uri,
            "scope": " ".join(sorted(request.scopes)),
            "state": request.state,
            "nonce": _sent_nonce(request),
            "code_challenge": code_challenge(request.code_verifier),
            "code_challenge_method": "S256",
        }
        if request.login_hint is not None:
            parameters["login_hint"] = request.login_hint
        if request.prompt is not None:
            parameters["prompt"] = _PROMPTS[request.prompt]
        return f"{metadata.authorization_endpoint}?{urlencode(parameters)}"

    async def redeem(self, code: str, request: AuthorisationRequest) -> Grant:
        """Exchange a code for a grant. Raises WrongAccount, FlowExpired, ConsentNeeded and other SuiteErrors."""
        flow: dict[str, object] = {
            "state": request.state,
            "nonce": request.nonce,
            "code_verifier": request.code_verifier,
            "redirect_uri": request.redirect_uri,
            "scope": sorted(request.scopes),
        }
        answer = await self._client.run(request.tenant, lambda app: _exchange(app, flow, code))
        if "error" in answer:
            raise _while_redeeming(token_error(answer))
        identity = await self._id_tokens.identity(
            answer.get("id_token"), tenant=request.tenant, nonce=_sent_nonce(request)
        )
        credentials = _credentials(answer, asked=request.scopes, kept_refresh_token=None)
        missing = _missing(request.scopes, credentials)
        if missing:
            raise ConsentNeeded("ScopesMissing", missing_scopes=missing)
        return Grant(identity, credentials)

    async def refresh(self, credentials: Credentials, tenant: str, claims: str | None) -> Credentials:
        """New credentials for the same grant. Raises ReconnectRequired where it is dead."""
        token = credentials.refresh_token
        if token is None:
            raise ReconnectRequired(ReconnectReason.EXPIRED, "NoRefreshToken")
        scopes = sorted(graph_scopes(credentials.scopes))
        answer = await self._client.run(
            tenant,
            lambda app: app.acquire_token_by_refresh_token(token, scopes, data={"claims": _claims(claims)}),
        )
        if "error" in answer:
            raise _while_refreshing(token_error(answer))
        if answer.get("id_token") is not None:
            try:
                await self._id_tokens.identity(answer["id_token"], tenant=tenant, nonce=None, leeway=LEEWAY_AT_REFRESH)
            except FlowExpired as error:
                # There is no flow to begin again, and nothing that says the grant is dead.
                raise SuiteUnavailable(error.provider_code) from None
        return _credentials(answer, asked=credentials.scopes, kept_refresh_token=token)

    async def application_tokens(self, tenant: str) -> Credentials:
        """The application's own credentials in a tenant; `scopes` are the roles that the token bears."""
        answer = await self._client.run(tenant, lambda app: app.acquire_token_for_client([APPLICATION_SCOPE]))
        if "error" in answer:
            raise token_error(answer)
        credentials = _credentials(answer, asked=frozenset(), kept_refresh_token=None)
        return Credentials(
            access_token=credentials.access_token,
            expires_at=credentials.expires_at,
            refresh_token=None,
            scopes=_roles(credentials.access_token),
        )

    async def approval_url(self, tenant: str | None, redirect_uri: str, state: str) -> str:
        """The direct admin approval link: the only place that grants application permissions."""
        page = await self._metadata.approval_page(tenant)
        parameters = {
            "client_id": self._client_id,
            "scope": APPLICATION_SCOPE,
            "redirect_uri": redirect_uri,
            "state": state,
        }
        return f"{page}?{urlencode(parameters)}"


def _exchange(app: msal.ConfidentialClientApplication, flow: dict[str, object], code: str) -> Answer:
    try:
        answer: Answer = app.acquire_token_by_auth_code_flow(flow, {"code": code, "state": flow["state"]})
    except RuntimeError:
        # msal's only one here: the id_token's nonce is not that of this flow.
        raise FlowExpired("IdTokenNonce") from None
    return answer


def _sent_nonce(request: AuthorisationRequest) -> str:
    """The hash of our nonce, which msal compares in turn; only whoever began the flow knows the nonce itself."""
    return sha256(request.nonce.encode()).hexdigest()


def _claims(challenge: str | None) -> str:
    """The claims to ask of a refreshed token: our capabilities, and what Graph challenged for."""
    claims: dict[str, Any] = {}
    if challenge is not None:
        try:
            asked = orjson.loads(challenge)
        except orjson.JSONDecodeError:
            asked = None
        claims = asked if isinstance(asked, dict) else {}
    access = claims.get("access_token")
    capabilities = {"xms_cc": {"values": CAPABILITIES}}
    claims["access_token"] = {**access, **capabilities} if isinstance(access, dict) else capabilities
    return orjson.dumps(claims).decode()


def _credentials(answer: Answer, *, asked: frozenset[str], kept_refresh_token: str | None) -> Credentials:
    access_token, scope = answer.get("access_token"), answer.get("scope")
    if not isinstance(access_token, str) or not access_token:
        raise SuiteUnavailable("MalformedBody")
    refresh_token = answer.get("refresh_token")
    has_refresh_token = isinstance(refresh_token, str) and refresh_token
    granted = frozenset(scope.split()) if isinstance(scope, str) and scope else asked
    granted = frozenset(name.removeprefix(GRAPH_RESOURCE) for name in granted) - {OFFLINE_ACCESS}
    kept = refresh_token if isinstance(refresh_token, str) and has_refresh_token else kept_refresh_token
    return Credentials(
        access_token=access_token,
        expires_at=clock.now() + lifetime(answer.get("expires_in")),
        refresh_token=kept,
        scopes=granted | {OFFLINE_ACCESS} if kept else granted,
    )


def _missing(asked: frozenset[str], credentials: Credentials) -> frozenset[str]:
    """What was asked and not granted; of OpenID Connect's own scopes only the lasting one matters."""
    granted = {scope.lower() for scope in credentials.scopes}
    wanted = graph_scopes(asked) | (asked & {OFFLINE_ACCESS})
    return frozenset(scope for scope in wanted if scope.lower() not in granted)


def _roles(access_token: str) -> frozenset[str]:
    """The application permissions in a token that came straight from the token endpoint."""
    try:
        payload = access_token.split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return frozenset()
    roles = claims.get("roles") if isinstance(claims, Mapping) else None
    return frozenset(role for role in roles if isinstance(role, str)) if isinstance(roles, list) else frozenset()


def _while_redeeming(error: SuiteError) -> SuiteError:
    """A dead grant, when there was none yet, is a dead code."""
    if isinstance(error, ReconnectRequired) and error.reason is ReconnectReason.EXPIRED:
        return FlowExpired(error.provider_code, correlation=error.correlation)
    return error


def _while_refreshing(error: SuiteError) -> SuiteError:
    """Consent needed, when it had been given, was withdrawn."""
    if isinstance(error, ConsentNeeded):
        return ReconnectRequired(ReconnectReason.CONSENT_WITHDRAWN, error.provider_code, correlation=error.correlation)
    return error
