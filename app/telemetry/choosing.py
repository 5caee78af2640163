"""Whether traces are wanted, and whether they can be had: OpenTelemetry's own settings say the first.

Traces are a help to operators and nothing that a server needs: what keeps them from being sent is logged, and the
server starts.
"""

import sys
from collections.abc import Mapping

import structlog

from app.telemetry.spans import Tracing

_log = structlog.get_logger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
EXPORTER = "OTEL_TRACES_EXPORTER"
DISABLED = "OTEL_SDK_DISABLED"
SPOKEN = "http/protobuf"


class NoTraces(Exception):
    """Traces are asked for and cannot be had; the message says what to do."""


def tracing_of(environment: Mapping[str, str], *, trusts_callers: bool) -> Tracing | None:
    """Where spans go; None where nobody asks for them, or where they cannot be sent."""
    try:
        return _tracing(environment, trusts_callers=trusts_callers)
    except NoTraces as reason:
        _log.warning("traces_are_off", reason=str(reason))
        return None


def _tracing(environment: Mapping[str, str], *, trusts_callers: bool) -> Tracing | None:
    exporter = _wanted(environment)
    if exporter is None:
        return None
    protocol = next((environment[name] for name in PROTOCOLS if environment.get(name)), SPOKEN)
    if exporter == "otlp" and protocol != SPOKEN:
        raise NoTraces(f"{PROTOCOLS[1]}: spans are sent by {SPOKEN} only; collectors take it on port 4318.")
    try:
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor

        from app.telemetry.tracing import OpenTelemetryTracing

        if exporter == "console":
            return OpenTelemetryTracing(
                SimpleSpanProcessor(ConsoleSpanExporter(out=sys.stderr)), trusts_callers=trusts_callers
            )
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError:
        raise NoTraces("Traces are asked for and OpenTelemetry is not installed: hybrid-meetings[telemetry].") from None
    return OpenTelemetryTracing(BatchSpanProcessor(OTLPSpanExporter()), trusts_callers=trusts_callers)


def _wanted(environment: Mapping[str, str]) -> str | None:
    """The name of the exporter that is asked for."""
    if environment.get(DISABLED, "").strip().lower() == "true":
        return None
    named = environment.get(EXPORTER, "").strip().lower()
    if not named:
        return "otlp" if any(environment.get(name) for name in ENDPOINTS) else None
    if named == "none":
        return None
    if named not in {"otlp", "console"}:
        raise NoTraces(f"{EXPORTER}: there is otlp, console and none.")
    return named
