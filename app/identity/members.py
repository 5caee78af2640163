"""Reading an organisation's members and what their suites know them as."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from app.errors import NotFound
from app.identity.models import Identity, Member
from app.identity.principal import Principal


class MemberService:
    """Members of one organisation, for whoever belongs to it."""

    async def get(self, organisation_id: UUID, member_id: UUID) -> Member:
        """Raises NotFound."""
        member = await Member.of(organisation_id).get_or_none(id=member_id)
        if member is None:
            raise NotFound("member")
        return member

    async def many(self, organisation_id: UUID, member_ids: Collection[UUID]) -> Mapping[UUID, Member]:
        """Those that exist, by id, in one query."""
        return {member.id: member for member in await Member.of(organisation_id).filter(id__in=list(member_ids))}

    async def identities(self, principal: Principal) -> Sequence[Identity]:
        """The asking member's own identities, oldest first."""
        return (
            await Identity.of(principal.organisation_id)
            .filter(member_id=principal.member_id)
            .order_by("created_at", "id")
        )
