"""Id_tokens that a suite would never give, each wrong in one thing."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from hmac import digest
from typing import Any
from urllib.parse import urlsplit

import orjson
from joserfc import jwt

from app.suites.protocol import SuiteName
from tests.security.suites import GOOGLE, MICROSOFT, Claims, Signs
from tests.suites.signing import FIRST_KEY, rsa_key, signed

ATTACKERS_KEY = rsa_key("first")
"""A key of the attacker's that bears the name of the suite's."""
ATTACKERS_KEYS = "/keys-of-the-attacker"
STRANGE_KEY = rsa_key("strange")
THIRD_TENANT = "5f0a1d1e-0000-4000-8000-00000000a003"
HOUR = 3600


def _says(**changes: object) -> Signs:
    """Signed by the suite; a change to None leaves the claim out, one by a function changes what it said."""

    def sign(claims: Claims) -> str:
        changed = {name: value(claims[name]) if callable(value) else value for name, value in changes.items()}
        return signed({name: value for name, value in {**claims, **changed}.items() if value is not None})

    return sign


def _part(value: object) -> str:
    return urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()


def _unsigned(algorithm: str) -> Signs:
    return lambda claims: f"{_part({'alg': algorithm, 'kid': 'first'})}.{_part(claims)}."


def _by_public_key(claims: Claims) -> str:
    """Signed with HMAC, and the published key as its secret."""
    body = f"{_part({'alg': 'HS256', 'kid': 'first'})}.{_part(claims)}"
    signature = digest(FIRST_KEY.as_pem(private=False), body.encode(), "sha256")
    return f"{body}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _by_attacker(**header: Any) -> Signs:
    return lambda claims: jwt.encode({"alg": "RS256", "kid": "first", **header}, claims, ATTACKERS_KEY)


def _naming_keys_of(header: str) -> Signs:
    """With an address, at the suite's own host even, where the attacker's keys can be had."""

    def sign(claims: Claims) -> str:
        issuer = urlsplit(claims["iss"])
        return _by_attacker(**{header: f"{issuer.scheme}://{issuer.netloc}{ATTACKERS_KEYS}"})(claims)

    return sign


def _with_other_content(claims: Claims) -> str:
    """The signature of what the suite signed, under something else."""
    header, _, signature = signed(claims).split(".")
    return f"{header}.{_part({**claims, 'name': 'Eve'})}.{signature}"


def _cut(claims: Claims) -> str:
    return signed(claims).rpartition(".")[0] + "."


def _later(seconds: int) -> Callable[[int], int]:
    return lambda moment: moment + seconds


EVERYWHERE: dict[str, Signs] = {
    "another nonce": _says(nonce="of-another-visit"),
    "no nonce": _says(nonce=None),
    "another audience": _says(aud="another-client"),
    "no audience": _says(aud=None),
    "several audiences": _says(aud=["our-client-id", "another-client"]),
    "another issuer": _says(iss="https://issuer.evil.example"),
    "no issuer": _says(iss=None),
    "expired": _says(exp=_later(-2 * HOUR)),
    "without an end": _says(exp=None),
    "from the future": _says(iat=_later(HOUR)),
    "without signature, none": _unsigned("none"),
    "without signature, nOnE": _unsigned("nOnE"),
    "without signature, RS256": _unsigned("RS256"),
    "HS256 with the public key": _by_public_key,
    "another key of the same name": _by_attacker(),
    "a key that is not published": lambda claims: signed(claims, STRANGE_KEY),
    "no key named": lambda claims: jwt.encode({"alg": "RS256"}, claims, FIRST_KEY),
    "the keys' address in the header": _naming_keys_of("jku"),
    "the certificate's address in the header": _naming_keys_of("x5u"),
    "the key in the header": _by_attacker(jwk=ATTACKERS_KEY.as_dict(private=False)),
    "other content under the signature": _with_other_content,
    "the signature cut off": _cut,
    "no token": lambda _: "",
    "something else": lambda _: "not.a.token",
}
FORGED: dict[SuiteName, dict[str, Signs]] = {
    MICROSOFT: {
        **EVERYWHERE,
        "another tenant's tid": _says(tid=THIRD_TENANT),
        "no tid": _says(tid=None),
        "no oid": _says(oid=None),
        "a guest": _says(idp=f"https://sts.windows.net/{THIRD_TENANT}/"),
        "a personal account": _says(tid="9188040d-6c67-4c5b-b112-36a304b66dad"),
    },
    GOOGLE: {
        **EVERYWHERE,
        "another party's azp": _says(azp="another-client"),
        "no domain": _says(hd=None),
        "no subject": _says(sub=None),
        "an address that nobody verified": _says(email_verified=False),
    },
}
