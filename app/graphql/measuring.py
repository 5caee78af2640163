"""Measures a document against a schema, each selection once: fragments are memoised, never walked per spread.

The figures are those of the document with its fragments written out, so they may be astronomically large;
reaching them takes as many steps as the document has selections. What depends on variables (page sizes) is
kept as a small program in which each selection set is a step, run again for page sizes that were not met before.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
    is_interface_type,
    is_introspection_type,
    is_list_type,
    is_object_type,
)
from graphql.type import get_nullable_type

from app.graphql.limits import Cost, Limits, Price, Shape
from app.graphql.paging import PageSize, SizeOf, page_size_of, variable_defaults

Definition = OperationDefinitionNode | FragmentDefinitionNode

_INTROSPECTION_LISTS = frozenset({"fields", "interfaces", "possibleTypes", "inputFields"})
_ORDINARY = Cost()
_MOST_PRICES = 50
"""Kept for one document: its operations, times the page sizes that they are asked for with."""


class CostBook:
    """The costs of fields, with those declared on object types also found through their interfaces.

    Raises ValueError for a cost of a field that the schema does not have.
    """

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self.schema = schema
        self.limits = limits
        self._costs = dict(limits.costs)
        for type_name, field_name in limits.costs:
            type_ = schema.get_type(type_name)
            if not (is_object_type(type_) or is_interface_type(type_)) or field_name not in type_.fields:
                raise ValueError(f"A cost is declared for {type_name}.{field_name}, which the schema does not have.")
            for interface in type_.interfaces:
                if field_name in interface.fields:
                    self._raise_to(interface.name, field_name, limits.costs[type_name, field_name])

    def _raise_to(self, type_name: str, field_name: str, cost: Cost) -> None:
        known = self._costs.get((type_name, field_name))
        if known is None or (cost.calls, cost.points or 0) > (known.calls, known.points or 0):
            self._costs[type_name, field_name] = cost

    def of(self, parent: GraphQLNamedType | None, field_name: str) -> Cost:
        return self._costs.get((parent.name, field_name), _ORDINARY) if parent else _ORDINARY


@dataclass(slots=True)
class _Figures:
    """What a selection set adds up to, whatever the variables."""

    depth: int = 0
    nesting: int = 0
    introspection_depth: int = 0
    introspection_lists: int = 0
    introspections: int = 0
    aliases: int = 0
    directives: int = 0
    repeats: int = 0

    def add(self, other: "_Figures") -> None:
        """Counts `other` as if it were written here."""
        self.depth = max(self.depth, other.depth)
        self.nesting = max(self.nesting, other.nesting)
        self.introspection_depth = max(self.introspection_depth, other.introspection_depth)
        self.introspection_lists = max(self.introspection_lists, other.introspection_lists)
        self.introspections += other.introspections
        self.aliases += other.aliases
        self.directives += other.directives
        self.repeats += other.repeats

    @property
    def shape(self) -> Shape:
        return Shape(
            self.depth,
            self.nesting,
            self.introspection_depth,
            self.introspection_lists,
            self.introspections,
            self.aliases,
            self.directives,
            self.repeats,
        )


@dataclass(frozen=True, slots=True)
class _Step:
    """One selection of a selection set, priced.

    `items`: how many of it there are: a number, a page size, or None for a list as long as the field above
    says (`edges` below `events(first: 10)`). `below` is that length for its own children.
    `transparent`: a fragment, which passes the page above it down.
    """

    set: "_Set | str | None"
    points: int = 0
    calls: int = 0
    batched_calls: int = 0
    items: int | PageSize | None = 1
    below: int | PageSize = 1
    transparent: bool = False


@dataclass(slots=True)
class _Set:
    """A selection set on its way to being measured."""

    node: SelectionSetNode
    parent: GraphQLNamedType | None
    steps: list[_Step] = field(default_factory=list)


@dataclass(slots=True)
class _Sum:
    """A price with its part that is owed for each item of the page above kept apart."""

    points: int = 0
    calls: int = 0
    batched_calls: int = 0
    points_each: int = 0
    calls_each: int = 0


@dataclass(frozen=True, slots=True)
class _Program:
    """The selection sets of one definition, inner ones last, and the fragments they spread."""

    sets: tuple[_Set, ...]
    spreads: tuple[str, ...]


class Measured:
    """The figures of every definition of one document; `steps` counts the selections looked at to get them."""

    def __init__(self, document: DocumentNode, costs: CostBook) -> None:
        self.steps = 0
        self._costs = costs
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        self._fragments: dict[str, FragmentDefinitionNode] = {}
        for node in document.definitions:
            if isinstance(node, FragmentDefinitionNode):
                self._fragments.setdefault(node.name.value, node)
        self._programs: dict[int, _Program] = {}
        self._figures: dict[int, _Figures] = {}
        self._page_sizes: list[PageSize] = []
        """Those that variables decide."""
        self._prices: dict[tuple[object, ...], Price] = {}
        definitions: list[Definition] = [*self._fragments.values(), *operations]
        for definition in definitions:
            self._read_below(definition)
            for node in self._in_order(definition, self._figures):
                self._figures[id(node)] = self._figures_of(node)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The figures of each operation and each fragment."""
        return tuple(figures.shape for figures in self._figures.values())

    def price(self, operation: OperationDefinitionNode, variables: Mapping[str, object]) -> Price:
        """What the operation costs with these variables; a page size that is unknown counts as the largest."""
        limit = self._costs.limits.page_size
        known = {**variable_defaults(operation), **variables} if self._page_sizes else {}
        key = (id(operation), *(page.resolve(known, limit) for page in self._page_sizes))
        price = self._prices.get(key)
        if price is None:
            if len(self._prices) >= _MOST_PRICES:
                self._prices.clear()
            price = self._prices[key] = self._priced(operation, known, limit)
        return price

    def _priced(self, operation: OperationDefinitionNode, known: Mapping[str, object], limit: int) -> Price:
        wrong: dict[tuple[str, int], None] = {}
        totals: dict[int, _Sum] = {}

        def size(value: int | PageSize) -> int:
            if isinstance(value, int):
                return value
            asked, fits = value.resolve(known, limit)
            if not fits:
                wrong[value.name, asked] = None
            return asked

        def total(target: "_Set | str | None") -> _Sum:
            if isinstance(target, str):
                fragment = self._fragments.get(target)
                program = self._programs.get(id(fragment)) if fragment else None
                return totals.get(id(program.sets[0]), _NOTHING) if program else _NOTHING
            return totals[id(target)] if target is not None else _NOTHING

        for definition in self._in_order(operation):
            for selection_set in reversed(self._programs[id(definition)].sets):
                result = totals[id(selection_set)] = _Sum()
                for step in selection_set.steps:
                    self.steps += 1
                    _add_step(result, step, total(step.set), size)
        sums = totals[id(self._programs[id(operation)].sets[0])]
        each = self._costs.limits.unpaged_list_size
        points = sums.points + sums.points_each * each
        calls = sums.calls + sums.calls_each * each + sums.batched_calls
        return Price(points, calls, tuple(wrong))

    def _in_order(self, root: Definition, done: Container[int] = ()) -> Iterator[Definition]:
        """The definition and the fragments it reaches, each once, after those it needs itself; cycles cut.

        What is in `done` (by id) is left out, with what only it reaches.
        """
        if id(root) in done:
            return
        entered = {id(root)}
        path: list[tuple[Definition, Iterator[str]]] = [(root, iter(self._programs[id(root)].spreads))]
        while path:
            definition, spreads = path[-1]
            for name in spreads:
                fragment = self._fragments.get(name)
                if fragment is not None and id(fragment) not in entered and id(fragment) not in done:
                    entered.add(id(fragment))
                    path.append((fragment, iter(self._programs[id(fragment)].spreads)))
                    break
            else:
                path.pop()
                yield definition

    def _read_below(self, root: Definition) -> None:
        """Reads a definition and every fragment it reaches, unless they are read already."""
        pending: list[Definition] = [root]
        while pending:
            node = pending.pop()
            if id(node) not in self._programs:
                program = self._programs[id(node)] = self._read(node)
                fragments = (self._fragments.get(name) for name in program.spreads)
                pending.extend(fragment for fragment in fragments if fragment is not None)

    def _read(self, definition: Definition) -> _Program:
        """Lists the selection sets of a definition, each after the one that holds it."""
        schema = self._costs.schema
        parent = (
            schema.get_root_type(definition.operation)
            if isinstance(definition, OperationDefinitionNode)
            else schema.get_type(definition.type_condition.name.value)
        )
        sets = [_Set(definition.selection_set, parent)]
        spreads: dict[str, None] = {}
        for selection_set in sets:
            for selection in selection_set.node.selections:
                self.steps += 1
                step, inner = self._step(selection, selection_set)
                selection_set.steps.append(step)
                if inner is not None:
                    sets.append(inner)
                elif isinstance(step.set, str):
                    spreads[step.set] = None
        return _Program(tuple(sets), tuple(spreads))

    def _step(self, selection: SelectionNode, within: _Set) -> tuple[_Step, _Set | None]:
        if isinstance(selection, FragmentSpreadNode):
            return _Step(selection.name.value, transparent=True), None
        if isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            parent = self._costs.schema.get_type(condition.name.value) if condition else within.parent
            inner = _Set(selection.selection_set, parent)
            return _Step(inner, transparent=True), inner
        assert isinstance(selection, FieldNode)  # noqa: S101 - the third and last kind of selection
        return self._field_step(selection, within)

    def _field_step(self, node: FieldNode, within: _Set) -> tuple[_Step, _Set | None]:
        limits = self._costs.limits
        parent = within.parent
        definition = None
        if parent is not None and is_composite_type(parent):
            definition = self._costs.schema.get_field(parent, node.name.value)
        type_ = get_named_type(definition.type) if definition else None
        if definition is None or type_ is None or _is_introspection(parent) or _is_introspection(type_):
            # Unknown (the standard rules will say so) or introspection (which has limits of its own): no price.
            inner = _Set(node.selection_set, type_) if node.selection_set else None
            return _Step(inner), inner
        cost = self._costs.of(parent, node.name.value)
        page = page_size_of(node, definition, limits.page_arguments)
        if page is not None and page.by_variable:
            self._page_sizes.append(page)
        listed = is_list_type(get_nullable_type(definition.type))
        points = cost.points if cost.points is not None else int(is_composite_type(type_))
        inner = _Set(node.selection_set, type_) if node.selection_set else None
        step = _Step(
            inner,
            points=points,
            calls=0 if cost.batched else cost.calls,
            batched_calls=cost.calls if cost.batched else 0,
            items=(page or cost.size) if listed else 1,
            below=page if page is not None and not listed else limits.unpaged_list_size,
        )
        return step, inner

    def _figures_of(self, definition: Definition) -> _Figures:
        """Adds up the figures of a definition whose fragments are measured already."""
        done: dict[int, _Figures] = {}
        sets = self._programs[id(definition)].sets
        repeats = _repeats_in(sets)
        for selection_set in reversed(sets):
            figures = done[id(selection_set)] = _Figures(repeats=repeats.get(id(selection_set), 0))
            for selection, step in zip(selection_set.node.selections, selection_set.steps, strict=True):
                self.steps += 1
                below = _NO_FIGURES
                if isinstance(step.set, str):
                    fragment = self._fragments.get(step.set)
                    below = self._figures.get(id(fragment), _NO_FIGURES)
                elif step.set is not None:
                    below = done[id(step.set)]
                figures.directives += len(selection.directives or ())
                figures.add(_field_figures(selection, selection_set, below) if not step.transparent else below)
                figures.nesting = max(figures.nesting, below.nesting + 1)
        figures = done[id(sets[0])]
        figures.directives += len(definition.directives or ())
        for variable in definition.variable_definitions or ():
            figures.directives += len(variable.directives or ())
        return figures


