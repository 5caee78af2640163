"""Contenders by turns: whatever the machine does meanwhile meets all of them, in an order that is shuffled anew."""

import statistics
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random

from benchmarks.benching.rows import Compared, Conditions, Contender, Missing, Unit


@dataclass(slots=True)
class Turns:
    """What came of the rounds: a value of each contender for each round, and who could not take part and why."""

    values: dict[str, list[float]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


async def take_turns(row: Compared, conditions: Conditions, rounds: int, seed: int) -> Turns:
    """Sets everybody up, warms them up, and lets each have one turn in each of so many rounds."""
    turns = Turns()
    order = Random(seed)  # noqa: S311 - an order, no secret
    async with AsyncExitStack() as stack:
        units = await _set_up(row.contenders(conditions), stack, turns)
        for unit in units.values():
            await _turn(unit, row.warm_ups)
        names = list(units)
        for _ in range(rounds):
            order.shuffle(names)
            for name in names:
                turns.values.setdefault(name, []).append(await _turn(units[name], row.repeats))
    return turns


async def _set_up(contenders: Mapping[str, Contender], stack: AsyncExitStack, turns: Turns) -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for name, contender in contenders.items():
        try:
            units[name] = await stack.enter_async_context(contender())
        except Missing as missing:
            turns.skipped[name] = str(missing)
    return units


async def _turn(unit: Unit, repeats: int) -> float:
    """The mean of the figures that the unit answers with; of a unit that answers with none, seconds for each."""
    figures: list[float] = []
    began = time.perf_counter()
    for _ in range(repeats):
        figure = await unit()
        if figure is not None:
            figures.append(figure)
    seconds = time.perf_counter() - began
    return statistics.fmean(figures) if figures else seconds / max(repeats, 1)
