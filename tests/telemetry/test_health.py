"""What probes are told: `/health/live` of the process alone, `/health/ready` of everything that its work needs."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette

from app.database import engine
from app.health import Readiness, health_routes
from app.jobs.dispatch import LocalDispatch
from app.jobs.runner import LONGEST_ROUND, JobRunner
from app.serving.monitoring import monitoring
from app.settings import SettingsError
from tests.support.database import open_database, sqlite_url
from tests.support.server import free_port
from tests.telemetry.everything import Answering, Confirmed
from tests.telemetry.scraping import asked

NOWHERE = "postgres://nobody@127.0.0.1:1/nothing"


class Unconfirmed:
    is_confirmed = False


class Silent:
    """What does not answer."""

    def __init__(self, *, hangs: bool) -> None:
        self._hangs = hangs

    async def is_reachable(self) -> bool:
        if self._hangs:
            await asyncio.Event().wait()
        return False


class Hanging:
    """A job that never comes round, once it has begun."""

    name = "hanging"

    def __init__(self) -> None:
        self.began = asyncio.Event()

    async def run_due(self) -> None:
        self.began.set()
        await asyncio.Event().wait()


class Ticker:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@asynccontextmanager
async def _going(job: Hanging, ticker: Ticker) -> AsyncIterator[JobRunner]:
    runner = JobRunner([job], LocalDispatch(), monotonic=ticker)
    task = asyncio.create_task(runner.run())
    await job.began.wait()
    try:
        yield runner
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _asked(readiness: Readiness, path: str = "/health/ready") -> tuple[int, Any]:
    port = free_port()
    async with monitoring(Starlette(routes=health_routes(readiness)), "127.0.0.1", port):
        status, text = await asked(f"http://127.0.0.1:{port}{path}")
    return status, orjson.loads(text)


async def test_a_process_that_can_do_its_work_is_ready(tmp_path: Path) -> None:
    async with open_database(sqlite_url(tmp_path)):
        assert await _asked(Readiness(Confirmed())) == (200, {"status": "ready"})


@pytest.mark.parametrize("redis", [Silent(hangs=False), Silent(hangs=True)], ids=["away", "hanging"])
async def test_redis_away_is_told_and_keeps_nobody_out(
    tmp_path: Path, redis: Silent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.health.PATIENCE_SECONDS", 0.2)
    async with open_database(sqlite_url(tmp_path)):
        assert await _asked(Readiness(Confirmed(), redis=redis)) == (200, {"status": "ready", "redis": "unreachable"})
        assert await _asked(Readiness(Confirmed(), redis=Answering())) == (
            200,
            {"status": "ready", "redis": "reachable"},
        )


async def test_a_database_that_does_not_answer_makes_it_unready_and_not_dead() -> None:
    async with engine.database(NOWHERE):
        ready = await _asked(Readiness(Confirmed()))
        live = await _asked(Readiness(Confirmed()), "/health/live")

    assert ready == (503, {"status": "not ready", "database": "unreachable"})
    assert live == (200, {"status": "live"})


async def test_keys_that_nobody_has_confirmed_make_it_unready(tmp_path: Path) -> None:
    async with open_database(sqlite_url(tmp_path)):
        assert await _asked(Readiness(Unconfirmed())) == (503, {"status": "not ready", "keys": "not confirmed"})


async def test_a_process_that_stops_is_unready_whatever_else_holds(tmp_path: Path) -> None:
    readiness = Readiness(Confirmed())
    readiness.leave()

    async with open_database(sqlite_url(tmp_path)):
        assert await _asked(readiness) == (503, {"status": "not ready", "server": "stopping"})


async def test_a_job_that_hangs_makes_its_process_unready_after_a_quarter_of_an_hour(tmp_path: Path) -> None:
    ticker = Ticker()
    async with open_database(sqlite_url(tmp_path)), _going(Hanging(), ticker) as jobs:
        readiness = Readiness(Confirmed(), jobs=jobs)
        before = await _asked(readiness)
        ticker.seconds += LONGEST_ROUND.total_seconds() + 1

        after = await _asked(readiness)

    assert before == (200, {"status": "ready"})
    assert after == (503, {"status": "not ready", "jobs": "stalled: hanging"})


async def test_jobs_that_broke_off_make_their_process_unready_at_once() -> None:
    job = Hanging()
    async with _going(job, Ticker()) as jobs:
        going: Sequence[str] = jobs.stalled()

    assert going == ()
    assert jobs.stalled() == ("hanging",)


async def test_a_process_that_runs_no_job_misses_none() -> None:
    assert JobRunner([Hanging()], LocalDispatch()).stalled() == ()


@pytest.mark.parametrize("host", ["127.0.0.1", "203.0.113.1", "nowhere.invalid"])
async def test_a_monitoring_port_that_cannot_be_had_stops_the_start_and_is_named(host: str) -> None:
    port = free_port()
    async with monitoring(Starlette(), "127.0.0.1", port):
        with pytest.raises(SettingsError, match=f"MONITORING_PORT: {host}:{port}: "):
            async with monitoring(Starlette(), host, port):
                pass
