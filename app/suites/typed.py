"""A suite's JSON straight into structs that name what we read of it, and nothing else of it kept.

A suite mostly keeps to the form that it publishes, and then a value is decoded in one pass. What does not fit is read
again member by member: a member of another form than was promised counts as left out, and spoils neither its neighbours
nor the rest of the page. https://jcristharif.com/msgspec/usage.html#typed-decoding
"""

from collections.abc import Iterable, Iterator
from types import UnionType
from typing import Any, Generic, TypeVar, get_args, get_origin

import msgspec

Struct = TypeVar("Struct", bound=msgspec.Struct)

DEEPEST = 32
"""Levels of a value that are looked at member by member: more than any suite's events have."""


class Misshapen(Exception):
    """The value is no JSON, or no object."""


class Shape(Generic[Struct]):
    """Reads one kind of struct, of which every member has a default."""

    def __init__(self, struct: type[Struct]) -> None:
        self._struct = struct
        self._decoder = msgspec.json.Decoder(struct)

    def of_json(self, text: bytes | msgspec.Raw) -> Struct:
        """What an object of JSON says. Raises Misshapen."""
        try:
            return self._decoder.decode(text)
        except msgspec.ValidationError:
            return self.of_value(_untyped(text))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            raise Misshapen from None

    def of_value(self, value: object) -> Struct:
        """What an object says that is decoded already. Raises Misshapen."""
        read: Struct = _fitted(value, self._struct, DEEPEST)
        return read


def objects(texts: Iterable[msgspec.Raw]) -> Iterator[dict[str, Any]]:
    """Those of the values that are objects, decoded whole; anything else is left out."""
    for text in texts:
        try:
            value = _untyped(text)
        except Misshapen:
            continue
        if isinstance(value, dict):
            yield value


def _untyped(text: bytes | msgspec.Raw) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Misshapen from None


def _fitted(value: Any, kind: Any, levels: int) -> Any:
    """The value as a `kind`, without whatever in it does not fit. Raises Misshapen where nothing is left."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        pass
    inner = [one for one in get_args(kind) if one is not type(None)]
    if isinstance(kind, UnionType) and len(inner) == 1:
        return _fitted(value, inner[0], levels)
    if levels and isinstance(value, list) and get_origin(kind) is list:
        return [fit for one in value if (fit := _if_fitting(one, inner[0], levels - 1)) is not msgspec.UNSET]
    if levels and isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        members = {
            field.name: fit
            for field in msgspec.structs.fields(kind)
            if (fit := _if_fitting(value.get(field.encode_name), field.type, levels - 1)) is not msgspec.UNSET
        }
        return kind(**members)
    raise Misshapen


def _if_fitting(value: object, kind: Any, levels: int) -> Any:
    try:
        return _fitted(value, kind, levels)
    except Misshapen:
        return msgspec.UNSET
