"""One scenario: a process killed at its first step, its second, and so on until one lives through all of them.

Each copy of the world sees one process that arranges and acts, killed at one step, and one that comes after it. What
was left behind is compared with what two copies have in which nobody was killed: one whose first process did nothing,
and one whose first process did all.
"""

import asyncio
import json
import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Generator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.faults import mortal_copies
from tests.faults.mortal_product import product
from tests.faults.mortal_steps import Kind, Step, Steps, moments_of
from tests.faults.mortal_story import Life, Scenario, World
from tests.faults.mortal_traces import Traces, counts, differences, traces

STEPS = Steps()
"""Of whichever process this is."""
MOST_SHOWN = 4
MOST_LETTERS = 700
NOBODY, EVERYTHING, ARRANGEMENT = 0, 1, 2
"""The turns of the copies in which nobody is killed."""
FIRST_KILLED = 3

Course = Generator[int, int, None]
"""Yields each process it waits for, and is sent how it ended."""


@dataclass
class Seen:
    """What was there at one moment, and what the suite said."""

    rows: Traces
    told: Any = None


@dataclass
class Telling:
    """One scenario, told in one world by a process that does nothing but fork."""

    world: World
    scenario: Scenario
    folder: Path
    every_step: bool
    share: int
    """Which of the moments: each of so many (`shares`), begun with this one."""
    shares: int
    known: Collection[str]
    """Ids that the world began with."""
    start: str = ""
    """What copies are made of."""
    failures: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    deaths: int = 0

    def run(self) -> dict[str, Any]:
        """The report."""
        self.start = self.world.template
        self._run_all([self._arranged()] if self.scenario.arranged_once else [])
        self._run_all([self._course(NOBODY, acts=False), self._course(EVERYTHING)])
        if not self.failures:
            self._judge_unkilled()
            self._run_all([self._course(turn, dies_at=step) for turn, step in self._moments()])
        if self.start != self.world.template:
            mortal_copies.remove(self.start)
        return {
            "steps": len(self.steps),
            "deaths": self.deaths,
            "failures": self.failures[:MOST_SHOWN],
        }

    def _moments(self) -> list[tuple[int, int]]:
        """The steps to die at, each with its turn: the share, and whenever something was just done outside."""
        moments = range(1, len(self.steps) + 1) if self.every_step else moments_of(self.steps)
        chosen = [
            step
            for number, step in enumerate(moments)
            if number % self.shares == self.share or self.steps[step - 1].is_pivotal
        ]
        return list(enumerate(chosen, start=FIRST_KILLED))

    # Processes

    def _arranged(self) -> Course:
        """The copy that all others are made of, and what its process noted."""
        copy = mortal_copies.make(self.start, self.folder, "arranged")
        ended = yield self._bear(ARRANGEMENT, copy, self.scenario.arrange, self.scenario.dies_arranging)
        if ended != (-signal.SIGKILL if self.scenario.dies_arranging else 0):
            self.failures.append(f"arranging ended with {ended}")
        self.start = copy

    def _course(self, turn: int, *, acts: bool = True, dies_at: int | None = None) -> Course:
        """One copy of the world, from its beginning to its end."""
        copy = mortal_copies.make(self.start, self.folder, f"copy-{turn}")
        ended = yield self._bear(turn, copy, lambda life: self._first_life(life, acts=acts, dies_at=dies_at))
        is_killed = ended == -signal.SIGKILL
        self.deaths += is_killed
        if ended != 0 and not (is_killed and dies_at is not None):
            self.failures.append(f"{self._where(dies_at)}: the first process ended with {ended}")
        ended = yield self._bear(turn, copy, self._second_life)
        if ended != 0:
            self.failures.append(f"{self._where(dies_at)}: what came afterwards ended with {ended}")
        elif dies_at is not None:
            self._judge(turn, dies_at)
        mortal_copies.remove(copy)

    async def _first_life(self, life: Life, *, acts: bool, dies_at: int | None) -> None:
        if not self.scenario.arranged_once:
            await self.scenario.arrange(life)
            self._note(life)
        if not acts:
            return
        STEPS.dies_at = dies_at
        STEPS.is_armed = True
        await self.scenario.act(life)
        STEPS.take(Step(Kind.END, True, "nobody was told yet"))
        STEPS.is_armed = False
        taken = [[step.kind, step.is_after, step.words] for step in STEPS.taken]
        self._file(life.turn, "steps").write_text(json.dumps(taken))

    async def _second_life(self, life: Life) -> None:
        middle = await self._seen()
        await self.scenario.afterwards(life)
        told = await self.scenario.tells(life) if self.scenario.tells is not None else None
        end = await self._seen()
        report = {"middle": middle, "end": end, "told": told}
        self._file(life.turn, "seen").write_text(json.dumps(report))

    async def _seen(self) -> Traces:
        return await traces(self.known, self.scenario.ignores)

    def _bear(
        self,
        turn: int,
        copy: str,
        deed: Callable[[Life], Awaitable[object]],
        dies_when: Callable[[Step], bool] | None = None,
    ) -> int:
        child = os.fork()
        if child:
            return child
        code = 1
        try:
            asyncio.run(self._live(turn, copy, deed, dies_when))
            code = 0
        except BaseException:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code)

    async def _live(
        self,
        turn: int,
        copy: str,
        deed: Callable[[Life], Awaitable[object]],
        dies_when: Callable[[Step], bool] | None,
    ) -> None:
        kept = self._kept(turn)
        async with product(self.world.environment, copy, timedelta(seconds=kept["ahead"])) as opened:
            life = Life(self.world, opened, self.scenario, turn, kept["notes"])
            if dies_when is not None:
                STEPS.dies_when, STEPS.is_armed = dies_when, True
            await deed(life)
            self._note(life)

    def _note(self, life: Life) -> None:
        kept = {"ahead": life.product.moved.ahead.total_seconds(), "notes": life.notes}
        self._file(life.turn, "notes").write_text(json.dumps(kept))

    def _kept(self, turn: int) -> dict[str, Any]:
        """What the process before this one noted, or the one that arranged everything."""
        for file in (self._file(turn, "notes"), self._file(ARRANGEMENT, "notes")):
            if file.exists():
                kept: dict[str, Any] = json.loads(file.read_text())
                return kept
        return {"ahead": 0.0, "notes": {}}

    def _file(self, turn: int, what: str) -> Path:
        return self.folder / f"{turn}.{what}.json"

    def _run_all(self, courses: Sequence[Course]) -> None:
        """Each to its end, some side by side."""
        waiting = list(reversed(courses))
        running: dict[int, Course] = {}
        while waiting or running:
            while waiting and len(running) < self.scenario.side_by_side:
                course = waiting.pop()
                running[next(course)] = course
            child, status = os.wait()
            course = running.pop(child)
            try:
                running[course.send(os.waitstatus_to_exitcode(status))] = course
            except StopIteration:
                continue

    # Judgement

    def _read(self, turn: int) -> tuple[Seen, Seen]:
        """What there was when the first process had ended, and in the end."""
        report = json.loads(self._file(turn, "seen").read_text())
        return Seen(Counter(report["middle"])), Seen(Counter(report["end"]), report["told"])

    def _judge_unkilled(self) -> None:
        """The two copies in which nobody is killed: what there was to do was done, in one of two ways."""
        taken = json.loads(self._file(EVERYTHING, "steps").read_text())
        self.steps = [Step(Kind(kind), is_after, words) for kind, is_after, words in taken]
        (before, late), (after, end) = self._read(NOBODY), self._read(EVERYTHING)
        had, has = counts(before.rows), counts(end.rows)
        gains = {table: has[table] - had[table] for table in sorted({*had, *has}) if has[table] != had[table]}
        if gains != dict(self.scenario.gains):
            self.failures.append(f"gained {gains} instead of {dict(self.scenario.gains)}")
        if after.rows == before.rows and late.rows == before.rows and late.told is None:
            self.failures.append("there was nothing to do")
        if not self.scenario.repeats_count and (late.rows, late.told) != (end.rows, end.told):
            self.failures += ["once is not as twice:", *differences(end.rows, late.rows), f"{end.told} {late.told}"]

    def _judge(self, turn: int, dies_at: int) -> None:
        middle, end = self._read(turn)
        expected = [self._read(NOBODY), self._read(EVERYTHING)]
        if self.scenario.is_one_transaction:
            self._among(dies_at, "right after", middle, [before for before, _ in expected])
        self._among(dies_at, "in the end", end, [last for _, last in expected])

    def _among(self, dies_at: int, when: str, seen: Seen, expected: Sequence[Seen]) -> None:
        if any((seen.rows, seen.told) == (one.rows, one.told) for one in expected):
            return
        nearest = min((differences(seen.rows, one.rows) for one in expected), key=len)
        told = f"told {seen.told} instead of {expected[-1].told}"
        self.failures.append(
            "\n  ".join([f"{self._where(dies_at)}, {when}:", *(line[:MOST_LETTERS] for line in nearest), told])
        )

    def _where(self, dies_at: int | None) -> str:
        if dies_at is None:
            return "nobody killed"
        return f"killed at step {dies_at} of {len(self.steps)} ({self.steps[dies_at - 1]})"
