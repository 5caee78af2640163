"""Documents made at random from the schema: valid ones, valid ones with values at the edges, and nearly valid ones.

Everything is decided by one `Random`, so that a seed, or hypothesis in its place, makes the same document again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from random import Random
from typing import Any

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
)

DEEPEST = 5
"""Levels of fields of a document."""
WIDEST = 4
"""Fields chosen of one type."""


class Mood(Enum):
    """How a document means it."""

    DECENT = auto()
    """Every value is one that a front end would send."""
    EXTREME = auto()
    """Every value has the type it should have, at its edges."""
    BROKEN = auto()
    """Here and there something is not what the schema asks for."""


_DECENT: Mapping[str, Sequence[object]] = {
    "Int": (1, 2, 8, 50),
    "Float": (0.5, 1.5),
    "Boolean": (True, False),
    "String": ("Tide tables", "Ada Lind", "ada.lind@tidewater.example", "harbour", "a key"),
    "DateTime": ("2031-05-12T10:00:00+02:00", "2031-05-12T11:00:00Z", "2031-05-13T09:30:00Z", "2031-05-19T09:00:00Z"),
    "Date": ("2031-05-12", "2031-05-13", "2031-05-16", "2031-05-18"),
    "Time": ("08:00", "12:30", "18:00"),
    "TimeZone": ("Europe/Amsterdam", "UTC", "America/St_Johns"),
}
_EXTREME: Mapping[str, Sequence[object]] = {
    "Int": (0, -1, 1, 100, 101, 2**31 - 1, -(2**31)),
    "Float": (0.0, -0.0, 1e308, -1e308, 5e-324),
    "Boolean": (True, False),
    "String": (
        "",
        " ",
        "\x00",
        "a\x00b",
        "\ufeff",
        "\u202e\u200b\u2028",
        "👩‍👩‍👧‍👦" * 9,
        "e\u0301" * 50,
        "x" * 255,
        "x" * 256,
        "x" * 5_000,
        "%_\\'\";--",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "\r\nBcc: eve@fernhill.example",
        "a@b",
        "ada@tidewater.example\n",
        "ada@xn--bcher-kva.example",
        f"{'a' * 64}@{'b' * 60}.example",
        "null",
        "../../etc/passwd",
    ),
    "DateTime": (
        "1900-01-01T00:00:00Z",
        "1900-01-01T00:00:00+14:00",
        "2999-12-31T23:59:59Z",
        "2999-12-31T23:59:59-14:00",
        "2031-03-30T02:30:00+01:00",
        "2031-10-26T02:30:00.123456789+02:00",
        "2031-05-12T23:59:59+23:59",
        "1970-01-01t00:00:00z",
    ),
    "Date": ("1900-01-01", "2999-12-31", "2032-02-29", "2031-03-30", "2031-10-26"),
    "Time": ("00:00", "23:59", "02:30"),
    "TimeZone": ("Pacific/Apia", "Pacific/Kiritimati", "Etc/GMT+12", "Europe/Dublin", "Africa/El_Aaiun", "UTC"),
}
_WRONG: Sequence[object] = (
    None,
    True,
    0,
    -1,
    2**31,
    2**53 + 1,
    1.5,
    "",
    "nonsense",
    "2031-02-30",
    "2031-05-12T25:00:00Z",
    "Mars/Olympus_Mons",
    [],
    {},
    [[[]]],
    {"a": {"b": []}},
    ["x"] * 200,
    "y" * 20_000,
)


@dataclass(frozen=True, slots=True)
class Generated:
    """A document, its variables, and who would read it: everything to send it again."""

    query: str
    variables: Mapping[str, object]
    mood: Mood

    def __str__(self) -> str:
        return f"{self.query}\n{orjson.dumps(self.variables).decode()}"


@dataclass
class Generator:
    """Makes documents of one schema. `ids` are those that exist, by what they are ids of, as arguments name it."""

    schema: GraphQLSchema
    ids: Mapping[str, str]
    random: Random
    mood: Mood
    variables: dict[str, object] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    aliases: int = 0

    def operation(self, kind: str, root_field: str) -> Generated:
        """One operation with one root field."""
        root = {
            "query": self.schema.query_type,
            "mutation": self.schema.mutation_type,
            "subscription": self.schema.subscription_type,
        }[kind]
        assert root is not None
        selected = self._field(root, root_field, DEEPEST)
        if self.mood is Mood.BROKEN and self._now_and_then():
            selected += self.random.choice([" nothingLikeIt", " ...F", " @skip", " { __typename }", " viewer { x }"])
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        return Generated(f"{kind} {declared} {{ {selected} }}", self.variables, self.mood)

    def _now_and_then(self, chance: float = 0.1) -> bool:
        return self.random.random() < chance

    # -- selections

    def _field(self, parent: GraphQLObjectType, name: str, depth: int) -> str:
        definition = parent.fields[name]
        return f"{name}{self._arguments(definition)}{self._selection(get_named_type(definition.type), depth - 1)}"

    def _arguments(self, definition: GraphQLField) -> str:
        chosen = [
            f"{name}: {self._argument(name, argument.type)}"
            for name, argument in definition.args.items()
            if self._is_given(argument.type)
        ]
        return f"({', '.join(chosen)})" if chosen else ""

    def _is_given(self, type_: GraphQLInputType) -> bool:
        if isinstance(type_, GraphQLNonNull):
            return not (self.mood is Mood.BROKEN and self._now_and_then())
        return self._now_and_then(0.6)

    def _argument(self, name: str, type_: GraphQLInputType) -> str:
        """A variable mostly, for literals are the same values in other clothes."""
        value = self._value(name, type_)
        if not isinstance(value, dict | list) and self._now_and_then(0.3):
            return _literal(value, get_named_type(type_))
        variable = f"v{len(self.declared)}"
        self.declared.append(f"${variable}: {type_}")
        self.variables[variable] = value
        return f"${variable}"

    def _selection(self, type_: GraphQLNamedType, depth: int) -> str:
        if is_leaf_type(type_):
            return ""
        chosen = ["__typename"]
        if is_abstract_type(type_):
            possible = list(self.schema.get_possible_types(type_))
            chosen.extend(
                f"... on {member.name} {{ __typename {self._fields_of(member, depth)} }}"
                for member in self._some(possible)
            )
        if isinstance(type_, GraphQLObjectType):
            chosen.append(self._fields_of(type_, depth))
        return f" {{ {' '.join(chosen)} }}"

    def _fields_of(self, type_: GraphQLObjectType, depth: int) -> str:
        names = [
            name
            for name, definition in type_.fields.items()
            if depth > 0 or not is_composite_type(get_named_type(definition.type))
        ]
        return " ".join(self._aliased(type_, name, depth) for name in self._some(names))

    def _aliased(self, type_: GraphQLObjectType, name: str, depth: int) -> str:
        """Fields that take arguments would be at odds with each other in two members of a union without an alias."""
        written = self._field(type_, name, depth)
        if not type_.fields[name].args or self.aliases >= 15:
            return written
        self.aliases += 1
        return f"a{self.aliases}: {written}"

    def _some(self, names: Iterable[Any]) -> list[Any]:
        everything = list(names)
        return self.random.sample(everything, min(len(everything), self.random.randint(1, WIDEST)))

    # -- values

    def _value(self, name: str, type_: GraphQLInputType) -> object:
        if self.mood is Mood.BROKEN and self._now_and_then():
            return self.random.choice(_WRONG)
        if isinstance(type_, GraphQLNonNull):
            return self._one(name, type_.of_type)
        if self.mood is not Mood.DECENT and self._now_and_then(0.05):
            return None
        return self._one(name, type_)

    def _one(self, name: str, type_: GraphQLInputType) -> object:
        if isinstance(type_, GraphQLList):
            most = 3 if self.mood is Mood.DECENT else self.random.choice([0, 3, 30])
            return [self._value(name, type_.of_type) for _ in range(self.random.randint(min(1, most), most))]
        if isinstance(type_, GraphQLEnumType):
            return self.random.choice(list(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_)
        named = get_named_type(type_)
        if named.name == "ID":
            return self._id(name)
        if name == "first" and self.mood is Mood.DECENT:
            return self.random.randint(1, 20)
        values = _DECENT if self.mood is Mood.DECENT or self._now_and_then(0.5) else _EXTREME
        return self.random.choice(values[named.name])

    def _object(self, type_: GraphQLInputObjectType) -> dict[str, object]:
        chosen: dict[str, GraphQLInputField] = {
            name: each for name, each in type_.fields.items() if self._is_given(each.type)
        }
        values = {name: self._value(name, each.type) for name, each in chosen.items()}
        if self.mood is Mood.BROKEN and self._now_and_then():
            values["nothingLikeIt"] = self.random.choice(_WRONG)
        return values

    def _id(self, name: str) -> str:
        """Mostly one of what the argument asks for."""
        if self._now_and_then(0.7):
            word = name.removesuffix("s").removesuffix("Id").lower()
            fitting = [id_ for kind, id_ in self.ids.items() if word and word in kind.replace("_", "").lower()]
            if fitting:
                return self.random.choice(fitting)
        strange = ["", "1", "x" * 500, "\x00", "é", "AAAA" * 20, "==", "-1", "null"]
        return self.random.choice([*self.ids.values(), *strange])


def _literal(value: object, type_: GraphQLNamedType) -> str:
    if isinstance(value, str) and isinstance(type_, GraphQLEnumType):
        return value
    return orjson.dumps(value).decode()
