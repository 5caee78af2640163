"""GraphQL over WebSocket. https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.types import Message
from starlette.websockets import WebSocket
from websockets.exceptions import InvalidStatus

from app.graphql import GraphQLOptions, GraphQLView
from app.graphql.callers import Caller
from app.graphql.sockets import SUBPROTOCOL
from tests.graphql.conftest import Serving
from tests.graphql.server import Client, Served
from tests.graphql.world import ORIGIN, SECRET, SESSION, TOKEN, TestGate, World

BEARER = {"Authorization": f"Bearer {TOKEN}"}
SHORTLY = timedelta(milliseconds=20)


class SlowGate(TestGate):
    """Lets nobody in before the world's release."""

    async def for_socket(self, websocket: WebSocket, init_payload: Mapping[str, object]) -> Caller:
        await self.world.release.wait()
        return await super().for_socket(websocket, init_payload)


# -- the handshake


@pytest.mark.parametrize("subprotocol", [None, "graphql-ws"])
async def test_only_graphql_transport_ws_is_spoken(served: Served, subprotocol: str | None) -> None:
    async with served.socket(subprotocol=subprotocol) as client:
        code, reason = await client.until_closed()

    assert (code, reason) == (4406, "Speak graphql-transport-ws.")


async def test_the_subprotocol_is_confirmed(served: Served) -> None:
    async with served.socket() as client:
        assert client.connection.subprotocol == SUBPROTOCOL


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_a_page_of_a_foreign_origin_gets_no_socket(served: Served, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with served.socket(additional_headers={"Origin": origin}):
            pass

    assert refusal.value.response.status_code == 403


@pytest.mark.parametrize("headers", [{}, {"Origin": ORIGIN}])
async def test_a_page_of_an_allowed_origin_and_a_program_without_one_get_a_socket(
    served: Served, headers: dict[str, str]
) -> None:
    async with served.ready_socket(BEARER, additional_headers=headers) as client:
        await client.subscribe("{ me }")

        assert await client.receive() == {"id": "1", "type": "next", "payload": {"data": {"me": "Ada"}}}


async def test_a_cookie_authenticates_a_page_of_an_allowed_origin(served: Served) -> None:
    headers = {"Origin": ORIGIN, "Cookie": f"session={SESSION}"}
    async with served.ready_socket(additional_headers=headers) as client:
        await client.subscribe("{ me }")

        assert (await client.receive())["payload"] == {"data": {"me": "Ada"}}


async def test_a_cookie_without_an_origin_is_forbidden(served: Served) -> None:
    async with served.socket(additional_headers={"Cookie": f"session={SESSION}"}) as client:
        await client.send(type="connection_init")

        assert (await client.until_closed())[0] == 4403


# -- connection_init


async def test_a_socket_without_connection_init_is_closed(serving_with: Serving) -> None:
    async with serving_with(init_timeout=SHORTLY) as served, served.socket() as client:
        assert (await client.until_closed())[0] == 4408


async def test_whoever_asked_in_time_waits_for_a_slow_gate_and_is_let_in(serving_with: Serving, world: World) -> None:
    async with serving_with(init_timeout=SHORTLY, gate=SlowGate(world)) as served, served.socket() as client:
        await client.send(type="connection_init", payload=BEARER)
        async with served.socket() as silent:
            assert (await silent.until_closed())[0] == 4408
        world.release.set()

        assert (await client.receive())["type"] == "connection_ack"


async def test_a_gate_that_never_answers_is_not_waited_for_beyond_the_deadline(
    serving_with: Serving, world: World
) -> None:
    async with serving_with(deadline=SHORTLY, gate=SlowGate(world)) as served, served.socket() as client:
        await client.send(type="connection_init", payload=BEARER)

        assert (await client.until_closed())[0] == 1013


async def test_a_second_connection_init_closes_the_socket(served: Served) -> None:
    async with served.ready_socket() as client:
        await client.send(type="connection_init")

        assert (await client.until_closed())[0] == 4429


async def test_an_operation_before_connection_init_closes_the_socket(served: Served) -> None:
    async with served.socket() as client:
        await client.subscribe("{ hello }")

        assert (await client.until_closed())[0] == 4401


@pytest.mark.parametrize(("token", "code"), [("expired", 4401), ("forbidden", 4403)])
async def test_wrong_credentials_close_the_socket(served: Served, token: str, code: int) -> None:
    async with served.socket() as client:
        await client.send(type="connection_init", payload={"Authorization": f"Bearer {token}"})

        assert (await client.until_closed())[0] == code


@pytest.mark.parametrize("payload", ["text", 5, ["list"]])
async def test_a_payload_that_is_not_an_object_closes_the_socket(served: Served, payload: object) -> None:
    async with served.socket() as client:
        await client.send(type="connection_init", payload=payload)

        assert (await client.until_closed())[0] == 4400


# -- messages


async def test_a_ping_is_answered_with_its_payload(served: Served) -> None:
    async with served.socket() as client:
        await client.send(type="ping")
        await client.send(type="ping", payload={"a": 1})

        assert await client.receive() == {"type": "pong"}
        assert await client.receive() == {"type": "pong", "payload": {"a": 1}}


async def test_a_pong_may_come_at_any_time(served: Served) -> None:
    async with served.ready_socket() as client:
        await client.send(type="pong", payload={"a": 1})
        await client.send(type="ping")

        assert await client.receive() == {"type": "pong"}


@pytest.mark.parametrize(
    "message",
    [
        "not JSON",
        "[]",
        "{}",
        '{"type": "start"}',
        '{"type": 5}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": ""}',
        '{"type": "subscribe", "id": 5, "payload": {"query": "{ hello }"}}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "1", "payload": {}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": 5}}',
        '{"type": "complete"}',
        '{"type": "ping", "payload": 5}',
        b"\x00",
    ],
)
async def test_a_message_that_is_none_of_the_protocol_closes_the_socket(served: Served, message: str | bytes) -> None:
    async with served.ready_socket() as client:
        await client.connection.send(message)

        assert (await client.until_closed())[0] == 4400


async def test_a_message_beyond_the_limit_closes_the_socket(served: Served, options: GraphQLOptions) -> None:
    async with served.ready_socket() as client:
        await client.connection.send("x" * (options.body_limit + 1))

        assert (await client.until_closed())[0] == 1009


# -- operations


@pytest.mark.parametrize(
    ("operation", "data"), [("{ hello }", {"hello": "hello world"}), ("mutation { change(to: 3) }", {"change": 3})]
)
async def test_queries_and_mutations_are_served_too(served: Served, operation: str, data: object) -> None:
    async with served.ready_socket() as client:
        await client.subscribe(operation, id="q")

        assert await client.receive() == {"id": "q", "type": "next", "payload": {"data": data}}
        assert await client.receive() == {"id": "q", "type": "complete"}


async def test_a_subscription_yields_its_events_and_completes(served: Served) -> None:
    async with served.ready_socket() as client:
        await client.subscribe("subscription ($to: Int!) { count(to: $to) { id child { id } } }", to=2)

        received = [await client.receive() for _ in range(3)]

    assert [message["type"] for message in received] == ["next", "next", "complete"]
    assert received[1]["payload"] == {"data": {"count": {"id": "1", "child": {"id": "1.child"}}}}


async def test_an_id_is_free_again_when_its_operation_is_complete(served: Served) -> None:
    async with served.ready_socket() as client:
        for _ in range(2):
            await client.subscribe("{ hello }", id="same")

            assert (await client.receive())["type"] == "next"
            assert (await client.receive())["type"] == "complete"


async def test_an_id_in_use_closes_the_socket(served: Served) -> None:
    async with served.ready_socket() as client:
        await client.subscribe("subscription { endless }", id="same")
        await client.receive()
        await client.subscribe("{ hello }", id="same")

        assert (await client.until_closed())[0] == 4409


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("{", "BAD_USER_INPUT"),
        ("{ missing }", "BAD_USER_INPUT"),
        ("query ($n: Int!) { items(first: $n) { edges { node { id } } } }", "BAD_USER_INPUT"),
        ("subscription ($to: Int!) { count(to: $to) { id } }", "BAD_USER_INPUT"),
        ("{ items(first: 101) { edges { node { id } } } }", "QUERY_TOO_COSTLY"),
        ("subscription { private }", "UNAUTHENTICATED"),
    ],
)
async def test_an_operation_that_cannot_start_ends_with_an_error(served: Served, operation: str, code: str) -> None:
    async with served.ready_socket() as client:
        await client.subscribe(operation)

        message = await client.receive()

    assert (message["id"], message["type"]) == ("1", "error")
    assert [error["extensions"]["code"] for error in message["payload"]] == [code]


