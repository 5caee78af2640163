"""Members as their colleagues see them."""

from uuid import UUID

import strawberry

from app.agenda.values import Colleague
from app.identity import models
from app.identity.models import Role
from schema.fields import loaded_field
from schema.ids import NodeIds, NodeKind
from schema.node import Node


@strawberry.type(description="A person in the viewer's organisation.")
class Member(Node):
    member_id: strawberry.Private[UUID]
    name: str = strawberry.field(description="The name the member's suite shows.")
    email: str = strawberry.field(description="Where the member is written to, lower case. It identifies nobody.")

    @loaded_field(
        description="What the member may do; null for viewers who are no subscription administrators.",
        key=lambda member: member.member_id,
        loader=lambda loaders: loaders.roles,
    )
    def role(self, role: Role | None) -> Role | None:
        return role

    def id_in(self, ids: NodeIds) -> strawberry.ID:
        return ids.seal(NodeKind.MEMBER, self.member_id)


def member_of(row: models.Member) -> Member:
    """A member's row as a client sees it."""
    return Member(member_id=row.id, name=row.name, email=row.address)


def colleague_of(colleague: Colleague) -> Member:
    """A colleague on an event as a client sees them."""
    return Member(member_id=colleague.member_id, name=colleague.name, email=colleague.address)
