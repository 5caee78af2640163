"""What grows, by how much, and which paths meet it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from benchmarks.growing.world import World
from tests.journeys.companies import NEWBRIDGE, Company

Sizes = tuple[int, int, int]
"""Once, ten times and a hundred times as much."""


async def nothing() -> None:
    """What most paths need to have done before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One path: what is measured of it, and what is done each time before and does not count.

    `is_done_once`: whether it cannot be repeated at one size without growing everything anew, or takes too long.
    `is_weighed`: whether the memory that it holds at its peak is measured too, in a further turn.
    """

    work: Callable[[], Awaitable[object]]
    before: Callable[[], Awaitable[object]] = nothing
    is_done_once: bool = False
    is_weighed: bool = False


Grow = Callable[[World, int, int], Awaitable[Mapping[str, Path]]]
"""Makes it grow from one size to another, the first time from none; the paths that meet it then, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something of which there may be much. `name` says in words what is counted."""

    name: str
    sizes: Sizes
    quick: Sizes
    grow: Grow
    company: Company = NEWBRIDGE
