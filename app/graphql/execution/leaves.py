"""Scalars and enums: which values are their own response, and what becomes of the others."""

from collections.abc import Callable, Mapping
from enum import Enum
from types import FunctionType, ModuleType
from typing import Any, Protocol

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from strawberry.schema.schema_converter import CustomGraphQLEnumType, GraphQLCoreConverter
from strawberry.types.scalar import ScalarDefinition

_READY: Mapping[GraphQLLeafType, str] = {
    GraphQLString: "{first}.__class__ is str",
    GraphQLID: "{first}.__class__ is str",
    GraphQLBoolean: "{first}.__class__ is bool",
    GraphQLInt: "{first}.__class__ is int and -2147483648 <= {name} <= 2147483647",
    GraphQLFloat: "{first}.__class__ is float and -inf < {name} < inf",
}
_READY_INSTANT = "{first}.__class__ is datetime and {name}.tzinfo is UTC"
_MOST_CLASSES = 100
_UNUSUAL = (BaseException, type, ModuleType, type(Undefined), type(None))


class Unusual(Exception):
    """A plan met something that it was not written for, its argument: graphql-core has to decide."""


class Classes:
    """Which classes of objects a plan may look into: those that are nothing to be awaited, raised or left out."""

    def __init__(self) -> None:
        self._harmless: set[type] = set()

    def check(self, value: object) -> bool:
        """True for a value that graphql-core would take as it is. Raises Unusual for others."""
        cls = value.__class__
        if cls in self._harmless:
            return True
        if not is_harmless(cls):
            raise Unusual(value)
        if len(self._harmless) < _MOST_CLASSES:
            self._harmless.add(cls)
        return True


def is_harmless(cls: type) -> bool:
    """Whether an object of this class is nothing to be awaited, raised, left out or used up by whoever reads it."""
    if issubclass(cls, _UNUSUAL) or hasattr(cls, "__await__") or hasattr(cls, "__next__"):
        return False
    has_any_attribute = any("__getattr__" in base.__dict__ for base in cls.__mro__)
    return not has_any_attribute and not isinstance(cls.__getattribute__, FunctionType)


class LeavesInstants(Protocol):
    """What serialises a scalar, and makes of an instant in UTC what msgspec writes for it: RFC 3339, with a Z.

    It says so by this attribute; then such instants are left to the encoder.
    """

    leaves_instants: bool


def ready(type_: GraphQLLeafType) -> str | None:
    """When a value of this type is its own response: an expression of Python with `first` and `name` for the value.

    None for a type whose values have to be coerced.
    """
    definition = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if isinstance(definition, ScalarDefinition) and getattr(definition.serialize, "leaves_instants", False):
        return _READY_INSTANT
    return _READY.get(type_)


def coercion(type_: GraphQLLeafType, classes: Classes) -> Callable[[Any], Any]:
    """What completes a value of this type that is not null, as graphql-core does; raises where that has to judge."""
    coerce = type_.coerce_output_value

    def complete(value: Any) -> Any:
        classes.check(value)
        coerced = coerce(value)
        if coerced.__class__ is not str:
            classes.check(coerced)  # null is no response, and something to be awaited is awaited
        return coerced

    return complete


def names_of(type_: GraphQLLeafType) -> tuple[type[Enum], Mapping[Enum, str]] | None:
    """The enum class of a type and the name of each of its members; None for a type that is no such enum."""
    if not isinstance(type_, CustomGraphQLEnumType) or not isinstance(type_, GraphQLEnumType):
        return None
    cls = type_.wrapped_cls
    if not isinstance(cls, type) or not issubclass(cls, Enum):
        return None
    if cls._missing_.__func__ is not Enum._missing_.__func__:  # type: ignore[attr-defined]
        return None  # it may have members that no type knows, as flags have
    return cls, {member: type_.coerce_output_value(member) for member in cls}
