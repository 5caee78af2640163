"""Every id that the schema takes, tried with another organisation's, a wrong type's, and what is no id at all.

The table is held against the exported schema: an id argument or input field that it does not know fails the build.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
)

from app.audit.models import AuditEntry
from app.bookings.models import BookingOccurrence, RoomBooking
from app.bookings.status import BookingState
from app.identity.models import AccessToken, Member
from app.identity.principal import Principal
from app.keys import Keys
from app.notifications.models import Notification, NotificationKind
from app.notifications.service import notify
from app.rooms.models import Room
from schema.export import SDL
from schema.ids import NodeIds, NodeKind
from tests.buildings.making import make_area, make_building, make_floor
from tests.schema.operations import OPERATIONS, new_time
from tests.schema.world import House, Server, make_house
from tests.support.workplaces import make_shift

MALFORMED = (
    "",
    "0",
    "not an id",
    "ä",
    "A" * 40,
    "=" * 8,
    "../../etc/passwd",
    "\u0000",
    "00000000-0000-4000-8000-000000000000",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the schema takes an id: of what kind, in which operation, and the variables that put one there."""

    kind: NodeKind
    operation: str
    variables: Callable[["Possessions", str], Mapping[str, Any]]
    by_administrator: bool = False


@dataclass(frozen=True, slots=True)
class Possessions:
    """One of everything with an id, of one house's member."""

    house: House
    ids: Mapping[NodeKind, str]


def _booking_for(possessions: Possessions, **values: Any) -> Mapping[str, Any]:
    return {"input": {"roomIds": [possessions.house.room_id], "idempotencyKey": "a key"} | values}


def _floors(possessions: Possessions, *floors: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"input": {"buildingId": possessions.ids[NodeKind.BUILDING], "floors": list(floors)}}


def _at(possessions: Possessions, **ids: str) -> dict[str, Any]:
    return {"kind": "AT_OFFICE", "place": {"buildingId": possessions.ids[NodeKind.BUILDING]} | ids}


def _new_shift(possessions: Possessions, **ids: str) -> Mapping[str, Any]:
    return {"input": _at(possessions, **ids) | {"days": {"dates": ["2031-05-13"]}, "idempotencyKey": "a key"}}


def _changed_place(possessions: Possessions, **ids: str) -> Mapping[str, Any]:
    return {"input": _at(possessions, **ids) | {"shiftId": possessions.ids[NodeKind.SHIFT]}}


def _with(name: str, put: Callable[..., Mapping[str, Any]]) -> Callable[[Possessions, str], Mapping[str, Any]]:
    """The variables of `put` with an id of this name."""
    return lambda own, id_: put(own, **{name: id_})


_PLACE_IDS = {"buildingId": NodeKind.BUILDING, "floorId": NodeKind.FLOOR, "areaId": NodeKind.AREA}

