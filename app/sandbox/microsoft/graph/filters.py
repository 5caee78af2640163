"""OData ``$filter`` over rendered JSON: comparisons, ``and``/``or``/``not``, two functions, and ``any`` on collections.

https://learn.microsoft.com/graph/filter-query-parameter
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from app.sandbox.microsoft.graph.errors import bad_request

Predicate = Callable[[Mapping[str, Any]], bool]

_TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|([():,])|([^\s():,']+))")
_MAXIMUM_DEPTH = 20


def parse_filter(text: str) -> Predicate:
    """The predicate that a filter stands for. Raises GraphError for what cannot be read."""
    tokens = [next(filter(None, groups)) for groups in _TOKEN.findall(text)]
    parser = _Parser(tokens)
    predicate = parser.either(0)
    if parser.rest():
        raise _invalid()
    return predicate


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._position = 0

    def rest(self) -> bool:
        return self._position < len(self._tokens)

    def either(self, depth: int) -> Predicate:
        sides = [self._both(depth)]
        while self._accept("or"):
            sides.append(self._both(depth))
        return sides[0] if len(sides) == 1 else lambda row: any(side(row) for side in sides)

    def _both(self, depth: int) -> Predicate:
        sides = [self._single(depth)]
        while self._accept("and"):
            sides.append(self._single(depth))
        return sides[0] if len(sides) == 1 else lambda row: all(side(row) for side in sides)

    def _single(self, depth: int) -> Predicate:
        if depth > _MAXIMUM_DEPTH:
            raise _invalid()
        if self._accept("not"):
            inner = self._single(depth + 1)
            return lambda row: not inner(row)
        if self._accept("("):
            inner = self.either(depth + 1)
            self._expect(")")
            return inner
        word = self._take()
        if word.lower() in ("startswith", "contains") and self._accept("("):
            return self._function(word.lower())
        if word.lower().endswith("/any") and self._accept("("):
            return self._any(word[: -len("/any")], depth)
        return self._comparison(word)

    def _function(self, name: str) -> Predicate:
        path = self._take()
        self._expect(",")
        wanted = str(_literal(self._take())).lower()
        self._expect(")")
        if name == "contains":
            return lambda row: wanted in str(_value(row, path) or "").lower()
        return lambda row: str(_value(row, path) or "").lower().startswith(wanted)

    def _any(self, path: str, depth: int) -> Predicate:
        variable = self._take()
        self._expect(":")
        inner = self.either(depth + 1)
        self._expect(")")
        return lambda row: any(inner({variable: one}) for one in _value(row, path) or ())

    def _comparison(self, path: str) -> Predicate:
        operator = self._take().lower()
        wanted = _literal(self._take())
        compare = _OPERATORS.get(operator)
        if compare is None:
            raise _invalid()
        by_property_id = path.endswith("/id")

        def matches(row: Mapping[str, Any]) -> bool:
            left, right = _value(row, path), wanted
            if by_property_id and isinstance(left, str) and isinstance(right, str):
                left, right = normal_property_id(left), normal_property_id(right)
            return compare(*_comparable(left, right))

        return matches

    def _take(self) -> str:
        if not self.rest():
            raise _invalid()
        self._position += 1
        return self._tokens[self._position - 1]

    def _accept(self, word: str) -> bool:
        if self.rest() and self._tokens[self._position].lower() == word:
            self._position += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise _invalid()


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: bool(a == b),
    "ne": lambda a, b: bool(a != b),
    "gt": lambda a, b: a is not None and b is not None and bool(a > b),
    "ge": lambda a, b: a is not None and b is not None and bool(a >= b),
    "lt": lambda a, b: a is not None and b is not None and bool(a < b),
    "le": lambda a, b: a is not None and b is not None and bool(a <= b),
}


def normal_property_id(text: str) -> str:
    """An extended property's id with its GUID in lower case and single spaces."""
    tidy = re.sub(r"\s+", " ", text.strip())
    return re.sub(r"\{[^}]*\}", lambda match: match.group().lower(), tidy)


def _value(row: Mapping[str, Any], path: str) -> Any:
    value: Any = row
    for step in path.split("/"):
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def _literal(token: str) -> Any:
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    if token.lower() in ("true", "false"):
        return token.lower() == "true"
    if token.lower() == "null":
        return None
    if re.fullmatch(r"-?\d+", token):
        return int(token)
    return token


def _comparable(left: Any, right: Any) -> tuple[Any, Any]:
    """Times are compared as times, other text without regard to case, different kinds not at all."""
    if isinstance(left, str) and isinstance(right, str):
        moments = _moment(left), _moment(right)
        return moments if None not in moments else (left.lower(), right.lower())
    if left is not None and right is not None and type(left) is not type(right):
        raise _invalid()
    return left, right


def _moment(text: str) -> datetime | None:
    if not re.match(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _invalid() -> Exception:
    return bad_request("ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")
