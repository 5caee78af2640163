"""The audit log: what administrators read in it, and the attempts that came to nothing.

Nothing here or elsewhere removes an entry, and nothing changes one but `app.audit.persons`, which takes an erased
member out of it; a test reads the source for it.
"""

from uuid import UUID, uuid5

import structlog
from tortoise.exceptions import IntegrityError

from app import clock
from app.audit.models import AuditAction, AuditEntry, AuditOutcome
from app.audit.origin import present_origin
from app.database.pages import newest_first
from app.errors import NotFound
from app.identity.principal import Principal
from app.paging import Page, PageRequest

_ONE_REFUSAL = UUID("6f0d4c1e-9c3a-4f57-8b5e-2d4f0a7c91be")
"""The namespace of refusals' ids."""

_log = structlog.get_logger(__name__)


class AuditLog:
    """Reads the log for administrators, and notes what was refused."""

    async def refused(self, principal: Principal, operation: str, code: str) -> None:
        """Note that an administrative act was tried and not carried out; the refusal stands whatever becomes of this.

        A client that tries again and again writes one entry a minute: the entry's id is worked out from the member,
        the operation, the code and the minute, so the database itself refuses the second, in any process.
        """
        origin, now = present_origin(), clock.now()
        occasion = f"{principal.member_id}:{operation}:{code}:{now:%Y-%m-%dT%H:%M}"
        try:
            await AuditEntry.create(
                id=uuid5(_ONE_REFUSAL, occasion),
                organisation_id=principal.organisation_id,
                actor_id=principal.member_id,
                action=AuditAction.ATTEMPT_REFUSED,
                details={"operation": operation, "code": code},
                outcome=AuditOutcome.REFUSED,
                origin=origin.kind,
                network_address=origin.network_address,
                at=now,
            )
        except IntegrityError:
            return  # noted already within this minute
        except Exception as error:
            # What was refused is told in any case; the entry is all that is lost.
            _log.error("audit.refusal_not_noted", operation=operation, code=code, error=type(error).__name__)

    async def page(self, principal: Principal, request: PageRequest) -> Page[AuditEntry]:
        """The newest entry first. Raises Forbidden, InvalidInput for a cursor that is none of ours."""
        principal.require_administrator()
        rows = AuditEntry.of(principal.organisation_id)
        return await newest_first(rows, "at", request, counted=False)

    async def get(self, principal: Principal, entry_id: UUID) -> AuditEntry:
        """One entry. Raises NotFound, for whoever is no administrator too."""
        rows = AuditEntry.of(principal.organisation_id)
        entry = await rows.get_or_none(id=entry_id) if principal.is_administrator else None
        if entry is None:
            raise NotFound("entry of the audit log")
        return entry
