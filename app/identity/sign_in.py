"""Who a proved identity is here: a known member, a colleague of a joined tenant, or the holder of an invitation.

Only the suite's tenant and subject identify; name and address describe and are refreshed at every sign-in. Of somebody
with several accounts one describes the member, whichever they come in by: the first of theirs in the tenant that the
organisation has joined, else their first.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from app import clock
from app.events_bus.bus import EventsBus
from app.identity import invitations, linking, roles
from app.identity.identities import add_identity, address_in, known_identity, name_in
from app.identity.linking import Linked
from app.identity.models import Identity, Invitation, Member, Role
from app.identity.roles import RoleChange
from app.integrations.lookup import active_integration
from app.integrations.models import Integration
from app.suites.protocol import SuiteIdentity


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


@dataclass(frozen=True, slots=True)
class _Arrival:
    """Who came in, and what has to be told of it."""

    member: Member
    role_change: RoleChange | None = None
    linked: Linked | None = None


class SignInService:
    """Finds or makes the member behind an identity whose every claim was checked."""

    def __init__(self, bus: EventsBus) -> None:
        self._bus = bus

    async def complete(self, identity: SuiteIdentity, invitation_id: UUID | None = None) -> Member:
        """The member. Raises SignInRefused, LinkRefused, and then nothing has changed."""
        try:
            arrival = await _arrived(identity, invitation_id)
        except invitations.InvitationNotValid:
            raise SignInRefused(SignInRefusal.INVITATION_NOT_VALID) from None
        if arrival.linked is not None:
            await linking.announce(self._bus, arrival.linked)
        if arrival.role_change is not None:
            await roles.announce(self._bus, arrival.role_change)
        return arrival.member


async def _arrived(identity: SuiteIdentity, invitation_id: UUID | None) -> _Arrival:
    try:
        return await _come_in(identity, invitation_id)
    except IntegrityError:
        # The same person came in twice at once: the other sign-in has made the row that is there now.
        return await _come_in(identity, invitation_id)


async def _come_in(identity: SuiteIdentity, invitation_id: UUID | None) -> _Arrival:
    async with in_transaction():
        if invitation_id is not None:
            return await _invited(identity, invitation_id)
        known = await known_identity(identity)
        if known is not None:
            return _Arrival(await _come_back(known, identity))
        organisation_id = await _organisation_of_tenant(identity)
        if organisation_id is None:
            raise SignInRefused(SignInRefusal.NOT_INVITED)
        return _Arrival(await _join(organisation_id, Role.MEMBER, identity))


async def _invited(identity: SuiteIdentity, invitation_id: UUID) -> _Arrival:
    """By an invitation, one at a time in its organisation: what it says is read when nobody changes it any more."""
    await roles.one_at_a_time((await invitations.open_invitation(invitation_id)).organisation_id)
    invitation = await invitations.open_invitation(invitation_id)
    if invitation.member_id is not None:
        member = await roles.member_of_own(invitation.organisation_id, invitation.member_id)
        linked = await linking.bind_invited(member, identity)
        return _Arrival(member, await _accepted(invitation, member), linked)
    known = await known_identity(identity)
    if known is None:
        member = await _join(invitation.organisation_id, invitation.role, identity)
        await invitations.accept(invitation, member)
        return _Arrival(member)
    if invitation.organisation_id != known.organisation_id:
        raise SignInRefused(SignInRefusal.ANOTHER_ORGANISATION)
    member = await _come_back(known, identity)
    return _Arrival(member, await _accepted(invitation, member))


async def _accepted(invitation: Invitation, member: Member) -> RoleChange | None:
    """Somebody who is a member already takes the invitation: their role rises with it and never falls."""
    await invitations.accept(invitation, member)
    if invitation.role is not Role.SUBSCRIPTION_ADMINISTRATOR:
        return None
    return await roles.change_role(member, invitation.role, actor_id=member.id)


async def _come_back(known: Identity, identity: SuiteIdentity) -> Member:
    """The role is left alone: what was read may have been taken away meanwhile."""
    member = known.member
    address = address_in(identity) or known.address
    if await _describes(known):
        changed = {"name": name_in(identity) or member.name, "address": address}
        member.update_from_dict(changed)
        await Member.of(member.organisation_id).filter(id=member.id).update(**changed)
    # Behind the member, as whoever merges two members takes them: otherwise each could wait for the other.
    await Identity.of(known.organisation_id).filter(id=known.id).update(address=address)
    return member


async def _describes(known: Identity) -> bool:
    """Whether this is the account by which its member is called and written to."""
    own = await Identity.of(known.organisation_id).filter(member_id=known.member_id).order_by("created_at", "id")
    if len(own) == 1:
        return True
    joined = await active_integration(known.organisation_id)
    at_work = [one for one in own if joined and (one.suite, one.tenant) == (joined.suite, joined.tenant)]
    return (at_work or own)[0].id == known.id


async def _organisation_of_tenant(identity: SuiteIdentity) -> UUID | None:
    """Across organisations: which of them has joined the person's tenant; the database allows one."""
    integration = await Integration.filter(suite=identity.suite, claimed_tenant=identity.tenant).first()
    return integration.organisation_id if integration else None


async def _join(organisation_id: UUID, role: Role, identity: SuiteIdentity) -> Member:
    address = address_in(identity)
    member = await Member.create(
        organisation_id=organisation_id,
        name=name_in(identity) or address,
        address=address,
        role=role,
        created_at=clock.now(),
    )
    await add_identity(member, identity)
    return member
