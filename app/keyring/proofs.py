"""Whether the keys that a server is started with are the ones that its database was written with.

The database keeps a proof of each key: with it a changed secret, or another key under an id that is taken, is noticed
before anything is read or written. A key that was taken out of the settings while values under it are left is noticed
by looking at the values themselves: a fifth of a second for 100,000 references and 10,000 members' credentials, on
SQLite and on PostgreSQL.
"""

from collections.abc import Collection, Mapping, Sequence, Set
from uuid import uuid4

from app import clock
from app.keyring.columns import SEALED_COLUMNS, SealedColumn
from app.keyring.models import KeyProof
from app.keys import SealBroken, Vault, proof_of

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
            f"The key {key_id} in HYBRID_MEETINGS_ENCRYPTION_KEYS is not the one that this database knows by that id. "
            f"Put the former key back as {key_id}, and give a new key an id that was never used."
        )


class KeysMissing(KeysRefused):
    """Values are left that only keys outside the ring open."""

    def __init__(self, missing: Mapping[str, Sequence[SealedColumn]]) -> None:
        self.key_ids = tuple(sorted(missing))
        named = "; ".join(f"{key_id} (in {', '.join(map(str, missing[key_id]))})" for key_id in self.key_ids)
        super().__init__(
            f"HYBRID_MEETINGS_ENCRYPTION_KEYS lacks keys that values in this database are sealed under: {named}. "
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

        One query where the ring has every key that the database knows; else, and on a database that knows no key yet,
        the values themselves are looked at.
        """
        known = {row.name: row for row in await KeyProof.all()}
        self._require_same(known)
        missing: Mapping[str, Sequence[SealedColumn]] = {}
        if not any(row.proof for name, row in known.items() if name.startswith(ENCRYPTION)):
            await self._try_on_values()
            missing = await self._missing(known, believed=None)
        elif others := _waited_for(known) - set(self._vault.key_ids):
            missing = await self._missing(known, believed=others)
        if missing and not allow_missing:
            raise KeysMissing(missing)
        await self._remember(known, missing)

    async def examine(self) -> None:
        """As `confirm`, but nothing is remembered, and every value is looked at, whatever the database knows of keys.

        Raises SecretChanged, KeyIdTaken, KeysMissing.
        """
        known = {row.name: row for row in await KeyProof.all()}
        self._require_same(known)
        if not any(row.proof for name, row in known.items() if name.startswith(ENCRYPTION)):
            await self._try_on_values()
        if missing := await self._missing(known, believed=None):
            raise KeysMissing(missing)

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

    async def _missing(
        self, known: Mapping[str, KeyProof], believed: Set[str] | None
    ) -> Mapping[str, Sequence[SealedColumn]]:
        """The keys outside the ring that values name, with where; `believed` are the only ones that there can be.

        Another name is a damaged value's: it stays with its own row, and rotation names it.
        """
        missing: dict[str, list[SealedColumn]] = {}
        for column in SEALED_COLUMNS:
            for key_id in await column.key_ids_outside({*self._vault.key_ids, *_given_up(known)}):
                if believed is None or key_id in believed:
                    missing.setdefault(key_id, []).append(column)
        return missing

    async def _remember(self, known: Mapping[str, KeyProof], missing: Collection[str]) -> None:
        """Written once; a server that starts beside this one with other keys meets what was written first."""
        proofs: dict[str, str | None] = dict(self._proofs) | {ENCRYPTION + key_id: None for key_id in missing}
        new = {name: proof for name, proof in proofs.items() if name not in known}
        rows = [KeyProof(id=uuid4(), name=name, proof=proof, created_at=clock.now()) for name, proof in new.items()]
        for name, proof in self._proofs.items():
            if name in known and known[name].proof is None:
                await KeyProof.filter(name=name, proof__isnull=True).update(proof=proof)
        if rows:
            await KeyProof.bulk_create(rows, ignore_conflicts=True)
            self._require_same({row.name: row for row in await KeyProof.all()})


def _waited_for(known: Mapping[str, KeyProof]) -> set[str]:
    """The ids of the keys that a server was started with, or that values needed, and that were not given up."""
    names = {name for name, row in known.items() if name.startswith(ENCRYPTION) and row.given_up_at is None}
    return {name.removeprefix(ENCRYPTION) for name in names}


def _given_up(known: Mapping[str, KeyProof]) -> set[str]:
    return {name.removeprefix(ENCRYPTION) for name, row in known.items() if row.given_up_at is not None}


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
