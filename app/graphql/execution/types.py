"""Which object type an object is of, where its class alone decides that."""

from typing import Any

from graphql import GraphQLAbstractType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, GraphQLUnionType
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import get_strawberry_type_cast
from strawberry.types.union import StrawberryUnion

from app.graphql.execution.fields import BACKREF
from app.graphql.execution.leaves import Unusual, is_harmless


def own_class(type_: GraphQLObjectType) -> type | None:
    """The class that was declared as this type, where its objects are of no other; None for generics and the like."""
    definition = type_.extensions.get(BACKREF)
    if not isinstance(definition, StrawberryObjectDefinition):
        return None
    if definition.is_graphql_generic or definition.concrete_of is not None or definition.is_type_of is not None:
        return None
    cls = definition.origin
    return cls if cls.__dict__.get("__strawberry_definition__") is definition and is_harmless(cls) else None


def is_decided_by_class(schema: GraphQLSchema, type_: GraphQLAbstractType) -> bool:
    """Whether nobody but Strawberry itself, by its usual rule, says which type of an abstract one an object is of."""
    definition = type_.extensions.get(BACKREF)
    if isinstance(type_, GraphQLUnionType):
        usual = type(definition) is StrawberryUnion
    elif isinstance(type_, GraphQLInterfaceType):
        usual = isinstance(definition, StrawberryObjectDefinition) and definition.resolve_type is None
        usual = usual and all(_is_named_by_class(one) for one in schema.get_possible_types(type_))
    else:
        usual = False
    return usual and all(isinstance(one, GraphQLObjectType) for one in schema.get_possible_types(type_))


def _is_named_by_class(type_: GraphQLObjectType) -> bool:
    """Whether Strawberry, which looks for an interface's type by its name, finds this one for objects of its class."""
    return own_class(type_) is None or type_.extensions[BACKREF].name == type_.name


def refuse_cast(value: Any) -> None:
    """Raises Unusual for an object that `strawberry.cast` declared to be of another type than its class says."""
    if get_strawberry_type_cast(value) is not None:
        raise Unusual
