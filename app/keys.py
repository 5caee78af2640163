"""Keys and what is done with them: sealing credentials and references, look-up hashes, opaque ids, signatures.

Two kinds of key. The *encryption keyring* (AES-256-GCM) can be rotated: every sealed value names its key, and the
associated data binds it to one organisation, table, row and field, so a value copied elsewhere does not open.
The *secret key* never changes; separate keys are derived from it (HKDF, RFC 5869) for each use, so that a look-up hash
tells nothing about a signature.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NO_ORGANISATION = UUID(int=0)
"""Stands in a sealed value's place while nobody is known yet."""

_NONCE_BYTES = 12
_VERSION = b"\x01"


class SealBroken(Exception):
    """A sealed value does not open: it was changed, moved to another row, or its key is gone."""


class KeyMissing(SealBroken):
    """The value names a key that is not in the keyring: with that key it may open."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value lives; it opens nowhere else."""

    organisation: UUID
    table: str
    row: UUID
    field: str

    def associated_data(self) -> bytes:
        return f"{self.organisation}·{self.table}·{self.row}·{self.field}".encode()


class Vault:
    """Seals and opens what is secret at rest."""

    def __init__(self, keyring: tuple[tuple[str, bytes], ...]) -> None:
        self.primary = keyring[0][0]
        """The id of the key that seals."""
        self._keys = {key_id: AESGCM(key) for key_id, key in keyring}

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Every key of the ring, the one that seals first."""
        return tuple(self._keys)

    def seal(self, plain: bytes, place: Place) -> bytes:
        """Encrypt under the primary key; layout: version, length of key id, key id, nonce, ciphertext and tag."""
        header = header_of(self.primary)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return header + nonce + self._keys[self.primary].encrypt(nonce, plain, header + place.associated_data())

    def open(self, sealed: bytes, place: Place) -> bytes:
        """Decrypt. Raises SealBroken, and KeyMissing where the key is all that is lacking."""
        header, nonce, body = _split(sealed)
        key = self._keys.get(header[2:].decode(errors="replace"))
        if key is None:
            raise KeyMissing("the key that sealed this value is not in the keyring")
        try:
            return key.decrypt(nonce, body, header + place.associated_data())
        except (InvalidTag, ValueError):
            raise SealBroken("the value was changed, cut short or belongs elsewhere") from None

    def needs_rewrap(self, sealed: bytes) -> bool:
        """Whether the value was sealed under a key that is not the primary one. Raises SealBroken."""
        return key_id_of(sealed) != self.primary


def header_of(key_id: str) -> bytes:
    """What every value that this key sealed begins with, and no other value does."""
    encoded = key_id.encode()
    return _VERSION + bytes([len(encoded)]) + encoded


def key_id_of(sealed: bytes) -> str:
    """The id of the key that sealed the value. Raises SealBroken for what names none."""
    header, _, _ = _split(sealed)
    try:
        return header[2:].decode()
    except UnicodeDecodeError:
        raise SealBroken("not a sealed value") from None


def _split(sealed: bytes) -> tuple[bytes, bytes, bytes]:
    if len(sealed) < 2 or sealed[:1] != _VERSION or len(sealed) < 2 + sealed[1]:
        raise SealBroken("not a sealed value")
    end = 2 + sealed[1]
    return sealed[:end], sealed[end : end + _NONCE_BYTES], sealed[end + _NONCE_BYTES :]


def proof_of(key: bytes) -> str:
    """What a key is known again by (hexadecimal): derived from it one way, so that it tells nothing of the key."""
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"hybrid-meetings/proof")
    return hkdf.derive(key).hex()


class Keys:
    """Everything derived from the secret key."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._lookup = self._derive("lookup", 32)
        self._ids = AESSIV(self._derive("ids", 64))
        self.signing = self._derive("signing", 32)

    def _derive(self, use: str, length: int) -> bytes:
        hkdf = HKDF(algorithm=SHA256(), length=length, salt=None, info=f"hybrid-meetings/{use}".encode())
        return hkdf.derive(self._secret)

    def lookup_hash(self, organisation: UUID, purpose: str, value: str) -> str:
        """A keyed hash (HMAC-SHA-256, hexadecimal) to find a sealed value again by, within one organisation only."""
        return hmac.digest(self._lookup, f"{organisation}·{purpose}·{value}".encode(), "sha256").hex()

    def seal_id(self, organisation: UUID, kind: str, raw: bytes) -> str:
        """An opaque id (AES-SIV, RFC 5297): the same thing has the same id at every read, useless elsewhere."""
        return _id_text(self._ids.encrypt(kind.encode() + b"\0" + raw, [organisation.bytes]))

    def open_id(self, organisation: UUID, sealed: str) -> tuple[str, bytes]:
        """Kind and content of an id. Raises SealBroken for anything this organisation was never given.

        An id has one spelling: base64 with padding, in another alphabet, with strange characters in between or with
        bits that count for nothing is as good as made up.
        """
        try:
            data = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
            plain = self._ids.decrypt(data, [organisation.bytes])
        except (InvalidTag, ValueError):
            raise SealBroken("not an id of this organisation") from None
        if _id_text(data) != sealed:
            raise SealBroken("not as this organisation was given it")
        kind, _, raw = plain.partition(b"\0")
        return kind.decode(), raw


def _id_text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def new_token(prefix: str) -> str:
    """A random bearer value of 256 bits, recognisable by its prefix."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def token_hash(token: str) -> str:
    """How a random bearer value is stored (hexadecimal): SHA-256 suffices, since the value has 256 bits of its own."""
    return hashlib.sha256(token.encode()).hexdigest()
