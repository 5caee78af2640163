"""Where the dates of a series go when one of them and all that follow are moved: each by the same shift.

The shift is counted from where the series itself has a date, never from where the date is now, so a repeat moves
nothing twice; a date that had been moved by itself before goes where it would go without that. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.agenda.times import instant
from app.suites.events import Event, NewTime


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a date goes by the clock on the wall of one zone, and how long it lasts then."""

    by: timedelta
    lasting: timedelta
    time_zone: str

    def of(self, begin: datetime) -> NewTime:
        """The new time of the date that the series has at `begin`.

        An hour that the clock skips is taken an hour later, and of one that it shows twice the first. Raises
        OverflowError past the last year.
        """
        zone = ZoneInfo(self.time_zone)
        start = (_wall(begin, zone) + self.by).replace(tzinfo=zone).astimezone(UTC) if self.by else begin
        return NewTime(start=start, end=start + self.lasting, time_zone=self.time_zone)


@dataclass(frozen=True, slots=True)
class Step:
    """One date, and when it is to take place instead."""

    event: Event
    time: NewTime

    @property
    def is_done(self) -> bool:
        return (instant(self.event.start), instant(self.event.end)) == (self.time.start, self.time.end)


def series_time(event: Event) -> datetime:
    """When the series itself has this date, whether or not it was moved by itself."""
    return event.original_start or instant(event.start)


def shift_between(begin: datetime, time: NewTime) -> Shift:
    """What brings the date that the series has at `begin` to `time`."""
    zone = ZoneInfo(time.time_zone)
    return Shift(_wall(time.start, zone) - _wall(begin, zone), time.end - time.start, time.time_zone)


def steps(begin: datetime, time: NewTime, dates: Sequence[Event]) -> list[Step]:
    """What is to be done so that the date at `begin` takes place at `time`, and the other `dates` by the same shift.

    In an order in which no date meets its neighbour on the way, which a suite refuses: first those that go earlier,
    from the first forwards; then those that go later, from the last backwards. Raises OverflowError.
    """
    shift = shift_between(begin, time)
    every = [
        Step(date, time if series_time(date) == begin else shift.of(series_time(date)))
        for date in sorted(dates, key=series_time)
    ]
    todo = [step for step in every if not step.is_done]
    earlier = [step for step in todo if step.time.start < instant(step.event.start)]
    return earlier + [step for step in reversed(todo) if step.time.start >= instant(step.event.start)]


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)
