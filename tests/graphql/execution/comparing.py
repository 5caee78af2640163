"""One operation executed by plan and by graphql-core alone, and what may differ between the two: nothing."""

import asyncio
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, cast

from graphql import DocumentNode, ExecutionResult, GraphQLError, parse, validate
from graphql.execution import Executor
from graphql.execution.executor import CollectedErrors
from graphql.pyutils import Path
from strawberry import Schema

from app.graphql.execution import PlannedExecutor, Plans
from app.graphql.execution.answers import unfolded
from app.graphql.execution.fields import Fields

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Request:
    """What is executed; `context` and `root` make new ones, so that no execution finds what another has left."""

    document: DocumentNode
    context: Callable[[], Any] = lambda: None
    root: Callable[[], Any] = lambda: None
    variables: Mapping[str, Any] | None = None
    operation_name: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and how it came about.

    `planned`: a plan was written for something; `gave_up`: how many values and fields were graphql-core's after all.
    """

    data: Any
    errors: Sequence[GraphQLError]
    waited: bool = False
    planned: bool = False
    gave_up: int = 0


class _CountingBook(Executor[Any]):
    """graphql-core's executor where a plan gives up."""

    asked = 0

    def complete_value(self, *arguments: Any) -> Any:
        self.asked += 1
        return super().complete_value(*arguments)

    def execute_field(self, *arguments: Any) -> Any:
        self.asked += 1
        return super().execute_field(*arguments)


class _AllErrors(CollectedErrors):
    """Keeps every error, also those below a position that is null already."""

    def add(self, error: GraphQLError, path: Path | None) -> None:
        self._errors.append(error)


class Comparison:
    """Executes on one schema, with the plans of all documents that it has seen."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._fields = Fields(schema)
        self._plans: dict[int, tuple[DocumentNode, Plans]] = {}

    def plans(self, document: DocumentNode) -> Plans:
        """The plans of this document, the same ones each time."""
        return self._plans.setdefault(id(document), (document, Plans()))[1]

    async def by_plan(self, request: Request) -> Answered:
        executor = self._built(PlannedExecutor, request)
        if isinstance(executor, list):
            return Answered(None, executor)
        planned = cast("PlannedExecutor", executor)
        plan = self.plans(request.document).of(self._fields, request.document, planned)
        planned.follow(plan)
        book: Any = getattr(planned, "_book", None)
        if book is not None:
            book.__class__ = _CountingBook
        result = await planned.answer()
        written = plan is not None and any((*plan._values.values(), *plan._steps.values()))
        gave_up = book.asked if book is not None else 0
        return Answered(unfolded(result.data), result.errors or [], True, written, gave_up)

    async def by_the_book(self, request: Request) -> Answered:
        return await self._executed(self._built(Executor, request))

    async def every_error(self, request: Request) -> Sequence[GraphQLError]:
        """All errors that graphql-core meets when none hides another."""
        executor = self._built(Executor, request)
        if isinstance(executor, list):
            return executor
        executor.error_propagation = False
        executor.collected_errors = _AllErrors()
        await self._executed(executor)
        return executor.collected_errors.errors

    async def same(self, request: Request) -> Answered:
        """The plan's answer. Raises AssertionError where graphql-core would not have given it."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # coroutines that an error leaves behind
            expected = await self.by_the_book(request)
            found = await self.by_plan(request)
            await _rest()
            assert shape(found.data) == shape(expected.data), f"{found.data} in place of {expected.data}"
            if told(found.errors) != told(expected.errors):
                assert expected.waited, (told(found.errors), told(expected.errors))
                possible = told(await self.every_error(request))
                assert all(one in possible for one in told(found.errors)), (told(found.errors), possible)
                assert explained(found) == explained(expected)
        return found

    @staticmethod
    async def _executed(executor: Executor[Any] | list[GraphQLError]) -> Answered:
        if isinstance(executor, list):
            return Answered(None, executor)
        result = executor.execute_operation()
        waited = isawaitable(result)
        finished = cast("ExecutionResult", await result if isawaitable(result) else result)
        return Answered(finished.data, finished.errors or [], waited)

    def _built(self, cls: type[Executor[Any]], request: Request) -> Executor[Any] | list[GraphQLError]:
        return cls.build(
            self.schema._schema,
            request.document,
            request.root(),
            request.context(),
            dict(request.variables or {}),
            request.operation_name,
            hide_suggestions=True,
        )


async def same(
    schema: Schema,
    text: str,
    context: Callable[[], Any] = lambda: None,
    variables: Mapping[str, Any] | None = None,
    root: Callable[[], Any] = lambda: None,
) -> Answered:
    """What both answer to a document, twice with the same plan. Raises AssertionError where they differ."""
    comparison = Comparison(schema)
    request = Request(parse(text), context, root, variables)
    assert not validate(schema._schema, request.document)
    await comparison.same(request)
    return await comparison.same(request)


async def _rest() -> None:
    """Waits for what an error has left running."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)


def shape(value: Any) -> Any:
    """A value so that two are equal where nobody can tell them apart: with types and the order of keys."""
    if type(value) is dict:
        return "dict", [(shape(key), shape(one)) for key, one in value.items()]
    if type(value) is list:
        return "list", [shape(one) for one in value]
    return type(value).__qualname__, _ADDRESS.sub("", value if type(value) is str else repr(value))


def told(errors: Sequence[GraphQLError]) -> list[Any]:
    """What errors say, where, and what they were before."""
    return [
        (
            _ADDRESS.sub("", error.message),
            [tuple(location) for location in error.locations or ()],
            error.path,
            type(error.original_error).__qualname__,
            error.extensions,
        )
        for error in errors
    ]


def explained(answered: Answered) -> set[tuple[Any, ...]]:
    """The positions that are null because of an error."""
    return {_last_position(answered.data, error.path or []) for error in answered.errors}


def _last_position(data: Any, path: Sequence[Any]) -> tuple[Any, ...]:
    reached = []
    for key in path:
        if data is None:
            break
        reached.append(key)
        data = data[key]
    return tuple(reached)
