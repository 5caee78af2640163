"""What an answer leaves to the garbage collector: objects that refer to each other in circles, for each request."""

import gc
import json
from collections.abc import Mapping

from starlette.types import ASGIApp

from benchmarks.benching.graphql.documents import AGENDA, AGENDA_LOADED, SMALL, Asked
from benchmarks.benching.graphql.in_process import application, ask
from benchmarks.benching.graphql.rows import memory
from benchmarks.benching.rows import Conditions, Counted, Figures, Goal

REQUESTS = 10
_WARM_UPS = 3
"""The first ones fill caches, which stay."""
_ASKED: Mapping[str, Asked] = {"agenda, plain": AGENDA, "agenda": AGENDA_LOADED, "small": SMALL}


async def measure(conditions: Conditions) -> Figures:
    """Unreachable objects for each request, by what is asked."""
    memory(conditions)
    app = application(conditions)
    return {name: [await left_over(app, json.dumps(asked).encode())] for name, asked in _ASKED.items()}


async def left_over(app: ASGIApp, body: bytes) -> float:
    """Unreachable objects that the application leaves, for each of the same requests. Raises Wrong."""
    for _ in range(_WARM_UPS):
        await ask(app, body)
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        for _ in range(REQUESTS):
            await ask(app, body)
        return gc.collect() / REQUESTS
    finally:
        if was_on:
            gc.enable()


HYGIENE_ROW = Counted(
    name="hygiene",
    measures="objects left in circles for the garbage collector, for each request that is answered by plan",
    goals=[Goal(contender=name, at_most=0) for name in _ASKED],
    measure=measure,
    units=dict.fromkeys(_ASKED, "objects"),
)
