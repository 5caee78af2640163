"""Every list of the schema, asked to go on after another list's cursor, somebody else's, and what is no cursor at all.

The table is held against the exported schema: a list that it does not know fails the build.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from graphql import GraphQLObjectType, build_schema

from app.identity.models import Role
from app.identity.principal import Principal
from app.suites.events import (
    Attendee,
    AttendeeKind,
    Availability,
    BusyInterval,
    Person,
    Response,
    ScheduleOfAddress,
    SuiteRoom,
)
from schema.export import SDL
from schema.ids import NodeKind
from tests.bookings.house import START, make_room
from tests.schema.documents import WINDOW
from tests.schema.id_places import Possessions, make_possessions
from tests.schema.test_foreign_ids import MALFORMED, altered
from tests.schema.world import House, Server, make_house
from tests.support.standing import standing

PAGE = "{ edges { cursor } }"
PROBLEM = "... on Problem { code message remedy }"


@dataclass(frozen=True, slots=True)
class Listed:
    """A document with `$after`, and its further variables."""

    document: str
    variables: Mapping[str, Any] | None = None
    id_of: NodeKind | None = None
    """Whose id goes into `$id`."""

    async def ask(self, own: Possessions, after: str | None, asking: Principal) -> dict[str, Any]:
        """The whole answer."""
        named = {} if self.id_of is None else {"id": own.ids[self.id_of]}
        return await own.house.server.ask(asking, self.document, after=after, **named, **(self.variables or {}))


LISTS: dict[str, Listed] = {
    "Query.rooms": Listed(f"query ($after: String) {{ rooms(after: $after) {PAGE} }}"),
    "Query.buildings": Listed(f"query ($after: String) {{ buildings(after: $after) {PAGE} }}"),
    "Query.bookings": Listed(f"query ($after: String) {{ bookings(after: $after) {PAGE} }}"),
    "Query.shifts": Listed(
        f'query ($after: String) {{ shifts(from: "2031-05-12", to: "2031-05-18", after: $after) {PAGE} }}'
    ),
    "Query.notifications": Listed(f"query ($after: String) {{ notifications(after: $after) {PAGE} }}"),
    "Query.auditLog": Listed(f"query ($after: String) {{ auditLog(after: $after) {PAGE} }}"),
    "Query.members": Listed(f"query ($after: String) {{ members(after: $after) {PAGE} }}"),
    "Viewer.accessTokens": Listed(f"query ($after: String) {{ viewer {{ accessTokens(after: $after) {PAGE} }} }}"),
    "RoomBooking.occurrences": Listed(
        "query ($id: ID!, $after: String) { node(id: $id) {"
        f" ... on RoomBooking {{ occurrences(after: $after) {PAGE} }} }} }}",
        id_of=NodeKind.ROOM_BOOKING,
    ),
    "SeriesRooms.dates": Listed(
        "query ($id: ID!, $after: String) { node(id: $id) {"
        f" ... on RoomBooking {{ series {{ dates(after: $after) {PAGE} }} }} }} }}",
        id_of=NodeKind.ROOM_BOOKING,
    ),
    "Agenda.events": Listed(
        "query ($from: DateTime!, $to: DateTime!, $after: String) { agenda(from: $from, to: $to) {"
        f" ... on Agenda {{ events(after: $after) {PAGE} }} {PROBLEM} }} }}",
        WINDOW,
    ),
    "Event.attendees": Listed(
        "query ($id: ID!, $after: String) { event(id: $id) {"
        f" ... on Event {{ attendees(after: $after) {PAGE} }} {PROBLEM} }} }}",
        id_of=NodeKind.EVENT,
    ),
    "AvailableRooms.rooms": Listed(
        "query ($from: DateTime!, $to: DateTime!, $after: String) { availableRooms(from: $from, to: $to) {"
        f" ... on AvailableRooms {{ rooms(after: $after) {PAGE} }} {PROBLEM} }} }}",
        WINDOW,
    ),
    "RoomSuggestions.rooms": Listed(
        "query ($id: ID!, $after: String) { roomSuggestions(bookingId: $id) {"
        f" ... on RoomSuggestions {{ rooms(after: $after) {PAGE} }} {PROBLEM} }} }}",
        id_of=NodeKind.ROOM_BOOKING,
    ),
    "RoomSchedule.busy": Listed(
        "query ($id: ID!, $from: DateTime!, $to: DateTime!, $after: String) { node(id: $id) {"
        " ... on Room { schedule(from: $from, to: $to) {"
        f" ... on RoomSchedule {{ busy(after: $after) {PAGE} }} {PROBLEM} }} }} }} }}",
        WINDOW,
        id_of=NodeKind.ROOM,
    ),
    "SuiteRooms.rooms": Listed(
        f"query ($after: String) {{ suiteRooms {{ ... on SuiteRooms {{ rooms(after: $after) {PAGE} }} {PROBLEM} }} }}"
    ),
}


def test_the_table_knows_every_list_of_the_schema() -> None:
    types = build_schema(SDL.read_text()).type_map.values()
    paged = {
        f"{type_.name}.{name}"
        for type_ in types
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
        for name, field in type_.fields.items()
        if "after" in field.args
    }

    assert paged == set(LISTS)


@pytest.fixture
async def ours(house: House) -> Possessions:
    return await _furnished(house)


async def _furnished(house: House) -> Possessions:
    """A house in which no list is empty."""
    own = await make_possessions(house)
    person = Person("cy@quay.example", "Cy Quay")
    for event in list(house.calendar.events.values()):
        house.hold(replace(event, attendees=(Attendee(person, AttendeeKind.REQUIRED, Response.ACCEPTED),)))
    await make_room(house.organisation, house.integration, "Pier", address="pier@tidewater.example")
    house.calendar.busy[house.room.address] = ScheduleOfAddress(
        house.room.address, Availability.BUSY, (BusyInterval(START, START + timedelta(hours=1), is_tentative=False),)
    )
    house.server.suite.roles[house.integration.tenant or ""] = frozenset({"rooms"})
    house.server.suite.rooms.append(SuiteRoom(suite_id="1", address="quay@rooms.example", name="Quay", capacity=6))
    return own


def _reader(own: Possessions) -> Principal:
    """The member to whom everything belongs, allowed to read what is for administrators too."""
    return replace(own.house.member, role=Role.SUBSCRIPTION_ADMINISTRATOR)


async def _first_cursors(own: Possessions) -> dict[str, str]:
    """The first cursor of every list."""
    answers = {name: await listed.ask(own, None, _reader(own)) for name, listed in LISTS.items()}
    cursors = {name: list(_cursors(answer)) for name, answer in answers.items()}
    assert {name: answers[name] for name, found in cursors.items() if not found} == {}
    return {name: found[0] for name, found in cursors.items()}


def _cursors(answer: object) -> Iterator[str]:
    match answer:
        case {"cursor": str(cursor)}:
            yield cursor
        case dict():
            for value in answer.values():
                yield from _cursors(value)
        case list():
            for value in answer:
                yield from _cursors(value)


async def _unlike_what_was_made_up(own: Possessions, name: str, cursors: Mapping[str, str]) -> dict[str, Any]:
    """Those of the cursors that are answered in another way than one that somebody made up."""
    made_up = await LISTS[name].ask(own, "A" * 40, _reader(own))
    assert _is_refused(made_up), made_up
    answers = {what: await LISTS[name].ask(own, cursor, _reader(own)) for what, cursor in cursors.items()}
    return {f"{name}: {what}": answer for what, answer in answers.items() if answer != made_up}


def _is_refused(answer: Mapping[str, Any]) -> bool:
    [error] = answer["errors"]
    return bool(error["extensions"] == {"code": "BAD_USER_INPUT", "problem": "MALFORMED_CURSOR"})


def _resealed(own: Possessions, cursor: str, organisation_id: UUID, member_id: UUID) -> str:
    """The very place that a cursor names, as somebody else's list would name it."""
    keys, house = own.house.server.services.keys, own.house
    kind, raw = keys.open_id(house.organisation.id, cursor)
    assert raw.startswith(house.member.member_id.bytes)
    return keys.seal_id(organisation_id, kind, member_id.bytes + raw.removeprefix(house.member.member_id.bytes))


