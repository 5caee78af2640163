"""What a row of the table is: what it measures, against whom, and how far it has to come."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Unit = Callable[[], Awaitable[float | None]]
"""Does one unit of the work. It answers with nothing, and is timed, or with the figure itself."""

Contender = Callable[[], AbstractAsyncContextManager[Unit]]
"""Sets one contender up for as long as its row is measured. Entering it raises Missing where this machine cannot."""

Figures = Mapping[str, Sequence[float]]
"""What was seen of each contender, or of each thing that was counted: one value for each round."""

SECONDS = "s"
_Size = TypeVar("_Size")


class Missing(Exception):
    """This machine lacks what a contender or a whole row needs; the message says what."""


class Wrong(Exception):
    """A contender did not do the work: its answer is another one than expected."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """How a run is made. `folder` is empty and the row's own; a `quick` run only shows that everything works.

    `rounds`: how many values of each figure are wanted of a row that measures by itself and sees it vary.
    """

    folder: Path
    quick: bool = False
    rounds: int = 1

    def pick(self, full: _Size, quick: _Size) -> _Size:
        """One of two sizes."""
        return quick if self.quick else full


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """How far a contender (or a figure) has to come: one of the two bounds is given.

    `against`: whose value it is divided by, round by round; of several the best in each round, by the row's own
    sense of better. None: the bound is for the value itself.
    """

    contender: str
    against: str | tuple[str, ...] | None = None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def rivals(self) -> tuple[str, ...]:
        """Everybody whom it is compared with."""
        return (self.against,) if isinstance(self.against, str) else self.against or ()

    def is_met(self, reached: float) -> bool:
        """Whether the ratio, or the value, is on the right side."""
        return (self.at_least is None or reached >= self.at_least) and (self.at_most is None or reached <= self.at_most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A row whose contenders take turns in rounds.

    `contenders` names each of them. `unit` is that of the values: seconds for one unit of work, unless the units answer
    with figures. `repeats`: how often a unit is done in each turn; the turn's value is their mean. `warm_ups`: how
    often it is done before the first round. `more_is_better` for rates.
    `path`: our own path inside this process, for profiles.
    """

    name: str
    measures: str
    goals: Sequence[Goal]
    contenders: Callable[[Conditions], Mapping[str, Contender]]
    unit: str = SECONDS
    more_is_better: bool = False
    repeats: int = 1
    warm_ups: int = 1
    path: Callable[[Conditions], Contender] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A row that measures by itself: counts, memory, how time grows with size. `measure` raises Missing and Wrong.

    `units`: the unit of each of its figures.
    """

    name: str
    measures: str
    goals: Sequence[Goal]
    measure: Callable[[Conditions], Awaitable[Figures]]
    units: Mapping[str, str]
    path: Callable[[Conditions], Contender] | None = None

    @property
    def more_is_better(self) -> bool:
        """Of what is counted, less is."""
        return False


Row = Compared | Counted
