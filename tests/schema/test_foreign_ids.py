"""Every id that the schema takes, tried with another organisation's, a wrong type's, and what is no id at all.

The table is held against the exported schema: an id argument or input field that it does not know fails the build.
Whatever is not found is compared, word for word, with what never was, and all that stands in the database with what
stood there before.
"""

import base64
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import pytest
from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from app import clock
from app.buildings.models import Area, Building, Floor
from app.identity.models import Member
from app.identity.principal import Principal
from app.rooms.models import Room
from schema.export import SDL
from schema.ids import NodeIds, NodeKind
from tests.schema.id_places import TABLE, Place, Possessions, make_possessions
from tests.schema.operations import OPERATIONS
from tests.schema.world import House, Server, make_house
from tests.support.people import make_member
from tests.support.queries import counted_queries
from tests.support.standing import standing

MALFORMED = (
    "",
    "0",
    "not an id",
    "ä",
    "\U0001f30a" * 20,
    "\ufeff",
    "\u202e",
    "A" * 40,
    "A" * 20_000,
    "=" * 8,
    "../../etc/passwd",
    "' OR 1=1 --",
    "%00",
    "\u0000",
    "null",
    "00000000-0000-4000-8000-000000000000",
    "Um9vbTox",
)
LISTS = {place: there for place, there in TABLE.items() if place.rstrip(")").endswith("Ids")}
"""Where several ids are taken at once."""
ANY_KIND = "Query.node(id)"
PLAIN_LISTS = {"Query.shifts"}
"""Lists that need no suite are no unions: an id that is not found is an error of the request there."""
OWN = (
    NodeKind.EVENT,
    NodeKind.ROOM_BOOKING,
    NodeKind.BOOKING_OCCURRENCE,
    NodeKind.ACCESS_TOKEN,
    NodeKind.NOTIFICATION,
    NodeKind.SHIFT,
)
"""What is a member's own; the rest belongs to the organisation."""


