"""Members as their colleagues see them."""

import strawberry

from app.agenda.values import Colleague
from app.identity import models
from schema.ids import NodeIds, NodeKind
from schema.node import Node


@strawberry.type(description="A person in the viewer's organisation.")
class Member(Node):
    name: str = strawberry.field(description="The name the member's suite shows.")
    email: str = strawberry.field(description="Where the member is written to, lower case. It identifies nobody.")


def member_of(ids: NodeIds, row: models.Member) -> Member:
    """A member's row as a client sees it."""
    return Member(id=ids.seal(NodeKind.MEMBER, row.id), name=row.name, email=row.address)


def colleague_of(ids: NodeIds, colleague: Colleague) -> Member:
    """A colleague on an event as a client sees them."""
    return Member(id=ids.seal(NodeKind.MEMBER, colleague.member_id), name=colleague.name, email=colleague.address)
