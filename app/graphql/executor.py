"""The one place where a document meets the resolvers: graphql-core's executor, behind two functions.

Strawberry's own runner is left out: its extensions, limits and error handling are this package's work, and
another executor can take this one's place without anyone noticing. Strawberry's resolvers, scalars,
permissions and `exception_handlers` live inside the graphql-core schema and work the same.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping
from inspect import isawaitable
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema
from graphql.execution import (
    Executor,
    create_source_event_stream,
    execute_root_selection_set,
    execute_subscription_event,
    map_source_to_response_event,
)


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

    def __init__(self, schema: GraphQLSchema, *, hide_suggestions: bool) -> None:
        self._schema = schema
        self._hide_suggestions = hide_suggestions

    async def execute(
        self,
        document: DocumentNode,
        root: object,
        context: object,
        variables: Mapping[str, Any],
        operation_name: str | None,
    ) -> ExecutionResult:
        """Runs a query or mutation to its end.

        Raises `NotExecutable` for variables that do not fit; errors of fields are in the result.
        """
        executor = self._build(document, root, context, variables, operation_name)
        result = execute_root_selection_set(executor)
        return await result if isawaitable(result) else result

    async def subscribe(
        self,
        document: DocumentNode,
        root: object,
        context: object,
        variables: Mapping[str, Any],
        operation_name: str | None,
        event_context: Callable[[], object],
        event_deadline: float,
    ) -> AsyncGenerator[ExecutionResult, None]:
        """Opens the stream of a subscription: one result for each event.

        `event_context` makes the context of each event, for a loader must not remember the event before.
        `event_deadline`: seconds for one event, after which the stream raises `EventGivenUp`.
        Raises `NotExecutable` for variables that do not fit, `StreamNotOpened` for what the resolver raised.
        """
        executor = self._build(document, root, context, variables, operation_name)
        source = create_source_event_stream(executor)
        opened = await source if isawaitable(source) else source
        if isinstance(opened, ExecutionResult):
            raise StreamNotOpened(opened.errors or [])
        if not isinstance(opened, AsyncIterable):  # pragma: no cover - graphql-core checks it
            raise TypeError("a subscription resolver did not return an async iterable")

        async def on_event(copied: Executor[Any]) -> ExecutionResult:
            # The copies of one subscription share a memory of sub-selections that grows with every event.
            event = self._build(document, copied.root_value, event_context(), variables, operation_name)
            try:
                async with asyncio.timeout(event_deadline):
                    result = execute_subscription_event(event)
                    return await result if isawaitable(result) else result
            except TimeoutError as error:
                raise EventGivenUp from error

        return map_source_to_response_event(executor, opened, on_event)

    def _build(
        self,
        document: DocumentNode,
        root: object,
        context: object,
        variables: Mapping[str, Any],
        operation_name: str | None,
    ) -> Executor[Any]:
        executor = Executor.build(
            self._schema,
            document,
            root,
            context,
            dict(variables),
            operation_name,
            hide_suggestions=self._hide_suggestions,
        )
        if isinstance(executor, list):
            raise NotExecutable(executor)
        return executor