def altered(right: str) -> Iterator[str]:
    """Texts that are nearly an id: cut short, longer, in another spelling, with one bit turned over."""
    yield from (right[:-1], right[1:], right[: len(right) // 2], right + "A", right * 2, right.swapcase())
    data = base64.urlsafe_b64decode(right + "=" * (-len(right) % 4))
    yield from (base64.b32encode(data).decode(), base64.b85encode(data).decode(), data.hex())
    yield from (right + "=" * (-len(right) % 4 or 4), f" {right}", f"{right}\n", f"{right[:5]}!{right[5:]}")
    for position in range(0, len(data), 3):
        turned = bytearray(data)
        turned[position] ^= 1 << position % 8
        yield base64.urlsafe_b64encode(turned).rstrip(b"=").decode()


def _places(schema: GraphQLSchema) -> Iterator[tuple[str, bool]]:
    """Where ids are taken, and whether several at once."""
    for name, type_ in schema.type_map.items():
        if name.startswith("__") or not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            continue
        for field_name, field in type_.fields.items():
            for argument_name, argument in field.args.items():
                for path, several in _paths(argument_name, argument, ()):
                    yield f"{name}.{field_name}({path})", several


def _paths(path: str, element: Any, within: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """The paths of ids at or below an argument or input field."""
    type_ = get_named_type(element.type)
    if type_.name == "ID":
        yield path, is_list_type(get_nullable_type(element.type))
    elif isinstance(type_, GraphQLInputObjectType) and type_.name not in within:
        fields: Mapping[str, GraphQLInputField] = type_.fields
        for name, field in fields.items():
            yield from _paths(f"{path}.{name}", field, (*within, type_.name))


def test_the_table_knows_every_place_where_the_schema_takes_an_id() -> None:
    places = dict(_places(build_schema(SDL.read_text())))

    assert set(places) == {*TABLE, ANY_KIND}
    assert {place for place, several in places.items() if several} == set(LISTS)


@pytest.fixture
async def ours(house: House) -> Possessions:
    return await make_possessions(house)


@pytest.fixture
async def theirs(server: Server) -> Possessions:
    return await make_possessions(await make_house(server, "Newbridge"))


Answer = Mapping[str, Any]


async def _ask(own: Possessions, place: Place, id_: str, asking: Principal | None = None) -> Answer:
    usual = own.house.administrator if place.by_administrator else own.house.member
    return await OPERATIONS[place.operation].ask(own.house, asking or usual, **place.variables(own, id_))


def _name(place: Place, answer: Answer) -> str:
    """What the answer is, by its type."""
    if place.operation in PLAIN_LISTS and "errors" in answer:
        [error] = answer["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "problem": "NOT_FOUND"}
        return "NotFound"
    assert "errors" not in answer, answer
    [result] = answer["data"].values()
    name: str = result["__typename"]
    return name


def _never_was(own: Possessions, kind: NodeKind) -> str:
    """An id of ours that names nothing."""
    return own.house.ids.seal_event("never") if kind is NodeKind.EVENT else own.house.ids.seal(kind, uuid4())


async def _unlike_what_never_was(own: Possessions, place: str, ids: Mapping[Any, str]) -> dict[Any, Answer]:
    """Those of the ids that are answered in another way than one that names nothing."""
    there = TABLE[place]
    absent = await _ask(own, there, _never_was(own, there.kind))
    assert _name(there, absent) == "NotFound"
    answers = {what: await _ask(own, there, id_) for what, id_ in ids.items()}
    return {(place, what): answer for what, answer in answers.items() if answer != absent}


async def test_an_id_of_another_organisation_is_answered_as_if_it_never_was(
    ours: Possessions, theirs: Possessions
) -> None:
    before = await standing()

    unlike = [await _unlike_what_never_was(ours, place, theirs.ids) for place in TABLE]

    assert [each for each in unlike if each] == []
    assert await standing() == before


async def test_an_id_of_another_type_is_answered_as_if_it_never_was(ours: Possessions) -> None:
    before = await standing()

    unlike = []
    for place in TABLE:
        wrong = {kind: id_ for kind, id_ in ours.ids.items() if kind is not TABLE[place].kind}
        unlike.append(await _unlike_what_never_was(ours, place, wrong))

    assert [each for each in unlike if each] == []
    assert await standing() == before


async def test_what_is_no_id_is_answered_as_if_it_never_was(ours: Possessions) -> None:
    before = await standing()

    unlike = []
    for place in TABLE:
        texts = (*MALFORMED, *altered(ours.ids[TABLE[place].kind]))
        unlike.append(await _unlike_what_never_was(ours, place, {text: text for text in texts}))

    assert [each for each in unlike if each] == []
    assert await standing() == before


async def test_who_acts_on_what_was_removed_is_answered_as_if_it_never_was(ours: Possessions) -> None:
    """Rows of these stay, and are found by reading, for what is past to name them."""
    organisation_id, member = ours.house.organisation.id, ours.house.member
    gone = await make_member(ours.house.organisation, "Cy Gone")
    await Member.of(organisation_id).filter(id=gone.id).update(merged_into_id=member.member_id)
    removed: dict[NodeKind, str] = {NodeKind.MEMBER: ours.house.ids.seal(NodeKind.MEMBER, gone.id)}
    for kind, model in (
        (NodeKind.ROOM, Room),
        (NodeKind.BUILDING, Building),
        (NodeKind.FLOOR, Floor),
        (NodeKind.AREA, Area),
    ):
        await model.of(organisation_id).update(removed_at=clock.now())
        removed[kind] = ours.ids[kind]
    before = await standing()

    unlike = [
        await _unlike_what_never_was(ours, place, {"removed": removed[there.kind]})
        for place, there in TABLE.items()
        if there.kind in removed and place.startswith("Mutation.")
    ]

    assert [each for each in unlike if each] == []
    assert await standing() == before


async def test_what_is_a_colleagues_own_is_answered_as_if_it_never_was(ours: Possessions) -> None:
    """To an administrator too: whoever runs the organisation does not read its members' calendars."""
    other = await make_member(ours.house.organisation, "Cy Tidewater")
    another = NodeIds(ours.house.server.services.keys, ours.house.organisation.id, other.id)
    colleague = ours.house.administrator
    # Even an event that the colleague has under the very same id in their own calendar.
    ours.house.server.suite.mailboxes[colleague.address].events.update(ours.house.calendar.events)
    before = await standing()

    unlike, tried = {}, Counter[NodeKind]()
    for place, there in TABLE.items():
        if there.kind in OWN:
            absent = another.seal_event("never") if there.kind is NodeKind.EVENT else _never_was(ours, there.kind)
            expected = await _ask(ours, there, absent, colleague)
            answer = await _ask(ours, there, ours.ids[there.kind], colleague)
            tried[there.kind] += 1
            if answer != expected or _name(there, answer) != "NotFound":
                unlike[place] = answer

    assert unlike == {}
    assert set(tried) == set(OWN)
    assert await standing() == before


async def test_nothing_of_anybody_elses_is_looked_up_to_say_that_it_is_not_found(
    ours: Possessions, theirs: Possessions
) -> None:
    """Else the time that an answer takes would tell what the answer does not."""
    counts = {}
    for place, there in TABLE.items():
        asked = {"foreign": theirs.ids[there.kind], "made up": "A" * 40}
        for what, id_ in asked.items():
            async with counted_queries() as counted:
                await _ask(ours, there, id_)
            counts[place, what] = len(counted)

    assert {place: counts[place, "foreign"] for place in TABLE} == {place: counts[place, "made up"] for place in TABLE}


async def test_a_colleagues_own_costs_as_many_statements_as_what_never_was(ours: Possessions) -> None:
    colleague = ours.house.administrator
    counts = {}
    for place, there in TABLE.items():
        if there.kind in OWN and there.kind is not NodeKind.EVENT:
            for what, id_ in {"own": ours.ids[there.kind], "never": _never_was(ours, there.kind)}.items():
                async with counted_queries() as counted:
                    await _ask(ours, there, id_, colleague)
                counts[place, what] = len(counted)

    assert {place: count for (place, what), count in counts.items() if what == "own"} == {
        place: count for (place, what), count in counts.items() if what == "never"
    }


async def test_one_foreign_id_among_ones_own_spoils_the_whole_list(ours: Possessions, theirs: Possessions) -> None:
    """Nothing is done for the others: whoever asks cannot tell from what was done which of them was not found."""
    before = await standing()

    answers = {}
    for place, there in LISTS.items():
        right, absent, foreign = ours.ids[there.kind], _never_was(ours, there.kind), theirs.ids[there.kind]
        for among in ([right, absent], [absent, right], [right, foreign], [foreign, right], [right, "no id"]):
            variables = _with_list(there.variables(ours, "this one"), among)
            usual = ours.house.administrator if there.by_administrator else ours.house.member
            answer = await OPERATIONS[there.operation].ask(ours.house, usual, **variables)
            answers[place, *among] = (_name(there, answer), str(answer))

    assert {name for name, _ in answers.values()} == {"NotFound"}
    for place in LISTS:
        assert len({answer for (asked, *_), (_, answer) in answers.items() if asked == place}) == 1
    assert await standing() == before


def _with_list(value: Any, ids: list[str]) -> Any:
    """The same variables with these ids in the place of the one."""
    if value == ["this one"]:
        return ids
    if isinstance(value, Mapping):
        return {name: _with_list(part, ids) for name, part in value.items()}
    return value


@pytest.mark.parametrize("place", TABLE)
async def test_the_right_id_is_found(place: str, ours: Possessions) -> None:
    """Without this, the others would pass in a schema that finds nothing."""
    assert _name(TABLE[place], await _ask(ours, TABLE[place], ours.ids[TABLE[place].kind])) != "NotFound"


async def _node(own: Possessions, id_: str, principal: Principal | None = None) -> object:
    answer = await OPERATIONS["Query.node"].ask(own.house, principal or own.house.member, id=id_)
    assert "errors" not in answer
    return answer["data"]["node"]


async def test_node_is_null_for_everything_of_another_organisation(ours: Possessions, theirs: Possessions) -> None:
    found = {kind: await _node(ours, id_) for kind, id_ in theirs.ids.items()}

    assert found == dict.fromkeys(NodeKind)


async def test_node_is_null_for_what_is_no_id(ours: Possessions) -> None:
    texts = (*MALFORMED, *(text for id_ in ours.ids.values() for text in altered(id_)))

    assert {text: await _node(ours, text) for text in texts} == dict.fromkeys(texts)


async def test_node_is_null_for_what_never_was(ours: Possessions) -> None:
    found = {kind: await _node(ours, _never_was(ours, kind)) for kind in NodeKind}

    assert found == dict.fromkeys(NodeKind)


async def test_node_is_null_for_what_is_a_colleagues_own(ours: Possessions) -> None:
    found = {kind: await _node(ours, ours.ids[kind], ours.house.administrator) for kind in OWN}

    assert found == dict.fromkeys(OWN)


async def test_node_finds_one_of_every_kind_for_its_owner(ours: Possessions) -> None:
    readers = {NodeKind.AUDIT_ENTRY: ours.house.administrator}
    found = {kind: await _node(ours, id_, readers.get(kind)) for kind, id_ in ours.ids.items()}

    assert found == {kind: {"id": id_} for kind, id_ in ours.ids.items()}
    assert set(found) == set(NodeKind)


async def test_node_is_null_for_an_entry_of_the_audit_log_unless_an_administrator_asks(ours: Possessions) -> None:
    assert await _node(ours, ours.ids[NodeKind.AUDIT_ENTRY]) is None
