"""Strawberry's features work although its own runner is not used."""

import pytest
import strawberry
from strawberry.extensions import SchemaExtension

from app.graphql import GraphQLOptions, GraphQLView
from tests.graphql.server import Served
from tests.graphql.world import Query, TestGate, World


async def test_scalars_are_read_and_written(served: Served) -> None:
    query = "query ($at: DateTime) { item(at: $at) { id at } }"

    reply = await served.query(query, at="2027-01-05T09:30:00+01:00")

    assert reply.json == {"data": {"item": {"id": "1", "at": "2027-01-05T09:30:00+01:00"}}}


async def test_input_types_reach_the_resolver_as_objects(served: Served) -> None:
    query = "query ($filter: Filter!) { filtered(filter: $filter) }"

    reply = await served.query(query, filter={"name": "a"})

    assert reply.json == {"data": {"filtered": "a:1"}}


@pytest.mark.parametrize(
    ("fail", "answer"),
    [("true", {"__typename": "Problem", "message": "expected"}), ("false", {"__typename": "Success", "value": 1})],
)
async def test_exception_handlers_turn_domain_errors_into_members_of_a_union(
    served: Served, fail: str, answer: object
) -> None:
    query = f"{{ outcome(fail: {fail}) {{ __typename ... on Problem {{ message }} ... on Success {{ value }} }} }}"

    reply = await served.query(query)

    assert reply.json == {"data": {"outcome": answer}}


async def test_permissions_refuse_with_the_code_they_declare(served: Served) -> None:
    reply = await served.query("{ me }")

    assert reply.codes == ["UNAUTHENTICATED"]
    assert reply.json["errors"][0]["message"] == "Sign in first."


def test_a_schema_with_extensions_is_refused_since_they_would_not_run() -> None:
    class Extension(SchemaExtension):
        pass

    schema = strawberry.Schema(Query, extensions=[Extension])

    with pytest.raises(ValueError, match="extensions"):
        GraphQLView(GraphQLOptions(schema=schema, gate=TestGate(World())))