async def test_a_stream_that_breaks_off_ends_with_a_masked_error(served: Served, log: Any) -> None:
    async with served.ready_socket() as client:
        await client.subscribe("subscription { breaksOff }")

        first, last = await client.receive(), await client.receive()

    assert first["payload"] == {"data": {"breaksOff": 1}}
    assert (last["type"], last["payload"][0]["extensions"]["code"]) == ("error", "INTERNAL")
    assert SECRET not in str(last)
    assert SECRET not in str(log)


async def test_every_operation_and_every_event_has_a_context_of_its_own(served: Served, world: World) -> None:
    async with served.ready_socket() as client:
        await client.subscribe("subscription { contextNumber { number } }")
        numbers = [(await client.receive())["payload"]["data"]["contextNumber"]["number"] for _ in range(2)]

    assert len(set(numbers)) == 2
    assert world.contexts[0].number not in numbers


async def test_a_query_past_its_deadline_is_given_up(serving_with: Serving, world: World) -> None:
    async with serving_with(deadline=SHORTLY) as served, served.ready_socket() as client:
        await client.subscribe("{ slow }")

        message = await client.receive()

    assert message["payload"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"
    assert world.closed.is_set()


async def test_an_event_past_its_deadline_ends_the_subscription(serving_with: Serving) -> None:
    async with serving_with(deadline=SHORTLY) as served, served.ready_socket() as client:
        await client.subscribe("subscription { contextNumber { slow } }")

        message = await client.receive()

    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "DEADLINE_EXCEEDED")