_NOTHING = _Sum()
_NO_FIGURES = _Figures()


def _is_introspection(type_: GraphQLNamedType | None) -> bool:
    return type_ is not None and is_introspection_type(type_)


def _repeats_in(sets: tuple[_Set, ...]) -> dict[int, int]:
    """How many fields of each set have the response name of an earlier one, by the id of the set.

    Validation compares all pairs of those, and takes the fields of an inline fragment for fields of the set around
    it: so each name is looked for in the outermost set, and told of the set where it stands.
    """
    outermost: dict[int, int] = {}
    seen: set[tuple[int, str]] = set()
    repeats: dict[int, int] = {}
    for selection_set in sets:
        outer = outermost.setdefault(id(selection_set), id(selection_set))
        for selection, step in zip(selection_set.node.selections, selection_set.steps, strict=True):
            if isinstance(selection, InlineFragmentNode):
                outermost[id(step.set)] = outer
            elif isinstance(selection, FieldNode):
                name = (outer, (selection.alias or selection.name).value)
                if name in seen:
                    repeats[id(selection_set)] = repeats.get(id(selection_set), 0) + 1
                seen.add(name)
    return repeats


def _field_figures(node: SelectionNode, within: _Set, below: _Figures) -> _Figures:
    """The figures of one field with what is selected below it."""
    assert isinstance(node, FieldNode)  # noqa: S101 - fragments are transparent and never come here
    name = node.name.value
    figures = _Figures()
    figures.add(below)
    figures.aliases += int(node.alias is not None)
    figures.depth = below.depth + 1
    if _is_introspection(within.parent):
        figures.introspection_lists += int(name in _INTROSPECTION_LISTS)
    elif name in {"__schema", "__type"}:
        figures.introspections += 1
        figures.introspection_depth = below.depth + 1
        figures.depth = 1
    return figures


def _add_step(result: _Sum, step: _Step, below: _Sum, size: SizeOf) -> None:
    """Adds one selection to the price of the set that holds it."""
    result.batched_calls += step.batched_calls + below.batched_calls
    result.calls += step.calls
    if step.transparent:
        result.points += below.points
        result.calls += below.calls
        result.points_each += below.points_each
        result.calls_each += below.calls_each
        return
    page = size(step.below)
    points = step.points + below.points + below.points_each * page
    calls = below.calls + below.calls_each * page
    if step.items is None:
        result.points_each += points
        result.calls_each += calls
    else:
        items = size(step.items)
        result.points += points * items
        result.calls += calls * items
