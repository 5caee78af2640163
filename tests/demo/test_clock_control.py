"""One control moves our clock and the sandbox's together, and wakes whoever sleeps until something is due."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette

from app import clock
from app.demo.clock_control import PATH, ClockControl, SandboxTime
from app.events_bus.bus import MessageKind
from app.jobs.dispatch import LocalDispatch
from app.jobs.runner import JobRunner
from app.sandbox.process import SandboxClient, SandboxProcess
from tests.demo.asking import ask


@dataclass
class Together:
    """A control over a clock and a sandbox of its own."""

    control: ClockControl
    moved: clock.MovedClock
    sandbox: SandboxClient
    dispatch: LocalDispatch

    async def advance(self, **step: object) -> tuple[int, Any]:
        return await ask(self.control, "POST", PATH, step)

    async def sandbox_ahead(self) -> timedelta:
        return timedelta(seconds=(await self.sandbox.control("GET", "clock"))["ahead_seconds"])


@pytest.fixture
async def together(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Together]:
    folder = tmp_path_factory.mktemp("sandbox")
    async with (
        SandboxProcess.spawn(folder, seeded=False) as sandbox,
        SandboxTime.at(sandbox.description.http) as time,
    ):
        moved, dispatch = clock.MovedClock(), LocalDispatch()
        with clock.use_everywhere(moved.now):
            control = ClockControl(Starlette(), moved, time, JobRunner([], dispatch))
            yield Together(control, moved, sandbox, dispatch)


async def test_both_clocks_go_forward_by_the_same_step_and_the_new_present_is_told(together: Together) -> None:
    before = clock.now()

    status, told = await together.advance(days=4, hours=23, minutes=59, seconds=30)

    step = timedelta(days=4, hours=23, minutes=59, seconds=30)
    assert status == 200
    assert told["aheadSeconds"] == step.total_seconds()
    assert together.moved.ahead == await together.sandbox_ahead() == step
    assert clock.now() - before >= step
    assert (await ask(together.control, "GET", PATH))[1]["aheadSeconds"] == step.total_seconds()


async def test_the_jobs_look_again_at_once_after_a_move(together: Together) -> None:
    woken: list[str] = []

    async with together.dispatch.listening(woken.append):
        await together.advance(seconds=1)

    assert woken == [MessageKind.JOBS_DUE]


@pytest.mark.parametrize(
    "step",
    [{"days": -1}, {"days": 1, "hours": -25}, {"weeks": 1}, {"days": "soon"}, {"days": 1e300}, {"days": 4_000_000}],
)
async def test_a_step_back_or_one_that_no_clock_can_show_moves_neither(together: Together, step: Any) -> None:
    status, told = await together.advance(**step)

    assert status == 422
    assert told["error"]
    assert together.moved.ahead == await together.sandbox_ahead() == timedelta()


async def test_our_clock_stays_where_it_is_when_the_sandbox_does_not_move_its_own(together: Together) -> None:
    await together.sandbox.control("POST", "clock/advance", {"days": 1})
    async with SandboxTime.at("http://127.0.0.1:9") as nobody:
        alone = ClockControl(Starlette(), together.moved, nobody, JobRunner([], together.dispatch))

        status, told = await ask(alone, "POST", PATH, {"days": 5})

    assert status == 502
    assert "did not answer" in told["error"]
    assert together.moved.ahead == timedelta()


async def test_everything_else_goes_on_to_the_server(together: Together) -> None:
    status, _ = await ask(together.control, "GET", "/demo/clock/hands")

    assert status == 404
