"""Something that the product depends on is away: every transport says so in its own way, and none calls it a defect."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.websockets import WebSocket

from app.graphql import Caller, CloseCode
from tests.graphql.conftest import Serving
from tests.graphql.test_event_streams import next_event, streaming
from tests.graphql.world import SECRET, Provider, TestGate, World

OUTAGES = (Provider,)
SHORTLY = timedelta(milliseconds=100)


@dataclass
class GateThatIsOut(TestGate):
    """Has lost what it needs to know anybody."""

    __test__ = False

    async def for_request(self, request: Request) -> Caller:
        raise Provider(SECRET)

    async def for_socket(self, websocket: WebSocket, init_payload: Mapping[str, object]) -> Caller:
        raise Provider(SECRET)


@dataclass
class GateThatHangs(TestGate):
    """Waits for what it needs to know anybody."""

    __test__ = False

    async def for_request(self, request: Request) -> Caller:
        await asyncio.Event().wait()
        raise AssertionError


async def test_where_nobody_can_tell_who_asks_the_answer_is_503_with_the_time_to_come_again(
    serving_with: Serving, world: World, log: Any
) -> None:
    async with serving_with(gate=GateThatIsOut(world), outages=OUTAGES) as served:
        reply = await served.query("{ __typename }")

    assert (reply.status, reply.headers["Retry-After"], reply.codes) == (503, "5", ["UNAVAILABLE"])
    assert SECRET not in reply.body.decode() + str(log)


async def test_a_gate_that_hangs_holds_nobody_up_beyond_the_deadline(serving_with: Serving, world: World) -> None:
    async with serving_with(gate=GateThatHangs(world), deadline=SHORTLY) as served:
        reply = await served.query("{ __typename }")

    assert (reply.status, reply.headers["Retry-After"], reply.codes) == (503, "5", ["UNAVAILABLE"])


async def test_a_socket_that_cannot_be_let_in_for_now_is_told_to_come_again_later(
    serving_with: Serving, world: World
) -> None:
    async with serving_with(gate=GateThatIsOut(world), outages=OUTAGES) as served, served.socket() as client:
        await client.send(type="connection_init")
        code, _ = await client.until_closed()

    assert code == CloseCode.TRY_AGAIN_LATER


async def test_an_event_stream_that_an_outage_breaks_off_ends_without_a_word_so_that_it_is_opened_again(
    serving_with: Serving,
) -> None:
    async with (
        serving_with(outages=OUTAGES) as served,
        streaming(served, "subscription { breaksOff }") as stream,
    ):
        told = await stream.to_the_end()

    assert told == [next_event(breaksOff=1)]


async def test_a_subscription_that_an_outage_breaks_off_ends_with_the_reason_and_its_socket_stays(
    serving_with: Serving,
) -> None:
    async with serving_with(outages=OUTAGES) as served, served.ready_socket() as client:
        await client.subscribe("subscription { breaksOff }")
        _, last = await client.receive(), await client.receive()
        await client.send(type="ping")
        answer = await client.receive()

    assert (last["type"], last["payload"][0]["extensions"]["code"]) == ("error", "UNAVAILABLE")
    assert answer == {"type": "pong"}
