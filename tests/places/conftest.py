from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import uuid4

import pytest

from app.places.places import PlaceCap
from app.places.redis import LEASE, RedisPlaces

BUSY = timedelta(seconds=10)
"""The patience of tests that are not about it: the machine may be busy."""


@dataclass
class Ticks:
    """Seconds that count by a test's hand."""

    now: float = 1_000.0

    def advance(self, step: timedelta) -> None:
        self.now += step.total_seconds()


class Opening(Protocol):
    """Makes the places of one more process; they are closed at the test's end."""

    async def __call__(self, url: str, *, lease: timedelta = LEASE, patience: timedelta = BUSY) -> RedisPlaces: ...


@dataclass
class _Opening:
    ticks: Ticks
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __call__(self, url: str, *, lease: timedelta = LEASE, patience: timedelta = BUSY) -> RedisPlaces:
        places = RedisPlaces(url, lease=lease, patience=patience, monotonic=lambda: self.ticks.now)
        self.stack.push_async_callback(places.close)
        return places


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
async def opened(ticks: Ticks) -> AsyncIterator[Opening]:
    opening = _Opening(ticks)
    async with opening.stack:
        yield opening


def a_cap(limit: int) -> PlaceCap:
    """A cap that nobody else uses."""
    return PlaceCap(f"test-{uuid4()}", limit)
