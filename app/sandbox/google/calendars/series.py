"""A series: its lines of RFC 5545, and the instances that they stand for.

It is expanded on the wall clock of its own zone, so a meeting at nine stays at nine when the clocks change.
https://developers.google.com/workspace/calendar/api/guides/recurringevents
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rruleset, rrulestr

from app.sandbox.google.calendar_api.errors import GoogleError, invalid
from app.sandbox.google.calendars.moments import EARLIEST, LATEST, Moment, on_the_wall, zone_named
from app.sandbox.unrolled import Unrolled

_LINE = re.compile(r"(RRULE|EXRULE|RDATE|EXDATE)((?:;[A-Z-]+=[^:;]+)*):(.+)", re.ASCII)
_TOO_OFTEN = re.compile(r"FREQ=(SECONDLY|MINUTELY)", re.ASCII)
_MARGIN = timedelta(days=2)
"""Dates lie by up to a day beside UTC, and moments by the hour of a change of clocks."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One instance as the rule has it."""

    key: str
    start: Moment
    end: Moment


class Series:
    """The instances of one series, worked out as far as anyone has asked, and kept. Raises GoogleError (400)."""

    def __init__(self, lines: Sequence[str], start: Moment, end: Moment) -> None:
        self._start = start
        self._zone = zone_named(start.zone or "UTC")
        self._length = _length(start, end)
        self._wall = Unrolled(self._wall_times(lines))

    @property
    def first(self) -> Slot | None:
        """The first instance; None when the rule never matches."""
        first = self._wall.first()
        return self._slot(first) if first is not None else None

    def slots(self, first: datetime, last: datetime) -> Iterator[Slot]:
        """The instances that touch the time from ``first`` to ``last``, and a few that lie just outside."""
        low = (max(first, EARLIEST) - self._length - _MARGIN).astimezone(UTC).replace(tzinfo=None)
        high = (min(last, LATEST) + _MARGIN).astimezone(UTC).replace(tzinfo=None)
        for local in self._wall.between(low, high):
            yield self._slot(local)

    def slot(self, key: str) -> Slot | None:
        """The instance that should start when the key says; None when there is none."""
        form = "%Y%m%dT%H%M%SZ" if self._start.day is None else "%Y%m%d"
        try:
            moment = datetime.strptime(key, form).replace(tzinfo=UTC)
        except ValueError:
            return None
        return next((one for one in self.slots(moment, moment) if one.key == key), None)

    def _slot(self, local: datetime) -> Slot:
        if self._start.day is not None:
            start = Moment(day=local.date())
            return Slot(start.key, start, Moment(day=local.date() + self._length))
        at = on_the_wall(local, self._zone)
        start = Moment(at=at, zone=self._start.zone)
        ends = (at.astimezone(UTC) + self._length).astimezone(self._zone)
        return Slot(start.key, start, Moment(at=ends, zone=self._start.zone))

    def _wall_times(self, lines: Sequence[str]) -> Iterator[datetime]:
        begins = self._local(self._start)
        rules = rruleset()
        repeats = False
        for line in lines:
            match = _LINE.fullmatch(line.strip())
            if match is None or _TOO_OFTEN.search(line):
                raise _unreadable(lines)
            name, parameters, value = match.groups()
            try:
                if name in ("RRULE", "EXRULE"):
                    rule = cast("rrule", rrulestr(self._localised(value), dtstart=begins))
                    (rules.rrule if name == "RRULE" else rules.exrule)(rule)
                else:
                    for moment in self._listed(parameters, value):
                        (rules.rdate if name == "RDATE" else rules.exdate)(moment)
            except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
                raise _unreadable(lines) from error
            repeats = repeats or name in ("RRULE", "RDATE")
        if not repeats:
            raise _unreadable(lines)
        if not any(line.strip().startswith("RRULE") for line in lines):
            rules.rdate(begins)
        return iter(rules)

    def _localised(self, rule: str) -> str:
        """The rule with UNTIL on the wall clock of the series, as its start is."""

        def on_the_wall_here(found: re.Match[str]) -> str:
            return self._wall_time(found[0], self._zone).strftime("%Y%m%dT%H%M%S")

        return re.sub(r"(?<=UNTIL=)[^;]+", on_the_wall_here, rule)

    def _listed(self, parameters: str, value: str) -> list[datetime]:
        named = dict(part.split("=", 1) for part in parameters.split(";") if part)
        zone = zone_named(named["TZID"]) if "TZID" in named else self._zone
        return [self._wall_time(text.partition("/")[0], zone) for text in value.split(",")]

    def _wall_time(self, text: str, zone: ZoneInfo) -> datetime:
        if re.fullmatch(r"\d{8}", text):
            moment = datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007  # a date on the wall
            return moment if self._start.day is not None else datetime.combine(moment, self._local(self._start).time())
        if self._start.day is not None:
            return datetime.combine(datetime.strptime(text[:8], "%Y%m%d").date(), time())  # noqa: DTZ007
        if text.endswith("Z"):
            utc = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return utc.astimezone(self._zone).replace(tzinfo=None)
        local = datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=zone)
        return local.astimezone(self._zone).replace(tzinfo=None)

    def _local(self, moment: Moment) -> datetime:
        if moment.at is not None:
            return moment.at.astimezone(self._zone).replace(tzinfo=None)
        return datetime.combine(moment.day or date.min, time())


def _length(start: Moment, end: Moment) -> timedelta:
    return end.instant(UTC) - start.instant(UTC)


def _unreadable(lines: Sequence[str]) -> GoogleError:
    return invalid(f"Invalid recurrence rule: {', '.join(lines)}", "recurrence")
