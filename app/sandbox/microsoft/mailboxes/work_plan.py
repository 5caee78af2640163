"""Where somebody plans to work: a plan of its own beside the calendar.

https://learn.microsoft.com/graph/api/resources/workplanoccurrence
"""

import uuid
from dataclasses import dataclass, field
from enum import StrEnum

from app.sandbox.microsoft.mailboxes.items import WallTime


class WorkLocationType(StrEnum):
    """Where, in Graph's own words."""

    UNSPECIFIED = "unspecified"
    OFFICE = "office"
    REMOTE = "remote"
    TIME_OFF = "timeOff"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedWork:
    """A part of a day; ``recurrence_id`` is there where a rule for many days made it."""

    start: WallTime
    end: WallTime
    type: WorkLocationType
    place_id: str | None = None
    recurrence_id: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
