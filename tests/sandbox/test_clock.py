"""The sandbox's clock goes forward only, and wakes who sleeps on it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.sandbox.clock import SandboxClock


def test_the_clock_shows_the_machines_time_until_it_is_advanced() -> None:
    clock = SandboxClock()

    before = clock.now()
    clock.advance(timedelta(days=90))

    assert abs(before - datetime.now(UTC)) < timedelta(minutes=1)
    assert clock.now() - before >= timedelta(days=90)


def test_the_clock_never_goes_back() -> None:
    with pytest.raises(ValueError, match="only goes forward"):
        SandboxClock().advance(timedelta(seconds=-1))


async def test_a_sleeper_wakes_when_the_clock_is_advanced_past_it() -> None:
    clock = SandboxClock()
    sleeper = asyncio.create_task(clock.sleep(timedelta(hours=2)))
    await asyncio.sleep(0)

    clock.advance(timedelta(hours=1))
    await asyncio.sleep(0)
    half_way = sleeper.done()
    clock.advance(timedelta(hours=1))

    await asyncio.wait_for(sleeper, 1)
    assert not half_way
