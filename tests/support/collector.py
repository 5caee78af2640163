"""A collector of traces: takes what OpenTelemetry sends by OTLP over HTTP, and keeps it as it came and as spans.

https://opentelemetry.io/docs/specs/otlp/#otlphttp-request
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

WAIT_SECONDS = 15


@dataclass(frozen=True, slots=True)
class SentSpan:
    """One span as it was sent."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    links: tuple[str, ...]
    """Ids of traces."""
    failed: bool
    attributes: dict[str, Any]
    events: tuple[tuple[str, dict[str, Any]], ...]


@dataclass
class Collector:
    """Where a server's spans go."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    spans: list[SentSpan] = field(default_factory=list)
    service_names: set[str] = field(default_factory=set)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def environment(self) -> dict[str, str]:
        """What an operator would set."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self.port}",
            "OTEL_BSP_SCHEDULE_DELAY": "50",
        }

    def named(self, name: str) -> list[SentSpan]:
        return [span for span in self.spans if span.name == name]

    async def until(self, name: str) -> SentSpan:
        """The first span of this name, once it has come."""
        async with asyncio.timeout(WAIT_SECONDS), self._news:
            await self._news.wait_for(lambda: self.named(name))
        return self.named(name)[0]

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        sent = ExportTraceServiceRequest.FromString(body)
        async with self._news:
            self.bodies.append(body)
            for of_resource in sent.resource_spans:
                named = _attributes(of_resource.resource.attributes)
                self.service_names.add(named["service.name"])
                self.spans += [_span(span) for scope in of_resource.scope_spans for span in scope.spans]
            self._news.notify_all()
        return web.Response(content_type="application/x-protobuf")


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    return getattr(value, kind)


def _span(span: Any) -> SentSpan:
    return SentSpan(
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        links=tuple(link.trace_id.hex() for link in span.links),
        failed=span.status.code == span.status.STATUS_CODE_ERROR,
        attributes=_attributes(span.attributes),
        events=tuple((event.name, _attributes(event.attributes)) for event in span.events),
    )


@asynccontextmanager
async def collector() -> AsyncIterator[Collector]:
    """One that listens on a free port."""
    taking = Collector()
    application = web.Application(client_max_size=64 * 1024 * 1024)
    application.router.add_post("/v1/traces", taking.take)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    taking.port = runner.addresses[0][1]
    try:
        yield taking
    finally:
        await runner.cleanup()
