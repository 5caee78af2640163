"""Whether an id_token is Entra's, for us, for now, and for this sign-in.

msal checks nothing of it but the nonce, so all of
https://learn.microsoft.com/entra/identity-platform/claims-validation is done here. Identity is `tid` with `oid`; names
and addresses in the token can change and only describe.
"""

from collections.abc import Mapping
from datetime import timedelta

from joserfc.jwt import ClaimsOption

from app.suites.errors import FlowExpired, WrongAccount
from app.suites.http import SuiteHttp
from app.suites.id_tokens import ESSENTIAL, LEEWAY, Claims, SignedTokens, check_audience, check_nonce, text_claim
from app.suites.microsoft365.metadata import MetadataSource
from app.suites.protocol import SuiteIdentity, SuiteName

PERSONAL_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant that all personal Microsoft accounts share."""


class IdTokens:
    """Checks id_tokens against the keys that Entra publishes."""

    def __init__(self, http: SuiteHttp, metadata: MetadataSource, client_id: str) -> None:
        self._signed = SignedTokens(http, "entra keys")
        self._metadata = metadata
        self._client_id = client_id

    async def identity(
        self, id_token: object, *, tenant: str | None, nonce: str | None, leeway: timedelta = LEEWAY
    ) -> SuiteIdentity:
        """Who signed in. `tenant` is the only one accepted, None any organisation's; `nonce` as it was sent.

        Raises WrongAccount for another tenant, a personal account or a guest, FlowExpired where any other check fails.
        """
        claims = await self._verified(id_token, tenant, leeway)
        tid, subject = text_claim(claims, "tid").lower(), text_claim(claims, "oid").lower()
        if tid == PERSONAL_ACCOUNTS:
            raise WrongAccount("PersonalAccount")
        if tenant is not None and tid != tenant.lower():
            raise WrongAccount("OtherTenant")
        if _is_guest(claims, tid):
            raise WrongAccount("GuestAccount")
        if nonce is not None:
            check_nonce(claims, nonce)
        address = claims.get("preferred_username") or claims.get("email") or ""
        return SuiteIdentity(
            suite=SuiteName.MICROSOFT_365,
            tenant=tid,
            subject=subject,
            address=str(address).lower(),
            name=str(claims.get("name") or address),
        )

    async def _verified(self, id_token: object, tenant: str | None, leeway: timedelta) -> Claims:
        metadata = await self._metadata.of(tenant)

        def expected(claims: Claims) -> Mapping[str, ClaimsOption]:
            tid = claims.get("tid")
            return {
                "iss": {"essential": True, "value": metadata.issuer_of(tid if isinstance(tid, str) else "")},
                "aud": {"essential": True, "value": self._client_id},
                "tid": ESSENTIAL,
                "oid": ESSENTIAL,
            }

        signed = await self._signed.verified(id_token, metadata.jwks_uri, expected, leeway)
        _check_key_issuer(signed.key.get("issuer"), str(signed.claims["tid"]), signed.claims["iss"])
        check_audience(signed.claims)
        return signed.claims


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
