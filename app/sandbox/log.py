"""The sandbox's own log: one JSON object a line, to a file or to standard error, never with a query string."""

import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

FIELDS = "fields"
_logger = logging.getLogger("app.sandbox")


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: when, how grave, which event, and the fields that were given with it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def configure(path: Path | None) -> None:
    """Send the log to this file (appended to), or to standard error (None)."""
    if path is None:
        handler: logging.Handler = logging.StreamHandler(sys.stderr)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    _logger.setLevel(logging.INFO)


def event(name: str, **fields: Any) -> None:
    """Log one event with its fields."""
    _logger.info(name, extra={FIELDS: fields})
