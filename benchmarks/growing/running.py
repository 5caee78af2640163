"""How a run of growth goes: each thing in a world of its own, its paths measured at each size."""

import gc
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as Folder

from benchmarks.growing.counting import counted_calls
from benchmarks.growing.fitting import exponent, is_super_linear
from benchmarks.growing.things import Path, Thing
from benchmarks.growing.world import world

TIMES = 3
WARM_UPS = 2
KILOBYTE = 1_000


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one path at one size: milliseconds of this process's processors, the database's included, and calls.

    `peak_kilobytes`: what Python held at most beyond what it held before, where the path is weighed.
    """

    milliseconds: float
    calls: int
    peak_kilobytes: float | None = None


@dataclass(frozen=True, slots=True)
class Growth:
    """One path's costs, by size."""

    thing: str
    path: str
    costs: dict[int, Cost] = field(default_factory=dict)

    @property
    def by_time(self) -> float:
        """The exponent of processor time."""
        return exponent({size: cost.milliseconds * 1_000 for size, cost in self.costs.items()})

    @property
    def by_calls(self) -> float:
        """The exponent of function calls."""
        return exponent({size: float(cost.calls) for size, cost in self.costs.items()})

    @property
    def by_memory(self) -> float | None:
        """The exponent of memory at the peak; None where the path is not weighed."""
        peaks = {size: cost.peak_kilobytes for size, cost in self.costs.items() if cost.peak_kilobytes is not None}
        return exponent(peaks) if peaks else None

    @property
    def is_super_linear(self) -> bool:
        return is_super_linear(self.by_time, self.by_calls)


async def measured(thing: Thing, *, quick: bool) -> Sequence[Growth]:
    """Every path of this thing."""
    found: dict[str, Growth] = {}
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        async with world(Folder(folder), thing.company) as present:
            size = 0
            for larger in thing.quick if quick else thing.sizes:
                paths = await thing.grow(present, size, larger)
                size = larger
                for name, path in paths.items():
                    growth = found.setdefault(name, Growth(thing.name, name))
                    growth.costs[size] = await _cost_of(path, times=1 if quick else TIMES)
    return list(found.values())


async def _cost_of(path: Path, times: int) -> Cost:
    cost = await _work_of(path, times)
    return replace(cost, peak_kilobytes=await _peak_of(path)) if path.is_weighed else cost


async def _peak_of(path: Path) -> float:
    await path.before()
    gc.collect()
    tracemalloc.start()
    try:
        held, _ = tracemalloc.get_traced_memory()
        await path.work()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (most - held) / KILOBYTE


async def _work_of(path: Path, times: int) -> Cost:
    if path.is_done_once:
        await path.before()
        began = time.process_time()
        with counted_calls() as counter:
            await path.work()
        return Cost((time.process_time() - began) * 1_000, counter.calls)
    for _ in range(WARM_UPS):
        await path.before()
        await path.work()
    await path.before()
    with counted_calls() as counter:
        await path.work()
    return Cost(statistics.median([await _milliseconds(path) for _ in range(times)]), counter.calls)


async def _milliseconds(path: Path) -> float:
    """Whatever waits for the garbage collector before is nobody's."""
    await path.before()
    gc.collect()
    began = time.process_time()
    await path.work()
    return (time.process_time() - began) * 1_000


def flagged(found: Sequence[Growth]) -> Iterator[Growth]:
    """What grows faster than what there is."""
    return (growth for growth in found if growth.is_super_linear)
