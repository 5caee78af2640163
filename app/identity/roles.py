"""Roles: who may set them, and that no organisation is ever left without an administrator.

Whatever changes who somebody is in an organisation goes one at a time: two administrators who demote each other at the
same moment are one who does and one who has no say any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.transactions import in_transaction

from app import clock
from app.audit import service as audit
from app.audit.models import AuditAction
from app.errors import Forbidden, LastAdministrator, NotFound
from app.events_bus.bus import EventsBus
from app.identity import credentials
from app.identity.models import Invitation, Member, Organisation, Role
from app.identity.principal import Principal
from app.rooms.carriers import tell_of_role


@dataclass(frozen=True, slots=True)
class RoleChange:
    """A member's role has changed, and these of their credentials were issued to who they were."""

    member: Member
    credential_ids: Sequence[UUID]


class RoleService:
    """Sets roles."""

    def __init__(self, bus: EventsBus) -> None:
        self._bus = bus

    async def set(self, principal: Principal, member_id: UUID, role: Role) -> Member:
        """Give a member this role; one that they have already is no change.

        Raises Forbidden where whoever asks is no administrator any more, NotFound, LastAdministrator.
        """
        async with in_transaction():
            await one_at_a_time(principal.organisation_id)
            await require_still_administrator(principal)
            member = await member_of_own(principal.organisation_id, member_id)
            change = await change_role(member, role, actor_id=principal.member_id)
        if change is not None:
            await announce(self._bus, change)
        return member


async def one_at_a_time(organisation_id: UUID) -> None:
    """Wait until nobody else is changing who has which role here; holds until the transaction ends.

    SQLite's transactions exclude each other by themselves. The lock leaves alone whoever only refers to the row.
    """
    await Organisation.filter(id=organisation_id).select_for_update(no_key=True).get()


async def require_still_administrator(principal: Principal) -> None:
    """The role as it is now, not as it was when the request came. Raises Forbidden."""
    own = Member.of(principal.organisation_id).filter(id=principal.member_id, merged_into_id=None)
    if not await own.filter(role=Role.SUBSCRIPTION_ADMINISTRATOR).exists():
        raise Forbidden("This is for subscription administrators.")


async def member_of_own(organisation_id: UUID, member_id: UUID) -> Member:
    """Somebody who is a member of their own, not merged into another. Raises NotFound."""
    member = await Member.of(organisation_id).get_or_none(id=member_id, merged_into_id=None)
    if member is None:
        raise NotFound("member")
    return member


async def change_role(member: Member, role: Role, *, actor_id: UUID) -> RoleChange | None:
    """Give the member this role, with its audit entry; None where they have it. Call with `one_at_a_time` held.

    Invitations that somebody sent as an administrator end when they are one no more. Raises LastAdministrator.
    """
    before, organisation_id = member.role, member.organisation_id
    if role is before:
        return None
    if before is Role.SUBSCRIPTION_ADMINISTRATOR:
        await require_another_administrator(member)
        sent = Invitation.of(organisation_id).filter(invited_by_id=member.id, used_at__isnull=True)
        await sent.filter(expires_at__gt=clock.now()).update(expires_at=clock.now())
    changed = await Member.of(organisation_id).filter(id=member.id, role=before, merged_into_id=None).update(role=role)
    if not changed:
        raise NotFound("member")
    member.role = role
    await audit.record(
        organisation_id,
        AuditAction.ROLE_CHANGED,
        actor_id=actor_id,
        target_id=member.id,
        before=before.value,
        after=role.value,
    )
    return RoleChange(member, await credentials.live_of(organisation_id, member.id))


async def announce(bus: EventsBus, change: RoleChange) -> None:
    """Close the sockets that were opened with the former role, and tell of the rooms; call after the transaction."""
    await credentials.announce_changed(bus, change.credential_ids)
    await tell_of_role(bus, change.member.organisation_id, change.member.id)


async def require_another_administrator(member: Member) -> None:
    """Somebody would still be an administrator without this one. Raises LastAdministrator."""
    others = Member.of(member.organisation_id).filter(role=Role.SUBSCRIPTION_ADMINISTRATOR, merged_into_id=None)
    if not await others.exclude(id=member.id).exists():
        raise LastAdministrator
