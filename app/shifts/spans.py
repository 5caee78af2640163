"""What part of a day a shift covers: pure time arithmetic, in the wall time of the place.

A whole day covers the day from midnight to midnight, so that somebody who is at the office for the day is there for an
early meeting too; morning and afternoon divide it where the building says. When a building is open decides what can be
booked, and nothing else.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.buildings.hours import AFTERNOON_STARTS


class Slot(StrEnum):
    """Which part of a day."""

    WHOLE_DAY = "WHOLE_DAY"
    MORNING = "MORNING"
    AFTERNOON = "AFTERNOON"
    TIMES = "TIMES"
    """From one time to another, as whoever books says."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of any day; `start` and `end` are there for TIMES and for nothing else."""

    slot: Slot = Slot.WHOLE_DAY
    start: time | None = None
    end: time | None = None


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open, instants in UTC."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Span") -> bool:
        """Whether they share a moment."""
        return self.start < other.end and other.start < self.end


def span_of(day: date, part: Part, zone: ZoneInfo, afternoon_starts: time = AFTERNOON_STARTS) -> Span:
    """The instants that this part of the day covers there.

    A wall time that a clock change skips, or has twice, is read as `zoneinfo` reads it first
    (https://docs.python.org/3/library/datetime.html#datetime.datetime.fold).
    """
    midnight, midday, next_day = time(), afternoon_starts, day + timedelta(days=1)
    match part.slot:
        case Slot.WHOLE_DAY:
            return Span(_instant(day, midnight, zone), _instant(next_day, midnight, zone))
        case Slot.MORNING:
            return Span(_instant(day, midnight, zone), _instant(day, midday, zone))
        case Slot.AFTERNOON:
            return Span(_instant(day, midday, zone), _instant(next_day, midnight, zone))
        case Slot.TIMES:
            if part.start is None or part.end is None:
                raise ValueError("from when to when has to be said")
            return Span(_instant(day, part.start, zone), _instant(day, part.end, zone))


def _instant(day: date, moment: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, moment, zone).astimezone(UTC)
