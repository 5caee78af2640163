"""The agenda as it lies in memory: read once from the file that the environment names."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.benching.graphql.data import VARIABLE

READY: list[dict[str, Any]] = json.loads(Path(os.environ[VARIABLE]).read_text())
"""The events as an answer has them."""

LOCATIONS: dict[str, dict[str, Any]] = {
    attendee["person"]["email"]: attendee["location"] for event in READY for attendee in event["attendees"]
}
"""What a loader finds, by the attendee's email address."""


def instant(text: str | None) -> datetime | None:
    """Servers in Python keep instants as such, as whoever reads a calendar does."""
    return None if text is None else datetime.fromisoformat(text)
