"""Writes the functions of a plan, as source code of Python that is compiled once.

The source is made of the schema's names, of aliases, which GraphQL's grammar keeps to letters, digits and underscores
(https://spec.graphql.org/October2021/#Name) and which stand in quotes, and of names that are counted up here for
whatever the code refers to. No value of a request is ever part of it.
"""

from collections.abc import Callable, Mapping
from keyword import iskeyword
from math import inf
from typing import Any, Protocol

from graphql import (
    GraphQLAbstractType,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

from app.graphql.execution.fields import Attribute, Computed, Fields, Loaded
from app.graphql.execution.leaves import PLAIN, Classes, Unusual, coercion, names_of
from app.graphql.execution.loading import Gap
from app.graphql.execution.runs import Run
from app.graphql.execution.types import is_decided_by_class, own_class, refuse_cast

Complete = Callable[[Any, Run], Any]
"""Completes a value: what the response has for it, or an exception where graphql-core has to decide."""


class NotPlannable(Exception):
    """Something was asked for that only graphql-core can answer."""


class Objects(Protocol):
    """Where a writer has the functions from that complete the objects that a field answers with."""

    def object(self, type_: GraphQLObjectType, asked: FieldDetailsList) -> Complete:
        """Completes an object of this type, of which this is asked. Raises NotPlannable."""


class Writer:
    """Writes for one schema and one plan; a selection of which a part cannot be planned cannot be either."""

    def __init__(self, fields: Fields, classes: Classes, objects: Objects) -> None:
        self._fields = fields
        self._classes = classes
        self._objects = objects

    def value(self, type_: GraphQLOutputType, asked: FieldDetailsList) -> Complete:
        """Completes a value of this type. Raises NotPlannable."""
        code = _Code()
        return code.compiled([f"return {self._completed('value', type_, asked, code)}"], "value, run")

    def object(self, type_: GraphQLObjectType, selected: GroupedFieldSet) -> Complete:
        """Completes an object of this type, of which these fields are selected. Raises NotPlannable."""
        code = _Code()
        lines = self._checks(type_, code)
        entries, gaps = [], []
        for response_name, asked in selected.items():
            name = asked[0].node.name.value
            if name == "__typename":
                entries.append(f"{response_name!r}: {type_.name!r}")
                continue
            field = self._fields.schema.get_field(type_, name)
            if field is None:
                continue
            way = self._fields.way(field)
            variable = f"value_{len(entries)}"
            match way:
                case Attribute(name=attribute):
                    lines.append(f"{variable} = {_attribute(attribute)}")
                case Computed():
                    convert = self._fields.arguments(field, asked[0].node) if way.has_arguments else None
                    lines.append(f"{variable} = {_call(way, convert, code)}")
                case Loaded(loading=loading):
                    gap = code.name(Gap(loading, response_name, self.value(field.type, asked)))
                    gaps.append(f"run.gaps[{gap}].append(({code.name(loading.key)}(value), value, answer))")
                    entries.append(f"{response_name!r}: None")
                    continue
                case None:
                    raise NotPlannable
            entries.append(f"{response_name!r}: {self._completed(variable, field.type, asked, code)}")
        lines.append(f"answer = {{{', '.join(entries)}}}")
        return code.compiled([*lines, *gaps, "return answer"], "value, run")

    def _checks(self, type_: GraphQLObjectType, code: "_Code") -> list[str]:
        """What an object has to be, where graphql-core would look at it too."""
        cls = own_class(type_)
        check = code.name(self._classes.check)
        if type_.is_type_of is None:
            usual = "False" if cls is None else f"value.__class__ is {code.name(cls)}"
            return [f"if not ({usual}): {check}(value)"]
        if cls is None:
            raise NotPlannable
        return [
            f"if value.__class__ is not {code.name(cls)}: raise {code.name(Unusual)}",
            f"{code.name(refuse_cast)}(value)",
        ]

    def _completed(self, value: str, type_: GraphQLOutputType, asked: FieldDetailsList, code: "_Code") -> str:
        """An expression that completes the value of this name."""
        if is_non_null_type(type_):
            return self._not_null(value, type_.of_type, asked, code)
        if is_leaf_type(type_) and type_ in PLAIN:
            plain = PLAIN[type_].format(value)
            return f"({value} if {value} is None or {plain} else {code.name(coercion(type_, self._classes))}({value}))"
        return f"(None if {value} is None else {self._not_null(value, type_, asked, code)})"

    def _not_null(self, value: str, type_: GraphQLOutputType, asked: FieldDetailsList, code: "_Code") -> str:
        if is_list_type(type_):
            item = f"item_{code.depth()}"
            completed = self._completed(item, type_.of_type, asked, code)
            return (
                f"[{completed} for {item} in ({value} if {value}.__class__ is list else {code.name(_items)}({value}))]"
            )
        if is_leaf_type(type_):
            return self._leaf(value, type_, code)
        if is_object_type(type_):
            below = self._objects.object(type_, asked)
            return f"{code.name(below)}({value}, run)"
        if is_abstract_type(type_):
            return f"{code.name(self._by_class(type_, asked))}({value}, run)"
        raise NotPlannable

    def _leaf(self, value: str, type_: GraphQLLeafType, code: "_Code") -> str:
        coerce = code.name(coercion(type_, self._classes))
        if type_ in PLAIN:
            return f"({value} if {PLAIN[type_].format(value)} else {coerce}({value}))"
        members = names_of(type_)
        if members is None:
            return f"{coerce}({value})"
        cls, names = members
        own = all(member.name == name for member, name in names.items())
        named = f"{value}._name_" if own else f"{code.name(names)}[{value}]"
        return f"({named} if {value}.__class__ is {code.name(cls)} else {coerce}({value}))"

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


class _Code:
    """One function in the making, and what it refers to."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {"inf": inf}
        self._depth = 0

    def name(self, thing: object) -> str:
        """A name for something that the code refers to."""
        name = f"known_{len(self._known)}"
        self._known[name] = thing
        return name

    def depth(self) -> int:
        """Counts lists, so that those in one another have names of their own."""
        self._depth += 1
        return self._depth

    def compiled(self, lines: list[str], parameters: str) -> Complete:
        source = f"def complete({parameters}):\n" + "".join(f"    {line}\n" for line in lines)
        exec(compile(source, "<plan>", "exec"), self._known)  # noqa: S102 - of what the source is made: see above
        complete: Complete = self._known["complete"]
        return complete


def _attribute(name: str) -> str:
    return f"value.{name}" if name.isidentifier() and not iskeyword(name) else f"getattr(value, {name!r})"


def _call(way: Computed, convert: Callable[[Any], Mapping[str, Any]] | None, code: _Code) -> str:
    parts = ["value"] if way.takes_object else []
    if way.info_parameter is not None:
        parts.append(f"{way.info_parameter}=run.info")
    if convert is not None:
        parts.append(f"**run.arguments.of({code.name(convert)})")
    return f"{code.name(way.resolver)}({', '.join(parts)})"


def _items(value: Any) -> tuple[Any, ...]:
    """A list's items. Raises Unusual for what graphql-core may only read once, or may not take for a list."""
    if value.__class__ is tuple:
        items: tuple[Any, ...] = value
        return items
    raise Unusual(value)
