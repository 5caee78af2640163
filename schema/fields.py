"""Fields of objects, each by what its value takes: nothing but the object, the context too, or a loader.

None of them admits anybody: whoever sees an object was admitted by the field of the root that it hangs on, and there
is no context without an asking member to load anything with. A plan (`app.graphql.execution`) can answer all of them,
and does; a field that calls a service for one object after the other is a `member_field` instead.

Where a value of the product already is what clients are shown, it is answered with as it is: its type in the schema
only names and describes it, and the field says which one that is by `shown_as`.
"""

from collections.abc import Callable, Hashable
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader

from app.graphql.execution import Loading
from app.graphql.execution.loading import METADATA_KEY
from schema.failing import Tells
from schema.loaders import Loaders

Decorator = Callable[[Callable[..., Any]], Any]
"""What turns a resolver into a field: a method, or a function whose field is declared among attributes."""


def computed_field(*, description: str, shown_as: Any = None) -> Decorator:
    """A field that is worked out from its object alone."""
    return _decorator(description=description, graphql_type=shown_as)


def context_field(*, description: str, shown_as: Any = None) -> Decorator:
    """A field that is worked out from its object, its arguments and `info.context`, of `info` nothing else.

    It never waits, and what it raises on purpose is told as everywhere.
    """
    return _decorator(description=description, graphql_type=shown_as, extensions=[Tells()])


def loaded_field(
    *,
    description: str,
    key: Callable[[Any], Hashable | None],
    loader: Callable[[Loaders], DataLoader[Any, Any]],
    shown_as: Any = None,
) -> Decorator:
    """A field whose value is read together with those of the answer's other objects.

    `key` says what is read for an object, None where there is nothing to read. The decorated method makes the field's
    value of the object and of what was read: None where that was nothing.
    """

    def decorate(finish: Callable[[Any, Any], Any]) -> Any:
        async def resolve(self: Any, info: Any) -> Any:
            reading, wanted = loader(info.context.loaders), key(self)
            return finish(self, None if wanted is None else await reading.load(wanted))

        for name in ("__module__", "__qualname__", "__name__", "__doc__"):
            setattr(resolve, name, getattr(finish, name))
        resolve.__annotations__ = {"info": strawberry.Info, "return": finish.__annotations__["return"]}
        loading = Loading(
            key=key,
            loader=lambda context: loader(context.loaders),
            finish=finish,
        )
        return _decorator(
            description=description,
            graphql_type=shown_as,
            extensions=[Tells()],
            metadata={METADATA_KEY: loading},
        )(resolve)

    return decorate


def _decorator(**options: Any) -> Decorator:
    decorate: Decorator = strawberry.field(**options)
    return decorate
