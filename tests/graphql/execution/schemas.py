"""Draws schemas of Strawberry, with types that know each other in layers, from leaves up to the roots."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from random import Random
from types import new_class
from typing import Annotated, Any, Generic, Union, cast

import strawberry
from strawberry.schema.config import StrawberryConfig

from tests.graphql.execution.leaves import LEAVES, SCALARS, Plain
from tests.graphql.execution.members import Problem, ProblemHandler, annotated
from tests.graphql.execution.shapes import (
    Leaf,
    ListOf,
    Member,
    Object,
    OneOf,
    Shape,
    T,
    World,
    odds,
    wrapped,
)

_PLAIN_WAYS = ("attribute", "attribute", "attribute", "alias", "sync", "info", "minded", "loaded")
_OTHER_WAYS = ("curious", "arguments", "parent", "coroutine", "async", "permitted", "guarded", "extended", "own")


class Drawn:
    """A schema, the shapes of its root fields, and the fields that are loaded."""

    def __init__(self, random: Random, plain: bool) -> None:
        self._random = random
        self._plain = plain
        self._counted = 0
        self.loaded: dict[str, Member] = {}
        self.objects: list[Object] = []
        self._drawn: list[Shape] = list(LEAVES)
        self._layers()
        self.roots = [self._member("attribute") for _ in range(4)]
        self.roots += [Member(self._name("f"), "attribute", wrapped(random, one)) for one in self._composite()[-4:]]
        self.schema = self._schema()

    def _layers(self) -> None:
        random = self._random
        problem = Object(Problem, Problem, [Member("message", "attribute", LEAVES[0])])
        low = [self._object() for _ in range(2)]
        self._drawn += low
        first = self._interface([])
        second = self._interface([first] if odds(random, 2) else [])
        middle = [self._object(random.choice([[first], [second], [first, second], []])) for _ in range(3)]
        self._drawn += [*middle, self._abstract(first), self._abstract(second), self._generic(low)]
        self._drawn.append(self._union([*low, *middle, problem]))
        self._drawn = [one for one in self._drawn if not isinstance(one, OneOf) or one.possible]
        self._drawn += [self._object(random.choice([[], [first]])) for _ in range(2)]

    def _composite(self) -> list[Shape]:
        return [one for one in self._drawn if isinstance(one, Object | OneOf)]

    def _name(self, prefix: str) -> str:
        self._counted += 1
        return f"{prefix}{self._counted}"

    def _member(self, way: str | None = None) -> Member:
        random = self._random
        ways = _PLAIN_WAYS if self._plain else (*_PLAIN_WAYS, *_OTHER_WAYS)
        composite = self._composite()
        shape = random.choice(composite) if composite and odds(random, 3) else self._leaf()
        way = way or random.choice(ways)
        member = Member(self._name("f"), way, wrapped(random, shape))
        if way == "loaded":
            self.loaded[member.name] = member
        return member

    def _leaf(self) -> Leaf:
        """One of all leaves, and one of GraphQL's own as often as all others together."""
        return self._random.choice(LEAVES[:5] if odds(self._random, 2) else LEAVES)

    def _class(self, name: str, members: Sequence[Member], bases: tuple[type, ...]) -> type:
        annotations: dict[str, Any] = {}
        namespace: dict[str, Any] = {"__annotations__": annotations, "__repr__": lambda self: f"<{name}>"}
        for member in members:
            annotated(member, namespace)
        return type(name, bases, namespace)

    def _object(self, interfaces: Sequence[type] = ()) -> Object:
        name, random = self._name("T"), self._random
        members = [self._member() for _ in range(random.randint(1, 4))]
        bases = [
            one for one in interfaces if not any(one is not other and issubclass(other, one) for other in interfaces)
        ]
        cls = self._class(name, members, tuple(bases))
        if odds(random, 8) and not self._plain:
            cls.is_type_of = classmethod(lambda cls, value, info: isinstance(value, cls))  # type: ignore[attr-defined]
        cls = strawberry.type(cls)
        inherited = [member for one in interfaces for member in cast("Any", one).members]
        drawn = Object(cls, cls, [*dict.fromkeys([*inherited, *members])])
        self.objects.append(drawn)
        return drawn

    def _interface(self, bases: Sequence[type]) -> type:
        name = self._name("I")
        members = [self._member() for _ in range(self._random.randint(1, 2))]
        cls = self._class(name, members, tuple(bases))
        if odds(self._random, 8) and not self._plain:
            cls.resolve_type = classmethod(lambda cls, value, info, type_: type(value).__name__)  # type: ignore[attr-defined]
        interface: Any = strawberry.interface(cls)
        interface.members = [*members, *(member for base in bases for member in cast("Any", base).members)]
        return cls

    def _abstract(self, interface: type) -> OneOf:
        return OneOf(interface, [one for one in self.objects if issubclass(one.cls, interface)])

    def _union(self, possible: Sequence[Object]) -> OneOf:
        chosen = [*dict.fromkeys(self._random.choices(possible, k=3))]
        annotation: Any = Union.__getitem__(tuple(one.annotation for one in chosen))
        return OneOf(
            Annotated[annotation, strawberry.union(self._name("U"))],
            chosen,
        )

    def _generic(self, low: Sequence[Object]) -> Object:
        """One generic type for each schema, so that its specialisations are this schema's."""
        namespace = {
            "__annotations__": {"value": T, "items": list.__class_getitem__(T)},
            "__repr__": _boxed,
            "__module__": __name__,
        }
        bases: Any = (Generic.__class_getitem__(T),)
        box = new_class(self._name("Box"), bases, exec_body=lambda body: body.update(namespace))
        generic = cast("Any", strawberry.type(cast("Any", box)))
        inner: Any = self._random.choice([*low, *LEAVES[:4]])
        members = [Member("value", "attribute", inner), Member("items", "attribute", ListOf(inner))]
        drawn = Object(generic.__class_getitem__(inner.annotation), generic, members)
        self.objects.append(drawn)
        return drawn

    def _schema(self) -> strawberry.Schema:
        def root(kind: str, annotations: dict[str, Any], fields: dict[str, Any]) -> type:
            return strawberry.type(type(kind, (), {**fields, "__annotations__": annotations}))

        queries = {one.name: _query(one, self._random.choice([True, False])) for one in self.roots}
        queries["echo"] = strawberry.field(resolver=_echo)
        mutations = {one.name: _mutation(one, self._random.choice([True, False])) for one in self.roots}
        subscriptions = {one.name: _subscription(one) for one in self.roots}
        return strawberry.Schema(
            root("Query", {}, queries),
            root("Mutation", {}, mutations),
            root("Subscription", {}, subscriptions),
            types=[one.annotation for one in self.objects],
            config=StrawberryConfig(scalar_map=SCALARS),
            exception_handlers=[ProblemHandler()],
        )


