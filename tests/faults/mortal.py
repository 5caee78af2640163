"""Kills a process at each step of a scenario, and says what was found. See `tests.faults.mortal_mother`.

A death can leave the world otherwise than the one before it does: before anything, before and after each commit, and
after each other statement, call, mail and message (`moments_of`). Met are every moment at which the suite or a mail
server has just done something that the database does not know yet, and every second of the others, the same ones in
each run; where a scenario is told of both suites they share these. With `HYBRID_MEETINGS_TEST_EVERY_STEP=1` the process
dies at each step indeed, before it and after it, reads included, at both suites: ten times as many deaths.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.faults.mortal_scenarios import SCENARIOS
from tests.faults.mortal_story import World
from tests.journeys.companies import COMPANIES
from tests.support import zygote

EVERY_STEP = os.environ.get("HYBRID_MEETINGS_TEST_EVERY_STEP") == "1"
SAMPLE = 2
START_SECONDS = 60
MOST_SECONDS = 1200 if EVERY_STEP else 240
POLL_SECONDS = 0.02
LONGEST_LINE = 1 << 20


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one scenario."""

    steps: int
    deaths: int
    failures: list[str]

    @property
    def said(self) -> str:
        return "\n".join(self.failures)


@dataclass
class Mother:
    """The process that bears those which die, in one world."""

    world: World
    jobs: frozenset[str]
    """The names of all jobs that the product has."""
    _log: Path
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter

    async def killed_at_each_step(self, scenario: str, folder: Path, *, suites: int = 1) -> Report:
        """Tell the scenario, which so many suites share; prints how many steps and deaths it has."""
        place, suite = list(SCENARIOS).index(scenario), COMPANIES.index(self.world.company) % suites
        share, shares = (0, 1) if EVERY_STEP else (SAMPLE * suite + place % SAMPLE, SAMPLE * suites)
        order = {
            "scenario": scenario,
            "folder": str(folder),
            "every_step": EVERY_STEP,
            "share": share,
            "shares": shares,
        }
        logged = self._log.stat().st_size
        self._writer.write(json.dumps(order).encode() + b"\n")
        line = await asyncio.wait_for(self._reader.readline(), MOST_SECONDS)
        await _clear_faults(self.world)
        said = self._log.read_text()[logged:][-4000:]
        assert line, said
        report: dict[str, Any] = json.loads(line)
        print(f"{scenario} ({self.world.suite}): {report['steps']} steps, {report['deaths']} deaths")
        failures = [*report["failures"], said] if report["failures"] else []
        return Report(report["steps"], report["deaths"], failures)


@asynccontextmanager
async def mother_in(world: World, folder: Path) -> AsyncIterator[Mother]:
    """A mother of processes in this world; its files go into the folder."""
    (folder / "world.json").write_text(json.dumps(world.as_json()))
    log = folder / "mother.log"
    with log.open("wb") as file:
        command = (sys.executable, "-m", "tests.faults.mortal_mother", str(folder))
        process = await zygote.start(*command, env=os.environ, stderr=file)
    try:
        async with asyncio.timeout(START_SECONDS):
            while True:
                try:
                    streams = await asyncio.open_unix_connection(str(folder / "mother"), limit=LONGEST_LINE)
                    break
                except (FileNotFoundError, ConnectionRefusedError):
                    assert process.returncode is None, log.read_text()[-4000:]
                    await asyncio.sleep(POLL_SECONDS)
        jobs = frozenset(json.loads(await streams[0].readline()))
        yield Mother(world, jobs, log, *streams)
        streams[1].close()
    finally:
        process.kill()
        await process.wait()


async def _clear_faults(world: World) -> None:
    """What a scenario ordered of the suite is no other's."""
    async with aiohttp.ClientSession(world.sandbox) as session, session.delete("/control/faults") as answer:
        assert answer.status < 400
