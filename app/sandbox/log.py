"""The sandbox's own log: one JSON object a line, to a file or to standard error, never with a query string."""

import sys
from pathlib import Path

import structlog


def configure(path: Path | None) -> None:
    """Send the log to this file (appended to), or to standard error (None)."""
    if path is None:
        stream = sys.stderr
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a", encoding="utf-8", buffering=1)
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=True,
    )