async def test_a_subscription_may_wait_for_its_events_beyond_any_deadline(serving_with: Serving, world: World) -> None:
    async with serving_with(deadline=SHORTLY) as served, served.ready_socket() as client:
        await client.subscribe("subscription { endless }")
        await client.receive()
        await client.subscribe("{ slow }", id="passes the deadline")
        await client.receive()
        world.release.set()

        assert await client.receive() == {"id": "1", "type": "complete"}


async def test_a_socket_runs_a_limited_number_of_operations_at_once(serving_with: Serving) -> None:
    async with serving_with(operations_per_socket=100) as served, served.ready_socket() as client:
        for number in range(100):
            await client.subscribe("subscription { endless }", id=str(number))
            await client.receive()
        await client.subscribe("{ hello }", id="101st")

        message = await client.receive()

    assert (message["id"], message["type"]) == ("101st", "error")
    assert message["payload"][0]["extensions"]["code"] == "QUERY_TOO_COSTLY"


# -- completion by the client


async def test_completing_a_subscription_closes_its_stream_and_says_nothing_more(served: Served, world: World) -> None:
    async with served.ready_socket() as client:
        await client.subscribe("subscription { endless }", id="same")
        await client.receive()
        await client.send(id="same", type="complete")
        await world.closed.wait()
        await client.subscribe("{ hello }", id="same")

        assert (await client.receive())["payload"] == {"data": {"hello": "hello world"}}


async def test_completing_what_does_not_run_changes_nothing(served: Served) -> None:
    async with served.ready_socket() as client:
        await client.send(id="unknown", type="complete")
        await client.send(type="ping")

        assert await client.receive() == {"type": "pong"}


async def test_completing_a_query_stops_it(served: Served, world: World) -> None:
    async with served.ready_socket() as client:
        await client.subscribe("{ slow }")
        await world.started.wait()
        await client.send(id="1", type="complete")

        await world.closed.wait()


async def test_a_mutation_is_finished_even_if_the_client_leaves(served: Served, world: World) -> None:
    async with served.ready_socket() as client:
        await client.subscribe("mutation { changeSlowly }")
        await world.started.wait()
    world.release.set()

    await world.finished.wait()


