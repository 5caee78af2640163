"""An operation has its deadline on every way it may come, and what it held is let go."""

from datetime import timedelta

import pytest

from tests.graphql.conftest import Serving
from tests.graphql.server import POST_HEADERS
from tests.graphql.world import World

SHORTLY = timedelta(milliseconds=50)


async def test_a_query_over_a_socket_has_its_deadline_and_the_socket_stays(serving_with: Serving, world: World) -> None:
    async with serving_with(deadline=SHORTLY) as served, served.ready_socket() as client:
        await client.subscribe("{ slow }")
        given_up = await client.receive()
        await client.subscribe("{ hello }")
        answered = await client.receive()

    assert (given_up["type"], given_up["payload"][0]["extensions"]) == ("error", {"code": "DEADLINE_EXCEEDED"})
    assert answered["payload"] == {"data": {"hello": "hello world"}}
    assert world.closed.is_set()


async def test_a_mutation_over_a_socket_has_its_deadline_too_and_says_what_to_look_for(
    serving_with: Serving, world: World
) -> None:
    async with serving_with(deadline=SHORTLY) as served, served.ready_socket() as client:
        await client.subscribe("mutation { changeSlowly }")
        given_up = await client.receive()

    (error,) = given_up["payload"]
    assert error["extensions"] == {"code": "DEADLINE_EXCEEDED"}
    assert "Look whether it took effect before repeating it." in error["message"]
    assert not world.finished.is_set()


@pytest.mark.parametrize("query", ["{ slow }", "mutation { changeSlowly }"])
async def test_an_operation_whose_client_reads_event_streams_has_its_deadline(
    serving_with: Serving, query: str
) -> None:
    async with serving_with(deadline=SHORTLY) as served:
        reply = await served.post({"query": query}, {**POST_HEADERS, "Accept": "text/event-stream"})

    assert b'"code":"DEADLINE_EXCEEDED"' in reply.body
    assert reply.body.endswith(b"event: complete\ndata:\n\n")
