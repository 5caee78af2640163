"""The keys that sign id_tokens; those before the present one stay published after a rotation."""

import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import RSAKey

ALGORITHM = "RS256"
PUBLISHED_KEYS = 3


class SigningKeys:
    """The newest key signs; the newest three are published, as JWKS. The first is made when it is needed."""

    def __init__(self) -> None:
        self._made: list[RSAKey] = []

    @property
    def _keys(self) -> list[RSAKey]:
        if not self._made:
            self._made.append(_generate())
        return self._made

    @property
    def current(self) -> str:
        """The ``kid`` of the key that signs."""
        return str(self._keys[0].kid)

    def rotate(self) -> str:
        """Sign with a new key from now on; answers its ``kid``."""
        self._keys.insert(0, _generate())
        del self._keys[PUBLISHED_KEYS:]
        return self.current

    def sign(self, claims: dict[str, Any]) -> str:
        """A compact JWT of these claims under the current key."""
        return jwt.encode({"typ": "JWT", "alg": ALGORITHM, "kid": self.current}, claims, self._keys[0])

    def published(self, **members: str) -> dict[str, Any]:
        """The JWKS document; ``members`` stand in each key, beside its own."""
        return {
            "keys": [
                {**key.as_dict(private=False), "kid": key.kid, "use": "sig", "alg": ALGORITHM, **members}
                for key in self._keys
            ]
        }


def _generate() -> RSAKey:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return RSAKey.import_key(private, {"kid": hashlib.sha256(public).hexdigest()[:27]})
