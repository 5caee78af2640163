"""What checking an id_token takes at every suite: the published keys, the signature, the claims and their times.

https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation . Which claims a suite expects, and which of
them identify a person, is the suite's own matter.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact
from joserfc.jwt import ClaimsOption

from app import clock
from app.suites.errors import FlowExpired, SuiteUnavailable
from app.suites.http import SuiteHttp, SuiteRequest

LEEWAY = timedelta(minutes=5)
LEEWAY_AT_REFRESH = timedelta(days=1)
"""What a refresh brings comes straight from the token endpoint, and nobody could have kept it to show it later: it only
has to say whose it is. So a clock that is off keeps no consent from working."""
KEYS_FRESH_FOR = timedelta(hours=24)
KEYS_ASKED_AGAIN_AFTER = timedelta(minutes=1)
"""An unknown key id makes us fetch the keys again, but no more often than this: anybody can invent a key id."""
ALGORITHMS = ("RS256",)
ESSENTIAL: ClaimsOption = {"essential": True}

Claims = Mapping[str, Any]
Expected = Callable[[Claims], Mapping[str, ClaimsOption]]
"""What a suite expects of the claims beside their times; may depend on what the token itself says."""


@dataclass(frozen=True, slots=True)
class SignedClaims:
    """Claims that were signed, and by which key."""

    claims: Claims
    key: Mapping[str, Any]


class SignedTokens:
    """Checks tokens against keys that a suite publishes; `operation` names the fetching of them in logs."""

    def __init__(self, http: SuiteHttp, operation: str) -> None:
        self._http = http
        self._operation = operation
        self._keys: dict[str, tuple[datetime, KeySet]] = {}

    async def verified(
        self, token: object, jwks_uri: str, expected: Expected, leeway: timedelta = LEEWAY
    ) -> SignedClaims:
        """The claims of a token that is in order. Raises FlowExpired for any other."""
        if not isinstance(token, str):
            raise FlowExpired("IdTokenMissing")
        try:
            key_id = extract_compact(token.encode()).headers().get("kid")
            keys = await self._keys_with(jwks_uri, key_id)
            claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
            checks = jwt.JWTClaimsRegistry(
                now=int(clock.now().timestamp()),
                leeway=int(leeway.total_seconds()),
                exp=ESSENTIAL,
                iat=ESSENTIAL,
                **expected(claims),
            )
            checks.validate(claims)
            key = keys.get_by_kid(str(key_id))
        except (JoseError, ValueError) as error:
            raise FlowExpired(f"IdToken{type(error).__name__}") from None
        return SignedClaims(claims, key.as_dict(private=False))

    async def _keys_with(self, jwks_uri: str, key_id: object) -> KeySet:
        """The published keys, fetched anew where they are old or lack the one that signed."""
        kept = self._kept_keys(jwks_uri)
        if kept is not None:
            fetched_at, keys = kept
            age = clock.now() - fetched_at
            known = any(key.kid == key_id for key in keys)
            if age < KEYS_FRESH_FOR and (known or age < KEYS_ASKED_AGAIN_AFTER):
                return keys
        keys = await self._fetch_keys(jwks_uri)
        self._keys[jwks_uri] = (clock.now(), keys)
        return keys

    def _kept_keys(self, jwks_uri: str) -> tuple[datetime, KeySet] | None:
        if len(self._keys) > 1000:
            self._keys.clear()
        return self._keys.get(jwks_uri)

    async def _fetch_keys(self, jwks_uri: str) -> KeySet:
        request = SuiteRequest(operation=self._operation, method="GET", url=jwks_uri)
        response = await self._http.send(request, self._http.deadline())
        if response.status != 200:
            raise SuiteUnavailable(f"HTTP{response.status}")
        try:
            return KeySet.import_key_set(response.json_object())  # type: ignore[arg-type]  # checked by the import
        except (JoseError, ValueError, KeyError, TypeError):
            raise SuiteUnavailable("MalformedBody") from None


def text_claim(claims: Claims, name: str) -> str:
    """A claim that has to be there. Raises FlowExpired."""
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise FlowExpired(f"IdToken_{name}")
    return value


def check_audience(claims: Claims) -> None:
    """Whether we alone are meant: a token for somebody else as well may come from them. Raises FlowExpired."""
    audience = claims.get("aud")
    if isinstance(audience, list) and len(audience) != 1:
        raise FlowExpired("IdToken_aud")


def check_nonce(claims: Claims, nonce: str) -> None:
    """Whether the token was made for this very sign-in. Raises FlowExpired."""
    if not compare_digest(text_claim(claims, "nonce").encode(), nonce.encode()):
        raise FlowExpired("IdTokenNonce")
