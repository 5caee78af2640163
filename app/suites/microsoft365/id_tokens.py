"""Whether an id_token is Entra's, for us, for now, and for this sign-in.

msal checks nothing of it but the nonce, so all of
https://learn.microsoft.com/entra/identity-platform/claims-validation is done here. Identity is `tid` with `oid`; names
and addresses in the token can change and only describe.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hmac import compare_digest

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from app import clock
from app.suites.errors import FlowExpired, SuiteUnavailable, WrongAccount
from app.suites.http import SuiteHttp, SuiteRequest
from app.suites.microsoft365.metadata import MetadataSource
from app.suites.protocol import SuiteIdentity, SuiteName

PERSONAL_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant that all personal Microsoft accounts share."""
LEEWAY = timedelta(minutes=5)
KEYS_FRESH_FOR = timedelta(hours=24)
KEYS_ASKED_AGAIN_AFTER = timedelta(minutes=1)
"""An unknown key id makes us fetch the keys again, but no more often than this: anybody can invent a key id."""
ALGORITHMS = ("RS256",)


class IdTokens:
    """Checks id_tokens against the keys that Entra publishes."""

    def __init__(self, http: SuiteHttp, metadata: MetadataSource, client_id: str) -> None:
        self._http = http
        self._metadata = metadata
        self._client_id = client_id
        self._keys: dict[str, tuple[datetime, KeySet]] = {}

    async def identity(self, id_token: object, *, tenant: str | None, nonce: str | None) -> SuiteIdentity:
        """Who signed in. `tenant` is the only one accepted, None any organisation's; `nonce` as it was sent.

        Raises WrongAccount for another tenant, a personal account or a guest, FlowExpired where any other check fails.
        """
        claims = await self._verified(id_token, tenant)
        tid, subject = _text(claims, "tid").lower(), _text(claims, "oid").lower()
        if tid == PERSONAL_ACCOUNTS:
            raise WrongAccount("PersonalAccount")
        if tenant is not None and tid != tenant.lower():
            raise WrongAccount("OtherTenant")
        if _is_guest(claims, tid):
            raise WrongAccount("GuestAccount")
        if nonce is not None and not compare_digest(_text(claims, "nonce").encode(), nonce.encode()):
            raise FlowExpired("IdTokenNonce")
        address = claims.get("preferred_username") or claims.get("email") or ""
        return SuiteIdentity(
            suite=SuiteName.MICROSOFT_365,
            tenant=tid,
            subject=subject,
            address=str(address).lower(),
            name=str(claims.get("name") or address),
        )

    async def _verified(self, id_token: object, tenant: str | None) -> Mapping[str, object]:
        if not isinstance(id_token, str):
            raise FlowExpired("IdTokenMissing")
        metadata = await self._metadata.of(tenant)
        try:
            key_id = extract_compact(id_token.encode()).headers().get("kid")
            keys = await self._keys_with(metadata.jwks_uri, key_id)
            claims = jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims
            tid = claims.get("tid")
            checks = jwt.JWTClaimsRegistry(
                now=int(clock.now().timestamp()),
                leeway=int(LEEWAY.total_seconds()),
                iss={"essential": True, "value": metadata.issuer_of(tid if isinstance(tid, str) else "")},
                aud={"essential": True, "value": self._client_id},
                exp={"essential": True},
                iat={"essential": True},
                tid={"essential": True},
                oid={"essential": True},
            )
            checks.validate(claims)
            _check_key_issuer(keys.get_by_kid(str(key_id)).get("issuer"), str(tid), claims["iss"])
        except (JoseError, ValueError) as error:
            raise FlowExpired(f"IdToken{type(error).__name__}") from None
        return claims

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
        request = SuiteRequest(operation="entra keys", method="GET", url=jwks_uri)
        response = await self._http.send(request, self._http.deadline())
        if response.status != 200:
            raise SuiteUnavailable(f"HTTP{response.status}")
        try:
            return KeySet.import_key_set(response.json_object())  # type: ignore[arg-type]  # checked by the import
        except (JoseError, ValueError, KeyError, TypeError):
            raise SuiteUnavailable("MalformedBody") from None


def _check_key_issuer(issuer: object, tid: str, iss: object) -> None:
    """A key signs for the issuer it was published for: one meant for personal accounts vouches for no organisation.

    https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer
    """
    if isinstance(issuer, str) and issuer.replace("{tenantid}", tid) != iss:
        raise FlowExpired("IdTokenKeyIssuer")


def _is_guest(claims: Mapping[str, object], tid: str) -> bool:
    """Whether another directory vouches for the account: a guest of a tenant is no colleague there.

    `idp` is absent, or names the tenant itself, for everybody else
    (https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference).
    """
    provider = claims.get("idp")
    return provider is not None and provider not in {claims["iss"], f"https://sts.windows.net/{tid}/"}


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise FlowExpired(f"IdToken_{name}")
    return value
