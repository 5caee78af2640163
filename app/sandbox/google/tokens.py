"""Access and refresh tokens as Google issues them.

A refresh token is issued once, is not used up and does not change; beyond a hundred of one person and client the oldest
dies without a word. Revoking any token ends the whole grant of that person and client.
https://developers.google.com/identity/protocols/oauth2#expiration
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.sandbox.clock import SandboxClock

ACCESS_TOKEN_LIFETIME = timedelta(seconds=3599)
MOST_REFRESH_TOKENS = 100
IDLE_LIFETIME = timedelta(days=180)

RevocationListener = Callable[[str | None, str | None], None]
"""Hears whose tokens (None: everybody's) of which client (None: any) were revoked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A bearer; ``scopes`` are in Google's long spelling."""

    value: str
    client_id: str
    sub: str
    scopes: frozenset[str]
    expires_at: datetime


@dataclass(slots=True, kw_only=True)
class RefreshToken:
    """What keeps a consent working."""

    value: str
    client_id: str
    sub: str
    scopes: frozenset[str]
    used_at: datetime


class GoogleTokens:
    """The tokens that live."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._access: dict[str, AccessToken] = {}
        self._refresh: dict[str, RefreshToken] = {}
        self._listeners: list[RevocationListener] = []

    def listen(self, listener: RevocationListener) -> None:
        """Call ``listener`` at every revocation from now on."""
        self._listeners.append(listener)

    def issue_access(self, client_id: str, sub: str, scopes: frozenset[str]) -> AccessToken:
        """A new access token, good for an hour."""
        token = AccessToken(
            value="ya29." + secrets.token_urlsafe(120),
            client_id=client_id,
            sub=sub,
            scopes=scopes,
            expires_at=self._clock.now() + ACCESS_TOKEN_LIFETIME,
        )
        self._access[token.value] = token
        return token

    def resolve(self, bearer: str) -> AccessToken | None:
        """The access token behind a bearer value, or None when it is unknown or has expired."""
        token = self._access.get(bearer)
        return token if token is not None and token.expires_at > self._clock.now() else None

    def issue_refresh(self, client_id: str, sub: str, scopes: frozenset[str]) -> RefreshToken:
        """A new refresh token; the oldest of more than a hundred dies."""
        token = RefreshToken(
            value="1//" + secrets.token_urlsafe(70),
            client_id=client_id,
            sub=sub,
            scopes=scopes,
            used_at=self._clock.now(),
        )
        self._refresh[token.value] = token
        mine = [one for one in self._refresh.values() if (one.client_id, one.sub) == (client_id, sub)]
        for oldest in mine[:-MOST_REFRESH_TOKENS]:
            del self._refresh[oldest.value]
        return token

    def use_refresh(self, value: str, client_id: str) -> RefreshToken | None:
        """The live refresh token with this value, used at this moment; None when it is dead, idle or another's."""
        token = self._refresh.get(value)
        if token is None or token.client_id != client_id:
            return None
        if self._clock.now() - token.used_at > IDLE_LIFETIME:
            del self._refresh[value]
            return None
        token.used_at = self._clock.now()
        return token

    def owner_of(self, value: str) -> tuple[str, str] | None:
        """Client and ``sub`` of a token of either kind, live or just expired."""
        token = self._access.get(value) or self._refresh.get(value)
        return (token.client_id, token.sub) if token else None

    def expire_access(self, sub: str | None = None) -> int:
        """Expire at once the access tokens of one person, or all (None); answers how many."""
        stale = [value for value, token in self._access.items() if sub in (None, token.sub)]
        for value in stale:
            del self._access[value]
        return len(stale)

    def revoke(self, sub: str | None = None, client_id: str | None = None) -> int:
        """End the refresh and access tokens of one person (None: everybody) and client; answers how many ended."""

        def is_meant(token: AccessToken | RefreshToken) -> bool:
            return sub in (None, token.sub) and client_id in (None, token.client_id)

        before = len(self._access) + len(self._refresh)
        self._access = {value: token for value, token in self._access.items() if not is_meant(token)}
        self._refresh = {value: token for value, token in self._refresh.items() if not is_meant(token)}
        for listener in self._listeners:
            listener(sub, client_id)
        return before - len(self._access) - len(self._refresh)

    def revoke_refresh(self, sub: str) -> int:
        """End one person's refresh tokens; access tokens that are out and the consent stay. Answers how many."""
        dead = [value for value, token in self._refresh.items() if token.sub == sub]
        for value in dead:
            del self._refresh[value]
        return len(dead)

    def clear(self) -> None:
        """Forget every token."""
        self._access.clear()
        self._refresh.clear()
