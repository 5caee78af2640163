"""Every part with what it runs on, and how they are run: each on a deployment of its own, or several on one."""

import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.loading import purge, rooms, sockets, traffic, webhooks
from benchmarks.loading.deployment import Deployment, Ground, deployed
from benchmarks.loading.figures import Report, write
from benchmarks.loading.soak import MINUTES, Soak


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the load."""

    measure: Callable[[Deployment, float], Awaitable[Report]]
    servers: int = 1
    workers: int = 1


def parts(minutes: float = MINUTES) -> Mapping[str, Part]:
    """All of them, by name; the soak for so many minutes at scale 1. The one that stops its server comes last."""
    return {
        "rooms": Part(measure=rooms.measure),
        "traffic": Part(measure=traffic.measure, servers=2),
        "webhooks": Part(measure=webhooks.measure, servers=2),
        "soak": Part(measure=Soak(minutes), servers=2),
        "purge": Part(measure=purge.measure),
        "sockets": Part(measure=sockets.measure, workers=0),
    }


TOGETHER: Sequence[Sequence[str]] = (("rooms",), ("traffic", "webhooks", "soak", "purge", "sockets"))
"""Which may share a deployment where only their working is of interest: rooms need companies that nobody enabled."""


async def run(
    chosen: Mapping[str, Part], groups: Sequence[Sequence[str]], ground: Ground, scale: float, output: Path
) -> list[Report]:
    """Measure, print and write down; each group of names on one deployment."""
    reports = []
    for group in groups:
        servers = max(chosen[name].servers for name in group)
        workers = max(chosen[name].workers for name in group)
        async with deployed(ground.below("-".join(group)), servers=servers, workers=workers) as running:
            for name in group:
                began = time.monotonic()
                report = await chosen[name].measure(running, scale)
                report.errors += running.complaints()
                _tell(report, scale, time.monotonic() - began, output)
                reports.append(report)
    return reports


def _tell(report: Report, scale: float, seconds: float, output: Path) -> None:
    print("\n".join(report.lines()), f"\n  taken in {seconds:.0f} s at scale {scale:g}\n", sep="", flush=True)
    taken = {"taken_at": datetime.now(UTC).isoformat(timespec="seconds"), "scale": scale, "seconds": round(seconds, 1)}
    machine = {"processors": os.cpu_count(), "python": sys.version.split()[0]}
    write(output, report.part, {**taken, **machine, **report.as_json()})
