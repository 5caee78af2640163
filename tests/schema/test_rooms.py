"""Rooms: listed, asked about, found free, completed from the directory."""

from datetime import timedelta
from typing import Any

from app.rooms.models import RoomPairing
from app.suites.errors import MissingScope, SuiteUnavailable
from app.suites.events import (
    Availability,
    BusyInterval,
    ScheduleOfAddress,
    SuiteRoom,
)
from tests.bookings.house import START, make_room
from tests.schema.documents import WINDOW
from tests.schema.world import House
from tests.support.carried import PERMISSIONS


async def test_rooms_are_filtered_and_paged(house: House) -> None:
    await make_room(house.organisation, house.integration, "Anchor", capacity=4)
    await make_room(house.organisation, None, "Buoy", capacity=12, pairing=RoomPairing.UNPAIRED)
    query = """query ($filter: RoomFilterInput, $after: String) { rooms(filter: $filter, first: 2, after: $after) {
        totalCount nodes { name email building capacity equipment pairing } pageInfo { hasNextPage endCursor }
    } }"""

    first = (await house.ask(query))["rooms"]
    second = (await house.ask(query, after=first["pageInfo"]["endCursor"]))["rooms"]
    large = (await house.ask(query, filter={"minCapacity": 10}))["rooms"]

    assert [room["name"] for room in first["nodes"]] == ["Anchor", "Buoy"]
    assert first["totalCount"] == 3
    assert [room["name"] for room in second["nodes"]] == ["Lighthouse"]
    assert [room["name"] for room in large["nodes"]] == ["Buoy"]


async def test_the_schedules_of_many_rooms_are_one_question_to_the_suite(house: House) -> None:
    for name in ("Anchor", "Buoy"):
        await make_room(house.organisation, house.integration, name)
    await make_room(house.organisation, None, "Cellar", pairing=RoomPairing.UNPAIRED)
    house.calendar.busy[house.room.address] = ScheduleOfAddress(
        house.room.address, Availability.BUSY, (BusyInterval(START, START + timedelta(hours=1), is_tentative=False),)
    )

    data = await house.ask(
        """query ($from: DateTime!, $to: DateTime!) { rooms { nodes { name schedule(from: $from, to: $to) {
            __typename ... on RoomSchedule { availability busy { nodes { start end isTentative } } }
        } } } }""",
        **WINDOW,
    )

    schedules = {room["name"]: room["schedule"] for room in data["rooms"]["nodes"]}
    assert schedules["Anchor"]["availability"] == "FREE"
    assert schedules["Lighthouse"]["availability"] == "BUSY"
    assert len(schedules["Lighthouse"]["busy"]["nodes"]) == 1
    assert house.server.suite.calls["schedules"] == 1
    assert schedules["Cellar"] == {"__typename": "RoomNotPaired"}


async def test_free_rooms_come_first_with_a_reminder(house: House) -> None:
    await make_room(house.organisation, house.integration, "Anchor", capacity=4)
    house.calendar.busy[house.room.address] = ScheduleOfAddress(house.room.address, Availability.BUSY)

    data = await house.ask(
        """query ($from: DateTime!, $to: DateTime!) { availableRooms(from: $from, to: $to) {
            ... on AvailableRooms { reminder problems { code } rooms(first: 1) {
                totalCount nodes { availability room { name } } } } } }""",
        **WINDOW,
    )

    assert data["availableRooms"]["rooms"] == {
        "totalCount": 2,
        "nodes": [{"availability": "FREE", "room": {"name": "Anchor"}}],
    }
    assert data["availableRooms"]["reminder"]


async def test_an_administrator_searches_the_suites_directory(house: House) -> None:
    house.server.suite.roles[house.integration.tenant or ""] = frozenset({"rooms"})
    house.server.suite.rooms.append(SuiteRoom(suite_id="1", address="quay@rooms.example", name="Quay", capacity=6))

    data = await house.server.data(
        house.administrator,
        """{ suiteRooms(search: "qua") {
            ... on SuiteRooms { problems { code } rooms { nodes { name email capacity } } }
        } }""",
    )

    assert data["suiteRooms"]["rooms"]["nodes"] == [{"name": "Quay", "email": "quay@rooms.example", "capacity": 6}]


async def test_a_directory_that_nobody_approved_is_a_problem(house: House) -> None:
    data = await house.server.data(
        house.administrator, "{ suiteRooms { __typename ... on PermissionMissing { scopes whoActs } } }"
    )

    assert data["suiteRooms"] == {
        "__typename": "PermissionMissing",
        "scopes": ["rooms"],
        "whoActs": "TENANT_ADMINISTRATOR",
    }


async def test_syncing_rooms_answers_with_the_run(house: House) -> None:
    data = await house.server.data(
        house.administrator,
        "mutation { syncRooms { __typename ... on RoomSyncRequested { roomSync { state roomsRead requestedAt } } } }",
    )

    assert data["syncRooms"]["roomSync"]["state"] == "DUE"


