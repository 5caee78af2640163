"""Reading an organisation's members and what their suites know them as."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from app.errors import NotFound
from app.identity.models import Identity, Member
from app.identity.principal import Principal
from app.identity.searching import MemberSearch, behind
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

    async def list(self, principal: Principal, request: PageRequest, search: str | None = None) -> Page[Member]:
        """The organisation's members whom a search finds, by name; who was merged into another is left out.

        Nobody counts how many are found. Raises InvalidInput.
        """
        wanted = MemberSearch.of(search)
        members = Member.of(principal.organisation_id).filter(merged_into_id=None)
        following = members
        if request.after is not None:
            before = await _named(principal, request.after)
            following = members.filter(behind(before.name, before.id))
        if wanted.words:
            ids, has_next_page = await wanted.page(following, request.first)
            by_id = await self.many(principal.organisation_id, ids)
            found = [by_id[member_id] for member_id in ids if member_id in by_id]
        else:
            rows = await following.order_by("name", "id").limit(request.first + 1)
            found, has_next_page = rows[: request.first], len(rows) > request.first
        return Page(
            items=[(member, member.id.bytes) for member in found],
            has_next_page=has_next_page,
            has_previous_page=request.after is not None,
            total=None if wanted.words else await members.count(),
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
