"""Rooms: listed, asked about, found free, completed from the directory."""

from datetime import timedelta

from app.rooms.models import RoomPairing
from app.suites.events import (
    Availability,
    BusyInterval,
    ScheduleOfAddress,
    SuiteRoom,
)
from tests.bookings.house import START, make_room
from tests.schema.documents import WINDOW
from tests.schema.world import House


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