def _without_boxes(house: House) -> None:
    """A suite whose permission to see free and busy times the members have not ticked."""
    house.server.suite.permissions = PERMISSIONS
    house.server.suite.fail_next("schedules", MissingScope("insufficientPermissions"))


async def test_free_and_busy_times_that_were_not_granted_leave_rooms_unknown_and_name_the_box(house: House) -> None:
    await make_room(house.organisation, house.integration, "Anchor", capacity=4)
    _without_boxes(house)

    data = await house.ask(
        """query ($from: DateTime!, $to: DateTime!) { availableRooms(from: $from, to: $to) { ... on AvailableRooms {
            problems { __typename code remedy whoActs ... on PermissionMissing { scopes } }
            rooms { nodes { availability } }
        } } }""",
        **WINDOW,
    )

    found = data["availableRooms"]
    assert found["rooms"]["nodes"] == [{"availability": "UNKNOWN"}] * 2
    [problem] = found["problems"]
    assert (problem["__typename"], problem["scopes"], problem["whoActs"]) == (
        "PermissionMissing",
        ["freebusy"],
        "MEMBER",
    )
    assert "Connect your calendar again" in problem["remedy"]


async def test_a_schedule_that_was_not_granted_is_unknown_with_its_problem(house: House) -> None:
    _without_boxes(house)

    data = await house.ask(
        """query ($from: DateTime!, $to: DateTime!) { rooms { nodes { schedule(from: $from, to: $to) {
            ... on RoomSchedule { availability problems { code } busy { totalCount } }
        } } } }""",
        **WINDOW,
    )

    [room] = data["rooms"]["nodes"]
    assert room["schedule"] == {
        "availability": "UNKNOWN",
        "problems": [{"code": "PERMISSION_MISSING"}],
        "busy": {"totalCount": 0},
    }


CREATE_ROOM = """mutation ($input: CreateRoomInput!) { createRoom(input: $input) {
    __typename
    ... on RoomCreated {
        room { id name email building floor capacity equipment pairing } problems { __typename code }
    }
    ... on Problem { code message remedy whoActs }
    ... on InvalidInput { field }
    ... on RoomAddressTaken { roomName }
} }"""


async def _create(house: House, **values: Any) -> dict[str, Any]:
    command = {"email": "Quay@rooms.example", "name": "Quay", "idempotencyKey": "a key"} | values
    data = await house.server.data(house.administrator, CREATE_ROOM, input=command)
    answer: dict[str, Any] = data["createRoom"]
    return answer


async def test_an_administrator_enters_a_room_by_its_address(house: House) -> None:
    created = await _create(house, building="Harbour", floor="2", capacity=6, equipment=["Screen"])
    again = await _create(house, building="Harbour", floor="2", capacity=6, equipment=["Screen"])

    assert created == again
    assert created["problems"] == []
    assert {name: value for name, value in created["room"].items() if name != "id"} == {
        "name": "Quay",
        "email": "quay@rooms.example",
        "building": "Harbour",
        "floor": "2",
        "capacity": 6,
        "equipment": ["Screen"],
        "pairing": "PAIRED",
    }


async def test_a_room_that_was_entered_can_be_booked_at_once(house: House) -> None:
    created = await _create(house)

    booked = await house.book(event=house.new_event(), roomIds=[created["room"]["id"]])

    assert [booking["room"]["name"] for booking in booked["bookings"]] == ["Quay"]


async def test_without_a_connection_of_the_administrators_own_the_room_is_entered_unpaired(house: House) -> None:
    await house.server.data(house.administrator, "mutation { disconnectCalendar { __typename } }")

    created = await _create(house)

    assert created["room"]["pairing"] == "UNPAIRED"
    assert created["problems"] == [{"__typename": "ConnectionRequired", "code": "CONNECTION_REQUIRED"}]


async def test_what_is_wrong_with_a_new_room_is_a_problem_of_its_own_type(house: House) -> None:
    administrators = house.server.suite.mailboxes[house.administrator.address]
    administrators.busy["nowhere@rooms.example"] = ScheduleOfAddress(
        "nowhere@rooms.example", Availability.UNKNOWN, provider_code="notFound"
    )

    malformed = await _create(house, email="quay")
    taken = await _create(house, email=house.room.address.upper())
    unknown = await _create(house, email="nowhere@rooms.example")
    house.server.suite.fail_next("schedules", SuiteUnavailable("503"))
    silent = await _create(house)

    assert (malformed["__typename"], malformed["field"], malformed["code"]) == (
        "InvalidInput",
        "email",
        "MALFORMED_EMAIL",
    )
    assert (taken["__typename"], taken["roomName"]) == ("RoomAddressTaken", "Lighthouse")
    assert (unknown["__typename"], unknown["whoActs"]) == ("RoomAddressUnknown", "SUBSCRIPTION_ADMINISTRATOR")
    assert silent["__typename"] == "SuiteUnavailable"
    rooms = await house.ask("{ rooms { totalCount } }")
    assert rooms["rooms"]["totalCount"] == 1
