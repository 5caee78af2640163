"""GraphQL over HTTP. https://graphql.github.io/graphql-over-http/draft/"""

from tests.graphql.server import Served


async def test_a_query_is_answered(served: Served) -> None:
    reply = await served.query("{ hello }")

    assert (reply.status, reply.json) == (200, {"data": {"hello": "hello world"}})
