"""Who may keep a socket open: until a credential ends, a right is lost, or too many are open."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.graphql import CloseCode, CloseReason, SocketCap
from tests.graphql.conftest import Serving
from tests.graphql.server import Served
from tests.graphql.world import SECRET, TOKEN, TestGate, World

BEARER = {"Authorization": f"Bearer {TOKEN}"}
SHORTLY = timedelta(milliseconds=20)


async def test_a_socket_is_closed_when_its_credential_expires(
    serving_with: Serving, gate: TestGate, world: World
) -> None:
    gate.expires_at = datetime.now(UTC) + timedelta(seconds=1)
    async with serving_with() as served, served.ready_socket(BEARER) as client:
        await client.subscribe("subscription { endless }")

        assert (await client.until_closed())[0] == 4401
    assert world.closed.is_set()


async def test_a_revoked_credential_is_noticed_at_the_next_look(serving_with: Serving, gate: TestGate) -> None:
    async with serving_with(recheck_every=SHORTLY) as served, served.ready_socket(BEARER) as client:
        gate.verdict = CloseReason(CloseCode.UNAUTHORISED, "Signed out.")

        assert await client.until_closed() == (4401, "Signed out.")


async def test_a_revocation_can_close_its_sockets_at_once(served: Served, gate: TestGate) -> None:
    async with served.ready_socket(BEARER) as client, served.ready_socket() as other:
        gate.verdict = CloseReason(CloseCode.FORBIDDEN, "You are no longer an administrator.")
        served.view.recheck(TOKEN)

        assert await client.until_closed() == (4403, "You are no longer an administrator.")
        await other.send(type="ping")
        assert await other.receive() == {"type": "pong"}


@pytest.mark.parametrize("document", ["{ hello }", "mutation { change(to: 1) }", "subscription { endless }"])
async def test_no_operation_begins_once_the_right_to_stay_is_lost(
    served: Served, gate: TestGate, world: World, document: str
) -> None:
    async with served.ready_socket(BEARER) as client:
        gate.verdict = CloseReason(CloseCode.FORBIDDEN, "Your role has changed.")
        await client.subscribe(document)

        assert await client.until_closed() == (4403, "Your role has changed.")
    assert world.contexts == []


async def test_a_caller_who_may_stay_stays(served: Served, gate: TestGate) -> None:
    async with served.ready_socket(BEARER) as client:
        served.view.recheck(TOKEN)
        await client.send(type="ping")

        assert await client.receive() == {"type": "pong"}


async def test_an_outage_of_the_gate_throws_nobody_out(serving_with: Serving, world: World, log: Any) -> None:
    asked = asyncio.Event()

    class FailingGate(TestGate):
        async def recheck(self, caller: object) -> CloseReason | None:
            asked.set()
            raise ConnectionError(SECRET)

    async with serving_with(gate=FailingGate(world)) as served, served.ready_socket(BEARER) as client:
        served.view.recheck(TOKEN)
        await asked.wait()
        await client.send(type="ping")

        assert await client.receive() == {"type": "pong"}
    assert SECRET not in str(log)


async def test_a_member_has_a_limited_number_of_sockets(served: Served, gate: TestGate) -> None:
    gate.caps = (SocketCap("member", 1), SocketCap("organisation", 2))
    async with served.ready_socket(BEARER), served.socket() as second:
        await second.send(type="connection_init", payload=BEARER)

        assert (await second.until_closed())[0] == 4429


async def test_a_closed_socket_makes_room_for_another(served: Served, gate: TestGate) -> None:
    gate.caps = (SocketCap("member", 1),)
    async with served.ready_socket(BEARER) as first:
        await first.connection.send("not JSON")
        await first.until_closed()

    async with served.ready_socket(BEARER) as second:
        await second.send(type="ping")
        assert await second.receive() == {"type": "pong"}
