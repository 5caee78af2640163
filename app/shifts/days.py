"""Which days are meant: some dates, or weekdays of some weeks. Pure, and the same everywhere on Earth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.buildings.hours import weekday_of
from app.errors import InvalidInput, ProblemCode
from app.shifts.commands import Weekly

LONGEST_WINDOW = timedelta(days=366)
"""Of a pattern, and of a list of shifts: a year, whatever year it is."""
FURTHEST_AHEAD = timedelta(days=366)
MAX_DATES = 100
MAX_WEEKDAYS = 7
_HOW = "Give either `dates` or `weekly`."


@dataclass(frozen=True, slots=True)
class WantedDay:
    """One day, and where the input asks for it, such as `days.dates.2`."""

    date: date
    field: str


def wanted_days(dates: Sequence[date] | None, weekly: Weekly | None) -> tuple[WantedDay, ...]:
    """The days in order, each once and at least one. Raises InvalidInput."""
    if dates is not None and weekly is not None:
        raise InvalidInput("days", "Both single days and a weekly pattern are given.", remedy=_HOW)
    if weekly is not None:
        return _of_pattern(weekly)
    if dates is None:
        raise InvalidInput("days", "No days are given.", remedy=_HOW)
    return _of_dates(dates)


def check_window(first: date, last: date) -> None:
    """Both ends are days that count. Raises InvalidInput."""
    if last < first:
        raise InvalidInput(
            "to",
            "The window ends before it begins.",
            code=ProblemCode.WINDOW_REVERSED,
            remedy="Give a `to` that is not earlier than `from`.",
        )
    if last - first >= LONGEST_WINDOW:
        raise InvalidInput(
            "to",
            f"The window is longer than {LONGEST_WINDOW.days} days.",
            code=ProblemCode.WINDOW_TOO_LONG,
            remedy="Ask for a shorter window, or for several one after the other.",
        )


def _of_dates(dates: Sequence[date]) -> tuple[WantedDay, ...]:
    if not 1 <= len(dates) <= MAX_DATES:
        raise InvalidInput("days.dates", f"1 to {MAX_DATES} days are booked at once.")
    seen: set[date] = set()
    for position, day in enumerate(dates):
        if day in seen:
            raise InvalidInput(f"days.dates.{position}", f"{day} is named twice.", remedy="Name each day once.")
        seen.add(day)
    days = (WantedDay(day, f"days.dates.{position}") for position, day in enumerate(dates))
    return tuple(sorted(days, key=lambda day: day.date))


def _of_pattern(weekly: Weekly) -> tuple[WantedDay, ...]:
    if not 1 <= len(weekly.weekdays) <= MAX_WEEKDAYS or len(set(weekly.weekdays)) < len(weekly.weekdays):
        raise InvalidInput("days.weekly.weekdays", "A pattern falls on 1 to 7 days of the week, each named once.")
    if weekly.last < weekly.first:
        raise InvalidInput(
            "days.weekly.until",
            "The pattern ends before it begins.",
            code=ProblemCode.WINDOW_REVERSED,
            remedy="Give an `until` that is not earlier than `from`.",
        )
    if weekly.last - weekly.first > LONGEST_WINDOW:
        raise InvalidInput(
            "days.weekly.until",
            f"A pattern ends at most {LONGEST_WINDOW.days} days after it begins.",
            code=ProblemCode.WINDOW_TOO_LONG,
            remedy="End it earlier, and book the rest later.",
        )
    span = range((weekly.last - weekly.first).days + 1)
    days = (weekly.first + timedelta(days=offset) for offset in span)
    found = tuple(WantedDay(day, "days.weekly") for day in days if weekday_of(day) in weekly.weekdays)
    if not found:
        raise InvalidInput("days.weekly", "None of these weekdays falls between `from` and `until`.")
    return found
