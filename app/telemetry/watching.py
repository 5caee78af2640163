"""What fills the ports of the rooms within: each thing under way is timed, counted by how it ended, and may be a span.

The ports are `observing.py` in `app/graphql`, `app/suites`, `app/connections` and `app/jobs`.
"""

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from graphql import OperationType

from app import clock, logs
from app.connections.observing import RefreshOutcome
from app.graphql.documents import Operation
from app.graphql.observing import Ended, Transport
from app.suites.observing import CallOutcome
from app.suites.protocol import SuiteName
from app.telemetry.metrics import Metrics
from app.telemetry.spans import Span, Tracing, Value

BROKEN_OFF = "broken_off"
"""How something ended that said nothing: its client went away, or the process stops."""
UNREAD = "none"
"""The kind of what was refused before it was read."""


class _Watched:
    """Something under way, from entering to leaving."""

    failures: frozenset[str] = frozenset()
    """The outcomes that a trace shows as failed."""

    def __init__(self, metrics: Metrics, tracing: Tracing | None) -> None:
        self._metrics = metrics
        self._tracing = tracing
        self._span: Span | None = None
        self._outcome = BROKEN_OFF
        self._began = 0.0

    def __enter__(self) -> Self:
        if self._tracing is not None:
            self._span = self._begin(self._tracing)
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._count(self._outcome, time.perf_counter() - self._began)
        self._end_span(self._outcome)

    def _tell(self, attributes: Mapping[str, Value]) -> None:
        if self._span is not None:
            self._span.tell(attributes)

    def _end_span(self, outcome: str) -> None:
        if self._span is not None:
            self._span.tell({"outcome": outcome})
            self._span.end(failed=outcome in self.failures)

    def _begin(self, tracing: Tracing) -> Span:
        raise NotImplementedError

    def _count(self, outcome: str, seconds: float) -> None:
        raise NotImplementedError


class WatchedOperation(_Watched):
    """A GraphQL operation. That of a subscription is counted at its end, and timed by nobody: its client ends it."""

    failures = frozenset({Ended.BROKEN, Ended.UNAVAILABLE, Ended.GIVEN_UP})

    def __init__(self, metrics: Metrics, tracing: Tracing | None, transport: Transport) -> None:
        super().__init__(metrics, tracing)
        self._transport = transport.value
        self._kind = UNREAD

    def prepared(self, operation: Operation) -> None:
        self._kind = operation.type.value
        if self._span is not None:
            fields = operation.root_fields()
            self._span.rename(f"{self._kind} {fields[0]}" if len(fields) == 1 else self._kind)
            self._tell({"graphql.operation.type": self._kind, "graphql.root_fields": fields})
            if operation.type is OperationType.SUBSCRIPTION:
                self._end_span("opened")

    def ended(self, how: Ended) -> None:
        self._outcome = how.value

    def _begin(self, tracing: Tracing) -> Span:
        return tracing.begin("operation", {"transport": self._transport, "correlation_id": logs.correlation_id()})

    def _count(self, outcome: str, seconds: float) -> None:
        self._metrics.operations.labels(self._transport, self._kind, outcome).inc()
        if self._kind != OperationType.SUBSCRIPTION.value:
            self._metrics.operation_seconds.labels(self._transport, self._kind).observe(seconds)


class WatchedCall(_Watched):
    """A call to a suite, its repetitions included."""

    failures = frozenset({CallOutcome.UNAVAILABLE, CallOutcome.TIMED_OUT, CallOutcome.THROTTLED, CallOutcome.NOT_SENT})

    def __init__(self, metrics: Metrics, tracing: Tracing | None, suite: str, operation: str) -> None:
        super().__init__(metrics, tracing)
        self._suite = suite
        self._operation = operation

    def repeated(self, because: CallOutcome) -> None:
        self._metrics.suite_call_repeats.labels(self._suite, self._operation, because.value).inc()
        if self._span is not None:
            self._span.happened("repeated", {"reason": because.value})

    def ended(self, outcome: CallOutcome, status: int | None) -> None:
        self._outcome = outcome.value
        if status is not None:
            self._tell({"http.response.status_code": status})

    def _begin(self, tracing: Tracing) -> Span:
        attributes: dict[str, Value] = {"suite": self._suite, "operation": self._operation}
        return tracing.begin(self._operation, attributes, calls_out=True)

    def _count(self, outcome: str, seconds: float) -> None:
        self._metrics.suite_calls.labels(self._suite, self._operation, outcome).inc()
        self._metrics.suite_call_seconds.labels(self._suite, self._operation).observe(seconds)


class WatchedSuite:
    """The calls to one suite."""

    def __init__(self, metrics: Metrics, tracing: Tracing | None, suite: SuiteName) -> None:
        self._metrics = metrics
        self._tracing = tracing
        self._suite = suite.value

    def call(self, operation: str) -> WatchedCall:
        return WatchedCall(self._metrics, self._tracing, self._suite, operation)


class WatchedRefresh(_Watched):
    """One access token, renewed or not."""

    failures = frozenset({RefreshOutcome.UNAVAILABLE, RefreshOutcome.OPERATOR_MUST_ACT})

    def __init__(self, metrics: Metrics, tracing: Tracing | None, suite: SuiteName) -> None:
        super().__init__(metrics, tracing)
        self._suite = suite.value

    def ended(self, outcome: RefreshOutcome) -> None:
        self._outcome = outcome.value

    def _begin(self, tracing: Tracing) -> Span:
        return tracing.begin("refresh", {"suite": self._suite})

    def _count(self, outcome: str, seconds: float) -> None:
        self._metrics.refreshes.labels(self._suite, outcome).inc()
        self._metrics.refresh_seconds.labels(self._suite).observe(seconds)


class WatchedRun(_Watched):
    """One run of a job; one that found nothing to do leaves no span."""

    failures = frozenset({"failed"})

    def __init__(self, metrics: Metrics, tracing: Tracing | None, job: str) -> None:
        super().__init__(metrics, tracing)
        self._job = job

    def ended(self, *, well: bool) -> None:
        self._outcome = "ok" if well else "failed"

    def _begin(self, tracing: Tracing) -> Span:
        return tracing.begin(f"job {self._job}", {"job": self._job}, may_be_idle=True)

    def _count(self, outcome: str, seconds: float) -> None:
        self._metrics.job_runs.labels(self._job, outcome).inc()
        self._metrics.job_seconds.labels(self._job).observe(seconds)
        if outcome == "ok":
            self._metrics.job_success.labels(self._job).set(clock.now().timestamp())


class Watching:
    """Implements the ports, for as long as the process lives."""

    def __init__(self, metrics: Metrics, tracing: Tracing | None = None) -> None:
        self.metrics = metrics
        self.tracing = tracing

    def operation(self, transport: Transport) -> WatchedOperation:
        return WatchedOperation(self.metrics, self.tracing, transport)

    def refresh(self, suite: SuiteName) -> WatchedRefresh:
        return WatchedRefresh(self.metrics, self.tracing, suite)

    def run(self, job: str) -> WatchedRun:
        return WatchedRun(self.metrics, self.tracing, job)

    def calls_to(self, suite: SuiteName) -> WatchedSuite:
        return WatchedSuite(self.metrics, self.tracing, suite)
