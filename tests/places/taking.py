"""A process that takes places and holds them until it is told to let go, or killed."""

import asyncio
from datetime import timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier, Event

from app.places.places import PlaceCap
from app.places.redis import RedisPlaces


def run(url: str, cap: PlaceCap, gate: Barrier, results: "Queue[int]", told: Event) -> None:
    """Tells how many places it was given, at one moment that all processes share."""
    asyncio.run(_hold_all(url, cap, gate, results, told))


async def _hold_all(url: str, cap: PlaceCap, gate: Barrier, results: "Queue[int]", told: Event) -> None:
    places = RedisPlaces(url, patience=timedelta(seconds=10))
    await asyncio.to_thread(gate.wait, 60)
    while await places.take([cap]) is not None:
        pass
    results.put(len(places))
    await asyncio.to_thread(told.wait, 60)
    await places.close()
