"""Random bearer values that carry our signature: tickets, states, flow and session cookies.

The row behind a value is what counts; the signature only keeps garbage from ever reaching the database. The database
holds the hash of the value's random part.
"""

import hashlib
import secrets
from enum import StrEnum

from itsdangerous import BadSignature, Signer

from app.keys import Keys, token_hash

_RANDOM_BYTES = 32
_LONGEST = 200
"""Characters; ours are shorter, so a longer one is not worth a look."""


class TokenUse(StrEnum):
    """What a value is for; a value of one use is garbage in every other."""

    TICKET = "ticket"
    STATE = "state"
    FLOW_COOKIE = "flow-cookie"
    SESSION_COOKIE = "session-cookie"


class SignedTokens:
    """Issues and recognises such values."""

    def __init__(self, keys: Keys) -> None:
        self._signers = {
            use: Signer(
                keys.signing, salt=f"hybrid-meetings/{use}", key_derivation="hmac", digest_method=hashlib.sha256
            )
            for use in TokenUse
        }

    def issue(self, use: TokenUse) -> str:
        """A new value of 256 random bits, safe in addresses and cookies."""
        return self._signers[use].sign(secrets.token_urlsafe(_RANDOM_BYTES)).decode()

    def hash_of(self, value: str | None, use: TokenUse) -> str | None:
        """The hash that the row has, or None for what we never issued for this use."""
        if value is None or len(value) > _LONGEST or not value.isascii():
            return None
        try:
            return token_hash(self._signers[use].unsign(value).decode())
        except BadSignature:
            return None
