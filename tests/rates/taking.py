"""A process that takes from one shared bucket as long as there is anything in it."""

import asyncio
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

from app import clock
from app.rates.buckets import Take
from app.rates.memory import MemoryBuckets
from app.rates.redis import RedisBuckets
from tests.rates.moving import Moving


def run(url: str, take: Take, gate: Barrier, results: "Queue[int]") -> None:
    """How often this process was given something, at one moment that all of them share."""
    results.put(asyncio.run(_take_all(url, take, gate)))


async def _take_all(url: str, take: Take, gate: Barrier) -> int:
    nothing = MemoryBuckets()
    buckets, present = RedisBuckets(url, nothing), Moving()
    with clock.use(lambda: present.now):
        await asyncio.to_thread(gate.wait, 30)
        given = 0
        while await buckets.take([take]) is None:
            given += 1
    assert len(nothing) == 0, "Redis did not answer in time"
    await buckets.close()
    return given
