"""The contract that both forms of the bus keep."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from app.events_bus.bus import EventsBus, Message, MessageKind, member_topic, organisation_topic
from app.events_bus.memory import QUEUE_LENGTH, MemoryBus
from app.events_bus.redis import CHANNEL_PREFIX, CONFIRMATION_SECONDS, PATIENCE_SECONDS, RedisBus
from tests.support.redis_server import redis_server
from tests.support.server import free_port

CHANGED = Message(MessageKind.BOOKING_CHANGED, uuid4(), 3)


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[EventsBus]:
    chosen: EventsBus
    chosen = MemoryBus() if request.param == "memory" else RedisBus(request.getfixturevalue("redis_url"))
    yield chosen
    await chosen.close()


async def _next(messages: AsyncIterator[Message]) -> Message:
    return await asyncio.wait_for(anext(messages), timeout=5)


async def test_a_message_reaches_every_subscriber_of_its_topic(bus: EventsBus) -> None:
    topic = member_topic(uuid4())

    async with bus.subscribe(topic) as first, bus.subscribe(topic) as second:
        await bus.publish(topic, CHANGED)

        assert await _next(first) == CHANGED
        assert await _next(second) == CHANGED


async def test_what_no_row_holds_comes_with_its_message(bus: EventsBus) -> None:
    topic = member_topic(uuid4())
    progressed = Message(MessageKind.TEST_PROGRESSED, uuid4(), words=("PROFILE", "PASSED", "12"))

    async with bus.subscribe(topic) as messages:
        await bus.publish(topic, progressed)

        assert await _next(messages) == progressed


async def test_a_subscriber_hears_only_the_topics_it_asked_for(bus: EventsBus) -> None:
    mine, other = member_topic(uuid4()), member_topic(uuid4())

    async with bus.subscribe(mine) as messages:
        await bus.publish(other, Message(MessageKind.BOOKING_CHANGED, uuid4(), 1))
        await bus.publish(mine, CHANGED)

        assert await _next(messages) == CHANGED


async def test_one_subscription_can_follow_several_topics_in_order(bus: EventsBus) -> None:
    member, organisation = member_topic(uuid4()), organisation_topic(uuid4())
    ended = Message(MessageKind.INTEGRATION_CHANGED, uuid4())

    async with bus.subscribe(member, organisation) as messages:
        await bus.publish(member, CHANGED)
        await bus.publish(organisation, ended)

        assert [await _next(messages), await _next(messages)] == [CHANGED, ended]


async def test_messages_published_while_nobody_reads_are_kept_until_read(bus: EventsBus) -> None:
    topic = member_topic(uuid4())

    async with bus.subscribe(topic) as messages:
        for version in range(20):
            await bus.publish(topic, Message(MessageKind.BOOKING_CHANGED, None, version))

        assert [(await _next(messages)).version for _ in range(20)] == list(range(20))


async def test_a_slow_reader_loses_its_oldest_messages_and_nobody_elses(bus: EventsBus) -> None:
    topic, marker = member_topic(uuid4()), member_topic(uuid4())

    async with bus.subscribe(topic, marker) as slow, bus.subscribe(marker) as done:
        for version in range(QUEUE_LENGTH + 10):
            await bus.publish(topic, Message(MessageKind.BOOKING_CHANGED, None, version))
        await bus.publish(marker, CHANGED)
        await _next(done)

        assert (await _next(slow)).version == 11


async def test_publishing_to_nobody_is_no_error(bus: EventsBus) -> None:
    await bus.publish(member_topic(uuid4()), CHANGED)


@pytest.mark.redis
@pytest.mark.parametrize("junk", [b"", b"{", b"7", b"[]", b'["A_NEWER_KIND", null, null]', b'["JOBS_DUE", 7, null]'])
async def test_a_message_that_we_cannot_read_stops_nothing(redis_url: str, junk: bytes) -> None:
    bus, stranger = RedisBus(redis_url), Redis.from_url(redis_url)
    topic = member_topic(uuid4())

    async with bus.subscribe(topic) as messages:
        await stranger.publish(CHANNEL_PREFIX + topic, junk)
        await bus.publish(topic, CHANGED)

        assert await _next(messages) == CHANGED
    await stranger.aclose()
    await bus.close()


async def test_whoever_subscribes_at_the_same_moment_is_heard_by_all_of_them(bus: EventsBus) -> None:
    topics = [member_topic(uuid4()) for _ in range(20)]

    async with AsyncExitStack() as stack:
        followed = await asyncio.gather(*(stack.enter_async_context(bus.subscribe(topic)) for topic in topics * 2))
        for topic in topics:
            await bus.publish(topic, CHANGED)

        assert [await _next(messages) for messages in followed] == [CHANGED] * 40


@pytest.mark.redis
async def test_among_thousands_who_listen_one_more_comes_and_goes_as_cheaply_as_among_a_few(redis_url: str) -> None:
    bus = RedisBus(redis_url)

    async def cost() -> float:
        """The least processor time that one took of a few who came and went."""
        taken = []
        for _ in range(20):
            began = time.process_time()
            async with bus.subscribe(member_topic(uuid4())):
                pass
            taken.append(time.process_time() - began)
        return min(taken)

    async with AsyncExitStack() as others:
        await others.enter_async_context(bus.subscribe(member_topic(uuid4())))
        among_few = await cost()
        for _ in range(2_000):
            await others.enter_async_context(bus.subscribe(member_topic(uuid4())))
        among_thousands = await cost()
    await bus.close()

    assert among_thousands < 3 * among_few


@pytest.mark.redis
async def test_who_comes_back_to_a_topic_that_everybody_has_left_hears_of_it_again(redis_url: str) -> None:
    bus, topic = RedisBus(redis_url), member_topic(uuid4())
    async with bus.subscribe(topic), bus.subscribe(topic):
        pass

    async with bus.subscribe(topic) as messages:
        await bus.publish(topic, CHANGED)

        assert await _next(messages) == CHANGED
    await bus.close()


@pytest.mark.redis
async def test_what_was_subscribed_while_redis_was_down_is_heard_once_it_is_back(redis_url: str) -> None:
    port, topic = free_port(), member_topic(uuid4())
    bus = RedisBus(f"redis://127.0.0.1:{port}/0")

    async with bus.subscribe(topic) as messages, redis_server(port) as server, server.client() as client:
        async with asyncio.timeout(10):
            while not (await client.pubsub_numsub(CHANNEL_PREFIX + topic))[0][1]:
                continue
        await bus.publish(topic, CHANGED)

        assert await _next(messages) == CHANGED
    await bus.close()


@pytest.mark.redis
async def test_whoever_publishes_waits_a_moment_for_a_redis_that_hangs_and_only_once_in_a_while() -> None:
    topic = member_topic(uuid4())
    async with redis_server() as server:
        bus = RedisBus(server.url)
        async with bus.subscribe(topic) as messages:
            server.pause()
            began = time.monotonic()
            for _ in range(50):
                await bus.publish(topic, CHANGED)
            waited = time.monotonic() - began

            assert [await _next(messages) for _ in range(50)] == [CHANGED] * 50
            server.resume()
        await bus.close()

    assert waited < PATIENCE_SECONDS + 0.5


@pytest.mark.redis
async def test_who_listens_is_told_by_others_again_once_a_redis_that_died_is_back() -> None:
    topic = member_topic(uuid4())
    async with redis_server() as server:
        here, there = RedisBus(server.url), RedisBus(server.url)
        async with here.subscribe(topic) as messages:
            await server.restart()
            async with asyncio.timeout(20):
                heard = asyncio.ensure_future(anext(messages))
                while not heard.done():
                    await there.publish(topic, CHANGED)
                    await asyncio.wait([heard], timeout=0.05)

            assert await heard == CHANGED
        await here.close()
        await there.close()


@pytest.mark.redis
async def test_a_bus_closes_in_a_moment_while_redis_hangs() -> None:
    async with redis_server() as server:
        bus = RedisBus(server.url)
        async with bus.subscribe(member_topic(uuid4())):
            server.pause()
            began = time.monotonic()
        await bus.close()
        waited = time.monotonic() - began
        server.resume()

    assert waited < CONFIRMATION_SECONDS + 2


async def test_a_bus_that_is_down_delays_and_does_not_fail_the_publisher() -> None:
    bus = RedisBus("redis://127.0.0.1:1/0")

    await bus.publish(member_topic(uuid4()), CHANGED)

    await bus.close()


@pytest.mark.parametrize("turns", range(8))
async def test_whoever_leaves_while_the_bus_closes_leaves_in_peace(bus: EventsBus, turns: int) -> None:
    """However far they have come when it closes."""
    topics = [member_topic(uuid4()) for _ in range(20)]
    here, leave = asyncio.Barrier(len(topics) + 1), asyncio.Event()

    async def follow(topic: str) -> None:
        async with bus.subscribe(topic):
            await here.wait()
            await leave.wait()

    async with asyncio.timeout(10), asyncio.TaskGroup() as followers:
        for topic in topics:
            followers.create_task(follow(topic))
        await here.wait()
        leave.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        await bus.close()


async def test_whoever_comes_after_the_bus_has_closed_hears_nothing_and_meets_no_fault(bus: EventsBus) -> None:
    await bus.close()

    async with asyncio.timeout(5), bus.subscribe(member_topic(uuid4())):
        pass


@pytest.mark.redis
async def test_a_connection_that_is_opened_anew_under_its_reader_stops_neither_reading_nor_leaving(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """redis-py lets two coroutines at one connection: what asyncio says then is no fault of whoever leaves."""
    bus, topic = RedisBus(redis_url), member_topic(uuid4())
    read, is_read = PubSub.get_message, asyncio.Event()

    async def forbidden(*_: object, **__: object) -> None:
        is_read.set()
        monkeypatch.setattr(PubSub, "get_message", read)
        raise RuntimeError("readuntil() called while another coroutine is already waiting for incoming data")

    async with asyncio.timeout(10):
        async with bus.subscribe(topic) as messages:
            monkeypatch.setattr(PubSub, "get_message", forbidden)
            await is_read.wait()
            await bus.publish(topic, CHANGED)
            assert await _next(messages) == CHANGED
            monkeypatch.setattr(PubSub, "unsubscribe", forbidden)
        await bus.close()
