"""Invitations: a link that binds whoever opens it first and signs in, once, within a day.

The invitation knows no address: an address proves nothing, the suite's signed tenant and subject do.
"""

from datetime import datetime, timedelta
from uuid import UUID

from tortoise.transactions import in_transaction

from app import clock
from app.audit import service as audit
from app.audit.models import AuditAction
from app.errors import InvalidInput
from app.identity.models import Invitation, Member, Organisation, Role
from app.keys import new_token, token_hash

INVITATION_LIFETIME = timedelta(hours=24)
LONGEST_ORGANISATION_NAME = 200
_PREFIX = "invitation"
_LONGEST_TOKEN = 100


class InvitationNotValid(Exception):
    """The invitation is unknown, expired or used: all the same to whoever holds the link."""


class InvitationService:
    """Makes and opens invitations, and marks them used."""

    async def create_organisation(self, name: str) -> tuple[Organisation, str]:
        """A new organisation, and the token of the link that makes its first administrator. Raises InvalidInput."""
        name = name.strip()
        if not 1 <= len(name) <= LONGEST_ORGANISATION_NAME or not name.isprintable():
            raise InvalidInput(
                "name", f"An organisation's name has 1 to {LONGEST_ORGANISATION_NAME} printable characters."
            )
        async with in_transaction():
            organisation = await Organisation.create(name=name, created_at=clock.now())
            token, _ = await _invited_administrator(organisation)
            await audit.record(
                organisation.id, AuditAction.ORGANISATION_CREATED, actor_id=None, target_id=organisation.id
            )
        return organisation, token

    async def invite_administrator(self, organisation: Organisation) -> tuple[str, datetime]:
        """The token of another link that makes an administrator, and until when it works.

        It is the operator's to give: where the first link lapsed, or nobody is left who could invite.
        """
        async with in_transaction():
            token, invitation = await _invited_administrator(organisation)
            await audit.record(
                organisation.id,
                AuditAction.MEMBER_INVITED,
                actor_id=None,
                target_id=invitation.id,
                role=invitation.role.value,
            )
        return token, invitation.expires_at

    async def open(self, token: str) -> Invitation:
        """The open invitation with its organisation and whom it names; whoever holds the link belongs to none yet.

        Raises InvitationNotValid.
        """
        if not token.startswith(f"{_PREFIX}_") or len(token) > _LONGEST_TOKEN:
            raise InvitationNotValid
        invitation = await (
            Invitation.filter(token_hash=token_hash(token), used_at__isnull=True, expires_at__gt=clock.now())
            .select_related("organisation", "member")
            .first()
        )
        if invitation is None:
            raise InvitationNotValid
        return invitation


async def _invited_administrator(organisation: Organisation) -> tuple[str, Invitation]:
    token, now = new_invitation_token(), clock.now()
    invitation = await Invitation.create(
        organisation=organisation,
        token_hash=token_hash(token),
        role=Role.SUBSCRIPTION_ADMINISTRATOR,
        created_at=now,
        expires_at=now + INVITATION_LIFETIME,
    )
    return token, invitation


def new_invitation_token() -> str:
    """What makes a link an invitation; only its hash is kept."""
    return new_token(_PREFIX)


def invitation_link(public_url: str, token: str) -> str:
    """The address that an invited person opens."""
    return f"{public_url}/auth/invitation/{token}"


async def open_invitation(invitation_id: UUID) -> Invitation:
    """The invitation that a flow of ours names, if it is open still. Raises InvitationNotValid."""
    invitation = await Invitation.filter(id=invitation_id, used_at__isnull=True, expires_at__gt=clock.now()).first()
    if invitation is None:
        raise InvitationNotValid
    return invitation


async def accept(invitation: Invitation, member: Member) -> None:
    """Mark the invitation used by this member, inside the transaction that binds them.

    Raises InvitationNotValid where somebody else was faster: the caller's transaction goes with it.
    """
    now = clock.now()
    accepted = (
        await Invitation.of(invitation.organisation_id)
        .filter(id=invitation.id, used_at__isnull=True, expires_at__gt=now)
        .update(used_at=now, used_by_id=member.id)
    )
    if not accepted:
        raise InvitationNotValid
    await audit.record(
        invitation.organisation_id, AuditAction.INVITATION_ACCEPTED, actor_id=member.id, target_id=invitation.id
    )
