"""Whoever is told to stop ends in time, whatever hangs around them."""

import asyncio
import signal
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.faults.surroundings import booking_of, surroundings
from tests.journeys.story import BOOK, PENDING, Slot

pytestmark = [pytest.mark.postgresql, pytest.mark.redis]

BOUND = 30
"""Seconds: what an operator is asked to leave besides `DRAIN_DELAY`."""
MIDDLE_OF_A_LOOK = {"host": "graph", "method": "GET", "path": "/me/events/*", "effect": "hold", "times": None}


async def test_a_server_and_a_worker_end_in_time_although_the_database_hangs_and_the_sockets_are_told(
    tmp_path: Path,
) -> None:
    slot = Slot.in_days(3)
    async with surroundings(tmp_path) as around:
        story = around.story
        async with AsyncExitStack() as stack:
            worker = await stack.enter_async_context(story.server.worker())
            await story.enabled()
            member = await stack.enter_async_context(story.speaking_for(await story.connected_member()))
            updates = await stack.enter_async_context(member.subscribe(PENDING))
            held = await story.sandbox.control("POST", "faults", MIDDLE_OF_A_LOOK)
            room = await story.free_room(member, slot)
            await member.field(BOOK, **booking_of(room, "Stopping", slot))
            await story.sandbox.control("GET", f"faults/{held['id']}/held?count=1&timeout=20")
            around.database.pause()
            asking = asyncio.ensure_future(member.send("{ viewer { member { name } } }"))
            await asyncio.sleep(0)

            began = time.monotonic()
            worker.send_signal(signal.SIGTERM)
            server_code, closed, worker_code = await asyncio.gather(
                story.server.stop(BOUND), updates.until_closed(BOUND), asyncio.wait_for(worker.wait(), BOUND)
            )
            took = time.monotonic() - began

            around.database.resume()
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            await story.sandbox.control("DELETE", "faults")

    assert (server_code, worker_code) == (0, 0)
    assert closed[0] == 1012
    assert took < BOUND
