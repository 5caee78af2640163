"""The ``query`` and ``orderBy`` of a list of calendar resources.

A query is one or more clauses of field, operator and value, each with or without ``NOT`` before it, joined by ``AND``.
``=`` and ``!=`` compare whole values; ``:`` asks for a beginning (``name:Mea*``) or whether
a room has a feature. A value with a space in it stands in quotes.
https://developers.google.com/workspace/admin/directory/reference/rest/v1/resources.calendars/list
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.sandbox.google.calendars.resources import Resource

_CLAUSE = re.compile(
    r"""\s*(?P<denied>NOT\s+)?
        (?P<field>[A-Za-z_.]+)\s*
        (?P<operator>!=|=|:)\s*
        (?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'=:!][^\s"']*))
        (?:\s+(?P<joint>AND)\s|\s*$)""",
    re.VERBOSE,
)
_ORDER = re.compile(r"\s*(?P<field>[A-Za-z]+)(?:\s+(?P<direction>asc|desc))?\s*", re.IGNORECASE)


class InvalidSearchError(Exception):
    """A query or an order that is not in the grammar; ``parameter`` names which of the two."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter)
        self.parameter = parameter


class Operator(StrEnum):
    """How a clause compares."""

    IS = "="
    IS_NOT = "!="
    HAS = ":"


_Values = Callable[[Resource], Iterable[str]]


def _maybe(value: object) -> tuple[str, ...]:
    return () if value is None else (str(value),)


_FEATURE = "featureInstances.feature.name"
_FIELDS: dict[str, _Values] = {
    "generatedResourceName": lambda one: _maybe(one.generated_name),
    "name": lambda one: _maybe(one.name),
    "buildingId": lambda one: _maybe(one.building_id),
    "floorName": lambda one: _maybe(one.floor_name),
    "floor_name": lambda one: _maybe(one.floor_name),
    "capacity": lambda one: _maybe(one.capacity),
    _FEATURE: lambda one: one.features,
    "resourceEmail": lambda one: _maybe(one.email),
    "resourceCategory": lambda one: _maybe(one.category),
}
"""The reference spells the floor ``floor_name``, the resource itself ``floorName``; both are read."""

_ORDERS: dict[str, Callable[[Resource], str | int | None]] = {
    "resourceId": lambda one: one.resource_id,
    "resourceName": lambda one: one.name,
    "capacity": lambda one: one.capacity,
    "buildingId": lambda one: one.building_id,
    "floorName": lambda one: one.floor_name,
}


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison."""

    field: str
    operator: Operator
    value: str
    is_denied: bool = False

    def meets(self, resource: Resource) -> bool:
        """Whether the room is one of those meant."""
        return self._compares(resource) is not self.is_denied

    def _compares(self, resource: Resource) -> bool:
        values = _FIELDS[self.field](resource)
        if self.operator is Operator.HAS and self.value.endswith("*"):
            return any(value.startswith(self.value[:-1]) for value in values)
        found = self.value in tuple(values)
        return not found if self.operator is Operator.IS_NOT else found


def read_query(text: str) -> tuple[Clause, ...]:
    """The clauses of a query, all of which have to hold. Raises InvalidSearchError."""
    clauses, position = [], 0
    while True:
        found = _CLAUSE.match(text, position)
        if found is None:
            raise InvalidSearchError("query")
        clauses.append(_clause(found))
        position = found.end()
        if not found["joint"]:
            return tuple(clauses)


def _clause(found: re.Match[str]) -> Clause:
    value = next(part for part in (found["double"], found["single"], found["bare"]) if part is not None)
    clause = Clause(found["field"], Operator(found["operator"]), value, bool(found["denied"]))
    is_beginning = len(value) > 1 and value.endswith("*")
    if (
        clause.field not in _FIELDS
        or (clause.operator is Operator.HAS and clause.field != _FEATURE and not is_beginning)
        or (clause.field == "capacity" and not value.isdecimal())
    ):
        raise InvalidSearchError("query")
    return clause


def read_order(text: str) -> tuple[tuple[str, bool], ...]:
    """Fields with whether they descend. Raises InvalidSearchError."""
    orders = []
    for part in text.split(","):
        found = _ORDER.fullmatch(part)
        if found is None or found["field"] not in _ORDERS:
            raise InvalidSearchError("orderBy")
        orders.append((found["field"], (found["direction"] or "asc").lower() == "desc"))
    return tuple(orders)


def in_order(resources: Iterable[Resource], orders: Sequence[tuple[str, bool]]) -> list[Resource]:
    """The rooms in that order; those without a value come first when it ascends."""
    ordered = list(resources)
    for name, descends in reversed(orders):
        value_of = _ORDERS[name]

        def key(one: Resource, of: Callable[[Resource], str | int | None] = value_of) -> tuple[bool, int, str]:
            value = of(one)
            return (value is not None, value if isinstance(value, int) else 0, str(value or ""))

        ordered.sort(key=key, reverse=descends)
    return ordered
