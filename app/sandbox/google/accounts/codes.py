"""Authorisation codes: bound to client, person, reply address and PKCE challenge; good for one use in ten minutes.

https://developers.google.com/identity/protocols/oauth2/web-server#exchange-authorization-code
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.sandbox.clock import SandboxClock
from app.sandbox.google.accounts.errors import TokenError

LIFETIME = timedelta(minutes=10)


class ChallengeMethod(StrEnum):
    """How a PKCE verifier becomes the challenge."""

    S256 = "S256"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the verifier must fit."""

    value: str
    method: ChallengeMethod

    def check(self, verifier: str | None) -> None:
        """Raise TokenError unless the verifier fits."""
        if not verifier:
            raise TokenError("invalid_grant", "Missing code verifier.")
        if self.method is ChallengeMethod.S256:
            digest = hashlib.sha256(verifier.encode()).digest()
            verifier = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if not hmac.compare_digest(verifier.encode(), self.value.encode()):
            raise TokenError("invalid_grant", "Invalid code verifier.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a person agreed to at the pages; ``gives_refresh_token`` as the rules of offline access have it."""

    client_id: str
    sub: str
    redirect_uri: str
    scopes: frozenset[str]
    nonce: str | None
    challenge: Challenge | None
    gives_refresh_token: bool


class CodeStore:
    """The codes that may still be redeemed."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._codes: dict[str, tuple[Grant, datetime]] = {}

    def issue(self, grant: Grant) -> str:
        """A new code."""
        code = "4/0A" + secrets.token_urlsafe(50)
        self._codes[code] = (grant, self._clock.now() + LIFETIME)
        return code

    def find(self, code: str) -> Grant:
        """What the code stands for. Raises TokenError when it is unknown, used or too old."""
        grant, expires_at = self._codes.get(code, (None, None))
        if grant is None or expires_at is None or expires_at <= self._clock.now():
            raise TokenError("invalid_grant", "Malformed auth code.")
        return grant

    def use_up(self, code: str) -> None:
        """Forget the code, so that it is good for nothing more."""
        self._codes.pop(code, None)

    def withdraw(self, sub: str, client_id: str) -> None:
        """Forget the codes of one person and client."""
        self._codes = {
            code: (grant, at)
            for code, (grant, at) in self._codes.items()
            if (grant.sub, grant.client_id) != (sub, client_id)
        }

    def clear(self) -> None:
        """Forget every code."""
        self._codes.clear()
