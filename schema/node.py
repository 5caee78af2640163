"""The interface of everything that can be found again by its id."""

import strawberry


@strawberry.interface(
    description=(
        "An object with an identity. Ids are opaque, the same at every read, and of use only inside the organisation "
        "that they were given to."
    )
)
class Node:
    id: strawberry.ID = strawberry.field(description="The object's id, to be handed to `node` or to another field.")
