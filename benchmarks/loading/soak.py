"""Minutes of mixed traffic: whether servers and worker hold more memory the longer they run."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.loading.deployment import Deployment
from benchmarks.loading.figures import Mark, Report
from benchmarks.loading.processes import MEGABYTE, resident_bytes
from benchmarks.loading.traffic import tell, walkers
from benchmarks.loading.walkers import Measured, Walkers

MINUTES = 5.0
SHORTEST_SECONDS = 2.5
MEMBERS = 100
FEWEST_MEMBERS = 8
THINK_SECONDS = 2.0
WARM_UP = 0.25
"""The part of the time after which everything that is kept once has been made once."""
SAMPLES = 60
BOUND_MEGABYTES = 40
"""For each 100,000 operations."""
PER = 100_000
FEWEST_JUDGED = 3_000
"""Operations after the warm-up below which a slope says nothing."""


@dataclass
class _Samples:
    """Memory of each process, and how many operations there had been by then."""

    asked: list[int] = field(default_factory=list)
    resident: dict[str, list[int]] = field(default_factory=dict)

    def take(self, asked: int, pids: Mapping[str, int]) -> None:
        self.asked.append(asked)
        for name, pid in pids.items():
            self.resident.setdefault(name, []).append(resident_bytes(pid))


@dataclass(frozen=True, slots=True)
class Soak:
    """One soak."""

    minutes: float = MINUTES

    async def __call__(self, running: Deployment, scale: float) -> Report:
        """Let members go about their day, and look at the memory meanwhile."""
        report = Report("soak")
        seconds = max(SHORTEST_SECONDS, self.minutes * 60 * scale)
        members = max(FEWEST_MEMBERS, int(MEMBERS * min(1, scale * 2)))
        async with Walkers(running, await walkers(running, members)) as crowd:
            await crowd.listen()
            measured, samples = Measured(), _Samples()
            walking = asyncio.create_task(
                crowd.walk(seconds, THINK_SECONDS * len(crowd.walkers) / MEMBERS, measured=measured)
            )
            await _sample(running, measured, samples, walking, seconds)
            tell(report, "soak", await walking)
            _judge(report, samples)
            report.errors += _lost(crowd)
        return report


async def _sample(
    running: Deployment, measured: Measured, samples: _Samples, walking: asyncio.Task[Measured], seconds: float
) -> None:
    """After the warm-up, until the walking has ended."""
    pids = {name: pid for name, pid in running.processes.items() if name.startswith(("server", "worker"))}
    began, pause = time.monotonic(), seconds * (1 - WARM_UP) / SAMPLES
    await asyncio.wait({walking}, timeout=seconds * WARM_UP)
    while not walking.done() and time.monotonic() < began + seconds:
        samples.take(measured.asked, pids)
        await asyncio.wait({walking}, timeout=pause)
    samples.take(measured.asked, pids)


def _judge(report: Report, samples: _Samples) -> None:
    """How much each process grew, by the line that fits its samples best."""
    judged = samples.asked[-1] - samples.asked[0]
    report.add("operations after the warm-up", judged, "")
    for name, resident in samples.resident.items():
        report.add(f"{name}: memory after the warm-up", resident[0] / MEGABYTE, "MB")
        report.add(f"{name}: memory at the end", resident[-1] / MEGABYTE, "MB")
        grown = slope(samples.asked, resident) * PER / MEGABYTE
        bound = Mark(value=BOUND_MEGABYTES, source="flat: ours")
        figure = report.add(f"{name}: growth for each {PER:,} operations", grown, "MB", bound)
        if judged >= FEWEST_JUDGED:
            report.demand(figure)
    if judged < FEWEST_JUDGED:
        report.notes.append("too short to judge the growth by")


def _lost(crowd: Walkers) -> list[str]:
    return [f"{crowd.lost_sockets} sockets were lost"] if crowd.lost_sockets else []


def slope(places: Sequence[int], heights: Sequence[int]) -> float:
    """Of the straight line nearest to these points, by least squares; nought where all stand in one place."""
    middle, height = sum(places) / len(places), sum(heights) / len(heights)
    spread = sum((place - middle) ** 2 for place in places)
    if not spread:
        return 0.0
    together = sum((one - middle) * (two - height) for one, two in zip(places, heights, strict=True))
    return together / spread
