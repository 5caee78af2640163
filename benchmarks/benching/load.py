"""The load: one request over and over on so many connections, by `wrk` where it is installed, or by our own client.

Both send the same bytes, run on a core of their own and print the same line. wrk asks faster, but hangs up when the
time is over; ours waits for the answers that are under way, which counts where there are few of them.
"""

import asyncio
import os
import re
import shutil
import sys
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from benchmarks.benching.rows import Wrong
from benchmarks.benching.servers import ROOT, Cores

BODY = "BENCH_BODY"
"""The environment variable that names the file with the request's body."""

_SCRIPT = Path(__file__).with_name("wrk.lua")
_PATIENCE = 60
"""How many seconds an answer may take; wrk would count it among the failures after two."""
_FIGURES = re.compile(r"FIGURES requests=(\d+) failed=(\d+) microseconds=(\d+) p99=(\d+)")


@dataclass(frozen=True, slots=True)
class Burst:
    """What came of some seconds of load."""

    requests: int
    seconds: float
    p99_milliseconds: float


class Tool(Enum):
    """Who makes the load."""

    FASTEST = auto()
    """wrk where it is installed, else our own client."""
    COMPLETE = auto()
    """Our own client: no answer is left out."""


def has_wrk() -> bool:
    """Whether wrk is installed."""
    return shutil.which("wrk") is not None


async def burst(
    url: str,
    body: Path,
    *,
    connections: int,
    seconds: int,
    tool: Tool = Tool.FASTEST,
    worker: int | None = None,
) -> Burst:
    """Loads the server for so long. Raises Wrong where a request was not answered with success.

    `worker`: the process by whose work answers are timed, not by the clock; our own client can.
    """
    core = Cores.of_machine().load
    process = await asyncio.create_subprocess_exec(
        *_command(url, connections, seconds, tool, worker),
        cwd=ROOT,
        env={**os.environ, BODY: str(body)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, {core}),
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), seconds + _PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise Wrong(f"{url} did not answer within {_PATIENCE} seconds") from None
    return burst_of(output.decode(errors="replace"))


def burst_of(told: str) -> Burst:
    """The figures in what wrk or our client printed. Raises Wrong where there are none, or a request failed."""
    found = _FIGURES.search(told)
    if found is None:
        raise Wrong(f"the load was not made: {told[-500:]}")
    requests, failed, microseconds, p99 = map(int, found.groups())
    if failed or not requests:
        raise Wrong(f"{failed} requests failed, {requests} were answered")
    return Burst(requests, microseconds / 1_000_000, p99 / 1000)


def _command(url: str, connections: int, seconds: int, tool: Tool, worker: int | None) -> list[str]:
    if tool is Tool.FASTEST and has_wrk():
        how = ("-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", f"{_PATIENCE}s")
        return ["wrk", *how, "-s", str(_SCRIPT), url]
    timed_by = [] if worker is None else [str(worker)]
    return [sys.executable, "-m", "benchmarks.benching.client", url, str(connections), str(seconds), *timed_by]
