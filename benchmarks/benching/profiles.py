"""A profile of one row's path, taken inside this process."""

import cProfile
import pstats
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.benching.rows import Conditions, Contender, Row, Unit

WARM_UPS = 5


class NoPath(Exception):
    """The row has no path that can be profiled."""


async def profile(row: Row, *, seconds: float, quick: bool) -> tuple[pstats.Stats, int]:
    """Where the path spends its time while it is gone so long, and how often it was. Raises NoPath and Missing."""
    if row.path is None:
        raise NoPath(f"the row {row.name} has no path that can be profiled in this process")
    with tempfile.TemporaryDirectory() as folder:
        return await _profiled(row.path(Conditions(Path(folder), quick)), seconds)


async def _profiled(path: Contender, seconds: float) -> tuple[pstats.Stats, int]:
    profiler = cProfile.Profile()
    async with path() as unit:
        for _ in range(WARM_UPS):
            await unit()
        profiler.enable()
        try:
            units = await _repeat(unit, time.perf_counter() + seconds)
        finally:
            profiler.disable()
    return pstats.Stats(profiler, stream=sys.stdout), units


async def _repeat(unit: Unit, until: float) -> int:
    """At least once."""
    units = 0
    while not units or time.perf_counter() < until:
        await unit()
        units += 1
    return units
