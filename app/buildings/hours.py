"""When a building is open, in its own wall time: pure values, read from and written to a building's row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from app.suites.events import Weekday

WEEKDAYS = tuple(Weekday)
"""In the order of `date.weekday()`."""
AFTERNOON_STARTS = time(13, 0)
"""Where nobody said when the afternoon starts."""


@dataclass(frozen=True, slots=True)
class Opening:
    """From when to when on one day, in the building's wall time; `closes` is later than `opens`."""

    opens: time
    closes: time


OpeningHours = Mapping[Weekday, Opening]
"""The days on which a building is open; a day that is missing is one on which it is closed."""

OFFICE_HOURS: OpeningHours = {day: Opening(time(8, 0), time(18, 0)) for day in WEEKDAYS[:5]}
"""Where nobody said when a building is open."""


def weekday_of(day: date) -> Weekday:
    """Which day of the week it is."""
    return WEEKDAYS[day.weekday()]


def stored(hours: OpeningHours) -> dict[str, list[str]]:
    """As a row holds them."""
    return {day.value: [_text(opening.opens), _text(opening.closes)] for day, opening in hours.items()}


def opening_hours(row: Mapping[str, list[str]]) -> OpeningHours:
    """What a row holds, in the order of the week."""
    return {
        day: Opening(time.fromisoformat(row[day][0]), time.fromisoformat(row[day][1]))
        for day in WEEKDAYS
        if day.value in row
    }


def _text(moment: time) -> str:
    return moment.isoformat(timespec="minutes")
