"""Idempotency keys: repeating a request reads its answer anew, reusing a key for something else is refused.

Only keyed hashes of key and input are kept, and ids of our own rows.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from app import clock
from app.database.inserting import insert_missing
from app.errors import IdempotencyKeyReused, InvalidInput
from app.identity.models import IdempotencyRecord
from app.identity.principal import Principal
from app.keys import Keys

LONGEST_KEY = 64


@dataclass(frozen=True, slots=True)
class Claim:
    """One use of a key. Not new and without results: an attempt that was broken off, to be gone on with."""

    record: IdempotencyRecord
    is_new: bool


class IdempotencyService:
    """Keeps the records; each member and operation has keys of its own."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def claim(self, principal: Principal, operation: str, key: str, content: bytes) -> Claim:
        """The record of this key, made now unless it exists; works inside a transaction and outside.

        Raises InvalidInput for a key that is not 1 to 64 characters long, IdempotencyKeyReused for other content.
        """
        if not 1 <= len(key) <= LONGEST_KEY:
            raise InvalidInput("idempotencyKey", f"An idempotency key has 1 to {LONGEST_KEY} characters.")
        organisation = principal.organisation_id
        fresh = IdempotencyRecord(
            id=uuid4(),
            organisation_id=organisation,
            member_id=principal.member_id,
            operation=operation,
            key_hash=self._keys.lookup_hash(organisation, "idempotency-key", key),
            input_hash=self._keys.lookup_hash(organisation, "idempotency-input", hashlib.sha256(content).hexdigest()),
            result_ids=None,
            created_at=clock.now(),
        )
        # Whoever comes second inserts nothing and, on PostgreSQL, waits for the first one's transaction here.
        if await insert_missing(fresh):
            return Claim(fresh, is_new=True)
        record = await IdempotencyRecord.of(organisation).get(
            member_id=principal.member_id, operation=operation, key_hash=fresh.key_hash
        )
        if record.input_hash != fresh.input_hash:
            raise IdempotencyKeyReused
        return Claim(record, is_new=False)

    async def finish(self, record: IdempotencyRecord, result_ids: Sequence[UUID]) -> None:
        """Keep the ids of what came of it; call in the transaction that makes it."""
        record.result_ids = [str(result) for result in result_ids]
        await IdempotencyRecord.of(record.organisation_id).filter(id=record.id).update(result_ids=record.result_ids)
