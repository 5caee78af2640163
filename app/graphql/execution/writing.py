"""Writes the functions of a plan, as source code of Python that is compiled once.

The source is made of the schema's names and of names that are counted up (`code`) for whatever it refers to. What
documents name, the entries of their answers, is kept by the classes that the source refers to (`answers`).

An object whose fields are scalars, enums and such objects again is made in the middle of the function for the object
that has it; every other object, and what a list consists of, has a function of its own.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from graphql import (
    GraphQLAbstractType,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

from app.graphql.execution.answers import answer_class, entry
from app.graphql.execution.code import Code, attribute_of
from app.graphql.execution.fields import Attribute, Computed, Fields, Loaded, Way
from app.graphql.execution.leaves import Classes, Unusual, coercion, names_of, ready
from app.graphql.execution.loading import Gap
from app.graphql.execution.runs import Run
from app.graphql.execution.types import is_decided_by_class, own_class, refuse_cast

Complete = Callable[[Any, Run], Any]
"""Completes a value: what the response has for it, or an exception where graphql-core has to decide."""

_NAME_OF_TYPE = "__typename"
_DEEPEST = 3
"""Objects within one another that one function makes: Python compiles expressions of limited depth only."""


class NotPlannable(Exception):
    """Something was asked for that only graphql-core can answer."""


class Objects(Protocol):
    """Where a writer learns of the objects that a field answers with."""

    def object(self, type_: GraphQLObjectType, asked: FieldDetailsList) -> Complete:
        """Completes an object of this type, of which this is asked. Raises NotPlannable."""

    def selected(self, type_: GraphQLObjectType, asked: FieldDetailsList) -> GroupedFieldSet:
        """Which of its fields that is."""


class _Value(NamedTuple):
    """A value as the source has it: an expression for its first use, which may bind the name for all others."""

    first: str
    name: str


class _Asked(NamedTuple):
    """One field of an object, as its answer has it."""

    entry: str
    field: GraphQLField
    details: FieldDetailsList
    way: Way | None
    """None for the name of the type."""


class Writer:
    """Writes for one schema and one plan; a selection of which a part cannot be planned cannot be either."""

    def __init__(self, fields: Fields, classes: Classes, objects: Objects) -> None:
        self._fields = fields
        self._classes = classes
        self._objects = objects

    def value(self, type_: GraphQLOutputType, asked: FieldDetailsList) -> Complete:
        """Completes a value of this type. Raises NotPlannable."""
        code = Code()
        completed = self._completed(_Value("value", "value"), type_, asked, code, depth=_DEEPEST)
        return code.compiled("value, run", [f"return {completed}"])

    def object(self, type_: GraphQLObjectType, selected: GroupedFieldSet) -> Complete:
        """Completes an object of this type, of which these fields are selected. Raises NotPlannable."""
        code = Code()
        lines = self._checks(type_, code)
        entries: list[str] = []
        gaps: list[str] = []
        asked = self._asked(type_, selected)
        for number, one in enumerate(asked):
            match one.way:
                case None:
                    entries.append(repr(type_.name))
                case Loaded() as way:
                    entries.append("None")
                    gaps.append(f"run.gaps[{self._gap(one, way, entry(number), code)}].append((value, answer))")
                case Attribute() | Computed() as way:
                    name = code.variable()
                    lines.append(f"{name} = {self._found('value', one, way, code)}")
                    entries.append(self._completed(_Value(name, name), one.field.type, one.details, code))
        lines.append(f"answer = {self._made(type_, asked, entries, code)}")
        return code.compiled("value, run", [*lines, *gaps, "return answer"])

    def _asked(self, type_: GraphQLObjectType, selected: GroupedFieldSet) -> list[_Asked]:
        """The fields that the type has. Raises NotPlannable."""
        asked: list[_Asked] = []
        for response_name, details in selected.items():
            name = details[0].node.name.value
            field = self._fields.schema.get_field(type_, name)
            if field is None:
                continue
            way = None if name == _NAME_OF_TYPE else self._fields.way(field)
            if way is None and name != _NAME_OF_TYPE:
                raise NotPlannable
            asked.append(_Asked(response_name, field, details, way))
        return asked

    def _made(self, type_: GraphQLObjectType, asked: Sequence[_Asked], entries: Sequence[str], code: Code) -> str:
        """The expression for an answer of these entries."""
        return f"{code.name(answer_class(type_.name, [one.entry for one in asked]))}({', '.join(entries)})"

    def _gap(self, asked: _Asked, way: Loaded, place: str, code: Code) -> str:
        """A name for what leaves an entry open until its value is loaded."""
        filling, found = Code(), "loaded[key]"
        if way.loading.finish is not None:
            found = f"{filling.name(way.loading.finish)}(value, {found})"
        completed = self._completed(_Value("found", "found"), asked.field.type, asked.details, filling)
        lines = [
            "for (value, answer), key in zip(places, keys):",
            f"    found = {found}",
            f"    answer.{place} = {completed}",
        ]
        return code.name(Gap(way.loading, filling.compiled("places, keys, loaded, run", lines)))

    def _checks(self, type_: GraphQLObjectType, code: Code) -> list[str]:
        """What an object has to be, where graphql-core would look at it too; raises where it is not."""
        if type_.is_type_of is None:
            return [self._is_usual(_Value("value", "value"), type_, code)]
        cls = own_class(type_)
        if cls is None:
            raise NotPlannable
        return [
            f"if value.__class__ is not {code.name(cls)}: raise {code.name(Unusual)}(value)",
            f"{code.name(refuse_cast)}(value)",
        ]

    def _is_usual(self, value: _Value, type_: GraphQLObjectType, code: Code) -> str:
        """True for an object of a class that may be looked into; raises for others."""
        cls = own_class(type_)
        check = code.name(self._classes.check)
        if cls is None:
            return f"{check}({value.first})"
        return f"({value.first}.__class__ is {code.name(cls)} or {check}({value.name}))"

    def _found(self, value: str, asked: _Asked, way: Attribute | Computed, code: Code) -> str:
        """The expression for a field's value, of the object of this name."""
        if isinstance(way, Attribute):
            return attribute_of(value, way.name)
        parts = [value] if way.takes_object else []
        if way.info_parameter is not None:
            parts.append(f"{way.info_parameter}=run.info")
        if way.has_arguments:
            convert = self._fields.arguments(asked.field, asked.details[0].node)
            parts.append(f"**run.arguments.of({code.name(convert)})")
        return f"{code.name(way.resolver)}({', '.join(parts)})"

    def _completed(
        self, value: _Value, type_: GraphQLOutputType, asked: FieldDetailsList, code: Code, depth: int = 0
    ) -> str:
        """The expression that completes a value; `depth` of the function's own object is 0."""
        may_be_null = not is_non_null_type(type_)
        not_null: GraphQLOutputType = type_.of_type if is_non_null_type(type_) else type_
        if is_leaf_type(not_null):
            return self._leaf(value, not_null, code, may_be_null=may_be_null)
        if may_be_null:
            completed = self._completed_not_null(_Value(value.name, value.name), not_null, asked, code, depth)
            return f"(None if {value.first} is None else {completed})"
        return self._completed_not_null(value, not_null, asked, code, depth)

    def _completed_not_null(
        self, value: _Value, type_: GraphQLOutputType, asked: FieldDetailsList, code: Code, depth: int
    ) -> str:
        if is_list_type(type_):
            item = code.variable()
            completed = self._completed(_Value(item, item), type_.of_type, asked, code, depth=_DEEPEST)
            # What the items are of is read where it stands: nothing is bound there.
            items = f"({value.name} if {value.name}.__class__ is list else {code.name(_items)}({value.name}))"
            return f"[{completed} for {item} in {items}]"
        if is_object_type(type_):
            inner = self._inner(value, type_, asked, code, depth)
            return inner or f"{code.name(self._objects.object(type_, asked))}({value.first}, run)"
        if is_abstract_type(type_):
            return f"{code.name(self._by_class(type_, asked))}({value.first}, run)"
        raise NotPlannable

    def _inner(
        self, value: _Value, type_: GraphQLObjectType, asked: FieldDetailsList, code: Code, depth: int
    ) -> str | None:
        """The expression for an object that needs no function of its own; None for one that does."""
        if depth == _DEEPEST or type_.is_type_of is not None:
            return None
        fields = self._asked(type_, self._objects.selected(type_, asked))
        if not all(_is_simple(one) for one in fields):
            return None
        usual = self._is_usual(value, type_, code)
        entries: list[str] = []
        for one in fields:
            match one.way:
                case None:
                    entries.append(repr(type_.name))
                case Attribute() | Computed() as way:
                    name = code.variable()
                    found = _Value(f"({name} := {self._found(value.name, one, way, code)})", name)
                    entries.append(self._completed(found, one.field.type, one.details, code, depth + 1))
        return f"({usual} and {self._made(type_, fields, entries, code)})"

    def _leaf(self, value: _Value, type_: GraphQLLeafType, code: Code, *, may_be_null: bool) -> str:
        first, name = value
        coerce = code.name(coercion(type_, self._classes))
        usual, named = ready(type_), name
        if usual is None and (members := names_of(type_)):
            cls, names = members
            own = all(member.name == shown for member, shown in names.items())
            usual = f"{{first}}.__class__ is {code.name(cls)}"
            named = f"{name}._name_" if own else f"{code.name(names)}[{name}]"
        if usual is not None:
            condition = usual.format(first=first, name=name)
            null = f"None if {name} is None else " if may_be_null else ""
            return f"({named} if {condition} else {null}{coerce}({name}))"
        return f"(None if {first} is None else {coerce}({name}))" if may_be_null else f"{coerce}({first})"

    def _by_class(self, type_: GraphQLAbstractType, asked: FieldDetailsList) -> Complete:
        """Completes an object of whichever type its class says; a type that is no part of a plan gives up."""
        schema = self._fields.schema
        if not is_decided_by_class(schema, type_):
            raise NotPlannable
        by_class: dict[type, Complete] = {}
        for possible in schema.get_possible_types(type_):
            cls = own_class(possible)
            if cls is not None:
                try:
                    by_class[cls] = self._objects.object(possible, asked)
                except NotPlannable:
                    continue
        if not by_class:
            raise NotPlannable

        def complete(value: Any, run: Run) -> Any:
            found = by_class.get(value.__class__)
            if found is None:
                raise Unusual(value)
            refuse_cast(value)
            return found(value, run)

        return complete


def _is_simple(asked: _Asked) -> bool:
    """Whether a field's value can be found and completed in the middle of an expression."""
    return not isinstance(asked.way, Loaded) and not is_list_type(get_nullable_type(asked.field.type))


def _items(value: Any) -> tuple[Any, ...]:
    """A list's items. Raises Unusual for what graphql-core may only read once, or may not take for a list."""
    if value.__class__ is tuple:
        items: tuple[Any, ...] = value
        return items
    raise Unusual(value)
