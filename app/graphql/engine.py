"""Runs one operation from its text to its answer, the same for HTTP and WebSocket."""

import asyncio
import json
from collections.abc import AsyncGenerator, Hashable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import Enum, auto

import msgspec
from graphql import ExecutionResult, GraphQLError, OperationType

from app.graphql.callers import Caller
from app.graphql.documents import Documents, Operation
from app.graphql.execution import unfolded
from app.graphql.executor import EventGivenUp, NotExecutable, SchemaExecutor, StreamNotOpened
from app.graphql.failures import ErrorCode, GraphQLFailure
from app.graphql.masking import Masking, names_in
from app.graphql.options import GraphQLOptions
from app.graphql.patience import Within


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a client asks, its shape already checked."""

    query: str
    operation_name: str | None = None
    variables: Mapping[str, object] = field(default_factory=dict)


class Outcome(Enum):
    """How far an operation came; HTTP statuses follow from it."""

    NOT_EXECUTED = auto()
    EXECUTED = auto()
    GIVEN_UP = auto()
    UNAVAILABLE = auto()
    """Something that we depend on is away."""
    BROKEN = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer ready to be encoded, with `data` or `errors` or both."""

    outcome: Outcome
    payload: dict[str, object]

    @property
    def errors(self) -> object:
        return self.payload.get("errors", [])


class Engine:
    """Serves one schema: documents, limits, deadline, execution, masking."""

    def __init__(self, options: GraphQLOptions) -> None:
        schema = options.schema
        if schema.extensions or schema.directives:
            raise ValueError("Strawberry's schema extensions and operation directives are not run by this package.")
        self._names_the_schema = options.suggestions or options.introspection
        self._deadline = options.deadline.total_seconds()
        self.masking = Masking(options.correlation_id, options.own_packages, options.outages)
        self._documents = Documents(
            schema,
            options.limits,
            introspection=options.introspection,
            suggestions=options.suggestions,
        )
        self._executor = SchemaExecutor(schema, hide_suggestions=not options.suggestions)

    def prepare(self, request: GraphQLRequest, share: Hashable = None) -> Operation | Answer:
        """The operation to run, or the answer that says why it is not run; `share` as the caller has it."""
        document = self._documents.read(request.query, share)
        operation = self._documents.choose(document, request.operation_name, request.variables)
        return operation if isinstance(operation, Operation) else self._not_executed(operation, request)

    def refused(self, failure: GraphQLFailure) -> Answer:
        """The answer to an operation that is not run, for this reason."""
        return self._not_executed([failure])

    async def run(self, operation: Operation, request: GraphQLRequest, caller: Caller) -> Answer:
        """Runs a query or mutation, within the deadline."""
        answer = Within(self._deadline, self._execute(operation, request, caller))
        try:
            result = await answer
        except NotExecutable as refusal:
            return self._not_executed(refusal.errors, request)
        except TimeoutError as error:
            if not answer.is_over:
                return self.broken(error)
            return self._given_up(operation)
        except Exception as error:
            return self.broken(error)
        return self._answer(result)

    async def _execute(self, operation: Operation, request: GraphQLRequest, caller: Caller) -> ExecutionResult:
        return await self._executor.execute(operation, None, caller.new_context(), request.variables)

    async def stream(
        self, operation: Operation, request: GraphQLRequest, caller: Caller
    ) -> AsyncGenerator[Answer, None]:
        """Runs a subscription until it ends or is closed; an answer that is not EXECUTED is the last."""
        try:
            async with asyncio.timeout(self._deadline) as deadline:
                stream = await self._executor.subscribe(
                    operation, None, caller.new_context(), request.variables, caller.new_context, self._deadline
                )
        except StreamNotOpened as refusal:
            errors = self.masking.field_errors(refusal.errors)
            yield Answer(Outcome.NOT_EXECUTED, {"errors": errors})
            return
        except NotExecutable as refusal:
            yield self._not_executed(refusal.errors, request)
            return
        except TimeoutError as error:
            yield self._given_up(operation) if deadline.expired() else self.broken(error)
            return
        except Exception as error:
            yield self.broken(error)
            return
        async with aclosing(stream):
            try:
                async for result in stream:
                    yield self._answer(result)
            except EventGivenUp:
                yield self._given_up(operation)
            except Exception as error:
                yield self.broken(error)

    def encoded(self, answer: Answer) -> tuple[Answer, bytes]:
        """The answer and its payload as JSON; one without JSON form is a defect of ours and answered as such."""
        try:
            return answer, encode(answer.payload)
        except (TypeError, ValueError, RecursionError) as error:
            broken = self.broken(error)
            return broken, encode(broken.payload)

    def _answer(self, result: ExecutionResult) -> Answer:
        payload: dict[str, object] = {}
        if result.errors:
            payload["errors"] = self.masking.field_errors(result.errors)
        payload["data"] = result.data
        return Answer(Outcome.EXECUTED, payload)

    def _not_executed(self, errors: Sequence[GraphQLError], request: GraphQLRequest | None = None) -> Answer:
        sent = None
        if request is not None and not self._names_the_schema:
            sent = names_in(request.query, encode(dict(request.variables)).decode())
        return Answer(Outcome.NOT_EXECUTED, {"errors": self.masking.request_errors(errors, sent)})

    def broken(self, error: Exception) -> Answer:
        """The answer where the operation met an error outside any field."""
        outcome = Outcome.UNAVAILABLE if self.masking.is_outage(error) else Outcome.BROKEN
        return Answer(outcome, {"errors": [self.masking.defect(error)]})

    def _given_up(self, operation: Operation) -> Answer:
        message = f"The operation took longer than {self._deadline:g} seconds and was given up."
        if operation.type is OperationType.MUTATION:
            message += " Look whether it took effect before repeating it."
        failure = GraphQLFailure(ErrorCode.DEADLINE_EXCEEDED, message)
        return Answer(Outcome.GIVEN_UP, {"errors": self.masking.request_errors([failure])})


_encode = msgspec.json.Encoder().encode


def encode(value: object) -> bytes:
    """JSON in UTF-8; half a surrogate pair, which calendars do contain, is escaped instead of refused."""
    try:
        return _encode(value)
    except (TypeError, ValueError):
        return json.dumps(unfolded(value), separators=(",", ":"), allow_nan=False).encode()
