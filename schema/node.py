"""The interface of everything that can be found again by its id."""

import strawberry

from schema.context import Info
from schema.fields import context_field
from schema.ids import NodeIds


@strawberry.interface(
    description=(
        "An object with an identity. Ids are opaque, the same at every read, and of use only inside the organisation "
        "that they were given to."
    )
)
class Node:
    @context_field(description="The object's id, to be handed to `node` or to another field.")
    def id(self, info: Info) -> strawberry.ID:
        return self.id_in(info.context.ids)

    def id_in(self, ids: NodeIds) -> strawberry.ID:
        """The object's id as one member sees it; every type has its own way."""
        raise NotImplementedError
