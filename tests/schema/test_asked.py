"""A document has the parts of events fetched that it asks for, and no others."""

from types import SimpleNamespace
from typing import Any

import pytest
from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, GraphQLObjectType, OperationDefinitionNode, parse

from app.agenda.parts import EVERYTHING, AgendaPart, AgendaParts
from schema import asked, schema

ATTENDEES, MEMBERS, WHEREABOUTS, ROOMS = (
    AgendaPart.ATTENDEES,
    AgendaPart.MEMBERS,
    AgendaPart.WHEREABOUTS,
    AgendaPart.ROOMS,
)


def info_of(document: DocumentNode) -> Any:
    """What the resolver of the document's only root field is told of it."""
    [operation] = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode) and node.name
    }
    [field] = operation.selection_set.selections
    assert isinstance(field, FieldNode)
    return SimpleNamespace(_raw_info=SimpleNamespace(field_nodes=[field], fragments=fragments))


def of_agenda(events: str, besides: str = "") -> AgendaParts:
    """The parts that a selection in an agenda's events asks for."""
    return asked.parts_of_agenda(info_of(parse(f"{{ agenda {{ ... on Agenda {{ events {events} }} }} }} {besides}")))


def of_event(selection: str) -> AgendaParts:
    return asked.parts_of_event(info_of(parse(f"{{ event {{ ... on Event {{ {selection} }} }} }}")))


def test_the_event_of_a_booking_asks_for_its_parts_wherever_it_is_selected() -> None:
    def of_booked(selection: str, besides: str = "") -> AgendaParts:
        mutation = f"mutation {{ bookRoom {{ ... on RoomsBooked {{ {selection} }} }} }} {besides}"
        return asked.parts_of_event_below(info_of(parse(mutation)))

    assert of_booked("bookings { id }") == of_booked("event { id subject }") == set()
    assert of_booked("event { id } made: event { rooms { name } }") == {ROOMS}
    assert of_booked("...Made", "fragment Made on RoomsBooked { event { note { text } } }") == {AgendaPart.OWN_DATA}


def test_what_is_always_there_asks_for_no_part() -> None:
    assert of_agenda("{ nodes { id subject start { dateTime } organiser { name } } }") == set()


@pytest.mark.parametrize(
    ("field", "part"),
    [
        ("response", AgendaPart.RESPONSE),
        ("location", AgendaPart.LOCATION),
        ("onlineMeetingUrl", AgendaPart.ONLINE_MEETING),
        ("webUrl", AgendaPart.WEB_URL),
        ("bodyPreview", AgendaPart.BODY_PREVIEW),
        ("rooms { name }", ROOMS),
        ("attendees { totalCount }", ATTENDEES),
        ("organiserLocation { kind }", WHEREABOUTS),
        ("attendance { kind }", AgendaPart.OWN_DATA),
        ("note { text }", AgendaPart.OWN_DATA),
        ("notes { text }", AgendaPart.OWN_DATA),
    ],
)
def test_a_field_asks_for_its_part_alone_of_an_agenda_and_of_one_event(field: str, part: AgendaPart) -> None:
    assert of_agenda(f"{{ nodes {{ {field} }} }}") == of_event(field) == {part}


def test_who_the_attendees_are_is_asked_for_only_where_it_is_shown() -> None:
    assert of_event("attendees { nodes { person { name } kind response } }") == {ATTENDEES}
    assert of_event("attendees { nodes { isExternal } }") == {ATTENDEES, MEMBERS}
    assert of_event("attendees { edges { node { member { name } } } }") == {ATTENDEES, MEMBERS}
    assert of_event("attendees { nodes { location { kind } } }") == {ATTENDEES, WHEREABOUTS}


def test_the_summary_needs_the_people_where_they_are_and_the_rooms() -> None:
    assert of_event("attendeeSummary { elsewhere }") == {ATTENDEES, MEMBERS, WHEREABOUTS, ROOMS}


@pytest.mark.parametrize(
    "events",
    [
        "{ edges { node { webUrl } } }",
        "{ nodes { id } nodes { link: webUrl } }",
        "{ ...Page }",
        "{ nodes { ... on Node { id ... on Event { webUrl } } } }",
        "{ nodes { webUrl @skip(if: true) } }",
        "{ edges { cursor } all: edges { node { ...Link @include(if: false) } } }",
    ],
)
def test_a_field_asks_for_its_part_however_it_is_selected(events: str) -> None:
    fragments = "fragment Page on EventConnection { nodes { ...Link } } fragment Link on Event { webUrl }"

    assert of_agenda(events, fragments) == {AgendaPart.WEB_URL}


def test_what_is_selected_elsewhere_in_an_agenda_asks_for_nothing() -> None:
    assert of_agenda("{ totalCount pageInfo { endCursor } edges { cursor } }") == set()


def test_fragments_within_fragments_are_read_once_each() -> None:
    doubled = " ".join(f"fragment F{n} on Event {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60))

    parts = of_agenda("{ nodes { ...F0 ...F0 } }", f"{doubled} fragment F60 on Event {{ webUrl }}")

    assert parts == {AgendaPart.WEB_URL}


@pytest.mark.parametrize(
    ("name", "parts"), [("Event", asked.PARTS_OF_EVENT), ("EventAttendee", asked.PARTS_OF_ATTENDEE)]
)
def test_it_is_known_of_every_field_what_it_needs(name: str, parts: dict[str, AgendaParts]) -> None:
    described = schema._schema.type_map[name]

    assert isinstance(described, GraphQLObjectType)
    assert set(parts) == {"__typename", *described.fields}


def test_every_part_is_asked_for_by_some_field() -> None:
    needed = [*asked.PARTS_OF_EVENT.values(), *asked.PARTS_OF_ATTENDEE.values()]

    assert frozenset().union(*needed) == EVERYTHING


def test_a_field_of_which_nothing_is_known_needs_everything() -> None:
    assert of_event("mood") == EVERYTHING
