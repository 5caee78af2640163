"""The one door to an organisation's rows.

Every model that belongs to an organisation derives from `OrganisationModel` and is queried through `of()`, which
takes the organisation first. A test lists every query that goes another way and why it may.
"""

from typing import Any, Self
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.models import Model, ModelMeta
from tortoise.queryset import QuerySet


class _Unread(ModelMeta):
    """The source of its models is not looked through for comments that describe columns.

    There are none, and each model's file would be read and parsed for them at every start.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> ModelMeta:
        return super().__new__(cls, name, bases, {**attrs, "_no_comments": True})


class Row(Model, metaclass=_Unread):
    """A row with a random id of its own.

    A model's docstring becomes its table's comment. No semicolon in it: Tortoise splits SQLite's statements there.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)

    class Meta:
        abstract = True


class OrganisationModel(Row):
    """A row that belongs to one organisation."""

    organisation_id: UUID

    class Meta:
        abstract = True

    @classmethod
    def of(cls, organisation_id: UUID) -> QuerySet[Self]:
        """The organisation's rows, and nobody else's."""
        return cls.filter(organisation_id=organisation_id)
