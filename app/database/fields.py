"""Fields of our models that Tortoise does not have quite as we need them."""

from enum import StrEnum
from typing import Any, TypeVar

from tortoise import fields

Word = TypeVar("Word", bound=StrEnum)


def enum_field(words: type[Word], *, max_length: int, **options: Any) -> fields.Field[Word]:
    """One word of an enum.

    Tortoise would copy the enum's values into the column's description, so that every new value were a migration, which
    on SQLite rebuilds the table. The description here stays the same.
    """
    return fields.CharEnumField(words, description=f"one of {words.__name__}", max_length=max_length, **options)