TABLE: dict[str, Place] = {
    "Query.shifts(memberId)": Place(NodeKind.MEMBER, "Query.shifts", lambda own, id_: {"memberId": id_}),
    "Query.shifts(buildingId)": Place(NodeKind.BUILDING, "Query.shifts", lambda own, id_: {"buildingId": id_}),
    "Mutation.bookShift(input.memberId)": Place(
        NodeKind.MEMBER,
        "Mutation.bookShift",
        lambda own, id_: {"input": {**_new_shift(own)["input"], "memberId": id_}},
        by_administrator=True,
    ),
    **{
        f"Mutation.{operation}(input.place.{name})": Place(kind, f"Mutation.{operation}", _with(name, put))
        for operation, put in (("bookShift", _new_shift), ("changeShift", _changed_place))
        for name, kind in _PLACE_IDS.items()
    },
    "Mutation.changeShift(input.shiftId)": Place(
        NodeKind.SHIFT, "Mutation.changeShift", lambda own, id_: {"input": {"shiftId": id_, "kind": "NOT_WORKING"}}
    ),
    "Mutation.cancelShift(input.shiftId)": Place(
        NodeKind.SHIFT, "Mutation.cancelShift", lambda own, id_: {"input": {"shiftId": id_}}
    ),
    "Query.event(id)": Place(NodeKind.EVENT, "Query.event", lambda own, id_: {"id": id_}),
    "Query.suggestOfficeDays(memberIds)": Place(
        NodeKind.MEMBER,
        "Query.suggestOfficeDays",
        lambda own, id_: {"from": "2031-05-12", "to": "2031-05-18", "memberIds": [id_]},
    ),
    "Query.roomSuggestions(bookingId)": Place(
        NodeKind.ROOM_BOOKING, "Query.roomSuggestions", lambda own, id_: {"bookingId": id_}
    ),
    "Query.roomSuggestions(occurrence)": Place(
        NodeKind.BOOKING_OCCURRENCE,
        "Query.roomSuggestions",
        lambda own, id_: {"bookingId": own.ids[NodeKind.ROOM_BOOKING], "occurrence": id_},
    ),
    **{
        f"Mutation.{name}(input.roomId)": Place(
            NodeKind.ROOM, f"Mutation.{name}", lambda own, id_: {"input": {"roomId": id_}}, by_administrator=True
        )
        for name in ("updateRoom", "pairRoom", "unpairRoom", "removeRoom")
    },
    "Mutation.updateBuilding(input.buildingId)": Place(
        NodeKind.BUILDING,
        "Mutation.updateBuilding",
        lambda own, id_: {"input": {"buildingId": id_, "capacity": 40}},
        by_administrator=True,
    ),
    "Mutation.updateBuilding(input.floors.id)": Place(
        NodeKind.FLOOR,
        "Mutation.updateBuilding",
        lambda own, id_: _floors(own, {"id": id_, "name": "Attic", "areas": []}),
        by_administrator=True,
    ),
    "Mutation.updateBuilding(input.floors.areas.id)": Place(
        NodeKind.AREA,
        "Mutation.updateBuilding",
        lambda own, id_: _floors(
            own, {"id": own.ids[NodeKind.FLOOR], "name": "Attic", "areas": [{"id": id_, "name": "Bay"}]}
        ),
        by_administrator=True,
    ),
    "Mutation.removeBuilding(input.buildingId)": Place(
        NodeKind.BUILDING,
        "Mutation.removeBuilding",
        lambda own, id_: {"input": {"buildingId": id_}},
        by_administrator=True,
    ),
    "Mutation.bookRoom(input.roomIds)": Place(
        NodeKind.ROOM,
        "Mutation.bookRoom",
        lambda own, id_: _booking_for(own, roomIds=[id_], event=own.house.new_event()),
    ),
    "Mutation.bookRoom(input.eventId)": Place(
        NodeKind.EVENT, "Mutation.bookRoom", lambda own, id_: _booking_for(own, eventId=id_)
    ),
    "Mutation.replaceRoom(input.bookingId)": Place(
        NodeKind.ROOM_BOOKING,
        "Mutation.replaceRoom",
        lambda own, id_: {"input": {"bookingId": id_, "roomId": own.house.room_id}},
    ),
    "Mutation.replaceRoom(input.roomId)": Place(
        NodeKind.ROOM,
        "Mutation.replaceRoom",
        lambda own, id_: {"input": {"bookingId": own.ids[NodeKind.ROOM_BOOKING], "scope": "SERIES", "roomId": id_}},
    ),
    "Mutation.replaceRoom(input.occurrenceId)": Place(
        NodeKind.BOOKING_OCCURRENCE,
        "Mutation.replaceRoom",
        lambda own, id_: {
            "input": {
                "bookingId": own.ids[NodeKind.ROOM_BOOKING],
                "roomId": own.house.room_id,
                "scope": "OCCURRENCE",
                "occurrenceId": id_,
            }
        },
    ),
    "Mutation.rescheduleBooking(input.bookingId)": Place(
        NodeKind.ROOM_BOOKING,
        "Mutation.rescheduleBooking",
        lambda own, id_: {"input": {"bookingId": id_} | new_time(own.house)},
    ),
    "Mutation.rescheduleBooking(input.occurrenceId)": Place(
        NodeKind.BOOKING_OCCURRENCE,
        "Mutation.rescheduleBooking",
        lambda own, id_: {
            "input": {
                "bookingId": own.ids[NodeKind.ROOM_BOOKING],
                "scope": "OCCURRENCE",
                "occurrenceId": id_,
            }
            | new_time(own.house)
        },
    ),
    "Mutation.cancelBooking(input.bookingId)": Place(
        NodeKind.ROOM_BOOKING, "Mutation.cancelBooking", lambda own, id_: {"input": {"bookingId": id_}}
    ),
    "Mutation.cancelBooking(input.occurrenceId)": Place(
        NodeKind.BOOKING_OCCURRENCE,
        "Mutation.cancelBooking",
        lambda own, id_: {
            "input": {"bookingId": own.ids[NodeKind.ROOM_BOOKING], "scope": "OCCURRENCE", "occurrenceId": id_}
        },
    ),
    "Mutation.respondToEvent(input.eventId)": Place(
        NodeKind.EVENT,
        "Mutation.respondToEvent",
        lambda own, id_: {"input": {"eventId": id_, "response": "ACCEPT"}},
    ),
    "Mutation.setAttendance(input.eventId)": Place(
        NodeKind.EVENT, "Mutation.setAttendance", lambda own, id_: {"input": {"eventId": id_, "kind": "REMOTE"}}
    ),
    "Mutation.setEventNote(input.eventId)": Place(
        NodeKind.EVENT, "Mutation.setEventNote", lambda own, id_: {"input": {"eventId": id_, "text": "Bring charts"}}
    ),
    "Mutation.markNotificationsRead(input.notificationIds)": Place(
        NodeKind.NOTIFICATION,
        "Mutation.markNotificationsRead",
        lambda own, id_: {"input": {"notificationIds": [id_]}},
    ),
    "Mutation.inviteMember(input.memberId)": Place(
        NodeKind.MEMBER,
        "Mutation.inviteMember",
        lambda own, id_: {"input": {"role": "MEMBER", "memberId": id_, "idempotencyKey": "a key"}},
        by_administrator=True,
    ),
    "Mutation.setMemberRole(input.memberId)": Place(
        NodeKind.MEMBER,
        "Mutation.setMemberRole",
        lambda own, id_: {"input": {"role": "SUBSCRIPTION_ADMINISTRATOR", "memberId": id_}},
        by_administrator=True,
    ),
    "Mutation.revokeAccessToken(input.accessTokenId)": Place(
        NodeKind.ACCESS_TOKEN, "Mutation.revokeAccessToken", lambda own, id_: {"input": {"accessTokenId": id_}}
    ),
}
"""Every place but `node`, which takes every kind and has tests of its own."""

