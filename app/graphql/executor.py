"""The one place where a document meets the resolvers, behind two functions.

Strawberry's own runner is left out: its extensions, limits and error handling are this package's work. Strawberry's
resolvers, scalars, permissions and `exception_handlers` live inside the graphql-core schema and work the same.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping
from inspect import isawaitable
from typing import Any, cast

from graphql import ExecutionResult, GraphQLError
from graphql.execution import Executor, create_source_event_stream, map_source_to_response_event
from strawberry import Schema

from app.graphql.documents import Operation
from app.graphql.execution import PlannedExecutor
from app.graphql.execution.fields import Fields


class NotExecutable(Exception):
    """The operation did not start: its variables do not fit, or its stream could not be opened."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(f"{len(errors)} errors before execution")
        self.errors = errors


class StreamNotOpened(NotExecutable):
    """The resolver of a subscription raised before its first event."""


class EventGivenUp(Exception):
    """Answering one event of a subscription took longer than its deadline."""


class SchemaExecutor:
    """Executes operations of one schema; `hide_suggestions` keeps "did you mean" out of coercion errors."""

    def __init__(self, schema: Schema, *, hide_suggestions: bool) -> None:
        self._fields = Fields(schema)
        self._hide_suggestions = hide_suggestions

    async def execute(
        self, operation: Operation, root: object, context: object, variables: Mapping[str, Any]
    ) -> ExecutionResult:
        """Runs a query or mutation to its end.

        Raises `NotExecutable` for variables that do not fit; errors of fields are in the result.
        """
        return await self._planned(operation, root, context, variables).answer()

    async def subscribe(
        self,
        operation: Operation,
        root: object,
        context: object,
        variables: Mapping[str, Any],
        event_context: Callable[[], object],
        event_deadline: float,
    ) -> AsyncGenerator[ExecutionResult, None]:
        """Opens the stream of a subscription: one result for each event.

        `event_context` makes the context of each event, for a loader must not remember the event before.
        `event_deadline`: seconds for one event, after which the stream raises `EventGivenUp`.
        Raises `NotExecutable` for variables that do not fit, `StreamNotOpened` for what the resolver raised.
        """
        executor = self._built(operation, root, context, variables)
        source = create_source_event_stream(executor)
        opened = await source if isawaitable(source) else source
        if isinstance(opened, ExecutionResult):
            raise StreamNotOpened(opened.errors or [])
        if not isinstance(opened, AsyncIterable):  # pragma: no cover - graphql-core checks it
            raise TypeError("a subscription resolver did not return an async iterable")

        async def on_event(copied: Executor[Any]) -> ExecutionResult:
            # The copies of one subscription share a memory of sub-selections that grows with every event.
            event = self._planned(operation, copied.root_value, event_context(), variables)
            try:
                async with asyncio.timeout(event_deadline):
                    return await event.answer()
            except TimeoutError as error:
                raise EventGivenUp from error

        return map_source_to_response_event(executor, opened, on_event)

    def _planned(
        self, operation: Operation, root: object, context: object, variables: Mapping[str, Any]
    ) -> PlannedExecutor:
        executor = self._built(operation, root, context, variables)
        if operation.plans is not None:
            executor.follow(operation.plans.of(self._fields, operation.document, executor))
        return executor

    def _built(
        self, operation: Operation, root: object, context: object, variables: Mapping[str, Any]
    ) -> PlannedExecutor:
        executor = PlannedExecutor.build(
            self._fields.schema,
            operation.document,
            root,
            context,
            dict(variables),
            operation.name,
            hide_suggestions=self._hide_suggestions,
        )
        if isinstance(executor, list):
            raise NotExecutable(executor)
        return cast("PlannedExecutor", executor)
