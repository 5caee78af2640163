"""Who a proved identity is here: a known member, a colleague of a joined tenant, or the holder of an invitation.

Only the suite's tenant and subject identify (`tid` and `oid` at Microsoft); name and address describe and are refreshed
at every sign-in. https://learn.microsoft.com/entra/identity-platform/claims-validation
"""

import unicodedata
from enum import StrEnum
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from app import clock
from app.identity import invitations
from app.identity.models import Identity, Invitation, Member, Role
from app.integrations.models import Integration
from app.suites.protocol import SuiteIdentity

_LONGEST_NAME = 256
_LONGEST_ADDRESS = 320


class SignInRefusal(StrEnum):
    """Why somebody whom the suite knows cannot come in."""

    NOT_INVITED = "NOT_INVITED"
    """No organisation here has joined their tenant, and they hold no invitation."""
    ANOTHER_ORGANISATION = "ANOTHER_ORGANISATION"
    """The identity already leads to a member of another organisation than the inviting one."""
    INVITATION_NOT_VALID = "INVITATION_NOT_VALID"
    """The invitation expired or was used while they signed in."""


class SignInRefused(Exception):
    """The suite vouches for the person, but there is no way in for them."""

    def __init__(self, reason: SignInRefusal) -> None:
        super().__init__(reason)
        self.reason = reason


class SignInService:
    """Finds or makes the member behind an identity whose every claim was checked."""

    async def complete(self, identity: SuiteIdentity, invitation_id: UUID | None = None) -> Member:
        """The member. Raises SignInRefused, and then nothing has changed."""
        try:
            return await self._complete(identity, invitation_id)
        except IntegrityError:
            # The same person came in twice at once: the other sign-in has made the row that is there now.
            return await self._complete(identity, invitation_id)
        except invitations.InvitationNotValid:
            raise SignInRefused(SignInRefusal.INVITATION_NOT_VALID) from None

    async def _complete(self, identity: SuiteIdentity, invitation_id: UUID | None) -> Member:
        async with in_transaction():
            invitation = await invitations.open_invitation(invitation_id) if invitation_id else None
            known = await _known(identity)
            if known is not None:
                return await self._come_back(known, identity, invitation)
            if invitation is not None:
                member = await _join(invitation.organisation_id, invitation.role, identity)
                await invitations.accept(invitation, member)
                return member
            organisation_id = await _organisation_of_tenant(identity)
            if organisation_id is None:
                raise SignInRefused(SignInRefusal.NOT_INVITED)
            return await _join(organisation_id, Role.MEMBER, identity)

    async def _come_back(self, known: Identity, identity: SuiteIdentity, invitation: Invitation | None) -> Member:
        member = known.member
        changed = {"name": _name(identity) or member.name, "address": _address(identity) or member.address}
        if invitation is not None:
            if invitation.organisation_id != known.organisation_id:
                raise SignInRefused(SignInRefusal.ANOTHER_ORGANISATION)
            await invitations.accept(invitation, member)
            if invitation.role is Role.SUBSCRIPTION_ADMINISTRATOR:
                changed["role"] = invitation.role
        # The role is written only where it rises: what was read may have been taken away meanwhile.
        member.update_from_dict(changed)
        await Member.of(member.organisation_id).filter(id=member.id).update(**changed)
        await Identity.of(known.organisation_id).filter(id=known.id).update(address=member.address)
        return member


async def _known(identity: SuiteIdentity) -> Identity | None:
    """Across organisations: an identity leads to one member in one of them, and we do not know yet in which."""
    return await (
        Identity.filter(suite=identity.suite, tenant=identity.tenant, subject=identity.subject)
        .select_related("member")
        .first()
    )


async def _organisation_of_tenant(identity: SuiteIdentity) -> UUID | None:
    """Across organisations: which of them has joined the person's tenant; the database allows one."""
    integration = await Integration.filter(suite=identity.suite, claimed_tenant=identity.tenant).first()
    return integration.organisation_id if integration else None


async def _join(organisation_id: UUID, role: Role, identity: SuiteIdentity) -> Member:
    now = clock.now()
    address = _address(identity)
    member = await Member.create(
        organisation_id=organisation_id,
        name=_name(identity) or address,
        address=address,
        role=role,
        created_at=now,
    )
    await Identity.create(
        organisation_id=organisation_id,
        member=member,
        suite=identity.suite,
        tenant=identity.tenant,
        subject=identity.subject,
        address=address,
        created_at=now,
    )
    return member


def _name(identity: SuiteIdentity) -> str:
    return _one_line(identity.name)[:_LONGEST_NAME]


def _address(identity: SuiteIdentity) -> str:
    return _one_line(identity.address).lower()[:_LONGEST_ADDRESS]


def _one_line(text: str) -> str:
    """Without control characters: PostgreSQL holds no NUL, and nobody's name has a line break."""
    return "".join(character for character in text if unicodedata.category(character) != "Cc").strip()