def _boxed(self: object) -> str:
    return "<Box>"


def _echo(
    values: list[int | None] | None = None, e: Plain | None = None, d: datetime | None = None
) -> list[int | None] | None:
    return values


def _query(member: Member, waits: bool) -> Any:
    def find(info: strawberry.Info[World, None]) -> Any:
        return info.context.roots[member.name](info.context)

    async def find_later(info: strawberry.Info[World, None]) -> Any:
        await asyncio.sleep(0)
        return find(info)

    return _field(find_later if waits else find, member)


def _mutation(member: Member, waits: bool) -> Any:
    def change(info: strawberry.Info[World, None]) -> Any:
        info.context.log.append(member.name)
        return info.context.roots[member.name](info.context)

    async def change_later(info: strawberry.Info[World, None]) -> Any:
        info.context.log.append(f"{member.name} begins")
        await asyncio.sleep(0)
        return change(info)

    resolver = change_later if waits else change
    resolver.__annotations__["return"] = member.shape.annotation
    return strawberry.mutation(resolver=resolver)


def _subscription(member: Member) -> Any:
    async def events(info: strawberry.Info[World, None]) -> Any:
        for _ in range(3):
            yield info.context.roots[member.name](info.context)

    events.__annotations__["return"] = AsyncGenerator[member.shape.annotation, None]  # type: ignore[name-defined]
    return strawberry.subscription(resolver=events)


def _field(resolver: Any, member: Member) -> Any:
    resolver.__annotations__["return"] = member.shape.annotation
    return strawberry.field(resolver=resolver)
