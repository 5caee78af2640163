"""What an agenda costs, with every field selected: one call to the suite and four statements, however many events."""

from collections.abc import Iterator

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from app.suites.events import Attendee, AttendeeKind, Person, Response
from schema import schema
from tests.bookings.house import START, invitation, make_event
from tests.identity.queries import counted_queries
from tests.schema.documents import WINDOW
from tests.schema.world import House

MOST_STATEMENTS = 4
ATTENDEES = 30


def _everything(type_: GraphQLObjectType | GraphQLInterfaceType, within: tuple[str, ...] = ()) -> Iterator[str]:
    """Every field below a type that needs no argument; of a page its nodes, which are the same as its edges'."""
    for name, field in type_.fields.items():
        inner = get_named_type(field.type)
        if any(is_required_argument(argument) for argument in field.args.values()) or name == "edges":
            continue
        if is_leaf_type(inner):
            yield name
        elif isinstance(inner, GraphQLObjectType | GraphQLInterfaceType) and inner.name not in within:
            yield f"{name} {{ {' '.join(_everything(inner, (*within, inner.name)))} }}"


def _agenda() -> str:
    event = schema._schema.get_type("Event")
    assert isinstance(event, GraphQLObjectType)
    return f"""query ($from: DateTime!, $to: DateTime!) {{ agenda(from: $from, to: $to) {{ ... on Agenda {{
        problems {{ code }} events(first: 100) {{ totalCount nodes {{ {" ".join(_everything(event))} }} }}
    }} }} }}"""


@pytest.mark.parametrize("events", [5, 200])
async def test_an_agenda_costs_one_call_and_four_statements_however_many_events(events: int, house: House) -> None:
    people = [Person(house.administrator.address, "Bo")]
    people += [Person(f"person-{number}@tidewater.example", f"Person {number}") for number in range(1, ATTENDEES)]
    attendees = tuple(Attendee(person, AttendeeKind.REQUIRED, Response.ACCEPTED) for person in people)
    await house.book()
    for _ in range(events - 1):
        house.hold(make_event(START, attendees=attendees, rooms=(invitation(house.room),)))
    house.server.suite.calls.clear()

    async with counted_queries() as statements:
        data = await house.ask(_agenda(), **WINDOW)

    assert data["agenda"]["events"]["totalCount"] == events
    assert len(statements) <= MOST_STATEMENTS, statements
    assert dict(house.server.suite.calls) == {"events": 1}


async def test_listing_bookings_with_their_rooms_costs_the_same_however_many_there_are(house: House) -> None:
    query = "{ bookings { totalCount nodes { id state room { name } occurrences { nodes { state } } } } }"

    async def statements() -> int:
        async with counted_queries() as asked:
            await house.ask(query)
        return len(asked)

    await house.book()
    one = await statements()
    for _ in range(4):
        await house.book()

    assert await statements() == one
