"""How jobs are kept going."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from app import clock
from app.bookings.checks import BookingChecks
from app.events_bus.bus import MessageKind
from app.jobs.dispatch import LocalDispatch
from app.jobs.runner import JobRunner

WAKE = MessageKind.JOBS_DUE


class CountingJob:
    """Counts its runs, and tells whoever waits."""

    name = "counting"

    def __init__(self, due: Callable[[int], datetime | None] = lambda run: None) -> None:
        self._due = due
        self._ran = asyncio.Condition()
        self.runs = 0

    async def run_due(self) -> datetime | None:
        async with self._ran:
            self.runs += 1
            self._ran.notify_all()
        return self._due(self.runs)

    async def ran(self, times: int) -> None:
        async with self._ran:
            await asyncio.wait_for(self._ran.wait_for(lambda: self.runs >= times), timeout=5)


class BrokenJob(CountingJob):
    name = "broken"

    async def run_due(self) -> datetime | None:
        await super().run_due()
        raise RuntimeError("what a suite said")


@asynccontextmanager
async def _running(*jobs: CountingJob) -> AsyncIterator[LocalDispatch]:
    dispatch = LocalDispatch()
    task = asyncio.create_task(JobRunner(jobs, dispatch).run())
    try:
        yield dispatch
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_every_job_runs_at_the_start_since_something_may_have_become_due_meanwhile() -> None:
    first, second = CountingJob(), CountingJob()

    async with _running(first, second):
        await first.ran(1)
        await second.ran(1)


async def test_a_job_runs_again_as_soon_as_a_wake_says_that_something_is_due() -> None:
    job = CountingJob()

    async with _running(job) as dispatch:
        await job.ran(1)
        await dispatch.wake(WAKE)

        await job.ran(2)


class ChecksOfBookings(CountingJob):
    name = BookingChecks.name


async def test_a_notification_wakes_the_job_that_looks_at_bookings_and_no_other() -> None:
    meant, other = ChecksOfBookings(), CountingJob()

    async with _running(other, meant) as dispatch:
        await meant.ran(1)
        await other.ran(1)
        await dispatch.wake(MessageKind.BOOKINGS_DUE)
        await meant.ran(2)

    assert other.runs == 1


async def test_a_job_runs_again_when_the_moment_it_named_has_come() -> None:
    job = CountingJob(lambda run: clock.now() if run < 3 else None)

    async with _running(job):
        await job.ran(3)


async def test_a_moment_in_the_past_is_due_at_once() -> None:
    job = CountingJob(lambda run: clock.now() - timedelta(hours=1) if run < 2 else None)

    async with _running(job):
        await job.ran(2)


async def test_a_job_that_fails_does_not_stop_the_others_and_is_tried_again() -> None:
    broken, healthy = BrokenJob(), CountingJob()

    async with _running(broken, healthy) as dispatch:
        await broken.ran(1)
        await healthy.ran(1)
        await dispatch.wake(WAKE)

        await broken.ran(2)
        await healthy.ran(2)


async def test_a_wake_that_comes_while_a_job_runs_is_not_lost() -> None:
    dispatch = LocalDispatch()
    woken = CountingJob()

    class WakesItself(CountingJob):
        async def run_due(self) -> datetime | None:
            if self.runs == 0:
                await dispatch.wake(WAKE)
            return await super().run_due()

    job = WakesItself()
    task = asyncio.create_task(JobRunner([job, woken], dispatch).run())

    await job.ran(2)

    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
