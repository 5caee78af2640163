"""Every HTTP answer, counted by its route and status, and a span where there are traces.

The route is its template, never the path: a path can hold a secret. WebSockets are watched operation by operation.
"""

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import logs
from app.telemetry.metrics import Metrics
from app.telemetry.spans import Span, Tracing

NO_ROUTE = "(no route)"
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_STREAM = b"text/event-stream"
_UNTRACED = frozenset({"/health/live", "/health/ready", "/metrics"})
"""Asked for by machines again and again: nobody looks for one of these."""


class WatchedRequests:
    """Stands before everything else, so that what refuses a request early is watched too."""

    def __init__(self, app: ASGIApp, metrics: Metrics, tracing: Tracing | None) -> None:
        self._app = app
        self._responses = metrics.responses
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        span = None
        if self._tracing is not None and scope["path"] not in _UNTRACED:
            span = self._tracing.begin("request", _sent(scope), caller=_caller(scope))

        status = 0

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                route, status = _route(scope), int(message["status"])
                self._responses.labels(route, str(status)).inc()
                if span is not None:
                    _answered(span, scope, route, message)
            await send(message)

        try:
            await self._app(scope, receive, counted)
        except Exception:
            if not status:
                # The answer to a defect is given further out.
                status = 500
                self._responses.labels(_route(scope), str(status)).inc()
            raise
        finally:
            if span is not None:
                span.end(failed=status >= 500)


def _sent(scope: Scope) -> Mapping[str, str]:
    return {"http.request.method": _method(scope)}


def _method(scope: Scope) -> str:
    """A client may call a method what it likes."""
    method: str = scope["method"]
    return method if method in KNOWN_METHODS else "_OTHER"


def _caller(scope: Scope) -> str:
    sent = [value for name, value in scope["headers"] if name == b"traceparent"]
    return sent[0].decode("latin-1") if len(sent) == 1 else ""


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", NO_ROUTE)


def _answered(span: Span, scope: Scope, route: str, start: Message) -> None:
    span.rename(f"{_method(scope)} {route}")
    status: int = start["status"]
    span.tell({"http.route": route, "http.response.status_code": status, "correlation_id": logs.correlation_id()})
    if any(name == b"content-type" and value.startswith(_STREAM) for name, value in start.get("headers", ())):
        # A stream goes on for as long as its client likes: its span is its opening.
        span.end()
