"""How days and instants are written down for the server."""

from datetime import date
from typing import Any


def as_text(value: Any) -> Any:
    """ISO 8601 for a `date` and for a `datetime`, which is one too; what is left out stays so."""
    return value.isoformat() if isinstance(value, date) else value
