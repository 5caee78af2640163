"""Every field that asks the suite has a price: found by resolving each field of the schema and watching the suite."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from inspect import isawaitable
from typing import Any, cast

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    OperationDefinitionNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    parse,
)
from graphql.language import FieldNode, print_ast

from app.graphql.callers import Gate
from app.graphql.engine import Engine
from app.graphql.execution import Plans
from app.graphql.limits import Limits
from app.graphql.options import GraphQLOptions
from schema import schema
from schema.costs import COSTS
from tests.schema.id_places import TABLE, Possessions, make_possessions
from tests.schema.operations import OPERATIONS
from tests.schema.world import House

DEEPEST = 4
TAKING_AWAY = [
    "Mutation.cancelBooking",
    "Mutation.unpairRoom",
    "Mutation.removeRoom",
    "Mutation.removeBuilding",
    "Mutation.disconnectCalendar",
    "Mutation.cancelIntegration",
    "Mutation.disableIntegration",
    "Mutation.setMemberRole",
]
"""What is asked last."""
UNLIMITED = Limits(
    tokens=10**6, lines=10**6, depth=100, nesting=100, aliases=10**6, repeats=10**6, cost=10**12, calls=10**12
)

_resolving: ContextVar[str] = ContextVar("resolving", default="")


NOT_REACHED = {
    "Mutation.cancelBooking",
    "Mutation.pairRoom",
    "Mutation.replaceRoom",
    "Query.suggestedShifts",
    "Room.schedule",
}
"""What is priced although this world gives it no reason to ask: so nobody takes a test that sees nothing for one that
finds nothing."""


class WatchedCalls(Counter[str]):
    """Counts the calls of a suite, and remembers for which field each was made."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: set[str] = set()

    def __setitem__(self, operation: str, count: int) -> None:
        self.fields.add(_resolving.get())
        super().__setitem__(operation, count)


def _watched(name: str, resolve: Callable[..., Any]) -> Callable[..., Any]:
    """The resolver, with its field's name to be read by whatever it calls and whatever that starts."""

    async def awaited(result: Any) -> Any:
        token = _resolving.set(name)
        try:
            return await result
        finally:
            _resolving.reset(token)

    def resolver(*arguments: Any, **values: Any) -> Any:
        token = _resolving.set(name)
        try:
            result = resolve(*arguments, **values)
        finally:
            _resolving.reset(token)
        return awaited(result) if isawaitable(result) else result

    return resolver


@contextmanager
def watched_fields() -> Iterator[None]:
    """Every resolver of the schema says which field it is for."""
    resolvers: list[tuple[GraphQLField, Any]] = []
    for type_ in schema._schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                if field.resolve is not None and type_.name != "Subscription":
                    resolvers.append((field, field.resolve))
                    field.resolve = _watched(f"{type_.name}.{name}", field.resolve)
    try:
        yield
    finally:
        for field, resolve in resolvers:
            field.resolve = resolve


class _Everything:
    """Selects every field below one, down to a depth, but for types that stand above it already."""

    def __init__(self) -> None:
        self._aliases = 0

    def below(self, type_: GraphQLNamedType, above: tuple[str, ...]) -> str:
        if is_leaf_type(type_):
            return ""
        if is_abstract_type(type_):
            members = schema._schema.get_possible_types(type_)
            chosen = [
                f"... on {member.name} {self.below(member, above)}" for member in members if member.name not in above
            ]
            return f"{{ __typename {' '.join(chosen)} }}"
        assert isinstance(type_, GraphQLObjectType)
        return f"{{ __typename {' '.join(self._fields(type_, (*above, type_.name)))} }}"

    def _fields(self, type_: GraphQLObjectType, above: tuple[str, ...]) -> Iterator[str]:
        for name, field in type_.fields.items():
            below = get_named_type(field.type)
            if not is_leaf_type(below) and (below.name in above or len(above) >= DEEPEST):
                continue
            self._aliases += 1
            yield f"a{self._aliases}: {name}{_arguments(field)} {self.below(below, above)}"


def _arguments(field: GraphQLField) -> str:
    given = [
        f"{name}: {_any_value(get_named_type(argument.type))}"
        for name, argument in field.args.items()
        if isinstance(argument.type, GraphQLNonNull) or name == "first"
    ]
    return f"({', '.join(given)})" if given else ""


def _any_value(type_: GraphQLNamedType) -> str:
    if isinstance(type_, GraphQLEnumType):
        return str(next(iter(type_.values)))
    return {"DateTime": '"2031-05-12T09:00:00Z"', "Date": '"2031-05-12"', "Int": "5"}[type_.name]


def _with_everything(document: str) -> str:
    """The document, its root field with everything selected below it."""
    (operation,) = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    (root,) = operation.selection_set.selections
    assert isinstance(root, FieldNode)
    parent = schema._schema.get_root_type(operation.operation)
    assert parent is not None
    type_ = get_named_type(parent.fields[root.name.value].type)
    head = document[: document.index("{")]
    arguments = ", ".join(print_ast(argument) for argument in root.arguments or ())
    called = f"{root.name.value}({arguments})" if arguments else root.name.value
    return f"{head} {{ {called} {_Everything().below(type_, ())} }}"


def _asked(house: House, possessions: Possessions) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What to ask, in an order in which nothing is taken away that a later question needs."""
    for id_ in possessions.ids.values():
        yield OPERATIONS["Query.node"].document, {"id": id_}
    for place in TABLE.values():
        if place.operation not in TAKING_AWAY:
            yield OPERATIONS[place.operation].document, place.variables(possessions, possessions.ids[place.kind])
    for name in sorted(set(OPERATIONS) - set(TAKING_AWAY), key=lambda name: not name.startswith("Query")) + TAKING_AWAY:
        if not name.startswith("Subscription"):
            yield OPERATIONS[name].document, OPERATIONS[name].variables(house)


async def test_every_field_that_asks_the_suite_has_a_price(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    # A plan loads for many fields at once, and says of no call which field it is for.
    monkeypatch.setattr(Plans, "of", lambda *_: None)
    possessions = await make_possessions(house)
    house.server.engine = Engine(GraphQLOptions(schema=schema, gate=cast("Gate", None), limits=UNLIMITED))
    calls = house.server.suite.calls = WatchedCalls()

    with watched_fields():
        for document, variables in _asked(house, possessions):
            answer = await house.server.ask(house.member, _with_everything(document), **variables)
            if "errors" in answer:
                await house.server.ask(house.administrator, _with_everything(document), **variables)

    priced = {f"{type_}.{field}" for (type_, field), cost in COSTS.items() if cost.calls}
    assert calls.fields <= priced
    assert priced - calls.fields <= NOT_REACHED
