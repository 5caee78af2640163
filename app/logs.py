"""Structured logs: one event a line, with a correlation id, and never a query string, a body or a provider's words.

The access log names the route's template (`/auth/continue/{ticket}`), because a path can hold a secret, and the query
of a callback is the authorisation code itself. Uvicorn's own access log stays off for that reason.
"""

import logging
import sys
import time
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any, TextIO
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.settings import LogFormat

CORRELATION_HEADER = b"x-correlation-id"

_correlation: ContextVar[str | None] = ContextVar("correlation_id", default=None)
_log = structlog.get_logger("access")


def correlation_id() -> str:
    """The present request's id, or a new one where there is no request."""
    present = _correlation.get()
    if present is None:
        present = uuid4().hex
        _correlation.set(present)
    return present


def configure(level: str, log_format: LogFormat, stream: TextIO = sys.stderr) -> None:
    """Send everything, the libraries' logs included, through one pipeline to `stream`."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _add_correlation_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = structlog.processors.JSONRenderer()
    if log_format is LogFormat.CONSOLE:
        renderer = structlog.dev.ConsoleRenderer(colors=stream.isatty())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _only_our_lines, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], name != "uvicorn.access"
    # These print addresses with queries, statements and their values: nobody's level switches that on.
    for name in ("uvicorn", "tortoise", "aiosqlite", "asyncio", "msal", "urllib3", "aiohttp", "websockets", "taskiq"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _add_correlation_id(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    present = _correlation.get()
    if present is not None:
        event["correlation_id"] = present
    return event


def _only_our_lines(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception's text may hold what a suite said: keep its type and where it happened.

    asyncio writes that text and the arguments of callbacks into its messages: what follows the bare sentence goes.
    """
    event["event"] = str(event.get("event", "")).partition("\n")[0]
    if event.get("logger") == "asyncio":
        event["event"] = event["event"].partition("(")[0]
    event.pop("stack_info", None)
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if not info or info[0] is None:
        return event
    event["error"] = info[0].__name__
    event["at"] = frames(info[2])
    return event


def frames(traceback: Any, limit: int = 8) -> list[str]:
    """The innermost places of a traceback, as `file:line function`, with no source and no values."""
    places = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/site-packages/')[2]}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return places[-limit:]


class AccessLog:
    """Gives every request a correlation id, answers with it, and logs one line when it is over."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        correlation = uuid4().hex
        token = _correlation.set(correlation)
        began = time.perf_counter()
        status = 0

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (CORRELATION_HEADER, correlation.encode())]
            elif message["type"] == "websocket.close":
                status = message.get("code", 1000)
            await send(message)

        try:
            await self._app(scope, receive, observed)
        finally:
            _log.info(
                "request",
                kind=scope["type"],
                method=scope.get("method"),
                route=_template(scope),
                status=status,
                milliseconds=round((time.perf_counter() - began) * 1000, 1),
            )
            _correlation.reset(token)


def _template(scope: Scope) -> str:
    """The path with every path parameter replaced by its name."""
    path: str = scope.get("path", "")
    if "endpoint" not in scope:
        return "(no route)"
    for name, value in scope.get("path_params", {}).items():
        path = path.replace(str(value), f"{{{name}}}")
    return path
