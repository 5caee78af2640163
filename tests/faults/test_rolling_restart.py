"""Servers are restarted one after the other under load, and nobody notices.

People use two servers and a worker through a balancer without sticky sessions: HAProxy with the configuration that we
ship. Nobody repeats a request themself. The balancer sends again what no server was given, and of what was given and
left unanswered only a GET (RFC 9110, 9.2.2).
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from app.bookings.models import RoomBooking
from app.connections.models import CalendarConnection
from app.database import engine
from tests.faults.rolling import House, Listener, Load, house_in
from tests.support.client import Client

pytestmark = [pytest.mark.postgresql, pytest.mark.redis]

SETTLED_WITHIN = 30
ROOMS = "{ rooms(first: 5) { nodes { id email } } }"
ALL_BOOKINGS = """query ($after: String) { bookings(first: 100, after: $after) {
  nodes { id state } pageInfo { hasNextPage endCursor } } }"""
SLOW_TOKENS = {
    "host": "entra",
    "method": "POST",
    "path": "/*/oauth2/v2.0/token",
    "effect": "delay",
    "delay_seconds": 0.3,
    "times": None,
}
"""So that some refresh is under way at every moment."""


@pytest.fixture
async def house(postgresql_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house_in(tmp_path, postgresql_url, redis_url) as house:
        yield house


async def test_servers_restarted_one_after_the_other_under_load_lose_no_request_no_booking_no_refresh_and_no_change(
    house: House, postgresql_url: str
) -> None:
    async with AsyncExitStack() as stack:
        worker = await stack.enter_async_context(house.servers[0].worker())
        await house.story.enabled()
        token = await house.story.connected_member()
        member = await stack.enter_async_context(house.story.speaking_for(token))
        rooms = (await member.field(ROOMS))["nodes"]
        await house.story.company.decline_everything(house.sandbox, rooms[0]["email"])
        await house.sandbox.control("POST", "faults", SLOW_TOKENS)
        generations, refreshes = await _generations(postgresql_url), await _token_calls(house)

        load, listeners = Load(house.story), [Listener(member) for _ in range(4)]
        listening = [asyncio.ensure_future(listener.listen_by_socket()) for listener in listeners[:3]]
        listening.append(asyncio.ensure_future(listeners[3].listen_by_stream()))
        using = [
            asyncio.ensure_future(load.keep_reading(token, by_get=False)),
            asyncio.ensure_future(load.keep_reading(token, by_get=True)),
            # Only one of them: who ends the tokens of a call twice gets no answer from it, restart or not.
            asyncio.ensure_future(load.keep_booking(token, rooms, 3, tokens_last=3)),
            asyncio.ensure_future(load.keep_booking(token, rooms, 33)),
            asyncio.ensure_future(load.keep_booking(token, rooms, 63)),
        ]
        codes = await house.restart_one_after_the_other()
        load.done.set()
        await asyncio.gather(*using)
        states = await _settled(member)
        await _until_everybody_knows(listeners, listening, states)
    refreshed = await _token_calls(house) - refreshes

    assert load.failures == []
    assert codes == [0, 0]
    assert worker.returncode == 0
    assert load.reads > 20
    assert len(load.booked) > 10
    assert set(states) == set(load.booked)
    assert Counter(await _subjects_at_the_suite(house)) == Counter(load.booked.values())
    assert {"ACCEPTED", "REJECTED"} >= set(states.values())
    assert await _generations(postgresql_url) - generations == refreshed > 1
    for listener in listeners:
        assert {booking: state for booking, (state, _) in listener.seen.items()} == states
    for listener in listeners[:3]:
        assert set(listener.closings) <= {1012}
    assert set(listeners[3].closings) <= {0}
    assert sum(len(listener.closings) for listener in listeners) >= len(listeners)


async def _settled(member: Client) -> dict[str, str]:
    """The state of every booking, once all rooms have answered."""
    async with asyncio.timeout(SETTLED_WITHIN):
        while True:
            states: dict[str, str] = {}
            page: dict[str, Any] = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
            while page["pageInfo"]["hasNextPage"]:
                page = await member.field(ALL_BOOKINGS, after=page["pageInfo"]["endCursor"])
                states |= {booking["id"]: booking["state"] for booking in page["nodes"]}
            if "PENDING" not in states.values():
                return states


async def _until_everybody_knows(
    listeners: Sequence[Listener], listening: Sequence["asyncio.Future[None]"], states: dict[str, str]
) -> None:
    """Until each listener was told how every booking ended, or it is clear that they will not be."""
    async with asyncio.timeout(SETTLED_WITHIN):
        while any({booking: state for booking, (state, _) in each.seen.items()} != states for each in listeners):
            for task in listening:
                assert not task.done(), task.exception()
            await asyncio.sleep(0.05)
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)


async def _generations(database_url: str) -> int:
    """How often credentials were stored, and that nobody holds a refresh."""
    async with engine.database(database_url):
        connections = await CalendarConnection.all()
        assert [row.refresh_lock_until for row in connections] == [None] * len(connections)
        assert await RoomBooking.filter(claimed_until__isnull=False).count() == 0
        return sum(row.generation for row in connections)


async def _token_calls(house: House) -> int:
    calls = await house.sandbox.control("GET", "calls")
    return sum(each["count"] for each in calls["counts"] if each["host"] == "entra" and "token" in each["path"])


async def _subjects_at_the_suite(house: House) -> list[str]:
    found = await house.sandbox.control("GET", f"graph/bookings?organizer={house.story.company.member}")
    return [event["subject"] for event in found if event["subject"].startswith("Rolling")]
