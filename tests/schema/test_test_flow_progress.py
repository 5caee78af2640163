"""A test flow is told check by check, to the administrator who runs it."""

import asyncio

from app.events_bus.bus import Message, MessageKind, member_topic
from tests.schema.listener import listening
from tests.schema.world import House

PROGRESS = "subscription { testFlowProgress { name outcome durationMilliseconds } }"
RUN = "mutation { runTestFlow { ... on TestFlowRun { report { checks { name outcome durationMilliseconds } } } } }"


async def test_each_check_is_told_once_as_the_report_has_it(house: House) -> None:
    async with listening(house, house.administrator, PROGRESS) as listener:
        first = asyncio.ensure_future(listener.item())
        await house.server.bus.listened_to(member_topic(house.administrator.member_id))
        report = (await house.server.data(house.administrator, RUN))["runTestFlow"]["report"]
        told = [await first, *[await listener.item() for _ in report["checks"][1:]]]

    assert told[0]["name"] == "TOKEN"
    assert sorted(told, key=lambda check: str(check["name"])) == sorted(
        report["checks"], key=lambda check: str(check["name"])
    )


async def test_only_who_runs_it_hears_of_it(house: House) -> None:
    other, own = ("PROFILE", "FAILED", "7"), ("PROFILE", "PASSED", "12")
    async with listening(house, house.administrator, PROGRESS) as listener:
        heard = asyncio.ensure_future(listener.item())
        await house.server.bus.listened_to(member_topic(house.administrator.member_id))
        for principal, words in ((house.member, other), (house.administrator, own)):
            progressed = Message(MessageKind.TEST_PROGRESSED, house.integration.id, words=words)
            await house.server.bus.publish(member_topic(principal.member_id), progressed)

        assert await heard == {"name": "PROFILE", "outcome": "PASSED", "durationMilliseconds": 12}
