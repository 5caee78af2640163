"""Where somebody works at the time of an event: a rule without a database.

It is the shift that covers most of the event, the earlier of two that cover as much; of an event that takes longer than
a day, its first 24 hours count. Whether whoever asks may see it is another matter: `app.shifts.sharing`.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, starmap

from app.agenda.times import instant
from app.agenda.values import UNKNOWN_LOCATION, AttendeeLocation
from app.shifts.spans import Span
from app.suites.events import Event

LONGEST_PART = timedelta(hours=24)
_LAST_MOMENT = datetime.max.replace(tzinfo=UTC) - LONGEST_PART


@dataclass(frozen=True, slots=True)
class Stay:
    """A shift, as an event looks at it: from when to when, half-open and in UTC, and where."""

    start: datetime
    end: datetime
    location: AttendeeLocation


class Whereabouts:
    """One member's shifts."""

    __slots__ = ("_starts", "_stays")

    def __init__(self, stays: Sequence[Stay]) -> None:
        """`stays` in order of their start. One that reaches into the next, which the next day of a traveller begins in
        another zone, ends where that starts.
        """
        self._stays = [*starmap(_until, pairwise(stays)), *stays[-1:]]
        self._starts = [stay.start for stay in stays]

    def during(self, part: Span) -> AttendeeLocation:
        """Where the member works then; an empty span is a moment. UNKNOWN where no shift says."""
        following = bisect_right(self._starts, part.start)
        found, longest = UNKNOWN_LOCATION, timedelta(0)
        if following:
            present = self._stays[following - 1]
            if present.end >= part.end and present.end > part.start:
                return present.location
            if present.end > part.start:
                found, longest = present.location, present.end - part.start
        for stay in self._stays[following:]:
            if stay.start >= part.end:
                break
            covered = min(stay.end, part.end) - stay.start
            if covered > longest:
                found, longest = stay.location, covered
        return found


def _until(stay: Stay, following: Stay) -> Stay:
    return stay if stay.end <= following.start else replace(stay, end=following.start)


NOWHERE = Whereabouts(())


def part_of(event: Event) -> Span:
    """The part of the event that a shift is looked up for: all of it, or its first 24 hours.

    The days of an all-day event are those of its own zone.
    """
    start = instant(event.start)
    latest = start + LONGEST_PART if start < _LAST_MOMENT else start
    return Span(start, max(start, min(instant(event.end), latest)))
