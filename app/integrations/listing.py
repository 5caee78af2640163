"""All organisations of a server for its operator: how many members each has, and how it is joined to its suite."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.functions import Count

from app.identity.models import Member, Organisation
from app.integrations.models import Integration


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedOrganisation:
    """An organisation and its size."""

    row: Organisation
    members: int
    """People: who was merged into another member is counted once."""
    integration: Integration | None
    """The present one; None where none was ever started."""


async def every_organisation() -> Sequence[ListedOrganisation]:
    """By name, and of one name the oldest first: three queries, whatever the number of organisations."""
    members, integrations = await _members(), await _integrations()
    rows = await Organisation.all().order_by("name", "created_at")
    return [
        ListedOrganisation(row=row, members=members.get(row.id, 0), integration=integrations.get(row.id))
        for row in rows
    ]


async def _members() -> Mapping[UUID, int]:
    people = Member.filter(merged_into_id__isnull=True).annotate(number=Count("id")).group_by("organisation_id")
    return {row["organisation_id"]: row["number"] for row in await people.values("organisation_id", "number")}


async def _integrations() -> Mapping[UUID, Integration]:
    return {row.organisation_id: row for row in await Integration.filter(active_slot=1)}
