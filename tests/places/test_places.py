"""Places in Redis: how many there are, for how long, and what happens to those of a process that is gone."""

import asyncio
import multiprocessing
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from app import clock
from app.places.places import PlaceCap
from app.places.redis import KEY_PREFIX, LEASE
from tests.places import taking
from tests.places.conftest import Opening, a_cap

pytestmark = pytest.mark.redis
SOON = 10
SHORT = timedelta(milliseconds=600)


async def test_there_are_only_so_many_whichever_process_holds_them(redis_url: str, opened: Opening) -> None:
    one, other, cap = await opened(redis_url), await opened(redis_url), a_cap(3)

    taken = [await places.take([cap]) for places in (one, other, one, other, one)]

    assert [place is not None for place in taken] == [True, True, True, False, False]
    assert (len(one), len(other)) == (2, 1)


async def test_what_is_given_back_is_there_for_whoever_asks_next(redis_url: str, opened: Opening) -> None:
    places, cap = await opened(redis_url), a_cap(1)

    for _ in range(50):
        place = await places.take([cap])
        assert place is not None
        places.give_back(place)
        places.give_back(place)

    assert await places.take([cap]) is not None
    assert await places.take([cap]) is None


async def test_where_one_cap_is_reached_nothing_is_taken_under_the_others(redis_url: str, opened: Opening) -> None:
    one, other, full, free = await opened(redis_url), await opened(redis_url), a_cap(1), a_cap(2)
    await one.take([full])

    refused = [await other.take([free, full]) for _ in range(5)]

    assert refused == [None] * 5
    assert [await other.take([free]) is not None for _ in range(3)] == [True, True, False]


async def test_ten_thousand_at_once_are_all_counted_in_redis(redis_url: str, opened: Opening) -> None:
    places, everybody = await opened(redis_url), a_cap(9_000)

    taken = await asyncio.gather(*(places.take([everybody, a_cap(20)]) for _ in range(10_000)))

    assert sum(place is not None for place in taken) == 9_000
    async with Redis.from_url(redis_url) as client:
        assert await client.zcard(KEY_PREFIX + everybody.key) == 9_000


async def test_whoever_gives_up_waiting_holds_nothing(redis_url: str, opened: Opening) -> None:
    one, other, cap = await opened(redis_url), await opened(redis_url), a_cap(1)
    asking = asyncio.ensure_future(one.take([cap]))
    await asyncio.sleep(0)

    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)

    await one.close()
    assert await other.take([cap]) is not None


async def test_a_process_that_stops_gives_back_all_that_it_held(redis_url: str, opened: Opening) -> None:
    one, other, cap = await opened(redis_url), await opened(redis_url), a_cap(300)
    for _ in range(300):
        await one.take([cap])

    await one.close()

    assert await other.take([PlaceCap(cap.key, 1)]) is not None


async def test_places_of_a_killed_process_are_free_once_their_lease_has_run_out_and_not_before(
    redis_url: str, opened: Opening
) -> None:
    cap = a_cap(40)
    context = multiprocessing.get_context("spawn")
    gate, results, told = context.Barrier(2), context.Queue(), context.Event()
    processes = [
        context.Process(target=taking.run, args=(redis_url, cap, gate, results, told), daemon=True) for _ in range(2)
    ]
    for process in processes:
        process.start()
    given = [await asyncio.to_thread(results.get, timeout=60) for _ in processes]
    survivor = await opened(redis_url)

    processes[0].kill()
    processes[1].kill()
    await asyncio.to_thread(processes[0].join, 30)
    await asyncio.to_thread(processes[1].join, 30)
    refused = await survivor.take([cap])
    ends = await _time_left(redis_url, cap)
    await _age(redis_url, cap, by=LEASE)

    assert sum(given) == 40
    assert refused is None
    assert timedelta() < ends <= LEASE
    assert await survivor.take([cap]) is not None


async def test_a_lease_is_renewed_for_as_long_as_the_place_is_held(redis_url: str, opened: Opening) -> None:
    one, other, cap = await opened(redis_url, lease=SHORT), await opened(redis_url), a_cap(2)
    await one.take([cap])
    await one.take([cap])
    ends_at = await _last_end(redis_url, cap)

    async with asyncio.timeout(SOON):
        while await _redis_now(redis_url) <= ends_at:
            assert await other.take([cap]) is None

    assert await other.take([cap]) is None


async def test_a_place_once_given_survives_a_redis_that_forgot_everything(redis_url: str, opened: Opening) -> None:
    one, other, cap = await opened(redis_url, lease=SHORT), await opened(redis_url), a_cap(1)
    await one.take([cap])

    async with Redis.from_url(redis_url) as client:
        await client.delete(KEY_PREFIX + cap.key)

    async with asyncio.timeout(SOON):
        while (place := await other.take([cap])) is not None:
            other.give_back(place)


async def test_a_process_with_a_wrong_clock_frees_nobody_elses_place(redis_url: str, opened: Opening) -> None:
    one, other, cap = await opened(redis_url), await opened(redis_url), a_cap(1)
    await one.take([cap])
    a_year_ahead = clock.now() + timedelta(days=400)

    with clock.use_everywhere(lambda: a_year_ahead):
        refused = await other.take([cap])

    assert refused is None


async def test_redis_forgets_a_key_that_nobody_renews(redis_url: str, opened: Opening) -> None:
    places, cap = await opened(redis_url), a_cap(1)
    await places.take([cap])

    async with Redis.from_url(redis_url) as client:
        remaining = await client.pttl(KEY_PREFIX + cap.key)

    assert 0 < remaining <= LEASE // timedelta(milliseconds=1)


async def _age(url: str, cap: PlaceCap, by: timedelta) -> None:
    """As if so much time had passed."""
    async with Redis.from_url(url) as client:
        ends: Any = await client.zrange(KEY_PREFIX + cap.key, 0, -1, withscores=True)
        past = {holder: end - by // timedelta(milliseconds=1) for holder, end in ends}
        await client.zadd(KEY_PREFIX + cap.key, past)


async def _time_left(url: str, cap: PlaceCap) -> timedelta:
    return timedelta(milliseconds=await _last_end(url, cap) - await _redis_now(url))


async def _last_end(url: str, cap: PlaceCap) -> float:
    async with Redis.from_url(url) as client:
        ends: Any = await client.zrange(KEY_PREFIX + cap.key, 0, -1, withscores=True)
        return max(float(end) for _, end in ends)


async def _redis_now(url: str) -> float:
    async with Redis.from_url(url) as client:
        seconds, microseconds = await client.time()
        return float(seconds * 1000 + microseconds // 1000)
