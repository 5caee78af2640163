"""What becomes of places while Redis is away, hangs, and comes back."""

import asyncio
import time

import pytest
from structlog.testing import capture_logs

from app.places.redis import LOCAL_FOR, PATIENCE
from tests.places.conftest import Opening, Ticks, a_cap
from tests.support.redis_server import redis_server

NOBODY = "redis://127.0.0.1:1/0"


async def test_without_redis_each_process_counts_by_itself(opened: Opening) -> None:
    one, other, cap = await opened(NOBODY), await opened(NOBODY), a_cap(2)

    given = [await places.take([cap]) is not None for places in (one, one, one, other, other, other)]

    assert given == [True, True, False] * 2


async def test_an_outage_is_said_once_however_long_it_lasts(opened: Opening, ticks: Ticks) -> None:
    places, cap = await opened(NOBODY), a_cap(1_000)

    with capture_logs() as logged:
        for _ in range(20):
            assert await places.take([cap]) is not None
            ticks.advance(LOCAL_FOR / 2)

    assert [line["event"] for line in logged] == ["places_are_local"]


@pytest.mark.redis
async def test_once_redis_is_back_all_count_together_again_and_that_is_said(opened: Opening, ticks: Ticks) -> None:
    async with redis_server() as server:
        one, other, cap = await opened(server.url), await opened(server.url), a_cap(2)
        await one.take([cap])
        await server.kill()
        assert [await places.take([cap]) is not None for places in (one, one, other)] == [True, False, True]
        await server.start()
        ticks.advance(LOCAL_FOR)

        with capture_logs() as logged:
            one.renew()
            other.renew()
            given = [await places.take([cap]) is not None for places in (one, other)]

    assert given == [False, False]
    assert [line["event"] for line in logged] == ["places_are_shared"] * 2


@pytest.mark.redis
async def test_a_redis_that_hangs_holds_nobody_up_for_longer_than_its_patience(opened: Opening) -> None:
    async with redis_server() as server:
        places, cap = await opened(server.url, patience=PATIENCE), a_cap(200)
        await places.take([cap])
        server.pause()

        began = time.monotonic()
        given = await asyncio.gather(*(places.take([cap]) for _ in range(100)))
        afterwards = [await places.take([cap]) for _ in range(50)]
        took = time.monotonic() - began
        server.resume()

    assert None not in [*given, *afterwards]
    assert took < 4 * PATIENCE.total_seconds()


@pytest.mark.redis
async def test_what_was_given_back_while_redis_hung_is_free_when_it_answers_again(
    opened: Opening, ticks: Ticks
) -> None:
    async with redis_server() as server:
        one, other, cap = await opened(server.url, patience=PATIENCE), await opened(server.url), a_cap(4)
        held = [await one.take([cap]) for _ in range(4)]
        server.pause()
        for place in held:
            assert place is not None
            one.give_back(place)
        await one.take([a_cap(1)])
        server.resume()
        ticks.advance(LOCAL_FOR)

        await one.take([a_cap(1)])

        assert [await other.take([cap]) is not None for _ in range(4)] == [True] * 4