ANY_KIND = "Query.node(id)"
PLAIN_LISTS = {"Query.shifts"}
"""Lists that need no suite are no unions: an id that is not found is an error of the request there."""


def _places(schema: GraphQLSchema) -> Iterator[str]:
    for name, type_ in schema.type_map.items():
        if name.startswith("__") or not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            continue
        for field_name, field in type_.fields.items():
            for argument_name, argument in field.args.items():
                yield from (f"{name}.{field_name}({path})" for path in _paths(argument_name, argument, ()))


def _paths(path: str, element: Any, within: tuple[str, ...]) -> Iterator[str]:
    """The paths of ids at or below an argument or input field."""
    type_ = get_named_type(element.type)
    if type_.name == "ID":
        yield path
    elif isinstance(type_, GraphQLInputObjectType) and type_.name not in within:
        fields: Mapping[str, GraphQLInputField] = type_.fields
        for name, field in fields.items():
            yield from _paths(f"{path}.{name}", field, (*within, type_.name))


def test_the_table_knows_every_place_where_the_schema_takes_an_id() -> None:
    places = set(_places(build_schema(SDL.read_text())))

    assert places == {*TABLE, ANY_KIND}


@pytest.fixture
async def ours(house: House) -> Possessions:
    return await _possessions(house)


