"""What documents cost: calls to the suite are counted beforehand, whatever asks for them."""

from collections.abc import Mapping

import pytest

from app.graphql.engine import Answer, GraphQLRequest
from app.graphql.measuring import CostBook
from schema import schema
from schema.costs import COSTS, LIMITS
from tests.schema.documents import AGENDA, BOOKINGS, WINDOW
from tests.schema.operations import OPERATIONS
from tests.schema.world import BOOK, House, Server


def _limits_passed(server: Server, query: str, variables: Mapping[str, object] | None = None) -> list[object]:
    prepared = server.engine.prepare(GraphQLRequest(query, None, variables or {}))
    if not isinstance(prepared, Answer):
        return []
    errors = prepared.payload["errors"]
    assert isinstance(errors, list)
    return [error["extensions"]["limit"] for error in errors]


def test_every_cost_belongs_to_a_field_that_exists() -> None:
    assert CostBook(schema._schema, LIMITS)
    assert LIMITS.costs == COSTS


SUITE_CALLS = {
    "Query.agenda",
    "Query.event",
    "Query.availableRooms",
    "Query.suiteRooms",
    "Query.roomSuggestions",
    "Query.node",
    "Query.suggestOfficeDays",
    "Query.suggestedShifts",
    "Mutation.runTestFlow",
    "Mutation.createRoom",
    "Mutation.pairRoom",
    "Mutation.disconnectCalendar",
    "Mutation.bookRoom",
    "Mutation.cancelBooking",
    "Mutation.replaceRoom",
    "Mutation.rescheduleBooking",
    "Mutation.respondToEvent",
    "Mutation.setAttendance",
    "Mutation.setEventNote",
}


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - {"Subscription.pendingRooms"}))
async def test_a_root_field_that_asks_the_suite_has_a_price_for_it(name: str, house: House) -> None:
    house.server.suite.calls.clear()

    await OPERATIONS[name].ask(house, house.administrator)

    parent, _, field = name.partition(".")
    price = COSTS.get((parent, field))
    declared = price.calls if price else 0
    assert bool(declared) == (name in SUITE_CALLS)
    if not declared:
        assert not house.server.suite.calls
    if name in {"Query.agenda", "Query.suiteRooms"}:
        assert sum(house.server.suite.calls.values()) <= declared + 1  # an application token may be fetched first


def test_the_ordinary_pages_of_a_front_end_are_within_the_limits(server: Server) -> None:
    for query in (AGENDA, BOOK, BOOKINGS):
        assert _limits_passed(server, query, WINDOW) == []


def test_a_whole_page_of_bookings_can_be_read_with_its_events_and_no_more(server: Server) -> None:
    page = "bookings(first: 100) { nodes { event { subject } } }"

    assert _limits_passed(server, f"{{ {page} }}") == []
    assert _limits_passed(server, f"{{ {page} again: {page} }}") == ["calls"]


def test_a_document_that_costs_too_much_is_told_what_to_do_about_it(server: Server) -> None:
    costly = "{ bookings { nodes { occurrences { nodes { event { subject } } } } } }"
    refused = server.engine.prepare(GraphQLRequest(costly, None, {}))

    assert isinstance(refused, Answer)
    assert "Ask for shorter pages with `first`" in str(refused.payload["errors"])


def test_the_schedules_of_a_page_of_rooms_are_priced_together(server: Server) -> None:
    query = """query ($from: DateTime!, $to: DateTime!) {
        rooms(first: 100) { nodes { schedule(from: $from, to: $to) { __typename } } }
    }"""

    assert _limits_passed(server, query, WINDOW) == []


def test_pages_within_pages_multiply(server: Server) -> None:
    query = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) { ... on Agenda {
        events(first: 100) { nodes {
            attendees(first: 100) { nodes { person { name } member { name } location { kind } } }
            attendance { member { name } } rooms { room { name } } } } } } }"""

    assert _limits_passed(server, query, WINDOW) == []
    assert _limits_passed(
        server,
        "query ($from: DateTime!, $to: DateTime!) { "
        + " ".join(
            f"a{number}: agenda(from: $from, to: $to) {{ ... on Agenda {{ events(first: 100) {{ nodes {{"
            " attendees(first: 100) { nodes { person { name } } } } } } }"
            for number in range(15)
        )
        + " }",
        WINDOW,
    ) == ["cost"]
