"""Where people work, as they told their suite and as we write it into their calendar: frozen values of no wire format.

Suites tell it in several layers, and of what meets at one time the most particular counts: a time of the day before the
whole day, a single day before a rule for many, then the later, the shorter and the newer one
(https://developers.google.com/workspace/calendar/api/guides/working-hours-and-location).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class WorkingKind(StrEnum):
    """Where somebody works."""

    OFFICE = "OFFICE"
    REMOTE = "REMOTE"
    ELSEWHERE = "ELSEWHERE"
    """At a place that the suite only names."""
    NOT_WORKING = "NOT_WORKING"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingLocation:
    """Where somebody works on one day, or in a part of it; never stored."""

    day: date
    """In `time_zone`, an IANA name."""
    time_zone: str
    kind: WorkingKind
    start: datetime | None = None
    end: datetime | None = None
    """Aware instants in UTC, half-open; both None for the whole day."""
    label: str | None = None
    """What the place is called."""
    place_id: str | None = None
    """What the suite's directory calls the building."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry of the suite's, with what decides whether it counts."""

    location: WorkingLocation
    is_single: bool
    """For this day alone, not by a rule for many."""
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDay:
    """A whole day to write into somebody's own calendar: shown as free, without reminder, with nobody invited."""

    day: date
    time_zone: str
    """Where the day is spent, an IANA name."""
    subject: str
    """As `Working at Lighthouse`."""
    place: str | None
    """What the office is called; None for a day that is worked remotely."""


def counting(told: Iterable[Told]) -> list[WorkingLocation]:
    """What counts of these, in order of time: for each day its times, else one entry for the whole of it.

    A time that a stronger one overlaps is left out.
    """
    days: dict[date, list[WorkingLocation]] = {}
    for location in (entry.location for entry in sorted(told, key=_strength, reverse=True)):
        stronger = days.setdefault(location.day, [])
        if not any(_meet(location, other) for other in stronger):
            stronger.append(location)
    return [location for day in sorted(days) for location in sorted(days[day], key=_begin)]


def _strength(entry: Told) -> tuple[bool, bool, float, float, datetime]:
    start, end = entry.location.start, entry.location.end
    if start is None or end is None:
        return False, entry.is_single, 0.0, 0.0, entry.changed_at
    return True, entry.is_single, start.timestamp(), -(end - start).total_seconds(), entry.changed_at


def _meet(one: WorkingLocation, other: WorkingLocation) -> bool:
    if one.start is None or one.end is None or other.start is None or other.end is None:
        return True
    return one.start < other.end and other.start < one.end


def _begin(location: WorkingLocation) -> float:
    return 0.0 if location.start is None else location.start.timestamp()
