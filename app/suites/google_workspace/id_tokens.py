"""Whether an id_token is Google's, for us, for now, for this sign-in, and of a Workspace domain.

https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken . Identity is `sub` in the
domain that `hd` names; the address can change and only describes. How Google differs: whoever has no such claim belongs
to no organisation, and the issuer is spelt with its scheme for some people and without it for others.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from joserfc.jwt import ClaimsOption

from app.suites.errors import FlowExpired, WrongAccount
from app.suites.google_workspace.settings import GoogleWorkspaceSettings
from app.suites.http import SuiteHttp
from app.suites.id_tokens import ESSENTIAL, LEEWAY, Claims, SignedTokens, check_audience, check_nonce, text_claim
from app.suites.protocol import SuiteIdentity, SuiteName

_KEYS = "/oauth2/v3/certs"
_SUBJECT = re.compile(r"[!-~]{1,255}", re.ASCII)
_DOMAIN = re.compile(r"[^\x00-\x20\x7f]{1,253}")
ADDRESS_FORM = re.compile(r"[^\x00-\x20\x7f]{1,320}")
"""No judgement of the address, only what can be kept and shown: one line, and no longer than a column."""


class IdTokens:
    """Checks id_tokens against the keys that Google publishes."""

    def __init__(self, http: SuiteHttp, settings: GoogleWorkspaceSettings) -> None:
        self._signed = SignedTokens(http, "google keys")
        self._keys_url = settings.calendar_url + _KEYS
        self._expected: Mapping[str, ClaimsOption] = {
            "iss": {"essential": True, "values": [settings.accounts_url, _without_scheme(settings.accounts_url)]},
            "aud": {"essential": True, "value": settings.client_id},
            "azp": {"value": settings.client_id},
            "sub": ESSENTIAL,
        }

    async def identity(
        self, id_token: object, *, tenant: str | None, nonce: str | None, leeway: timedelta = LEEWAY
    ) -> SuiteIdentity:
        """Who signed in. `tenant` is the only domain accepted, None any; `nonce` as it was sent.

        Raises WrongAccount for an account of no domain or of another one, FlowExpired where any other check fails.
        """
        signed = await self._signed.verified(id_token, self._keys_url, lambda _: self._expected, leeway)
        claims = signed.claims
        check_audience(claims)
        if nonce is not None:
            check_nonce(claims, nonce)
        address, name = _address(claims), claims.get("name")
        return SuiteIdentity(
            suite=SuiteName.GOOGLE_WORKSPACE,
            tenant=_domain(claims, tenant),
            subject=_of_form(_SUBJECT, text_claim(claims, "sub"), "sub"),
            address=address.lower(),
            name=name if isinstance(name, str) and name else address,
        )


def _address(claims: Claims) -> str:
    """The address; empty where Google names none. Raises WrongAccount for one that it did not verify."""
    if claims.get("email") is None:
        return ""
    if not _is_true(claims.get("email_verified")):
        raise WrongAccount("AddressNotVerified")
    return _of_form(ADDRESS_FORM, text_claim(claims, "email"), "email")


def _domain(claims: Claims, tenant: str | None) -> str:
    domain = claims.get("hd")
    if not isinstance(domain, str) or not domain:
        raise WrongAccount("NoWorkspaceAccount")
    if tenant is not None and domain.lower() != tenant.lower():
        raise WrongAccount("OtherTenant")
    return _of_form(_DOMAIN, domain, "hd").lower()


def _of_form(form: re.Pattern[str], value: str, claim: str) -> str:
    """The value where it fits what is kept of it: the database takes no other. Raises FlowExpired."""
    if not form.fullmatch(value):
        raise FlowExpired(f"IdToken_{claim}")
    return value


def _is_true(value: object) -> bool:
    """Google has written this claim as a text, too."""
    return value is True or value == "true"


def _without_scheme(address: str) -> str:
    parts = urlsplit(address)
    return parts.netloc + parts.path
