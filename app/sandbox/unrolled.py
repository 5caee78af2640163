"""The dates of a series, worked out as far as anyone has asked and kept: a rule without an end has endlessly many."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date
from typing import Generic, TypeVar

Day = TypeVar("Day", bound=date)


class Unrolled(Generic[Day]):
    """What a rule yields, in ascending order: days, or times on a wall clock."""

    def __init__(self, source: Iterator[Day]) -> None:
        self._source = source
        self._known: list[Day] = []
        self._exhausted = False

    def between(self, first: Day, last: Day) -> list[Day]:
        """The dates from ``first`` to ``last``, both included."""
        self._reach(last)
        return self._known[bisect_left(self._known, first) : bisect_right(self._known, last)]

    def __contains__(self, day: Day) -> bool:
        return bool(self.between(day, day))

    def first(self) -> Day | None:
        """The first date, or None when the rule never matches."""
        if not self._known:
            self._take()
        return self._known[0] if self._known else None

    def around(self, day: Day) -> tuple[Day | None, Day | None]:
        """The dates next to ``day``, before and after."""
        self._reach(day)
        after = bisect_right(self._known, day)
        while after >= len(self._known) and not self._exhausted:
            self._take()
        before = bisect_left(self._known, day) - 1
        return (
            self._known[before] if before >= 0 else None,
            self._known[after] if after < len(self._known) else None,
        )

    def _reach(self, day: Day) -> None:
        while not self._exhausted and (not self._known or self._known[-1] <= day):
            self._take()

    def _take(self) -> None:
        following = next(self._source, None)
        if following is None:
            self._exhausted = True
        else:
            self._known.append(following)
