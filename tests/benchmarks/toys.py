"""Contenders that do nothing, and answer with figures that a test can foresee."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from benchmarks.benching.rows import Compared, Conditions, Contender, Goal, Missing, Unit


def answering(figure: Callable[[], float | None], ended: Callable[[], object] = lambda: None) -> Contender:
    """A contender whose unit answers with this."""

    @asynccontextmanager
    async def contender() -> AsyncIterator[Unit]:
        async def unit() -> float | None:
            return figure()

        try:
            yield unit
        finally:
            ended()

    return contender


@asynccontextmanager
async def _missing() -> AsyncIterator[Unit]:
    raise Missing("there is no node")
    yield


def row(contenders: dict[str, Contender], *goals: Goal, more_is_better: bool = True) -> Compared:
    """A row of rates."""

    def all_of_them(_: Conditions) -> dict[str, Contender]:
        return contenders

    return Compared(
        name="toys",
        measures="nothing at all",
        goals=goals,
        contenders=all_of_them,
        unit="units/s",
        more_is_better=more_is_better,
    )


MISSING: Contender = _missing
"""One that this machine has no means for."""
