"""Keys that a suite on this machine publishes, and the id_tokens it signs with them."""

from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey


def rsa_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid}, private=True)


FIRST_KEY, SECOND_KEY = rsa_key("first"), rsa_key("second")


def published(*keys: RSAKey) -> dict[str, Any]:
    """The keys as a suite shows them to everybody."""
    return dict(KeySet(list(keys)).as_dict(private=False))


def signed(claims: dict[str, Any], key: RSAKey = FIRST_KEY) -> str:
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)
