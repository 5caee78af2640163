"""Messages of the protocols in any order and of any shape: refused in words, and nothing breaks or stays behind."""

import asyncio
import json
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from app.graphql.callers import CloseCode
from tests.graphql.server import POST_HEADERS, Client, Served
from tests.graphql.world import TOKEN

CLOSE_CODES = {
    CloseCode.BAD_MESSAGE,
    CloseCode.UNAUTHORISED,
    CloseCode.SUBSCRIBER_ALREADY_EXISTS,
    CloseCode.TOO_MANY_REQUESTS,
    CloseCode.MESSAGE_TOO_BIG,
}
WAIT_SECONDS = 5

fuzzed = settings(
    max_examples=60, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
queries = st.sampled_from(
    [
        "{ hello }",
        "{ me }",
        "{ nope }",
        "{",
        "subscription { count(to: 3) { id } }",
        "subscription { endless }",
        "subscription { private }",
        "mutation { change(to: 1) }",
        "query A { hello } query B { hello }",
        "query ($name: String!) { hello(name: $name) }",
    ]
)
requests = st.fixed_dictionaries(
    {"query": queries | anything},
    optional={
        "variables": st.dictionaries(st.just("name"), anything, max_size=1) | anything,
        "operationName": st.sampled_from(["A", "B", "C"]) | anything,
        "extensions": st.just({}) | anything,
        "id": anything,
    },
)
ids = st.sampled_from(["1", "2", "x" * 10_000, "\u0000", "é" * 50]) | anything
messages = st.one_of(
    st.fixed_dictionaries({"type": st.just("subscribe"), "id": ids, "payload": requests}),
    st.fixed_dictionaries({"type": st.just("complete"), "id": ids}),
    st.fixed_dictionaries({"type": st.sampled_from(["ping", "pong"])}, optional={"payload": anything}),
    st.fixed_dictionaries(
        {"type": st.just("connection_init")},
        optional={"payload": st.just({"Authorization": f"Bearer {TOKEN}"}) | anything},
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["next", "error", "connection_ack", "start", "stop", ""]) | anything},
        optional={"id": ids, "payload": anything},
    ),
    anything,
)


async def _until_all_are_gone(served: Served) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while served.view.open_sockets:  # noqa: ASYNC110  # there is no event for it
            await asyncio.sleep(0.001)


async def _answers_a_ping(client: Client) -> bool:
    """Whether the socket is still served; whatever else it has to say comes before."""
    async with asyncio.timeout(WAIT_SECONDS):
        try:
            await client.send(type="ping", payload={"last": True})
            while (await client.receive()).get("payload") != {"last": True}:
                continue
        except ConnectionClosed:
            return False
    return True


@fuzzed
@given(sent=st.lists(messages, min_size=1, max_size=8), is_ready=st.booleans())
@example(sent=[{"type": "subscribe", "id": "1", "payload": {"query": "subscription { endless }"}}] * 2, is_ready=True)
@example(sent=[{"type": "complete", "id": "1"}] * 3, is_ready=False)
@example(sent=[{"type": "subscribe", "id": "x" * 90_000, "payload": {"query": "{ hello }"}}], is_ready=True)
async def test_a_socket_answers_any_messages_or_closes_with_a_code_of_the_protocol(
    served: Served, log: list[dict[str, Any]], sent: list[object], is_ready: bool
) -> None:
    async with served.socket() as client:
        if is_ready:
            await client.initialise()
        try:
            for message in sent:
                await client.connection.send(json.dumps(message))
        except ConnectionClosed:
            pass
        is_served = await _answers_a_ping(client)

    assert is_served or client.connection.close_code in CLOSE_CODES
    await _until_all_are_gone(served)
    assert log == []


@fuzzed
@given(
    body=requests | anything | st.lists(requests, max_size=3), accept=st.sampled_from(["application/json", "*/*", ""])
)
async def test_a_request_of_any_shape_is_answered_or_refused_in_words(
    served: Served, log: list[dict[str, Any]], body: object, accept: str
) -> None:
    headers = {**POST_HEADERS, **({"Accept": accept} if accept else {})}

    reply = await served.request("POST", data=json.dumps(body).encode(), headers=headers)

    assert reply.status < 500
    assert set(reply.json) <= {"data", "errors"}
    assert all(error["message"] and error["extensions"]["code"] != "INTERNAL" for error in reply.json.get("errors", ()))
    assert log == []


@fuzzed
@given(body=requests)
async def test_a_stream_of_any_request_is_a_stream_or_a_refusal(
    served: Served, log: list[dict[str, Any]], body: dict[str, object]
) -> None:
    headers = {**POST_HEADERS, "Accept": "text/event-stream"}

    async with (
        asyncio.timeout(WAIT_SECONDS),
        served.http.post(served.url, data=json.dumps(body).encode(), headers=headers) as response,
    ):
        first = await response.content.readline()

    assert response.status < 500
    assert first
    await _until_all_are_gone(served)
    assert log == []
