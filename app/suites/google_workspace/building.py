"""Requests as aiogoogle builds them, each kind once.

aiogoogle reads a method's whole description again for every request, which takes as long as sending it. But of two
requests without a body, of the same method and with the same names of parameters, nothing differs but the values, each
in its place of the address. So aiogoogle builds one such request with marks for values; the others are that one with
the marks replaced.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, quote_plus, urlencode

from aiogoogle.models import Request
from aiogoogle.resource import Method

Parameter = str | list[str]

_LONG = frozenset({"fields", "eventTypes"})
"""Parameters of few values, all of them ours, that take long to encode."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What all requests of one kind share."""

    verb: str
    path: str
    """The address up to the query, a format with the names in the path for its fields."""
    in_path: tuple[str, ...]


class Requests:
    """Builds requests without a body; what it keeps are the few kinds of calls that the code makes, and no values."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, ...], _Kind] = {}

    def build(self, method: Method, parameters: Mapping[str, Parameter]) -> Request:
        """The request that aiogoogle would build."""
        key = (method["id"], *parameters)
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = _kind(method, list(parameters))
        values = {name: quote(str(parameters[name]), safe="") for name in kind.in_path}
        query = "&".join(_encoded(name, value) for name, value in parameters.items() if name not in values)
        address = kind.path.format_map(values)
        return Request(method=kind.verb, url=f"{address}?{query}" if query else address)


def whole_segments(method: Method) -> dict[str, str]:
    """Which characters a value in the path keeps as they are: none, since ids may hold any, a slash too."""
    return dict.fromkeys(method.path_parameters, "")


def _kind(method: Method, names: list[str]) -> _Kind:
    marks = {name: f"mark{number}of{len(names)}" for number, name in enumerate(names)}
    built: Request = method(path_params_safe_chars=whole_segments(method), **marks)
    path = (built.url or "").partition("?")[0].replace("{", "{{").replace("}", "}}")
    in_path = tuple(name for name in method.path_parameters if name in marks)
    for name in in_path:
        path = path.replace(marks[name], f"{{{name}}}")
    return _Kind(built.method or "GET", path, in_path)


def _encoded(name: str, value: Parameter) -> str:
    if name in _LONG:
        return _remembered(name, value if isinstance(value, str) else tuple(value))
    return f"{name}={quote_plus(value)}" if isinstance(value, str) else urlencode({name: value}, doseq=True)


@lru_cache(maxsize=256)
def _remembered(name: str, value: str | tuple[str, ...]) -> str:
    return urlencode({name: value}, doseq=True)
