"""What the audit log says of one person: handed out to them, or taken out of it, when the entries stay and no longer
say who it was.

An act that was recorded stays recorded: what was done, when, by which way in and with which outcome. What leads to the
person goes, which is who acted, from which network address, and every id of something of theirs. It is the one change
that entries ever see, and it leaves an entry of its own.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from app.audit.models import AuditEntry

_AT_ONCE = 500


async def forget(organisation_id: UUID, member_ids: Collection[UUID], gone: Collection[UUID]) -> int:
    """Have the entries name neither these members nor anything of theirs; how many were changed.

    `gone` are the ids of what is erased with them. Call inside the transaction that erases it, before their rows go.
    """
    acted = AuditEntry.of(organisation_id).filter(actor_id__in=list(member_ids))
    changed = await acted.update(actor_id=None, network_address=None)
    named, last = {*gone, *member_ids}, UUID(int=0)
    texts = {str(row_id) for row_id in named}
    while rows := await _following(organisation_id, last):
        last = rows[-1].id
        for row in rows:
            target_id = None if row.target_id in named else row.target_id
            details = {name: _without(value, texts) for name, value in row.details.items()}
            if (target_id, details) != (row.target_id, row.details):
                entry = AuditEntry.of(organisation_id).filter(id=row.id)
                changed += await entry.update(target_id=target_id, details=details)
    return changed


async def count(organisation_id: UUID, member_ids: Collection[UUID]) -> int:
    """How many entries are of acts of these members."""
    return await AuditEntry.of(organisation_id).filter(actor_id__in=list(member_ids)).count()


async def acts_of(organisation_id: UUID, member_ids: Collection[UUID]) -> Sequence[AuditEntry]:
    """The entries of what these members did, the oldest first."""
    return await AuditEntry.of(organisation_id).filter(actor_id__in=list(member_ids)).order_by("at", "id")


async def _following(organisation_id: UUID, last: UUID) -> list[AuditEntry]:
    return await AuditEntry.of(organisation_id).filter(id__gt=last).order_by("id").limit(_AT_ONCE)


def _without(value: Any, texts: Collection[str]) -> Any:
    """A detail that says nothing any more where it is one of these texts."""
    if isinstance(value, list):
        return [item for item in value if item not in texts]
    return None if isinstance(value, str) and value in texts else value
