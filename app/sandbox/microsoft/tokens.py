"""Access and refresh tokens as Entra issues them: opaque for members, expiring, and only revocable from its own side.

An access token goes on working after consent was withdrawn, until it expires; a refresh token is not used up by
being used: the one before it stays valid too.
https://learn.microsoft.com/entra/identity-platform/refresh-tokens
"""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from app.sandbox.clock import SandboxClock

REFRESH_TOKEN_LIFETIME = timedelta(days=90)
ACCESS_TOKEN_LIFETIME_MINIMUM = timedelta(minutes=60)
ACCESS_TOKEN_LIFETIME_SPREAD = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A bearer for Graph: delegated (``user_oid`` and ``scopes``) or the application's own (``roles``)."""

    value: str
    tenant_id: str
    user_oid: str | None
    scopes: frozenset[str]
    roles: frozenset[str]
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """What keeps a consent working; ``expires_at`` slides because each refresh answers with a new one."""

    value: str
    client_id: str
    user_oid: str
    expires_at: datetime


class TokenStore:
    """The tokens that were issued; a revoked refresh token stays known, so that the answer can say so."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._access: dict[str, AccessToken] = {}
        self._refresh: dict[str, RefreshToken] = {}
        self._revoked: set[str] = set()

    def issue_access(
        self,
        *,
        tenant_id: str,
        user_oid: str | None = None,
        scopes: frozenset[str] = frozenset(),
        roles: frozenset[str] = frozenset(),
    ) -> AccessToken:
        """A new access token, good for between sixty and ninety minutes as at Microsoft."""
        spread = secrets.randbelow(int(ACCESS_TOKEN_LIFETIME_SPREAD.total_seconds()))
        expires_at = self._clock.now() + ACCESS_TOKEN_LIFETIME_MINIMUM + timedelta(seconds=spread)
        token = AccessToken(
            value=secrets.token_urlsafe(900) if user_oid else _application_value(tenant_id, roles, expires_at),
            tenant_id=tenant_id,
            user_oid=user_oid,
            scopes=scopes,
            roles=roles,
            expires_at=expires_at,
        )
        self._access[token.value] = token
        return token

    def resolve(self, bearer: str) -> AccessToken | None:
        """The access token behind a bearer value, or None when it is unknown or has expired."""
        token = self._access.get(bearer)
        return token if token is not None and token.expires_at > self._clock.now() else None

    def issue_refresh(self, *, client_id: str, user_oid: str) -> RefreshToken:
        """A new refresh token, ninety days long."""
        token = RefreshToken(
            value="1." + secrets.token_urlsafe(600),
            client_id=client_id,
            user_oid=user_oid,
            expires_at=self._clock.now() + REFRESH_TOKEN_LIFETIME,
        )
        self._refresh[token.value] = token
        return token

    def refresh_token(self, value: str) -> RefreshToken | None:
        """The refresh token with this value, expired or not; None when it never was or has been revoked."""
        return self._refresh.get(value)

    def was_revoked(self, value: str) -> bool:
        """Whether this was a refresh token until somebody revoked it."""
        return value in self._revoked

    def expire_access(self, user_oid: str | None = None) -> int:
        """Expire at once the access tokens of one person, or all of them (None); answers how many."""
        stale = [v for v, t in self._access.items() if user_oid is None or t.user_oid == user_oid]
        for value in stale:
            del self._access[value]
        return len(stale)

    def revoke_refresh(self, user_oid: str | None = None) -> int:
        """Revoke the refresh tokens of one person, or all of them (None); answers how many."""
        dead = [v for v, t in self._refresh.items() if user_oid is None or t.user_oid == user_oid]
        for value in dead:
            del self._refresh[value]
        self._revoked.update(dead)
        return len(dead)

    def clear(self) -> None:
        """Forget every token."""
        self._access.clear()
        self._refresh.clear()
        self._revoked.clear()


def _application_value(tenant_id: str, roles: frozenset[str], expires_at: datetime) -> str:
    """An application's token shows its roles, as at Entra: a JWT whose signature only Graph could check."""
    claims = {
        "aud": "https://graph.microsoft.com",
        "tid": tenant_id,
        "idtyp": "app",
        "roles": sorted(roles),
        "exp": int(expires_at.timestamp()),
    }
    parts = (orjson.dumps({"typ": "JWT", "alg": "RS256"}), orjson.dumps(claims), secrets.token_bytes(256))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
