"""What a release promises to clients: `python -m schema.release` keeps the schema as that of the last release.

Until the next one nothing in it may break what clients of this one are written against, but for what was deprecated
with a day on which it goes (`Gone on 2027-03-01: use …`), once that day has come: a field or a value of an enum. Whole
types and arguments stay until this knows them too.
"""

import re
from datetime import date
from pathlib import Path

from graphql import BreakingChangeType, GraphQLSchema, find_breaking_changes

from schema.export import SDL

RELEASED = Path(__file__).with_name("released.graphql")
DEPRECATION = re.compile(r"Gone on (\d{4}-\d\d-\d\d): use \S")
"""How every reason for a deprecation begins."""

_REMOVALS = frozenset({BreakingChangeType.FIELD_REMOVED, BreakingChangeType.VALUE_REMOVED_FROM_ENUM})


def breaks(before: GraphQLSchema, now: GraphQLSchema, today: date) -> list[str]:
    """What clients of the schema before would trip over, a sentence each."""
    gone = _promised_to_go(before, today)
    return [
        change.description
        for change in find_breaking_changes(before, now)
        if not (change.type in _REMOVALS and _named(change.description) in gone)
    ]


def deprecations(schema: GraphQLSchema) -> dict[str, str]:
    """The reason of everything that is deprecated, by `Type.field`, `Type.field.argument` or `Enum.VALUE`."""
    members = {
        f"{type_.name}.{name}": member
        for type_ in schema.type_map.values()
        for name, member in (getattr(type_, "fields", None) or getattr(type_, "values", None) or {}).items()
    }
    arguments = {
        f"{place}.{name}": argument
        for place, member in members.items()
        for name, argument in getattr(member, "args", {}).items()
    }
    found = {name: each.deprecation_reason for name, each in (members | arguments).items()}
    return {name: reason for name, reason in found.items() if reason is not None}


def _promised_to_go(schema: GraphQLSchema, today: date) -> frozenset[str]:
    found = ((name, DEPRECATION.match(reason)) for name, reason in deprecations(schema).items())
    return frozenset(name for name, day in found if day is not None and date.fromisoformat(day[1]) <= today)


def _named(description: str) -> str:
    """`Type.field` of a removal's description, as graphql-core words it."""
    dotted = re.search(r"\w+\.\w+", description)
    if dotted:
        return dotted[0]
    value, enum = re.findall(r"'?(\w+)'? was removed from enum type '?(\w+)'?", description)[0]
    return f"{enum}.{value}"


def main() -> None:
    """To be run once a release is made."""
    RELEASED.write_text(SDL.read_text())


if __name__ == "__main__":
    main()
