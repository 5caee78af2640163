"""Members as their colleagues see them."""

from uuid import UUID

import strawberry

from app.agenda.values import Colleague
from app.identity import models
from app.identity.models import Role
from schema.context import Context, Info
from schema.ids import NodeIds, NodeKind
from schema.node import Node
from schema.permissions import member_field


@strawberry.type(description="A person in the viewer's organisation.")
class Member(Node):
    member_id: strawberry.Private[UUID]
    name: str = strawberry.field(description="The name the member's suite shows.")
    email: str = strawberry.field(description="Where the member is written to, lower case. It identifies nobody.")

    @member_field(description="What the member may do; null for viewers who are no subscription administrators.")
    async def role(self, info: Info) -> Role | None:
        if not info.context.member.is_administrator:
            return None
        member = await info.context.loaders.members.load(self.member_id)
        return member.role if member else None


async def member_by(context: Context, member_id: UUID) -> Member:
    """A member whom a row of ours names, read together with the others of the answer."""
    row = await context.loaders.members.load(member_id)
    if row is None:
        raise LookupError("a row names a member who is not there")
    return member_of(context.ids, row)


def member_of(ids: NodeIds, row: models.Member) -> Member:
    """A member's row as a client sees it."""
    return Member(id=ids.seal(NodeKind.MEMBER, row.id), member_id=row.id, name=row.name, email=row.address)


def colleague_of(ids: NodeIds, colleague: Colleague) -> Member:
    """A colleague on an event as a client sees them."""
    return Member(
        id=ids.seal(NodeKind.MEMBER, colleague.member_id),
        member_id=colleague.member_id,
        name=colleague.name,
        email=colleague.address,
    )
