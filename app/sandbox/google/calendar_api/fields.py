"""Partial answers: the ``fields`` parameter.

``a,b(c,d),e/f`` keeps members, some members of a member (or of each element of an array), and a path; ``*`` keeps all.
https://developers.google.com/workspace/calendar/api/guides/performance#partial-response
"""

import re
from collections.abc import Mapping
from typing import Any

from app.sandbox.google.calendar_api.errors import GoogleError

Mask = dict[str, "Mask"]
"""Which members to keep; an empty mask keeps the whole value."""

_TOKEN = re.compile(r"\s*([A-Za-z0-9_\-.]+|[*,/()])")


def pick(body: Mapping[str, Any], fields: str) -> dict[str, Any]:
    """What ``fields`` names of an answer. Raises GoogleError (400) when it cannot be read."""
    return dict(_keep(body, read_mask(fields)))


def read_mask(fields: str) -> Mask:
    """The mask that a text stands for. Raises GoogleError (400)."""
    tokens, position = [], 0
    text = fields.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unreadable(fields)
        tokens.append(match[1])
        position = match.end()
    mask, rest = _selection(tokens, 0, fields)
    if rest != len(tokens):
        raise _unreadable(fields)
    return mask


def _selection(tokens: list[str], at: int, text: str) -> tuple[Mask, int]:
    mask: Mask = {}
    while True:
        at = _path(tokens, at, mask, text)
        if at >= len(tokens) or tokens[at] != ",":
            return mask, at
        at += 1


def _path(tokens: list[str], at: int, mask: Mask, text: str) -> int:
    if at >= len(tokens) or tokens[at] in ",/()":
        raise _unreadable(text)
    inner = mask.setdefault(tokens[at], {})
    at += 1
    if at < len(tokens) and tokens[at] == "/":
        return _path(tokens, at + 1, inner, text)
    if at < len(tokens) and tokens[at] == "(":
        chosen, at = _selection(tokens, at + 1, text)
        if at >= len(tokens) or tokens[at] != ")":
            raise _unreadable(text)
        inner.update(chosen)
        return at + 1
    return at


def _keep(value: Any, mask: Mask) -> Any:
    if not mask or "*" in mask:
        return value
    if isinstance(value, list):
        return [_keep(one, mask) for one in value]
    if isinstance(value, Mapping):
        return {name: _keep(inner, mask[name]) for name, inner in value.items() if name in mask}
    return value


def _unreadable(fields: str) -> GoogleError:
    return GoogleError(400, "invalidParameter", f"Invalid field selection {fields}", location="fields")
