"""A server that the suites cannot reach: bookings are polled, and members hear of the answers all the same."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from tests.journeys.bad_input.world import BOOK_OR_SAY_WHY, World
from tests.journeys.story import PENDING, Slot

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(scope="module", loop_scope="package", autouse=True)
async def _no_change_notifications(world: World) -> AsyncIterator[None]:
    """The same server without them, for this module."""
    usual = world.story.server
    await usual.stop()
    without = replace(usual, environment={**usual.environment, "HYBRID_MEETINGS_CHANGE_NOTIFICATIONS": "false"})
    await without.start()
    yield
    await without.stop()
    await usual.start()


async def test_without_change_notifications_the_rooms_answer_arrives_by_polling(world: World) -> None:
    for subscription in await world.story.sandbox.control("GET", "graph/subscriptions"):
        await world.story.sandbox.control("DELETE", f"graph/subscriptions/{subscription['id']}")
    room, slot = await world.room(), Slot.in_days(25)

    async with world.story.speaking_for(world.mia) as mia, mia.subscribe(PENDING) as updates:
        wanted = {"roomIds": [room["id"]], "event": slot.as_event("Polled"), "idempotencyKey": "polled"}
        booked = await mia.field(BOOK_OR_SAY_WHY, input=wanted)
        update = await updates.next()
        while (update["booking"]["id"], update["booking"]["state"]) != (booked["bookings"][0]["id"], "ACCEPTED"):
            update = await updates.next()

    assert update["previousState"] == "PENDING"
    assert await world.story.sandbox.control("GET", "graph/subscriptions") == []
