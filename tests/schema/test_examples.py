"""The tabs that GraphiQL opens with."""

import json

import pytest
from graphql import FieldNode, GraphQLObjectType, OperationDefinitionNode, parse, validate

from app.graphql.engine import Answer, GraphQLRequest
from app.graphql.options import ReadyQuery
from schema import schema
from schema.examples import ready_queries
from tests.bookings.house import START
from tests.schema.world import House, Server

READY_QUERIES = ready_queries(START)
ASKED_ONCE = [example for example in READY_QUERIES if "subscription" not in example.query]
TITLES = [example.title for example in READY_QUERIES]


@pytest.mark.parametrize("example", READY_QUERIES, ids=TITLES)
def test_a_ready_query_is_valid_and_within_the_limits(example: ReadyQuery, server: Server) -> None:
    variables = json.loads(example.variables or "{}")

    prepared = server.engine.prepare(GraphQLRequest(example.query, None, variables))

    assert validate(schema._schema, parse(example.query)) == []
    assert not isinstance(prepared, Answer), prepared.payload


@pytest.mark.parametrize("example", READY_QUERIES, ids=TITLES)
def test_a_ready_query_is_named_and_explained(example: ReadyQuery) -> None:
    [operation] = parse(example.query).definitions

    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    assert example.query.startswith("# ")


@pytest.mark.parametrize("example", ASKED_ONCE, ids=[example.title for example in ASKED_ONCE])
async def test_a_ready_query_is_answered_without_errors(example: ReadyQuery, house: House) -> None:
    variables = json.loads(example.variables or "{}")

    answer = await house.server.ask(house.administrator, example.query, **variables)

    assert "errors" not in answer, answer


async def test_the_windows_of_the_ready_queries_are_those_of_today(house: House) -> None:
    by_title = {example.title: json.loads(example.variables or "{}") for example in READY_QUERIES}

    assert by_title["My agenda"] == {"from": "2031-05-12T09:00:00Z", "to": "2031-05-19T09:00:00Z"}
    assert by_title["Free rooms"] == {"from": "2031-05-13T09:00:00Z", "to": "2031-05-13T10:00:00Z"}
    assert by_title["Book a room"]["input"]["event"]["start"] == by_title["Free rooms"]["from"]


def test_every_root_field_of_the_journey_has_its_tab() -> None:
    asked = {
        selection.name.value
        for example in READY_QUERIES
        for operation in parse(example.query).definitions
        if isinstance(operation, OperationDefinitionNode)
        for selection in operation.selection_set.selections
        if isinstance(selection, FieldNode)
    }
    roots = (schema._schema.query_type, schema._schema.mutation_type, schema._schema.subscription_type)
    fields = {name for root in roots if isinstance(root, GraphQLObjectType) for name in root.fields}

    assert fields - asked == {
        "event",
        "node",
        "suiteRooms",
        "syncRooms",
        "createRoom",
        "updateRoom",
        "pairRoom",
        "unpairRoom",
        "removeRoom",
        "cancelIntegration",
        "markNotificationsRead",
        "respondToEvent",
        "notificationSettings",
        "setNotificationSettings",
        "markAwaitingAdminApproval",
        "disconnectCalendar",
        "revokeAccessToken",
        "signOut",
    }
