"""Runs the jobs: each in a loop of its own, woken when something becomes due.

A job looks in the database for rows that are due and claims them with a compare-and-swap, so any number of processes
may run the same jobs. Dispatch only wakes, all jobs or the one that is meant; without it every job looks again after
`LONGEST_PAUSE` anyway.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import structlog

from app import clock
from app.database.backlog import Backlog
from app.events_bus.bus import MessageKind
from app.jobs.dispatch import JobDispatch
from app.jobs.observing import UNOBSERVED, JobObserver

_log = structlog.get_logger(__name__)

LONGEST_PAUSE = timedelta(seconds=15)
PAUSE_AFTER_FAILURE = timedelta(seconds=5)
LONGEST_ROUND = timedelta(minutes=15)
"""A job that has not come round for so long hangs: none has that much to do at once."""
MEANT: Mapping[str, str] = {
    MessageKind.BOOKINGS_DUE: "booking-checks",
    MessageKind.SHIFT_ENTRIES_DUE: "shift-entries",
}
"""The one job that a message is for; every other wakes all of them."""


class Job(Protocol):
    """Work that becomes due by itself."""

    @property
    def name(self) -> str: ...

    async def run_due(self) -> datetime | None:
        """Do what is due now; answer when something is due next, if that is known."""
        ...


@runtime_checkable
class Backlogged(Protocol):
    """A job whose work is rows that are due."""

    async def backlog(self) -> Backlog:
        """What is due now and nobody has taken yet, across all organisations."""
        ...


class JobRunner:
    """Keeps every job going until it is cancelled."""

    def __init__(
        self,
        jobs: Sequence[Job],
        dispatch: JobDispatch,
        observer: JobObserver = UNOBSERVED,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._jobs = tuple(jobs)
        self._dispatch = dispatch
        self._wakes = {job.name: asyncio.Event() for job in jobs}
        self._observer = observer
        self._monotonic = monotonic
        self._came_round: dict[str, float] = {}
        self._is_over = False

    async def run(self) -> None:
        """Runs until cancelled; a job that fails is logged and tried again, and never stops another."""
        try:
            async with self._dispatch.listening(self._wake), asyncio.TaskGroup() as group:
                for job in self._jobs:
                    group.create_task(self._keep_going(job, self._wakes[job.name]), name=f"job:{job.name}")
        finally:
            self._is_over = True

    def stalled(self) -> Sequence[str]:
        """The jobs that were going and do not go on; none in a process that runs none."""
        if self._is_over:
            return tuple(self._wakes)
        oldest = self._monotonic() - LONGEST_ROUND.total_seconds()
        return tuple(name for name, moment in self._came_round.items() if moment < oldest)

    async def backlogs(self) -> Mapping[str, Backlog]:
        """What waits for each job whose work is rows, whichever process does it."""
        return {job.name: await job.backlog() for job in self._jobs if isinstance(job, Backlogged)}

    async def look_again(self) -> None:
        """Every job looks at once, whatever it thought was due next: the clock was put forward."""
        await self._dispatch.wake(MessageKind.JOBS_DUE)

    def _wake(self, kind: str) -> None:
        for name, wake in self._wakes.items():
            if MEANT.get(kind, name) == name:
                wake.set()

    async def _keep_going(self, job: Job, wake: asyncio.Event) -> None:
        while True:
            self._came_round[job.name] = self._monotonic()
            wake.clear()
            pause = await self._run_once(job)
            try:
                async with asyncio.timeout(pause.total_seconds()):
                    await wake.wait()
            except TimeoutError:
                continue

    async def _run_once(self, job: Job) -> timedelta:
        """Run the job; answers how long it may rest."""
        with self._observer.run(job.name) as observed:
            try:
                due = await job.run_due()
            except Exception as error:
                # The error's text may hold what a suite said: only its type and our own lines are logged.
                _log.error("job_failed", job=job.name, error=type(error).__name__, exc_info=False)
                observed.ended(well=False)
                return PAUSE_AFTER_FAILURE
            observed.ended(well=True)
        if due is None:
            return LONGEST_PAUSE
        return max(timedelta(), min(due - clock.now(), LONGEST_PAUSE))
