"""Every column that holds sealed values, and how they are found by the key that sealed them.

A sealed value begins with its key's id, in the clear and with its length in front, so its first bytes alone tell which
key sealed it. Asking whether a column holds anything else reads the table once, and of long values the beginning.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pypika_tortoise.functions import Substring
from tortoise.expressions import Function, Q
from tortoise.queryset import QuerySet

from app.connections.models import AuthorisationFlow, CalendarConnection, MailboxWatch
from app.database.tenancy import Row
from app.keys import NO_ORGANISATION, Place, SealBroken, header_of, key_id_of
from app.references.models import EventNote, EventReference, MailboxReference

_MOST_STRANGERS = 32
"""So many unknown beginnings are looked at in one column; more than a few are rubbish, not keys."""


class _Head(Function):
    """The first bytes of a column."""

    database_func = Substring


@dataclass(frozen=True, slots=True)
class SealedValue:
    """One value, where it was when it was read."""

    row_id: UUID
    place: Place
    sealed: bytes


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column whose values are sealed to their own row."""

    model: type[Row]
    field: str

    def __str__(self) -> str:
        return f"{self._table}.{self.field}"

    @property
    def _table(self) -> str:
        return self.model._meta.db_table

    def under(self, key_id: str) -> QuerySet[Row]:
        """The rows whose value this key sealed."""
        header = header_of(key_id)
        return _every(self.model).annotate(head=_Head(self.field, 1, len(header))).filter(head=header)

    def outside(self, key_ids: Iterable[str]) -> QuerySet[Row]:
        """The rows whose value none of these keys sealed, those that are not sealed at all included."""
        return self._outside(header_of(key_id) for key_id in key_ids)

    async def page(self, rows: QuerySet[Row], after: UUID | None, size: int) -> list[SealedValue]:
        """The next of `rows`, in order of their ids."""
        if after is not None:
            rows = rows.filter(id__gt=after)
        found = await rows.order_by("id").limit(size).values_list("id", "organisation_id", self.field)
        return [self._value(*row) for row in found]

    async def again(self, row_id: UUID) -> SealedValue | None:
        """The row's value as it is now; None where the row, or what it kept, is gone."""
        rows = _every(self.model).filter(**{f"{self.field}__isnull": False}, id=row_id)
        found = await rows.values_list("id", "organisation_id", self.field)
        return self._value(*found[0]) if found else None

    async def swap(self, value: SealedValue, anew: bytes) -> bool:
        """Put `anew` in the place of exactly this value; False where the row holds another by now, or is gone."""
        rows = _every(self.model).filter(**{self.field: value.sealed}, id=value.row_id)
        return bool(await rows.update(**{self.field: anew}))

    async def key_ids_outside(self, key_ids: Iterable[str]) -> set[str]:
        """The ids of other keys that values name."""
        headers, found = {header_of(key_id) for key_id in key_ids}, set[str]()
        rubbish: set[bytes] = set()
        for _ in range(_MOST_STRANGERS):
            rows = self._outside(headers)
            if rubbish:
                rows = rows.filter(**{f"{self.field}__not_in": sorted(rubbish)})
            strangers = await rows.limit(1).values_list(self.field, flat=True)
            if not strangers:
                break
            stranger = bytes(strangers[0])
            try:
                key_id = key_id_of(stranger)
            except SealBroken:
                rubbish.add(stranger)
            else:
                headers.add(header_of(key_id))
                found.add(key_id)
        return found

    def _outside(self, headers: Iterable[bytes]) -> QuerySet[Row]:
        rows = _every(self.model).filter(**{f"{self.field}__isnull": False})
        for number, header in enumerate(headers):
            head = f"head_{number}"
            begins: dict[str, Any] = {head: header}
            # SQLite has no beginning of an empty value.
            is_empty: dict[str, Any] = {self.field: b""}
            rows = rows.annotate(**{head: _Head(self.field, 1, len(header))})
            rows = rows.filter(Q(**is_empty) | ~Q(**begins))
        return rows

    def _value(self, row_id: UUID, organisation_id: UUID | None, sealed: bytes) -> SealedValue:
        place = Place(organisation_id or NO_ORGANISATION, self._table, row_id, self.field)
        return SealedValue(row_id, place, bytes(sealed))


SEALED_COLUMNS = (
    SealedColumn(CalendarConnection, "credentials"),
    SealedColumn(MailboxWatch, "suite_id"),
    SealedColumn(AuthorisationFlow, "secrets"),
    SealedColumn(EventReference, "sealed_key"),
    SealedColumn(MailboxReference, "sealed_id"),
    SealedColumn(EventNote, "text"),
)
"""All of them; a test holds this list against the reasons given for every column of the database."""


def _every(model: type[Row]) -> QuerySet[Row]:
    """The operator's keys serve every organisation: what is read is opened in its own place alone."""
    return model.filter()
