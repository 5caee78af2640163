"""graphql-core's executor, which completes by plan what a plan can complete."""

from collections.abc import Callable, Coroutine
from functools import cached_property
from inspect import CORO_CREATED, getcoroutinestate, isawaitable, iscoroutine
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    OperationType,
    Undefined,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList
from graphql.pyutils import Path

from app.graphql.execution.answers import entry
from app.graphql.execution.leaves import Unusual
from app.graphql.execution.loading import fill
from app.graphql.execution.plans import Plan
from app.graphql.execution.runs import Arguments, Run
from app.graphql.execution.writing import Complete


class PlannedExecutor(Executor[Any]):
    """Executes one operation by a plan, and without one like any other executor."""

    _plan: Plan | None = None
    _arguments: Arguments
    _left: list[Coroutine[Any, Any, Any]]

    def follow(self, plan: Plan | None) -> None:
        """Has the operation executed by this plan, which has to be its own; by none where it is None."""
        self._plan = plan
        if plan is None:
            return
        self._arguments = Arguments(self.variable_values)
        self._left = []

    @cached_property
    def _book(self) -> Executor[Any]:
        """graphql-core without plans, for values that a plan gives up on; their errors are this operation's."""
        book: Executor[Any] = Executor(
            self.schema,
            self.fragment_definitions,
            self.fragments,
            self.root_value,
            self.context_value,
            self.operation,
            self.variable_values,
            self.field_resolver,
            self.type_resolver,
            self.subscribe_field_resolver,
            hide_suggestions=self.hide_suggestions,
        )
        book.collected_errors = self.collected_errors
        return book

    async def answer(self) -> ExecutionResult:
        """The operation's result, once."""
        try:
            data = self._root()
            return self._result(await data if isawaitable(data) else data)
        except GraphQLError as error:
            self.collected_errors.add(error, None)
            return self._result(None)
        finally:
            # An executor and the helpers that it hands to resolvers refer to each other; that is over now.
            del self.async_helpers
            if self._plan is not None:
                if "_book" in self.__dict__:
                    del self._book.async_helpers
                for coroutine in self._left:
                    if getcoroutinestate(coroutine) == CORO_CREATED:
                        coroutine.close()  # graphql-core had its resolver make another one

    def _root(self) -> Any:
        if self._plan is None:
            return self.execute_operation()
        return self.execute_root_grouped_field_set(
            self._plan.root_type,
            self.root_value,
            self._plan.root_fields,
            self.operation.operation is OperationType.MUTATION,
            None,
        )

    def _result(self, data: Any) -> ExecutionResult:
        if isinstance(data, ExecutionResult):
            return data
        return ExecutionResult(data, self.collected_errors.errors or None)

    # -- what graphql-core asks of itself

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> Any:
        """Finds and completes one field of an object that is no matter for a plan as a whole."""
        step = None if path.prev is None else self._plan and self._plan.step(self, parent_type, field_details_list)
        if not step:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)

        def by_the_book() -> Any:
            return self._book.execute_field(parent_type, source, field_details_list, path, position_context)

        run = Run(self.context_value, self._arguments)
        answer = self._attempted(step, source, run)
        if answer is Undefined:
            return by_the_book()
        if run.gaps:
            return self._filled(run, answer, by_the_book, part=entry(0))
        return getattr(answer, entry(0), Undefined)

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Completes what a resolver answered with."""

        def by_the_book() -> Any:
            return self._book.complete_value(return_type, field_details_list, info, path, result, position_context)

        complete = self._plan and self._plan.value(self, return_type, field_details_list)
        if not complete:
            return super().complete_value(return_type, field_details_list, info, path, result, position_context)
        run = Run(self.context_value, self._arguments)
        answer = self._attempted(complete, result, run)
        if answer is Undefined:
            return by_the_book()
        return self._filled(run, answer, by_the_book) if run.gaps else answer

    def collect_subfields(
        self, return_type: GraphQLObjectType, field_details_list: FieldDetailsList
    ) -> CollectedFields:
        """The plan's own lists, so that what it wrote for them is found again."""
        if self._plan is None:
            return super().collect_subfields(return_type, field_details_list)
        return self._plan.collected(self, return_type, field_details_list)

    def _attempted(self, complete: Complete, value: Any, run: Run) -> Any:
        """What a plan's function makes of a value; Undefined where it gives up."""
        try:
            answer = complete(value, run)
        except Exception as reason:
            self._leave(reason)
            return Undefined
        return Undefined if run.info.asked_for_more else answer

    def _leave(self, reason: Exception) -> None:
        """Keeps in mind what a plan came across, if it is a coroutine that perhaps nobody awaits."""
        for met in reason.args if isinstance(reason, Unusual) else ():
            if iscoroutine(met):
                self._left.append(met)

    async def _filled(self, run: Run, answer: Any, by_the_book: Callable[[], Any], part: str | None = None) -> Any:
        """The answer once what it lacks is loaded."""
        try:
            await fill(run)
            gave_up = run.info.asked_for_more
        except Exception as reason:
            self._leave(reason)
            gave_up = True
        if gave_up:
            again = by_the_book()
            return await again if isawaitable(again) else again
        return answer if part is None else getattr(answer, part)