async def test_leaving_closes_every_stream(served: Served, world: World) -> None:
    async with served.ready_socket() as client:
        await client.subscribe("subscription { endless }")
        await client.receive()

    await world.closed.wait()


# -- shutdown and slow clients


async def test_a_restart_closes_every_socket_with_1012(served: Served, world: World) -> None:
    async with served.ready_socket() as client, served.socket() as silent:
        await client.subscribe("subscription { endless }")
        await client.receive()
        closing = asyncio.create_task(served.view.close_all())

        assert (await client.until_closed())[0] == 1012
        assert (await silent.until_closed())[0] == 1012
        await closing
    assert world.closed.is_set()
    assert served.view.open_sockets == 0


async def test_sockets_that_come_during_a_restart_are_turned_away(served: Served) -> None:
    await served.view.close_all()
    async with served.socket() as client:
        assert (await client.until_closed())[0] == 1012


async def test_a_restart_waits_for_mutations_that_have_begun(served: Served, world: World) -> None:
    async with served.ready_socket() as client:
        await client.subscribe("mutation { changeSlowly }")
        await world.started.wait()
        closing = asyncio.create_task(served.view.close_all())
        await client.until_closed()
        assert not closing.done()
        world.release.set()
        await closing

    assert world.finished.is_set()


class Transport:
    """An ASGI server whose client reads `writable` messages and then no more."""

    def __init__(self, writable: int, messages: list[dict[str, str]]) -> None:
        self.sent: list[Message] = []
        self.stuck = asyncio.Event()
        self._writable = writable
        self._incoming: list[Message] = [{"type": "websocket.connect"}]
        self._incoming += [{"type": "websocket.receive", **message} for message in messages]

    async def receive(self) -> Message:
        if self._incoming:
            return self._incoming.pop(0)
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]  # never done

    async def send(self, message: Message) -> None:
        if len(self.sent) >= self._writable and message["type"] == "websocket.send":
            self.stuck.set()
            await asyncio.get_running_loop().create_future()
        self.sent.append(message)

    @property
    def scope(self) -> dict[str, Any]:
        return {"type": "websocket", "path": "/graphql", "headers": [], "subprotocols": [SUBPROTOCOL]}


FLOOD = [
    {"text": '{"type": "connection_init"}'},
    {"text": '{"id": "1", "type": "subscribe", "payload": {"query": "subscription { flood }"}}'},
]


async def test_a_client_that_reads_nothing_holds_one_message_and_is_given_up(
    options: GraphQLOptions, world: World
) -> None:
    transport = Transport(writable=5, messages=FLOOD)
    view = GraphQLView(replace(options, send_timeout=SHORTLY))

    await view(transport.scope, transport.receive, transport.send)

    assert transport.stuck.is_set()
    assert world.produced == 1 + sum(b"next" in str(sent.get("text", "")).encode() for sent in transport.sent)
    assert world.closed.is_set()
    assert transport.sent[-1]["code"] == 1013


async def test_closing_does_not_wait_for_ever_for_a_client_that_reads_nothing(
    options: GraphQLOptions, world: World
) -> None:
    transport = Transport(writable=5, messages=FLOOD)
    view = GraphQLView(options)
    serving = asyncio.create_task(view(transport.scope, transport.receive, transport.send))
    await transport.stuck.wait()

    await view.close_all()

    await serving
    assert world.closed.is_set()
    assert transport.sent[-1]["code"] == 1012


async def test_many_subscriptions_share_one_socket_without_mixing(served: Served) -> None:
    async with served.ready_socket() as client:
        for number in range(20):
            await client.subscribe("subscription ($to: Int!) { count(to: $to) { id } }", id=str(number), to=number)

        counts = await _next_messages_by_id(client, until_complete=20)

    assert counts == {str(number): number for number in range(20)}


async def _next_messages_by_id(client: Client, until_complete: int) -> dict[str, int]:
    counts: dict[str, int] = {}
    while until_complete:
        message = await client.receive()
        counts.setdefault(message["id"], 0)
        if message["type"] == "complete":
            until_complete -= 1
        else:
            counts[message["id"]] += 1
    return counts
