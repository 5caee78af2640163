"""Reading an organisation's members and what their suites know them as."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from tortoise.expressions import Q

from app.errors import NotFound
from app.identity.models import Identity, Member
from app.identity.principal import Principal
from app.paging import Page, PageRequest, foreign_cursor

_UUID_BYTES = 16


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

    async def list(self, principal: Principal, request: PageRequest) -> Page[Member]:
        """The organisation's members, by name; who was merged into another is left out. Raises InvalidInput."""
        members = Member.of(principal.organisation_id).filter(merged_into_id=None)
        following = members
        if request.after is not None:
            before = await _named(principal, request.after)
            following = members.filter(Q(name__gt=before.name) | Q(name=before.name, id__gt=before.id))
        found = await following.order_by("name", "id").limit(request.first + 1)
        return Page(
            items=[(member, member.id.bytes) for member in found[: request.first]],
            has_next_page=len(found) > request.first,
            has_previous_page=request.after is not None,
            total=await members.count(),
        )

    async def identities(self, principal: Principal) -> Sequence[Identity]:
        """The asking member's own identities, oldest first."""
        return (
            await Identity.of(principal.organisation_id)
            .filter(member_id=principal.member_id)
            .order_by("created_at", "id")
        )


async def _named(principal: Principal, cursor: bytes) -> Member:
    """Whom a cursor names, even where they were merged into another meanwhile. Raises InvalidInput."""
    member = None
    if len(cursor) == _UUID_BYTES:
        member = await Member.of(principal.organisation_id).get_or_none(id=UUID(bytes=cursor))
    if member is None:
        raise foreign_cursor()
    return member
