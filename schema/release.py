"""What a release promises to clients: `python -m schema.release` keeps the schema as that of the last release.

Until the next one nothing in it may break what clients of this one are written against, but for what was deprecated
with a day on which it goes (`Gone on 2027-03-01: use …`), once that day has come: a field, an argument, a field of an
input or a value of an enum. A type cannot be deprecated: it goes with the last that leads to it. What a union answers
with and which interfaces a type has cannot be either, and stay.

`python -m schema.release --check` says where things stand: what breaks (exit status 1), what a client that expects
nothing new may stumble over, which is allowed, and what may go by now.
https://spec.graphql.org/draft/#sec-Field-Deprecation
"""

import re
import sys
from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from graphql import (
    BreakingChange,
    DangerousChange,
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    find_schema_changes,
    get_named_type,
    is_required_argument,
    is_required_input_field,
)

from app import clock
from schema.export import SDL

RELEASED = Path(__file__).with_name("released.graphql")
DEPRECATION = re.compile(r"Gone on (\d{4}-\d\d-\d\d): use \S")
"""How every reason for a deprecation begins."""

NOTICE = timedelta(days=180)
"""For how long at least whatever is deprecated stays, from the release that first says so."""


def breaks(before: GraphQLSchema, now: GraphQLSchema, today: date) -> list[str]:
    """What clients of the schema before would trip over, a sentence each."""
    kept = _without(before, _may_go(before, today) - _elements(now).keys())
    found = [change.description for change in find_schema_changes(kept, now) if isinstance(change, BreakingChange)]
    return found + [f"{name} has to be given: its default is gone." for name in _required_now(kept, now)]


def dangers(before: GraphQLSchema, now: GraphQLSchema) -> list[str]:
    """What may go wrong in clients that expect nothing new, such as another value of an enum: allowed, and told."""
    return [change.description for change in find_schema_changes(before, now) if isinstance(change, DangerousChange)]


def hurried(before: GraphQLSchema, now: GraphQLSchema, today: date) -> list[str]:
    """What would go sooner than it may, were this released today; a day that was told already may come."""
    told, earliest = _days(before), today + NOTICE
    return [
        f"{name} may not be gone before {earliest}."
        for name, day in _days(now).items()
        if day < min(earliest, told.get(name, date.max))
    ]


def overdue(before: GraphQLSchema, now: GraphQLSchema, today: date) -> list[str]:
    """What clients were told would be gone by now and is still there."""
    return sorted(_may_go(before, today) & _elements(now).keys())


def deprecations(schema: GraphQLSchema) -> dict[str, str]:
    """The reason of everything that is deprecated, by `Type.field`, `Type.field.argument` or `Enum.VALUE`."""
    found = {name: each.deprecation_reason for name, each in _elements(schema).items()}
    return {name: reason for name, reason in found.items() if reason is not None}


def _days(schema: GraphQLSchema) -> dict[str, date]:
    """The day on which each thing that is deprecated goes."""
    found = {name: DEPRECATION.match(reason) for name, reason in deprecations(schema).items()}
    return {name: date.fromisoformat(day[1]) for name, day in found.items() if day is not None}


def _may_go(schema: GraphQLSchema, today: date) -> frozenset[str]:
    return frozenset(name for name, day in _days(schema).items() if day <= today)


def _members(type_: GraphQLNamedType) -> dict[str, Any]:
    """Its fields or values, by name; the mapping is the type's own."""
    found: dict[str, Any] | None = getattr(type_, "fields", None) or getattr(type_, "values", None)
    return found or {}


def _arguments(member: object) -> dict[str, GraphQLArgument]:
    return getattr(member, "args", {})


def _elements(schema: GraphQLSchema) -> dict[str, Any]:
    """All that can be deprecated, by `Type.field`, `Type.field.argument` or `Enum.VALUE`."""
    members = {
        f"{type_.name}.{name}": member for type_ in schema.type_map.values() for name, member in _members(type_).items()
    }
    arguments = {
        f"{place}.{name}": argument
        for place, member in members.items()
        for name, argument in _arguments(member).items()
    }
    return members | arguments


def _without(schema: GraphQLSchema, gone: frozenset[str]) -> GraphQLSchema:
    """The schema as if these had never been in it, and no type that only they led to."""
    kept = deepcopy(schema)
    for type_ in kept.type_map.values():
        _drop(_members(type_), type_.name, gone)
        for name, member in _members(type_).items():
            _drop(_arguments(member), f"{type_.name}.{name}", gone)
    for name in kept.type_map.keys() - _reached(kept):
        del kept.type_map[name]
    return kept


def _drop(from_: dict[str, Any], place: str, gone: frozenset[str]) -> None:
    for name in [name for name in from_ if f"{place}.{name}" in gone]:
        del from_[name]


def _reached(schema: GraphQLSchema) -> set[str]:
    """The names of all types that a document can come to."""
    roots = [schema.query_type, schema.mutation_type, schema.subscription_type]
    ahead: list[GraphQLNamedType] = [root for root in roots if root is not None]
    ahead += [get_named_type(given.type) for directive in schema.directives for given in directive.args.values()]
    reached: set[str] = set()
    while ahead:
        type_ = ahead.pop()
        if type_.name not in reached:
            reached.add(type_.name)
            ahead += _next_to(type_, schema)
    return reached


def _next_to(type_: GraphQLNamedType, schema: GraphQLSchema) -> Iterator[GraphQLNamedType]:
    for member in _members(type_).values():
        if hasattr(member, "type"):  # a value of an enum has none
            yield get_named_type(member.type)
        yield from (get_named_type(argument.type) for argument in _arguments(member).values())
    yield from getattr(type_, "interfaces", ())
    if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
        yield from schema.get_possible_types(type_)


def _required_now(before: GraphQLSchema, now: GraphQLSchema) -> list[str]:
    """What could be left out as long as it had a default: graphql-core takes it for no more than a danger."""
    old, new = _elements(before), _elements(now)
    return [
        name
        for name in old.keys() & new.keys()
        if not _is_required(old[name]) and _is_required(new[name]) and str(old[name].type) == str(new[name].type)
    ]


def _is_required(element: object) -> bool:
    return (isinstance(element, GraphQLArgument) and is_required_argument(element)) or (
        isinstance(element, GraphQLInputField) and is_required_input_field(element)
    )


def main(arguments: Sequence[str], released: Path = RELEASED, sdl: Path = SDL) -> None:
    """To be run as a release is made: it keeps no schema that breaks a promise, or makes one of too few days."""
    before, now, today = build_schema(released.read_text()), build_schema(sdl.read_text()), clock.now().date()
    broken = [*breaks(before, now, today), *hurried(before, now, today)]
    if "--check" in arguments:
        _tell("Breaks a promise to clients of the last release:", broken)
        _tell("Clients that expect nothing new may stumble over:", dangers(before, now))
        _tell("May go, as clients were told:", overdue(before, now, today))
        sys.exit(1 if broken else 0)
    if broken:
        sys.exit("\n".join(broken))
    released.write_text(sdl.read_text())


def _tell(heading: str, lines: Sequence[str]) -> None:
    for line in [heading, *(f"  {line}" for line in lines)] if lines else ():
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
