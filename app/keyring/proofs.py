"""Whether the keys that a server is started with are the ones that its database was written with.

The database keeps a proof of each key: with it a changed secret, or another key under an id that is taken, is noticed
before anything is read or written. A key that was taken out of the settings while values under it are left is noticed
by looking at the values themselves.
"""

from collections.abc import Mapping, Sequence
from uuid import uuid4

import structlog

from app import clock
from app.keyring.columns import SEALED_COLUMNS, SealedColumn
from app.keyring.models import KeyProof
from app.keys import SealBroken, Vault, proof_of

_log = structlog.get_logger(__name__)

SECRET = "secret"  # noqa: S105  # a row's name
ENCRYPTION = "encryption/"
_SAMPLE = 20


class KeysRefused(Exception):
    """The server must not start with these keys; the message says what is wrong and what to do."""


class SecretChanged(KeysRefused):
    """Look-ups, ids and signatures would all be others."""

    def __init__(self) -> None:
        super().__init__(
            "HYBRID_MEETINGS_SECRET_KEY is not the one that this database was written with: nothing in it would be "
            "found again. Put the former value back; this key never changes."
        )


class KeyIdTaken(KeysRefused):
    """Two keys under one id: what the first sealed would not open."""

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"The key {key_id} in HYBRID_MEETINGSENCRYPTION_KEYS is not the one that this database knows by that id. "
            f"Put the former key back as {key_id}, and give a new key an id that was never used."
        )


class KeysMissing(KeysRefused):
    """Values are left that only keys outside the ring open."""

    def __init__(self, missing: Mapping[str, Sequence[SealedColumn]]) -> None:
        self.key_ids = tuple(sorted(missing))
        named = "; ".join(f"{key_id} (in {', '.join(map(str, missing[key_id]))})" for key_id in self.key_ids)
        super().__init__(
            f"HYBRID_MEETINGSENCRYPTION_KEYS lacks keys that values in this database are sealed under: {named}. "
            "Put them back behind the first key; `hybrid-meetings keys rotate` then seals everything under the first, "
            "and says which keys may be removed. If a key is lost for good, `hybrid-meetings keys give-up ID` lets the "
            "server start without it: members whose consent it sealed are asked to connect again."
        )


class KeyCheck:
    """Compares the settings' keys with the database, and has it remember new ones."""

    def __init__(self, secret: bytes, keyring: Sequence[tuple[str, bytes]]) -> None:
        self._vault = Vault(tuple(keyring))
        self._proofs = {SECRET: proof_of(secret)} | {ENCRYPTION + key_id: proof_of(key) for key_id, key in keyring}

    async def confirm(self, *, allow_missing: bool = False) -> None:
        """Returns where the keys fit. Raises SecretChanged, KeyIdTaken, KeysMissing unless those are allowed.

        On a database that knows no key yet, values that are there already are opened to see whether they can be.
        """
        known = {row.name: row for row in await KeyProof.all()}
        self._require_same(known)
        if not _encryption_keys(known):
            await self._try_on_values()
        if not allow_missing:
            await self._require_no_other(known)
        await self._remember(known)

    def _require_same(self, known: Mapping[str, KeyProof]) -> None:
        for name, proof in self._proofs.items():
            if name in known and known[name].proof not in {proof, None}:
                raise SecretChanged if name == SECRET else KeyIdTaken(name.removeprefix(ENCRYPTION))

    async def _try_on_values(self) -> None:
        """One value in each few that opens proves its key; where none does, the key is another of the same id."""
        for key_id in self._vault.key_ids:
            opened = [await _opens_any(self._vault, column, key_id) for column in SEALED_COLUMNS]
            if False in opened and True not in opened:
                raise KeyIdTaken(key_id)

    async def _require_no_other(self, known: Mapping[str, KeyProof]) -> None:
        """A name that no server was ever started with is a damaged value's, which stays with its own row."""
        ids = _encryption_keys(known)
        given_up = {name.removeprefix(ENCRYPTION) for name, row in known.items() if row.given_up_at is not None}
        missing: dict[str, list[SealedColumn]] = {}
        for column in SEALED_COLUMNS:
            for key_id in await column.key_ids_outside({*self._vault.key_ids, *given_up}):
                if not ids or key_id in ids:
                    missing.setdefault(key_id, []).append(column)
                else:
                    _log.error("sealed_under_unknown_key", column=str(column), remedy="hybrid-meetings keys rotate")
        if missing:
            raise KeysMissing(missing)

    async def _remember(self, known: Mapping[str, KeyProof]) -> None:
        """Written once; a server that starts beside this one with other keys meets what was written first."""
        new = [
            KeyProof(id=uuid4(), name=name, proof=proof, created_at=clock.now())
            for name, proof in self._proofs.items()
            if name not in known
        ]
        if new:
            await KeyProof.bulk_create(new, ignore_conflicts=True)
            self._require_same({row.name: row for row in await KeyProof.all()})


def _encryption_keys(known: Mapping[str, KeyProof]) -> set[str]:
    """The ids of those that a server was started with."""
    return {
        name.removeprefix(ENCRYPTION)
        for name, row in known.items()
        if name.startswith(ENCRYPTION) and row.proof is not None
    }


async def _opens_any(vault: Vault, column: SealedColumn, key_id: str) -> bool | None:
    """Whether one of the first values under the key opens; None where there are none."""
    values = await column.page(column.under(key_id), None, _SAMPLE)
    for value in values:
        try:
            vault.open(value.sealed, value.place)
        except SealBroken:
            continue
        return True
    return False if values else None