async def test_every_list_goes_on_after_its_own_cursor(ours: Possessions) -> None:
    """Without this, the others would pass in a schema whose lists refuse every cursor."""
    for name, cursor in (await _first_cursors(ours)).items():
        answer = await LISTS[name].ask(ours, cursor, _reader(ours))

        assert "errors" not in answer, (name, answer)
        assert cursor not in _cursors(answer)


async def test_another_lists_cursor_is_refused(ours: Possessions) -> None:
    cursors = await _first_cursors(ours)

    unlike: dict[str, Any] = {}
    for name in LISTS:
        others = {other: cursor for other, cursor in cursors.items() if other != name}
        unlike |= await _unlike_what_was_made_up(ours, name, others)

    assert unlike == {}


async def test_another_organisations_cursor_of_the_same_list_is_refused(ours: Possessions, server: Server) -> None:
    theirs = await _first_cursors(await _furnished(await make_house(server, "Newbridge")))
    own = await _first_cursors(ours)
    member_id = ours.house.member.member_id

    unlike: dict[str, Any] = {}
    for name in LISTS:
        elsewhere = {"theirs": theirs[name], "ours, elsewhere": _resealed(ours, own[name], uuid4(), member_id)}
        unlike |= await _unlike_what_was_made_up(ours, name, elsewhere)

    assert unlike == {}


async def test_a_colleagues_cursor_of_the_same_list_is_refused(ours: Possessions) -> None:
    own = await _first_cursors(ours)
    organisation_id, colleague = ours.house.organisation.id, ours.house.administrator.member_id

    unlike: dict[str, Any] = {}
    for name in LISTS:
        unlike |= await _unlike_what_was_made_up(
            ours, name, {"a colleague's": _resealed(ours, own[name], organisation_id, colleague)}
        )

    assert unlike == {}


async def test_what_is_no_cursor_is_refused_and_changes_nothing(ours: Possessions) -> None:
    cursors = await _first_cursors(ours)
    before = await standing()

    unlike: dict[str, Any] = {}
    for name, cursor in cursors.items():
        texts = (*MALFORMED, *altered(cursor), *ours.ids.values())
        unlike |= await _unlike_what_was_made_up(ours, name, {text: text for text in texts})

    assert unlike == {}
    assert await standing() == before


async def test_no_list_breaks_on_a_cursor_of_its_own_that_holds_what_it_never_sealed(ours: Possessions) -> None:
    """As a cursor of an older version of the server would."""
    ids = ours.house.ids
    prefix = ours.house.member.member_id.bytes
    broken = {}
    for name, cursor in (await _first_cursors(ours)).items():
        _, raw = ours.house.server.services.keys.open_id(ours.house.organisation.id, cursor)
        list_name = raw.removeprefix(prefix).partition(b":")[0].decode()
        for content in (b"", b"\xff\xfe", b"|", b"9" * 40, "ä|ä".encode(), b"\0"):
            answer = await LISTS[name].ask(ours, ids.seal_cursor(list_name, content), _reader(ours))
            if "errors" in answer and not _is_refused(answer):
                broken[name, content] = answer

    assert broken == {}
