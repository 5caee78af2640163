"""Traces by OpenTelemetry, sent by OTLP over HTTP, where the operator asks for them by its own standard settings.

Sampling, resource, endpoint, headers: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
Nothing is registered for the process as a whole, and no exception is recorded: its text may hold what a suite said.
"""

from collections.abc import Mapping
from contextvars import ContextVar, Token
from threading import Thread

import structlog
from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.trace import Link, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app.telemetry.spans import Value

NAME = "hybrid-meetings"
PATIENCE_SECONDS = 3.0
"""For what has not been sent when the process ends."""
_READER = TraceContextTextMapPropagator()

_happened: ContextVar[list[bool] | None] = ContextVar("happened", default=None)
"""Whether anything happened in the present span that may be idle; shared with the tasks that it starts."""


class OpenSpan:
    """Implements `Span` with OpenTelemetry's."""

    def __init__(self, span: trace.Span, *, is_first: bool, may_be_idle: bool) -> None:
        """`is_first`: whether it begins a trace in this process, whose id then stands in the log."""
        self._span: trace.Span | None = span
        self._token = contexts.attach(trace.set_span_in_context(span))
        self._logged: Mapping[str, Token[object]] = {}
        if is_first:
            trace_id = trace.format_trace_id(span.get_span_context().trace_id)
            self._logged = structlog.contextvars.bind_contextvars(trace_id=trace_id)
        self._idle = [False] if may_be_idle else None
        self._idle_token = _happened.set(self._idle) if may_be_idle else None

    def rename(self, name: str) -> None:
        if self._span is not None:
            self._span.update_name(name)

    def tell(self, attributes: Mapping[str, Value]) -> None:
        if self._span is not None:
            self._span.set_attributes(attributes)

    def happened(self, event: str, attributes: Mapping[str, Value]) -> None:
        if self._span is not None:
            self._span.add_event(event, attributes)

    def end(self, *, failed: bool = False) -> None:
        span, self._span = self._span, None
        if span is None:
            return
        if failed:
            span.set_status(StatusCode.ERROR)
        if failed or self._idle is None or self._idle[0]:
            span.end()  # one that is never ended is sent to nobody
        if self._idle_token is not None:
            _happened.reset(self._idle_token)
        structlog.contextvars.reset_contextvars(**self._logged)
        contexts.detach(self._token)


class OpenTelemetryTracing:
    """Implements `Tracing`. `trusts_callers`: whether a request's `traceparent` is continued, or only linked to."""

    def __init__(self, processor: SpanProcessor, *, trusts_callers: bool = False) -> None:
        self._provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer(NAME)
        self._trusts_callers = trusts_callers

    def begin(
        self,
        name: str,
        attributes: Mapping[str, Value] | None = None,
        *,
        caller: str | None = None,
        calls_out: bool = False,
        may_be_idle: bool = False,
    ) -> OpenSpan:
        happened = _happened.get()
        if happened is not None:
            happened[0] = True
        is_first = not trace.get_current_span().get_span_context().is_valid
        parent, links = self._from(caller) if caller else (None, ())
        span = self._tracer.start_span(
            name,
            parent,
            SpanKind.CLIENT if calls_out else SpanKind.SERVER if caller is not None else SpanKind.INTERNAL,
            attributes,
            links,
            record_exception=False,
            set_status_on_exception=False,
        )
        return OpenSpan(span, is_first=is_first, may_be_idle=may_be_idle)

    def close(self) -> None:
        # Its own time-out counts per batch, and the process has to end.
        closing = Thread(target=self._provider.shutdown, name="traces", daemon=True)
        closing.start()
        closing.join(PATIENCE_SECONDS)

    def _from(self, caller: str) -> tuple[Context | None, tuple[Link, ...]]:
        """Its `tracestate` and baggage are left where they are: they hold whatever a caller likes."""
        sent = _READER.extract({"traceparent": caller}, context=Context())
        theirs = trace.get_current_span(sent).get_span_context()
        if not theirs.is_valid:
            return None, ()
        return (sent, ()) if self._trusts_callers else (None, (Link(theirs),))


def _resource() -> Resource:
    """Who sends the spans: as the operator names us, or by our own name."""
    named = Resource.create()
    if str(named.attributes[SERVICE_NAME]).startswith("unknown_service"):
        return named.merge(Resource({SERVICE_NAME: NAME}))
    return named
