"""Documents, parsed, measured and validated once, however many requests send the same text.

They are found by a digest of the text alone, never by who sent it: what a document means does not depend on the
caller, and what a caller may see is decided while it is executed. Whoever sends one text after another fills their own
share of what is kept, and takes nothing from the others.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    InlineFragmentNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from strawberry import Schema
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from app.graphql.execution import Plans
from app.graphql.failures import ErrorCode, GraphQLFailure
from app.graphql.fair_cache import FairCache
from app.graphql.limits import Limits, Price, check_lines, check_price, check_shape, too_many_tokens
from app.graphql.measuring import CostBook, Measured

_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
_RULES_WITHOUT_INTROSPECTION = (*_RULES, NoSchemaIntrospectionCustomRule)
_LONGEST_KEPT = 16_384
"""Longer texts (in characters) are read anew each time, so that the cache stays small."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was read: either what it says, or the errors that keep it from being executed."""

    node: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    measured: Measured | None
    operations: Mapping[str, OperationDefinitionNode] = field(default_factory=dict)
    plans: Plans | None = field(default_factory=Plans)
    """None where writing them would not pay, since the document is forgotten at once."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document, allowed to run with the variables it was checked and priced with."""

    document: DocumentNode
    node: OperationDefinitionNode
    name: str | None
    price: Price
    plans: Plans | None

    @property
    def type(self) -> OperationType:
        return self.node.operation

    def root_fields(self) -> tuple[str, ...]:
        """The root fields that it asks for, by the schema's names, each once."""
        fragments = {
            definition.name.value: definition
            for definition in self.document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        names: dict[str, None] = {}
        seen: set[str] = set()
        sets = [self.node.selection_set]
        while sets:
            for selection in sets.pop().selections:
                if isinstance(selection, FieldNode):
                    names[selection.name.value] = None
                elif isinstance(selection, InlineFragmentNode):
                    sets.append(selection.selection_set)
                elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                    seen.add(selection.name.value)
                    sets.append(fragments[selection.name.value].selection_set)
        return tuple(names)


class Documents:
    """Reads documents for one schema, and keeps the last `capacity` of them, at most `share` of one holder's."""

    def __init__(
        self,
        schema: Schema,
        limits: Limits,
        *,
        introspection: bool,
        suggestions: bool,
        capacity: int = 500,
        share: int = 100,
    ) -> None:
        self._schema = schema._schema
        self._limits = limits
        self._costs = CostBook(self._schema, limits)
        self._rules = _RULES if introspection else _RULES_WITHOUT_INTROSPECTION
        self._hide_suggestions = not suggestions
        self._kept: FairCache[bytes, Document] = FairCache(capacity, share)

    def __len__(self) -> int:
        return len(self._kept)

    def read(self, text: str, holder: Hashable = None) -> Document:
        """The document, read before or now; its errors are those of every sender.

        `holder`: whose share of what is kept a new one takes, for instance an organisation.
        """
        if len(text) > _LONGEST_KEPT:
            return replace(self._read(text), plans=None)
        key = sha256(text.encode("utf-8", "surrogatepass")).digest()
        document = self._kept.get(key)
        if document is None:
            document = self._read(text)
            self._kept.put(key, document, holder)
        return document

    def choose(
        self, document: Document, operation_name: str | None, variables: Mapping[str, object]
    ) -> Operation | list[GraphQLError]:
        """The operation to run, or why there is none or it costs too much with these variables."""
        if document.node is None or document.measured is None:
            return list(document.errors)
        operations = document.operations
        if operation_name is not None:
            node = operations.get(operation_name)
            if node is None:
                return [_bad("The document has no operation of the name given in operationName.")]
        elif len(operations) == 1:
            node = next(iter(operations.values()))
        else:
            return [_bad("The document has several operations: name one in operationName.")]
        price = document.measured.price(node, variables)
        return check_price(price, self._limits) or Operation(document.node, node, operation_name, price, document.plans)

    def _read(self, text: str) -> Document:
        limits = self._limits
        if too_long := check_lines(text, limits):
            return _refuse(too_long)
        try:
            node = parse(text, max_lexical_tokens=limits.tokens, max_comments=limits.tokens)
        except GraphQLSyntaxError as error:
            stopped = error.message.startswith("Syntax Error: Document contains more than")
            return _refuse([too_many_tokens(limits) if stopped else error])
        except GraphQLError as error:
            return _refuse([error])
        measured = Measured(node, self._costs)
        errors = check_shape(measured.shapes, limits)
        errors = errors or validate(
            self._schema, node, self._rules, max_errors=limits.errors, hide_suggestions=self._hide_suggestions
        )
        operations = {
            definition.name.value if definition.name else "": definition
            for definition in node.definitions
            if isinstance(definition, OperationDefinitionNode)
        }
        if not errors and not operations:
            errors = [_bad("The document has no operation.")]
        return _refuse(errors) if errors else Document(node, (), measured, operations)


def _refuse(errors: list[GraphQLError]) -> Document:
    return Document(None, tuple(errors), None)


def _bad(message: str) -> GraphQLFailure:
    return GraphQLFailure(ErrorCode.BAD_USER_INPUT, message)
