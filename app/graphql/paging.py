"""How many items a field is asked for: its page arguments, written out or given by variables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from graphql import (
    FieldNode,
    GraphQLField,
    IntValueNode,
    NullValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
)

_BEYOND_ANY_PAGE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class PageSize:
    """A page size known when the variables are; `name` is the argument it is mostly decided by."""

    name: str
    arguments: tuple[tuple[ValueNode | None, int | None], ...]
    """Each page argument as written (None: left out) and the number it has when it is left out."""

    @property
    def by_variable(self) -> bool:
        return any(isinstance(written, VariableNode) for written, _ in self.arguments)

    def resolve(self, variables: Mapping[str, object], limit: int) -> tuple[int, bool]:
        """The number of items to reckon with, and whether it is a page that may be asked for."""
        asked = [
            number
            for written, default in self.arguments
            if (number := _number(written, default, variables)) is not None
        ]
        if not asked:
            return limit, True
        wrong = [number for number in asked if not 1 <= number <= limit]
        return (wrong[0], False) if wrong else (max(asked), True)


SizeOf = Callable[[int | PageSize], int]


def page_size_of(node: FieldNode, definition: GraphQLField, names: frozenset[str]) -> PageSize | None:
    """The page size of a field, or None where it has no page arguments."""
    declared = [name for name in definition.args if name in names]
    if not declared:
        return None
    written = {argument.name.value: argument.value for argument in node.arguments or ()}
    arguments = tuple((written.get(name), _as_number(_default(definition, name))) for name in declared)
    used = next((name for name in declared if name in written), declared[0])
    return PageSize(used, arguments)


def variable_defaults(operation: OperationDefinitionNode) -> dict[str, object]:
    """The defaults of the operation's variables that could be page sizes."""
    defaults: dict[str, object] = {}
    for definition in operation.variable_definitions or ():
        if isinstance(definition.default_value, IntValueNode):
            defaults[definition.variable.name.value] = _literal(definition.default_value)
    return defaults


def _default(definition: GraphQLField, name: str) -> object:
    argument = definition.args[name]
    if argument.default is None:
        return argument.default_value
    literal = argument.default.literal
    return _literal(literal) if isinstance(literal, IntValueNode) else argument.default.value


def _number(written: ValueNode | None, default: int | None, variables: Mapping[str, object]) -> int | None:
    if written is None:
        return default
    if isinstance(written, VariableNode):
        name = written.name.value
        return _as_number(variables[name]) if name in variables else default
    if isinstance(written, IntValueNode):
        return _literal(written)
    return None if isinstance(written, NullValueNode) else default


def _literal(node: IntValueNode) -> int:
    """Reads a number of any length without paying for its length."""
    if len(node.value) > len(str(_BEYOND_ANY_PAGE)):
        return _BEYOND_ANY_PAGE
    return int(node.value)


def _as_number(value: object) -> int | None:
    """A variable as GraphQL's Int reads it: 5.0 is 5; what is no number is left to the coercion of variables."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else None
