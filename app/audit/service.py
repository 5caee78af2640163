"""Recording an act. Call inside the transaction of the act: if this insert fails, the act fails too."""

from uuid import UUID

from app import clock
from app.audit.models import AuditAction, AuditEntry, AuditOutcome
from app.audit.origin import present_origin


async def record(
    organisation_id: UUID,
    action: AuditAction,
    *,
    actor_id: UUID | None,
    target_id: UUID | None = None,
    outcome: AuditOutcome = AuditOutcome.SUCCEEDED,
    **details: str | int | list[str] | None,
) -> None:
    """Append one entry; `details` are codes, counts and ids of ours only."""
    origin = present_origin()
    await AuditEntry.create(
        organisation_id=organisation_id,
        actor_id=actor_id,
        action=action,
        target_id=target_id,
        details=details,
        outcome=outcome,
        origin=origin.kind,
        network_address=origin.network_address,
        at=clock.now(),
    )
