"""The load: one request over and over on so many connections, by `wrk` where it is installed, else by our own client.

Both send the same bytes, run on a core of their own and print the same line. Whoever compares figures compares those of
one run: wrk asks faster than our client can.
"""

import asyncio
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.benching.rows import Wrong
from benchmarks.benching.servers import ROOT, Cores

BODY = "BENCH_BODY"
"""The environment variable that names the file with the request's body."""

_SCRIPT = Path(__file__).with_name("wrk.lua")
_FIGURES = re.compile(r"FIGURES requests=(\d+) failed=(\d+) microseconds=(\d+) p99=(\d+)")


@dataclass(frozen=True, slots=True)
class Burst:
    """What came of some seconds of load."""

    requests_per_second: float
    p99_milliseconds: float


def tool() -> str:
    """What makes the load on this machine."""
    return "wrk" if shutil.which("wrk") else "client"


async def burst(url: str, body: Path, *, connections: int, seconds: int) -> Burst:
    """Loads the server for so long. Raises Wrong where a request was not answered with success."""
    core = Cores.of_machine().load
    process = await asyncio.create_subprocess_exec(
        *_command(url, connections, seconds),
        cwd=ROOT,
        env={**os.environ, BODY: str(body)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, {core}),
    )
    output, _ = await process.communicate()
    return burst_of(output.decode(errors="replace"))


def burst_of(told: str) -> Burst:
    """The figures in what wrk or our client printed. Raises Wrong where there are none, or a request failed."""
    found = _FIGURES.search(told)
    if found is None:
        raise Wrong(f"the load was not made: {told[-500:]}")
    requests, failed, microseconds, p99 = map(int, found.groups())
    if failed or not requests:
        raise Wrong(f"{failed} requests failed, {requests} were answered")
    return Burst(requests / microseconds * 1_000_000, p99 / 1000)


def _command(url: str, connections: int, seconds: int) -> list[str]:
    if tool() == "wrk":
        return ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "-s", str(_SCRIPT), url]
    return [sys.executable, "-m", "benchmarks.benching.client", url, str(connections), str(seconds)]