@pytest.fixture
async def theirs(server: Server) -> Possessions:
    return await _possessions(await make_house(server, "Newbridge"))


async def _possessions(house: House) -> Possessions:
    """Everything with an id, made by the member themself."""
    master = house.series()
    booking = (await house.book(eventId=house.event_id(master)))["bookings"][0]
    house.rooms_appear()
    created = await OPERATIONS["Mutation.createAccessToken"].ask(house, house.member)
    assert created["data"]["createAccessToken"]["__typename"] == "AccessTokenCreated"
    token = await AccessToken.of(house.organisation.id).get(member_id=house.member.member_id)
    entry = await AuditEntry.of(house.organisation.id).get(target_id=token.id)
    told = await notify(
        house.organisation.id,
        house.member.member_id,
        NotificationKind.ROOM_REJECTED,
        subject_id=house.ids.open(NodeKind.ROOM_BOOKING, booking["id"]),
        occasion="an occasion",
    )
    assert told is not None
    building = await make_building(house.organisation.id)
    floor = await make_floor(building)
    area = await make_area(floor)
    member = await Member.of(house.organisation.id).get(id=house.member.member_id)
    shift = await make_shift(member, date(2031, 5, 14))
    return Possessions(
        house,
        {
            NodeKind.MEMBER: house.ids.seal(NodeKind.MEMBER, house.member.member_id),
            NodeKind.INTEGRATION: house.ids.seal(NodeKind.INTEGRATION, house.integration.id),
            NodeKind.EVENT: house.event_id(master),
            NodeKind.ROOM: house.room_id,
            NodeKind.ROOM_BOOKING: booking["id"],
            NodeKind.BOOKING_OCCURRENCE: booking["occurrences"]["nodes"][0]["id"],
            NodeKind.ACCESS_TOKEN: house.ids.seal(NodeKind.ACCESS_TOKEN, token.id),
            NodeKind.NOTIFICATION: house.ids.seal(NodeKind.NOTIFICATION, told.id),
            NodeKind.AUDIT_ENTRY: house.ids.seal(NodeKind.AUDIT_ENTRY, entry.id),
            NodeKind.SHIFT: house.ids.seal(NodeKind.SHIFT, shift.id),
            NodeKind.BUILDING: house.ids.seal(NodeKind.BUILDING, building.id),
            NodeKind.FLOOR: house.ids.seal(NodeKind.FLOOR, floor.id),
            NodeKind.AREA: house.ids.seal(NodeKind.AREA, area.id),
        },
    )


