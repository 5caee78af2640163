"""Several processes and one Redis, which may go away and come back."""

import asyncio
import multiprocessing
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from app.rates.memory import MemoryBuckets
from app.rates.redis import LOCAL_FOR, RedisBuckets
from tests.rates import taking
from tests.rates.moving import Moving
from tests.rates.test_buckets import a_take
from tests.support.redis_server import redis_server
from tests.support.server import free_port


@pytest.mark.redis
async def test_two_processes_over_redis_give_together_what_one_would(redis_url: str) -> None:
    take = a_take(per_minute=200)
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(2), context.Queue()
    processes = [
        context.Process(target=taking.run, args=(redis_url, take, gate, results), daemon=True) for _ in range(2)
    ]
    for process in processes:
        process.start()

    given = [await asyncio.to_thread(results.get, timeout=60) for _ in processes]

    for process in processes:
        await asyncio.to_thread(process.join, 30)
    assert sum(given) == 200


@pytest.mark.redis
async def test_while_redis_is_away_each_process_counts_for_itself_and_then_together_again(
    redis_url: str, present: Moving
) -> None:
    port = free_port()
    url, take = f"redis://127.0.0.1:{port}/0", a_take(per_minute=2)
    one, other = RedisBuckets(url, MemoryBuckets()), RedisBuckets(url, MemoryBuckets())

    async with redis_server(port):
        together = [await buckets.take([take]) is None for buckets in (one, other, one)]
    alone = [await buckets.take([take]) is None for buckets in (one, one, one, other, other, other)]
    async with redis_server(port):
        present.advance(LOCAL_FOR)
        again = [await buckets.take([take]) is None for buckets in (one, other, one)]

    assert together == [True, True, False]
    assert alone == [True, True, False] * 2
    assert again == [True, True, False]
    await one.close()
    await other.close()


@pytest.mark.redis
async def test_a_clock_that_is_set_back_while_redis_is_away_keeps_nobody_apart_for_longer(present: Moving) -> None:
    port, take = free_port(), a_take(per_minute=2)
    buckets = RedisBuckets(f"redis://127.0.0.1:{port}/0", MemoryBuckets())
    await buckets.take([take])

    present.advance(-timedelta(hours=3))
    async with redis_server(port) as server, server.client() as client:
        await buckets.take([take])
        shared = await client.keys()

    assert len(shared) == 1
    await buckets.close()


async def test_a_redis_that_is_away_is_said_once_and_left_alone_for_a_while(present: Moving) -> None:
    buckets, take = RedisBuckets("redis://127.0.0.1:1/0", MemoryBuckets()), a_take(per_minute=100)

    with capture_logs() as logged:
        for _ in range(20):
            assert await buckets.take([take]) is None
        present.advance(LOCAL_FOR - timedelta(microseconds=1))
        await buckets.take([take])
        once = len(logged)
        present.advance(timedelta(microseconds=1))
        await buckets.take([take])

    assert (once, [line["event"] for line in logged]) == (1, ["rates_are_local"] * 2)
    await buckets.close()
