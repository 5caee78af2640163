"""A plan: one operation of a document, with the fields it asks for and the functions that complete them.

A plan depends on the schema, the document and the variables that `@skip` and `@include` name, and on nothing else: it
holds no value of any request, so that whoever asks may share it with everybody.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetailsList,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)

from app.graphql.execution.fields import Fields
from app.graphql.execution.leaves import Classes
from app.graphql.execution.writing import Complete, NotPlannable, Writer

MOST_PLANS = 16
"""For one document: its operations, times the combinations of its conditions that are in use."""
_UNUSUAL_DIRECTIVES = frozenset({"defer", "stream", "experimental_disableErrorPropagation"})


class Plan:
    """What was decided once for an operation under its conditions; it grows as types are met."""

    def __init__(self, fields: Fields, executor: Executor[Any]) -> None:
        self._fields = fields
        self._classes = Classes()
        root = fields.schema.get_root_type(executor.operation.operation)
        if root is None:
            raise GraphQLError("no such root")
        self.root_type: GraphQLObjectType = root
        self.root_fields: GroupedFieldSet = collect_fields(
            executor.schema, executor.fragments, executor.variable_values, root, executor.operation
        ).grouped_field_set
        self._collected: dict[tuple[GraphQLObjectType, int], CollectedFields] = {}
        self._values: dict[tuple[GraphQLOutputType, int], Complete | None] = {}
        self._objects: dict[tuple[GraphQLObjectType, int], Complete | None] = {}
        self._steps: dict[tuple[GraphQLObjectType, int], Complete | None] = {}

    def collected(self, executor: Executor[Any], type_: GraphQLObjectType, asked: FieldDetailsList) -> CollectedFields:
        """The fields asked for of an object of this type, the same lists whenever it is asked.

        Keyed by identity: the lists are the plan's own, from its root down, and live as long as it does.
        """
        key = (type_, id(asked))
        found = self._collected.get(key)
        if found is None:
            found = self._collected[key] = collect_subfields(
                executor.schema, executor.fragments, executor.variable_values, executor.operation, type_, asked
            )
        return found

    def value(self, executor: Executor[Any], type_: GraphQLOutputType, asked: FieldDetailsList) -> Complete | None:
        """What completes a value of this type; None where graphql-core has to."""
        key = (type_, id(asked))
        if key not in self._values:
            self._values[key] = self._written(executor, lambda writer: writer.value(type_, asked))
        return self._values[key]

    def object(self, executor: Executor[Any], type_: GraphQLObjectType, asked: FieldDetailsList) -> Complete | None:
        """What completes an object of this type; None where graphql-core has to."""
        key = (type_, id(asked))
        if key not in self._objects:
            selected = self.collected(executor, type_, asked).grouped_field_set
            self._objects[key] = self._written(executor, lambda writer: writer.object(type_, selected))
        return self._objects[key]

    def step(self, executor: Executor[Any], parent: GraphQLObjectType, asked: FieldDetailsList) -> Complete | None:
        """What finds and completes one field of an object of this type, as the only entry of an answer."""
        key = (parent, id(asked))
        if key not in self._steps:
            self._steps[key] = self._written(executor, lambda writer: writer.object(parent, {"": asked}))
        return self._steps[key]

    def _written(self, executor: Executor[Any], write: Callable[[Writer], Complete]) -> Complete | None:
        try:
            return write(Writer(self._fields, self._classes, _Objects(self, executor)))
        except NotPlannable:
            return None
        except Exception:
            return None  # graphql-core says what is wrong, if it ever gets there


class _Objects:
    """A plan's functions for objects, written with the variables of whoever comes first."""

    def __init__(self, plan: Plan, executor: Executor[Any]) -> None:
        self._plan = plan
        self._executor = executor

    def object(self, type_: GraphQLObjectType, asked: FieldDetailsList) -> Complete:
        complete = self._plan.object(self._executor, type_, asked)
        if complete is None:
            raise NotPlannable
        return complete

    def selected(self, type_: GraphQLObjectType, asked: FieldDetailsList) -> GroupedFieldSet:
        return self._plan.collected(self._executor, type_, asked).grouped_field_set


class Plans:
    """The plans of one document, the last ones used."""

    def __init__(self) -> None:
        self._conditions: _Conditions | None = None
        self._kept: OrderedDict[tuple[object, ...], Plan] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, fields: Fields, document: DocumentNode, executor: Executor[Any]) -> Plan | None:
        """The plan for this operation with these variables; None for a document that only graphql-core executes."""
        if self._conditions is None:
            self._conditions = _Conditions()
            visit(document, self._conditions)
        if self._conditions.are_unusual:
            return None
        coerced = executor.variable_values.coerced
        # Of other operations' variables of the same name there may be any value.
        conditions = (coerced.get(name) for name in self._conditions.variables)
        key = (_name(executor.operation), *(value if isinstance(value, bool) else None for value in conditions))
        plan = self._kept.get(key)
        if plan is None:
            try:
                plan = self._kept[key] = Plan(fields, executor)
            except (GraphQLError, RecursionError):
                return None  # graphql-core says what is wrong
            if len(self._kept) > MOST_PLANS:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return plan


class _Conditions(Visitor):
    """Which variables decide what a document asks for, and whether it has what no plan provides for."""

    def __init__(self) -> None:
        super().__init__()
        self.variables: dict[str, None] = {}
        self.are_unusual = False

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value in _UNUSUAL_DIRECTIVES:
            self.are_unusual = True
        if node.name.value in {"skip", "include"}:
            values = (argument.value for argument in node.arguments or ())
            self.variables.update((value.name.value, None) for value in values if isinstance(value, VariableNode))

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> None:
        if node.variable_definitions:
            self.are_unusual = True


def _name(operation: OperationDefinitionNode) -> str | None:
    return operation.name.value if operation.name else None