async def _answer(own: Possessions, place: Place, id_: str) -> str:
    principal = own.house.administrator if place.by_administrator else own.house.member
    answer = await OPERATIONS[place.operation].ask(own.house, principal, **place.variables(own, id_))
    if place.operation in PLAIN_LISTS and "errors" in answer:
        [error] = answer["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "problem": "NOT_FOUND"}
        return "NotFound"
    assert "errors" not in answer, answer
    [result] = answer["data"].values()
    name: str = result["__typename"]
    return name


async def _untouched() -> tuple[int, int, int]:
    """Nothing of anybody's was cancelled, revoked or added."""
    cancelled = await RoomBooking.filter(state=BookingState.CANCELLED).count()
    dates = await BookingOccurrence.filter(state=BookingState.CANCELLED).count()
    revoked = await AccessToken.exclude(revoked_at=None).count()
    read = await Notification.exclude(read_at=None).count()
    assert (cancelled, dates, revoked, read) == (0, 0, 0, 0)
    return await RoomBooking.all().count(), await BookingOccurrence.all().count(), await Room.all().count()


@pytest.mark.parametrize("place", TABLE)
async def test_an_id_of_another_organisation_is_not_found(place: str, ours: Possessions, theirs: Possessions) -> None:
    before = await _untouched()

    answers = {kind: await _answer(ours, TABLE[place], id_) for kind, id_ in theirs.ids.items()}

    assert set(answers.values()) == {"NotFound"}
    assert await _untouched() == before


@pytest.mark.parametrize("place", TABLE)
async def test_an_id_of_another_type_is_not_found(place: str, ours: Possessions) -> None:
    before = await _untouched()
    wrong = {kind: id_ for kind, id_ in ours.ids.items() if kind is not TABLE[place].kind}

    answers = {kind: await _answer(ours, TABLE[place], id_) for kind, id_ in wrong.items()}

    assert set(answers.values()) == {"NotFound"}
    assert await _untouched() == before


@pytest.mark.parametrize("place", TABLE)
async def test_what_is_no_id_is_not_found(place: str, ours: Possessions) -> None:
    before = await _untouched()
    right = ours.ids[TABLE[place].kind]
    altered = (right[:-1], right[1:], right.swapcase(), right + "A")

    answers = {id_: await _answer(ours, TABLE[place], id_) for id_ in (*MALFORMED, *altered)}

    assert {id_ for id_, answer in answers.items() if answer != "NotFound"} == set()
    assert await _untouched() == before


@pytest.mark.parametrize("place", TABLE)
async def test_the_right_id_is_found(place: str, ours: Possessions) -> None:
    """Without this, the others would pass in a schema that finds nothing."""
    assert await _answer(ours, TABLE[place], ours.ids[TABLE[place].kind]) != "NotFound"


@pytest.mark.parametrize("place", TABLE)
async def test_the_id_of_what_is_gone_is_not_found(place: str, ours: Possessions, keys: Keys) -> None:
    kind = TABLE[place].kind
    ids = NodeIds(keys, ours.house.organisation.id, ours.house.member.member_id)
    gone = ids.seal_event("gone") if kind is NodeKind.EVENT else ids.seal(kind, ours.house.member.credential_id)

    assert await _answer(ours, TABLE[place], gone) == "NotFound"


@pytest.mark.parametrize(
    "kind",
    [
        NodeKind.EVENT,
        NodeKind.ROOM_BOOKING,
        NodeKind.BOOKING_OCCURRENCE,
        NodeKind.ACCESS_TOKEN,
        NodeKind.NOTIFICATION,
        NodeKind.SHIFT,
    ],
)
async def test_what_is_a_colleagues_own_is_not_found(kind: NodeKind, ours: Possessions) -> None:
    colleague = ours.house.administrator
    places = [place for place in TABLE.values() if place.kind is kind]

    answers = [
        await OPERATIONS[place.operation].ask(ours.house, colleague, **place.variables(ours, ours.ids[kind]))
        for place in places
    ]

    assert answers
    for answer in answers:
        [result] = answer["data"].values()
        assert result["__typename"] == "NotFound"


async def _node(own: Possessions, id_: str, principal: Principal | None = None) -> object:
    answer = await OPERATIONS["Query.node"].ask(own.house, principal or own.house.member, id=id_)
    assert "errors" not in answer
    return answer["data"]["node"]


async def test_node_is_null_for_everything_of_another_organisation(ours: Possessions, theirs: Possessions) -> None:
    found = {kind: await _node(ours, id_) for kind, id_ in theirs.ids.items()}

    assert found == dict.fromkeys(NodeKind)


async def test_node_is_null_for_what_is_no_id(ours: Possessions) -> None:
    assert {id_: await _node(ours, id_) for id_ in MALFORMED} == dict.fromkeys(MALFORMED)


async def test_node_finds_one_of_every_kind_for_its_owner(ours: Possessions) -> None:
    readers = {NodeKind.AUDIT_ENTRY: ours.house.administrator}
    found = {kind: await _node(ours, id_, readers.get(kind)) for kind, id_ in ours.ids.items()}

    assert found == {kind: {"id": id_} for kind, id_ in ours.ids.items()}
    assert set(found) == set(NodeKind)


async def test_node_is_null_for_an_entry_of_the_audit_log_unless_an_administrator_asks(ours: Possessions) -> None:
    assert await _node(ours, ours.ids[NodeKind.AUDIT_ENTRY]) is None
