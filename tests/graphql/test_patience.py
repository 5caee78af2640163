"""A bound on waiting, at no cost where nothing has to be waited for."""

import asyncio
from typing import Any

import pytest

from app.graphql.patience import Within

LONG, SHORT = 60.0, 0.01


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The timers that are started."""
    started: list[float] = []
    at = asyncio.timeouts.timeout

    def noted(delay: float | None) -> Any:
        started.append(delay or 0)
        return at(delay)

    monkeypatch.setattr(asyncio, "timeout", noted)
    return started


async def _at_once() -> str:
    return "done"


async def _after(event: asyncio.Event) -> str:
    for _ in range(3):
        await asyncio.sleep(0)
    await event.wait()
    return "done"


async def _breaks(error: Exception, *, later: bool) -> None:
    if later:
        await asyncio.sleep(0)
    raise error


async def test_what_does_not_wait_starts_no_timer(timers: list[float]) -> None:
    assert await Within(LONG, _at_once()) == "done"
    assert timers == []


async def test_what_waits_is_waited_for_within_the_bound(timers: list[float]) -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(_wait(Within(LONG, _after(event))))
    await asyncio.sleep(0)
    event.set()

    assert await waiting == "done"
    assert timers == [LONG]


async def _wait(within: Within[str]) -> str:
    return await within


async def test_beyond_the_bound_it_is_given_up_and_cleans_up() -> None:
    cleaned: list[bool] = []

    async def clean() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append(True)

    within = Within(SHORT, clean())
    with pytest.raises(TimeoutError):
        await within

    assert within.is_over
    assert cleaned == [True]


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("error", [ValueError("broken"), TimeoutError("of its own")])
async def test_what_it_raises_is_raised_and_is_not_taken_for_the_bound(error: Exception, later: bool) -> None:
    within = Within(LONG, _breaks(error, later=later))

    with pytest.raises(type(error), match=str(error)):
        await within

    assert not within.is_over


async def test_a_task_that_is_cancelled_meanwhile_is_cancelled() -> None:
    within = Within(LONG, _after(asyncio.Event()))
    waiting = asyncio.create_task(_wait(within))
    for _ in range(5):
        await asyncio.sleep(0)
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not within.is_over
