"""Draws documents for a schema, valid ones, and variables for them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from random import Random
from typing import Any, cast

from graphql import (
    DocumentNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    get_named_type,
    parse,
    specified_rules,
    validate,
)

from tests.graphql.execution.shapes import odds

_RULES = tuple(rule for rule in specified_rules if rule not in {NoUnusedFragmentsRule, NoUnusedVariablesRule})
_VARIABLES = """\
$c0: Boolean!, $c1: Boolean! = true, $c2: Boolean = false, $n: Int, $m: Int = 5, $s: String, $e: Plain,
$d: DateTime, $i: Int!"""
_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "n": ("3", "$n", "$m", "$i"),
    "s": ('"literal"', "null", "$s", '"""block"""'),
    "e": ("RED", "GREEN", "$e"),
    "d": ("$d", '"2026-11-27T05:00:00+00:00"'),
    "many": ("[1, 2]", "[$i]", "3"),
}
_CONDITIONS = ("true", "false", "$c0", "$c1", "$c2")
_DEEPEST = 6


class Documents:
    """Draws the documents of one schema."""

    def __init__(self, random: Random, schema: GraphQLSchema) -> None:
        self._random = random
        self._schema = schema
        self._fragments: dict[str, tuple[GraphQLCompositeType, str]] = {}
        self._open = 0
        self._left = 0

    def document(self, kind: str = "query") -> tuple[DocumentNode, str] | None:
        """A document, and the name of its first operation; None where what was drawn is not valid."""
        self._fragments, self._open, self._left = {}, 0, 60
        roots = {"query": self._schema.query_type, "mutation": self._schema.mutation_type}
        root = roots.get(kind, self._schema.subscription_type)
        assert root is not None
        selected = self._selection(root, 0, 1 if kind == "subscription" else None)
        text = f"{kind} First({_VARIABLES}) {{{selected}}}\n"
        text += "query Second($c0: [Int], $c1: String) { echo(values: $c0) also: __typename }\n"
        text += "\n".join(
            f"fragment {name} on {type_.name} {{{body}}}" for name, (type_, body) in self._fragments.items()
        )
        document = parse(text)
        return None if validate(self._schema, document, _RULES) else (document, text)

    def variables(self, *, right: bool) -> dict[str, Any]:
        """Variables for the first operation; a few are not what their types say, unless they have to be `right`."""
        random = self._random
        drawn: dict[str, Any] = {"c0": random.choice([True, False]), "i": random.randint(0, 9)}
        if odds(random, 2):
            drawn["c1"] = random.choice([True, False])
        if odds(random, 3):
            drawn["c2"] = random.choice([True, False] if right else [True, False, None])
        for name, values in {
            "n": (1, None, 7),
            "m": (2, None),
            "s": ("given", None, "\ud83d"),
            "e": ("GREEN", None),
            "d": (datetime(2026, 1, 1).isoformat(), None),  # noqa: DTZ001 - one without a zone
        }.items():
            if odds(random, 2):
                drawn[name] = random.choice(values)
        if not right and odds(random, 30):
            drawn[random.choice(["c0", "i", "e", "d"])] = "wrong"
        return drawn

    def _selection(self, type_: GraphQLNamedType, depth: int, most: int | None = None) -> str:
        parts = []
        for _ in range(most or (self._random.randint(1, 3) if depth else self._random.randint(3, 8))):
            self._left -= 1
            kind = self._random.choice(["field"] * 6 + ["typename", "inline", "bare", "fragment"])
            if most == 1:
                kind = "field"
            parts.append(self._selected(kind, type_, depth))
        return " ".join(parts)

    def _selected(self, kind: str, type_: GraphQLNamedType, depth: int) -> str:
        narrow = depth >= _DEEPEST or self._left <= 0
        if kind == "field" and isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not narrow:
            name, field = self._random.choice([*type_.fields.items()])
            return self._field(name, field, depth)
        if kind == "bare" and not narrow and depth:
            return f"... {self._condition()}{{ {self._selection(type_, depth + 1)} }}"
        if kind in {"inline", "fragment", "field"} and not narrow and depth:
            on = self._random.choice([*self._overlapping(type_)] or [cast("GraphQLCompositeType", type_)])
            if kind == "fragment":
                return f"...{self._fragment(on, depth)} {self._condition()}"
            return f"... on {on.name} {self._condition()}{{ {self._selection(on, depth + 1)} }}"
        return self._random.choice(["__typename", "kind: __typename"])

    def _fragment(self, on: GraphQLCompositeType, depth: int) -> str:
        known = [name for name, (type_, _) in self._fragments.items() if type_ is on]
        if known and odds(self._random, 2):
            return self._random.choice(known)
        name = f"Fragment{self._open}"
        self._open += 1
        body = self._selection(on, depth + 1)
        self._fragments[name] = (on, body)
        return name

    def _field(self, name: str, field: GraphQLField, depth: int) -> str:
        given = self._arguments(field)
        alias = f"{name}_{self._alias(given)}: " if given else self._random.choice(["", "", "", f"other_{name}: "])
        arguments = f"({', '.join(f'{key}: {value}' for key, value in given.items())})" if given else ""
        inner = get_named_type(field.type)
        below = ""
        if isinstance(inner, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
            below = f"{{ {self._selection(inner, depth + 1)} }}"
        return f"{alias}{name}{arguments} {self._condition()}{below}"

    def _arguments(self, field: GraphQLField) -> dict[str, str]:
        return {
            name: self._random.choice(_ARGUMENTS[name])
            for name in field.args
            if name in _ARGUMENTS and odds(self._random, 3)
        }

    @staticmethod
    def _alias(given: Mapping[str, str]) -> str:
        """The same for the same arguments only, so that selections of one name may be merged."""
        return "_".join(f"{name}{_ARGUMENTS[name].index(value)}" for name, value in given.items())

    def _condition(self) -> str:
        if not odds(self._random, 6):
            return ""
        return f"@{self._random.choice(['skip', 'include'])}(if: {self._random.choice(_CONDITIONS)}) "

    def _overlapping(self, type_: GraphQLNamedType) -> Iterator[GraphQLCompositeType]:
        possible = self._possible(type_)
        for other in self._schema.type_map.values():
            if isinstance(other, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType) and any(
                one in possible for one in self._possible(other)
            ):
                yield other

    def _possible(self, type_: GraphQLNamedType) -> list[GraphQLObjectType]:
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            return [*self._schema.get_possible_types(type_)]
        return [type_] if isinstance(type_, GraphQLObjectType) else []
