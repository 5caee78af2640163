"""The contract that both forms of job dispatch keep."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from app.events_bus.bus import JOBS, Message, MessageKind, member_topic
from app.events_bus.memory import MemoryBus
from app.jobs.dispatch import DispatchingBus, JobDispatch, LocalDispatch
from app.jobs.queue import GROUP, MOST_WAKES_KEPT, PATIENCE_SECONDS, STREAM, QueueDispatch
from tests.support.redis_server import redis_server


class Listener:
    """Who takes wakes, and waits for them."""

    def __init__(self) -> None:
        self.taken: asyncio.Queue[str] = asyncio.Queue()

    def __call__(self, kind: str) -> None:
        self.taken.put_nowait(kind)

    async def next(self) -> str:
        return await asyncio.wait_for(self.taken.get(), timeout=10)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """Redis without anybody's wakes."""
    async with Redis.from_url(redis_url) as client:
        await client.delete(STREAM)
        yield client


@pytest.fixture(params=["local", pytest.param("queue", marks=pytest.mark.redis)])
async def dispatch(request: pytest.FixtureRequest) -> AsyncIterator[JobDispatch]:
    chosen: JobDispatch = LocalDispatch()
    if request.param == "queue":
        chosen = QueueDispatch(request.getfixturevalue("redis_url"))
    yield chosen
    await chosen.close()


async def _listens(redis: Redis) -> None:
    """Returns once somebody waits for wakes in the stream."""
    async with asyncio.timeout(10):
        while not await redis.exists(STREAM) or not (await redis.xinfo_groups(STREAM)):
            continue


async def test_what_becomes_due_wakes_whoever_listens(dispatch: JobDispatch) -> None:
    woken = Listener()

    async with dispatch.listening(woken):
        await _repeat_until_woken(dispatch, woken)


async def _repeat_until_woken(dispatch: JobDispatch, woken: Listener) -> None:
    async with asyncio.timeout(10):
        while woken.taken.empty():
            await dispatch.wake(MessageKind.BOOKINGS_DUE)
            await asyncio.sleep(0)
    assert await woken.next() == MessageKind.BOOKINGS_DUE


async def test_waking_nobody_is_no_error(dispatch: JobDispatch) -> None:
    await dispatch.wake(MessageKind.JOBS_DUE)


async def test_work_goes_through_dispatch_and_news_over_the_bus() -> None:
    woken, dispatch, topic = Listener(), LocalDispatch(), member_topic(uuid4())
    bus = DispatchingBus(MemoryBus(), dispatch)

    async with dispatch.listening(woken), bus.subscribe(JOBS, topic) as messages:
        await bus.publish(JOBS, Message(MessageKind.JOBS_DUE))
        await bus.publish(topic, Message(MessageKind.BOOKING_CHANGED))

        assert (await anext(messages)).kind is MessageKind.BOOKING_CHANGED
    assert await woken.next() == MessageKind.JOBS_DUE


@pytest.mark.redis
async def test_each_wake_is_taken_by_one_worker_whichever(redis_url: str, redis: Redis) -> None:
    server, first, second = (QueueDispatch(redis_url) for _ in range(3))
    woken = Listener()

    async with first.listening(woken), second.listening(woken):
        await _listens(redis)
        for _ in range(40):
            await server.wake(MessageKind.BOOKINGS_DUE)
        for _ in range(40):
            await woken.next()
        await server.wake(MessageKind.JOBS_DUE)

        assert await woken.next() == MessageKind.JOBS_DUE
        assert woken.taken.empty()
        assert (await redis.xinfo_groups(STREAM))[0]["name"] == GROUP.encode()
    for dispatch in (server, first, second):
        await dispatch.close()


@pytest.mark.redis
async def test_a_flush_that_takes_the_queue_away_costs_no_more_than_a_moment(redis_url: str, redis: Redis) -> None:
    dispatch, woken = QueueDispatch(redis_url), Listener()

    async with dispatch.listening(woken):
        await _listens(redis)
        await redis.delete(STREAM)
        await _listens(redis)

        await _repeat_until_woken(dispatch, woken)
    await dispatch.close()


@pytest.mark.redis
async def test_wakes_that_nobody_takes_are_trimmed(redis_url: str, redis: Redis) -> None:
    dispatch = QueueDispatch(redis_url)

    for _ in range(2 * MOST_WAKES_KEPT):
        await dispatch.wake(MessageKind.BOOKINGS_DUE)

    assert await redis.xlen(STREAM) < 1.5 * MOST_WAKES_KEPT
    await dispatch.close()


async def test_a_queue_that_is_down_delays_and_does_not_fail_whoever_made_something_due() -> None:
    dispatch, woken = QueueDispatch("redis://127.0.0.1:1/0"), Listener()

    await dispatch.wake(MessageKind.JOBS_DUE)
    async with dispatch.listening(woken):
        await dispatch.wake(MessageKind.JOBS_DUE)

        assert await woken.next() == MessageKind.JOBS_DUE  # whoever works wakes itself meanwhile
    await dispatch.close()


@pytest.mark.redis
async def test_a_queue_that_hangs_holds_up_nobody_who_makes_something_due_and_no_worker_that_stops() -> None:
    async with redis_server() as server, server.client() as redis:
        dispatch = QueueDispatch(server.url)
        async with dispatch.listening(Listener()):
            await _listens(redis)
            server.pause()
            began = time.monotonic()
            for _ in range(50):
                await dispatch.wake(MessageKind.JOBS_DUE)
        await dispatch.close()
        waited = time.monotonic() - began
        server.resume()

    assert waited < PATIENCE_SECONDS + 2
