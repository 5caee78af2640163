"""Fields that are worked out from their object alone."""

from collections.abc import Callable
from typing import Any

import strawberry

Decorator = Callable[[Callable[..., Any]], Any]
"""What turns a resolver into a field."""


def computed_field(*, description: str) -> Decorator:
    """A field that needs no service and never waits, so there is nobody to admit; never a field of the root."""
    decorate: Decorator = strawberry.field(description=description)
    return decorate
