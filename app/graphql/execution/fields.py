"""How the value of a Strawberry field is found, for the fields that a plan can answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Protocol
from uuid import UUID

from graphql import FieldNode, GraphQLField, GraphQLSchema
from graphql.execution.values import get_argument_values
from strawberry import Schema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField
from strawberry.types.info import Info

from app.graphql.execution.leaves import Unusual
from app.graphql.execution.loading import METADATA_KEY, Loading

BACKREF = GraphQLCoreConverter.DEFINITION_BACKREF
_CANNOT_CHANGE = (str, int, float, bool, type(None), Enum, date, datetime, time, Decimal, UUID)

Convert = Callable[[Any], Mapping[str, Any]]


class ChangesFailuresOnly(Protocol):
    """A field extension that hands on whatever the resolver answers, and only minds what it raises.

    It says so by this attribute; a plan passes it by, since whatever is raised is graphql-core's to meet again.
    """

    changes_failures_only: bool


@dataclass(frozen=True, slots=True)
class Attribute:
    """The object's attribute of this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Computed:
    """What a resolver that is no coroutine answers."""

    resolver: Callable[..., Any]
    takes_object: bool
    info_parameter: str | None
    has_arguments: bool


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is loaded by the object's key."""

    loading: Loading


Way = Attribute | Computed | Loaded


class Fields:
    """The fields of one schema."""

    def __init__(self, schema: Schema) -> None:
        self.schema: GraphQLSchema = schema._schema
        self._config = schema.config
        self._scalars = schema.schema_converter.scalar_registry

    def way(self, field: GraphQLField) -> Way | None:
        """How a plan finds the field's value; None where graphql-core has to."""
        definition = field.extensions.get(BACKREF)
        if not isinstance(definition, StrawberryField) or definition.is_subscription:
            return None
        if type(definition).get_result is not StrawberryField.get_result:
            return None
        if not all(getattr(one, "changes_failures_only", False) for one in definition.extensions):
            return None
        resolver = definition.base_resolver
        if resolver is None:
            usual = getattr(field.resolve, "_is_default", False) and self._config.default_resolver is getattr
            return Attribute(definition.python_name) if usual else None
        loading = definition.metadata.get(METADATA_KEY)
        if isinstance(loading, Loading):
            return Loaded(loading)
        if definition.is_async or resolver.root_parameter or resolver.parent_parameter:
            return None
        info, function = resolver.info_parameter, resolver.wrapped_func
        if isinstance(function, staticmethod | classmethod) or (info and self._config.info_class is not Info):
            return None
        return Computed(
            function,
            resolver.self_parameter is not None,
            info.name if info else None,
            bool(definition.arguments),
        )

    def arguments(self, field: GraphQLField, node: FieldNode) -> Convert:
        """What makes the resolver's keyword arguments of an operation's variables.

        It raises for what the field does not accept, and for values that one resolver could change under another.
        """
        definition: StrawberryField = field.extensions[BACKREF]

        def convert(variables: Any) -> Mapping[str, Any]:
            given = get_argument_values(field, node, variables)
            converted = convert_arguments(
                given, definition.arguments, scalar_registry=self._scalars, config=self._config
            )
            if not all(isinstance(value, _CANNOT_CHANGE) for value in converted.values()):
                raise Unusual
            return converted

        return convert
