"""What an administrator hands out: links that bring somebody in, or another account to somebody who is in already.

Whoever opens the link and signs in is bound, as with every invitation. It counts while whoever sent it is an
administrator.
"""

from dataclasses import dataclass
from uuid import UUID

from tortoise.transactions import in_transaction

from app import clock
from app.audit import service as audit
from app.audit.models import AuditAction
from app.errors import NotFound
from app.identity.idempotency import IdempotencyService
from app.identity.invitations import INVITATION_LIFETIME, invitation_link, new_invitation_token
from app.identity.models import Invitation, Role
from app.identity.principal import Principal
from app.identity.roles import member_of_own, one_at_a_time, require_still_administrator
from app.keys import Keys, token_hash

_OPERATION = "inviteMember"


@dataclass(frozen=True, slots=True)
class SentInvitation:
    """The row, with its member where it names one, and the link the one time it is shown."""

    row: Invitation
    link: str | None


class InvitingService:
    """Makes invitations for administrators."""

    def __init__(self, keys: Keys, *, public_url: str) -> None:
        self._idempotency = IdempotencyService(keys)
        self._public_url = public_url

    async def invite(
        self, principal: Principal, role: Role, member_id: UUID | None, idempotency_key: str
    ) -> SentInvitation:
        """A new link for 24 hours; a repeated request answers with the row and no link.

        Raises Forbidden where whoever asks is no administrator any more, InvalidInput, IdempotencyKeyReused, NotFound
        for the member, or where the repeated request's invitation is gone meanwhile.
        """
        content = f"{role}·{member_id or ''}".encode()
        async with in_transaction():
            await one_at_a_time(principal.organisation_id)
            await require_still_administrator(principal)
            claim = await self._idempotency.claim(principal, _OPERATION, idempotency_key, content)
            if claim.record.result_ids is not None:
                return SentInvitation(await _sent(principal, UUID(claim.record.result_ids[0])), None)
            if member_id is not None:
                await member_of_own(principal.organisation_id, member_id)
            token = new_invitation_token()
            row = await _made(principal, role, member_id, token)
            await self._idempotency.finish(claim.record, [row.id])
            return SentInvitation(await _sent(principal, row.id), invitation_link(self._public_url, token))


async def _made(principal: Principal, role: Role, member_id: UUID | None, token: str) -> Invitation:
    now = clock.now()
    row = await Invitation.create(
        organisation_id=principal.organisation_id,
        token_hash=token_hash(token),
        role=role,
        member_id=member_id,
        invited_by_id=principal.member_id,
        created_at=now,
        expires_at=now + INVITATION_LIFETIME,
    )
    await audit.record(
        principal.organisation_id,
        AuditAction.MEMBER_INVITED,
        actor_id=principal.member_id,
        target_id=row.id,
        role=role.value,
        member=str(member_id) if member_id else None,
    )
    return row


async def _sent(principal: Principal, invitation_id: UUID) -> Invitation:
    found = Invitation.of(principal.organisation_id).filter(id=invitation_id, invited_by_id=principal.member_id)
    row = await found.select_related("member").first()
    if row is None:
        raise NotFound("invitation")
    return row
