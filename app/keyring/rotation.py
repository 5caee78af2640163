"""Sealing everything anew under the first key of the ring, while servers run and write.

Value by value: opened, sealed under the first key, and swapped in for exactly the value that was read. A row that a
server wrote meanwhile is looked at again; one that is gone needs nothing. So it may be stopped at any moment, run
again, and run twice at once, and nothing has to be remembered between runs: a value names the key that sealed it.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.keyring.columns import SEALED_COLUMNS, SealedColumn, SealedValue
from app.keys import KeyMissing, SealBroken, Vault

BATCH = 200
SIDE_BY_SIDE = 8
MOST_PASSES = 3
"""Over each column; what servers seal under another key faster than that is left, and told."""
MOST_NAMED = 1000
"""So many rows that do not open are named; all are counted."""


class Fault(StrEnum):
    """Why a value does not open."""

    KEY_MISSING = "KEY_MISSING"
    BROKEN = "BROKEN"
    """It was changed, cut short, or belongs to another row."""


@dataclass(frozen=True, slots=True)
class Unopened:
    """A value that was left as it is."""

    column: SealedColumn
    row_id: UUID
    fault: Fault


@dataclass(frozen=True, slots=True)
class Progress:
    """So many values of one column were sealed anew until now."""

    column: SealedColumn
    sealed_anew: int
    wanted: int
    """So many were under another key when the column was begun."""
    is_last: bool
    """Whether nothing more is heard of this column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """How the database is left."""

    sealed_anew: int
    unopened: int
    named: Sequence[Unopened]
    """The first of those that do not open."""
    behind: int
    """Values that open and are under another key still: a server that runs has that key in front."""
    unused: Sequence[str]
    """Keys of the ring, but the first, that nothing is sealed under any more."""

    @property
    def is_complete(self) -> bool:
        return not self.unopened and not self.behind


class Rotation:
    """One run over all columns."""

    def __init__(self, vault: Vault, tell: Callable[[Progress], None]) -> None:
        self._vault = vault
        self._tell = tell
        self._unopened: list[Unopened] = []
        self._unopened_count = 0

    async def run(self) -> Rotated:
        """Returns once there is nothing more that this run can do."""
        sealed_anew = 0
        for column in SEALED_COLUMNS:
            sealed_anew += await self._column(column)
        left = [await column.outside([self._vault.primary]).count() for column in SEALED_COLUMNS]
        others = [key_id for key_id in self._vault.key_ids if key_id != self._vault.primary]
        return Rotated(
            sealed_anew=sealed_anew,
            unopened=self._unopened_count,
            named=tuple(self._unopened),
            behind=max(0, sum(left) - self._unopened_count),
            unused=tuple([key_id for key_id in others if not await _is_used(key_id)]),
        )

    async def _column(self, column: SealedColumn) -> int:
        """Passes over the column until one finds nothing to do but what does not open."""
        done = 0
        wanted = await column.outside([self._vault.primary]).count()
        named, counted = len(self._unopened), self._unopened_count
        for _ in range(MOST_PASSES):
            # What did not open in the pass before is met again in this one.
            del self._unopened[named:]
            self._unopened_count = counted
            before = done
            done = await self._pass(column, done, wanted)
            if done == before:
                break
        if done:
            self._tell(Progress(column, done, wanted, is_last=True))
        return done

    async def _pass(self, column: SealedColumn, done: int, wanted: int) -> int:
        after: UUID | None = None
        while values := await column.page(column.outside([self._vault.primary]), after, BATCH):
            after = values[-1].row_id
            for some in _some(values):
                done += sum(await asyncio.gather(*(self._seal_anew(column, value) for value in some)))
            self._tell(Progress(column, done, wanted, is_last=False))
        return done

    async def _seal_anew(self, column: SealedColumn, value: SealedValue) -> bool:
        """Whether the row is under the first key by this."""
        present: SealedValue | None = value
        while present is not None:
            try:
                if not self._vault.needs_rewrap(present.sealed):
                    return False
                anew = self._vault.seal(self._vault.open(present.sealed, present.place), present.place)
            except SealBroken as error:
                fault = Fault.KEY_MISSING if isinstance(error, KeyMissing) else Fault.BROKEN
                self._leave(Unopened(column, present.row_id, fault))
                return False
            if await column.swap(present, anew):
                return True
            present = await column.again(present.row_id)
        return False

    def _leave(self, unopened: Unopened) -> None:
        self._unopened_count += 1
        if len(self._unopened) < MOST_NAMED:
            self._unopened.append(unopened)


async def _is_used(key_id: str) -> bool:
    for column in SEALED_COLUMNS:
        if await column.under(key_id).exists():
            return True
    return False


def _some(values: Sequence[SealedValue]) -> Iterator[Sequence[SealedValue]]:
    for start in range(0, len(values), SIDE_BY_SIDE):
        yield values[start : start + SIDE_BY_SIDE]
