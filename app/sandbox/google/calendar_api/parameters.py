"""Query parameters of a call: which there are, and what each may hold.

https://developers.google.com/workspace/calendar/api/guides/query-parameters
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from starlette.datastructures import QueryParams

from app.sandbox.google.calendar_api.errors import invalid, required
from app.sandbox.google.calendars.moments import instant_of


class Kind(StrEnum):
    """What the text of a parameter stands for."""

    TEXT = "text"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter; ``choices`` empty means any text, ``most`` None that there is no upper bound."""

    kind: Kind = Kind.TEXT
    least: int = 0
    most: int | None = None
    choices: frozenset[str] = frozenset()
    repeated: bool = False
    required: bool = False


TEXT = Parameter()
BOOLEAN = Parameter(kind=Kind.BOOLEAN)
INSTANT = Parameter(kind=Kind.INSTANT)
POSITIVE = Parameter(kind=Kind.INTEGER, least=1)

GLOBAL_PARAMETERS: Mapping[str, Parameter] = {
    "alt": Parameter(choices=frozenset({"json"})),
    "fields": TEXT,
    "key": TEXT,
    "oauth_token": TEXT,
    "prettyPrint": BOOLEAN,
    "quotaUser": TEXT,
    "userIp": TEXT,
}


class Query:
    """The parameters of one call, checked against those that its method knows."""

    def __init__(self, given: QueryParams, known: Mapping[str, Parameter]) -> None:
        self._given = given
        everything = {**GLOBAL_PARAMETERS, **known}
        for name in given:
            if name not in everything:
                raise invalid(f"Invalid parameter name: {name}", name)
            values = given.getlist(name)
            if len(values) > 1 and not everything[name].repeated:
                raise invalid(f"Parameter may be given once only: {name}", name)
            for value in values:
                _check(name, value, everything[name])
        for name, parameter in known.items():
            if parameter.required and name not in given:
                raise required(name, f"Missing required parameter: {name}")

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def text(self, name: str) -> str | None:
        """The value as it was sent."""
        return self._given.get(name)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a parameter that may be repeated."""
        return tuple(self._given.getlist(name))

    def flag(self, name: str, default: bool = False) -> bool:
        """A truth value."""
        return self._given[name] == "true" if name in self._given else default

    def number(self, name: str) -> int | None:
        """A whole number."""
        return int(self._given[name]) if name in self._given else None

    def instant(self, name: str) -> datetime | None:
        """A moment, aware."""
        return instant_of(self._given[name], name) if name in self._given else None

    def but(self, *names: str) -> tuple[tuple[str, str], ...]:
        """All that was sent except these, in a fixed order."""
        return tuple(sorted((name, value) for name, value in self._given.multi_items() if name not in names))


def _check(name: str, value: str, parameter: Parameter) -> None:
    if parameter.choices and value not in parameter.choices:
        raise invalid(f"Invalid value '{value}'. Values must match one of: {sorted(parameter.choices)}", name)
    if parameter.kind is Kind.BOOLEAN and value not in ("true", "false"):
        raise invalid(f"Invalid boolean value: '{value}'.", name)
    if parameter.kind is Kind.INSTANT:
        instant_of(value, name)
    if parameter.kind is Kind.INTEGER:
        if not value.isascii() or not value.isdigit() or len(value) > 10:
            raise invalid(f"Invalid integer value: '{value}'.", name)
        number = int(value)
        if number < parameter.least or (parameter.most is not None and number > parameter.most):
            raise invalid(f"Invalid value '{value}'. Values must be within the range of the parameter.", name)
