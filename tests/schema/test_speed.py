"""What an agenda costs, with every field selected: one call to the suite and four statements, however many events.

Run with `-s` to read both numbers.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from app.identity.models import LocationSharing, Member, Organisation
from app.suites.events import Attendee, AttendeeKind, Person, Response
from schema import schema
from tests.bookings.house import START, invitation, make_event
from tests.buildings.making import make_building
from tests.identity.queries import counted_queries
from tests.schema.documents import WINDOW
from tests.schema.world import House
from tests.support.people import make_member
from tests.support.workplaces import make_shift, shares

STATEMENTS = 4
"""The member's connection, rooms with bookings, people with where they work, and our own data."""
ATTENDEES = 30
DAYS = 5


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


async def _colleagues(organisation: Organisation) -> list[Member]:
    """Members who share with everyone, each with a shift a day."""
    building = await make_building(organisation.id, "Harbour")
    members = [await make_member(organisation, f"Person {number}") for number in range(ATTENDEES)]
    for member in members:
        await shares(member, LocationSharing.EVERYONE)
        for day in range(DAYS):
            await make_shift(member, (START + timedelta(days=day)).date(), building)
    return members


@pytest.mark.parametrize("events", [5, 200])
async def test_an_agenda_costs_one_call_and_four_statements_however_many_events(events: int, house: House) -> None:
    people = [Person(member.address, member.name) for member in await _colleagues(house.organisation)]
    attendees = tuple(Attendee(person, AttendeeKind.REQUIRED, Response.ACCEPTED) for person in people)
    await house.book()
    for number in range(events - 1):
        begin = START + timedelta(days=number % DAYS)
        house.hold(make_event(begin, attendees=attendees, rooms=(invitation(house.room),)))
    house.server.suite.calls.clear()

    async with counted_queries() as statements:
        data = await house.ask(_agenda(), **WINDOW)

    calls = dict(house.server.suite.calls)
    print(f"{events} events with {ATTENDEES} attendees each: suite calls {calls}, statements {len(statements)}")
    assert data["agenda"]["events"]["totalCount"] == events
    assert _at_the_events_building(data) == {0, ATTENDEES}
    assert len(statements) == STATEMENTS, statements
    assert calls == {"events": 1}


def _at_the_events_building(data: dict[str, Any]) -> set[int]:
    """How many people are where the event is: nobody on the event that was booked, everybody on the others."""
    return {event["attendeeSummary"]["atEventBuilding"] for event in data["agenda"]["events"]["nodes"]}


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
