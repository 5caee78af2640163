"""Rooms that are entered wrongly, wanted by several, swapped, let go or deleted, and a directory that breaks off."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.bad_input.brookside import Brookside
from tests.journeys.bad_input.world import BOOK_OR_SAY_WHY, CANCEL, in_plain_words
from tests.journeys.story import TEST, Slot
from tests.support.client import Client

pytestmark = pytest.mark.asyncio(loop_scope="package")

COLLEAGUE = "joy.adeyemi@brookside.example"
CREATE = """mutation ($input: CreateRoomInput!) { createRoom(input: $input) { __typename
  ... on RoomCreated { room { id name email pairing } problems { code } }
  ... on Problem { code message remedy whoActs } ... on InvalidInput { field } } }"""
HEALTH = "{ integration { status health issues { code message } roomSync { state failureCode roomsRead } } }"
PAIRINGS = "{ rooms(first: 100) { nodes { id email pairing } } }"
SYNC = "mutation { syncRooms { __typename ... on Problem { code } } }"
LISTING = {"host": "google-directory", "path": "/admin/directory/v1/customer/*/resources/calendars", "times": None}


@pytest_asyncio.fixture(autouse=True, loop_scope="package")
async def _well_again(brookside: Brookside) -> AsyncIterator[None]:
    yield
    await brookside.until_well()
    for room in await brookside.rooms():
        usual = {"behaviour": "AUTO_ACCEPT"}
        await brookside.story.sandbox.control("PATCH", f"google/rooms/{room['email']}", usual)


@pytest_asyncio.fixture(loop_scope="package")
async def administrator(brookside: Brookside) -> AsyncIterator[Client]:
    async with brookside.story.speaking_for(brookside.administrator) as administrator:
        yield administrator


async def _further_room(brookside: Brookside, name: str) -> str:
    """The address of a room that no sync has read yet; it is deleted by whoever asks for it."""
    added = await brookside.story.sandbox.control(
        "POST", "google/rooms", {"customer": "brookside.example", "name": name}
    )
    address: str = added["address"]
    return address


def _entered(address: str, key: str = "entered", **changes: Any) -> dict[str, Any]:
    return {"email": address, "name": "Nook", "idempotencyKey": key} | changes


async def _pairings(client: Client) -> dict[str, str]:
    return {room["email"]: room["pairing"] for room in (await client.field(PAIRINGS))["nodes"]}


async def _booked(finn: Client, rooms: list[dict[str, Any]], subject: str, days: int) -> list[dict[str, Any]]:
    event = Slot.in_days(days).as_event(subject)
    wanted = {"roomIds": [room["id"] for room in rooms], "event": event, "idempotencyKey": subject}
    booked = await finn.field(BOOK_OR_SAY_WHY, input=wanted)
    assert booked["__typename"] == "RoomsBooked", booked
    return list(booked["bookings"])


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"email": "nook@münchen.example"}, "MALFORMED_EMAIL", "email"),
        ({"email": "Nook <nook@brookside.example>"}, "MALFORMED_EMAIL", "email"),
        ({"email": "a" * 2_000 + "@brookside.example"}, "MALFORMED_EMAIL", "email"),
        ({"email": "primary"}, "MALFORMED_EMAIL", "email"),
        ({"email": "../nook@brookside.example"}, "MALFORMED_EMAIL", "email"),
        ({"name": " "}, "INVALID_VALUE", "name"),
        ({"name": "n" * 257}, "INVALID_VALUE", "name"),
        ({"name": "a\0b"}, "INVALID_VALUE", "name"),
        ({"capacity": 0}, "INVALID_VALUE", "capacity"),
        ({"capacity": -1}, "INVALID_VALUE", "capacity"),
        ({"capacity": 2**31 - 1}, "INVALID_VALUE", "capacity"),
        ({"equipment": ["a\nb"]}, "INVALID_VALUE", "equipment.0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_room_that_makes_no_sense_is_not_entered(
    administrator: Client, changes: dict[str, Any], code: str, field: str
) -> None:
    before = await _pairings(administrator)

    problem = await administrator.field(CREATE, input=_entered("nook@brookside.example", **changes))

    assert (problem["code"], problem["field"]) == (code, field)
    assert in_plain_words(problem)
    assert await _pairings(administrator) == before


async def test_addresses_that_google_does_not_show_and_those_of_rooms_that_are_there_are_refused(
    brookside: Brookside, administrator: Client
) -> None:
    present, before = (await brookside.rooms())[0]["email"], await _pairings(administrator)
    rooms = await brookside.story.sandbox.control("GET", "google/rooms")
    foreign = next(room["address"] for room in rooms if "c_188" in room["address"] and room["address"] not in before)

    answers = [
        await administrator.field(CREATE, input=_entered(address, f"refused {address}"[:64]))
        for address in (foreign, "nobody@brookside.example", "a/b@brookside.example", present, f" {present.upper()}\n")
    ]

    assert [answer["code"] for answer in answers] == ["ROOM_ADDRESS_UNKNOWN"] * 3 + ["ROOM_ADDRESS_TAKEN"] * 2
    assert all(in_plain_words(answer) for answer in answers)
    assert await _pairings(administrator) == before


async def test_a_room_that_is_entered_by_several_at_once_is_entered_once(
    brookside: Brookside, administrator: Client
) -> None:
    sandbox = brookside.story.sandbox
    first, second = await _further_room(brookside, "Eaves"), await _further_room(brookside, "Porch")

    same = await asyncio.gather(*(administrator.field(CREATE, input=_entered(first.upper())) for _ in range(4)))
    others = await asyncio.gather(
        *(administrator.field(CREATE, input=_entered(second, f"at once {number}")) for number in range(4))
    )
    for address in (first, second):
        await sandbox.control("DELETE", f"google/rooms/{address}")

    assert {(answer["room"]["id"], answer["room"]["email"]) for answer in same} == {(same[0]["room"]["id"], first)}
    assert sorted(answer.get("code", "") for answer in others) == ["", *["ROOM_ADDRESS_TAKEN"] * 3]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 503}, "SUITE_UNAVAILABLE"),
        ({"status": 200, "body": "<html>"}, "SUITE_UNAVAILABLE"),
        ({"effect": "drop"}, "SUITE_UNAVAILABLE"),
        ({"status": 403, "code": "rateLimitExceeded", "headers": {"Retry-After": "9"}}, "SUITE_THROTTLED"),
    ],
    ids=["unavailable", "a page", "dropped", "busy"],
)
async def test_while_google_cannot_be_asked_no_room_is_entered(
    brookside: Brookside, administrator: Client, fault: dict[str, Any], code: str
) -> None:
    before = await _pairings(administrator)
    await brookside.trouble("/calendar/v3/freeBusy", **fault)

    problem = await administrator.field(CREATE, input=_entered("attic@brookside.example", "attic"))

    assert problem["code"] == code
    assert in_plain_words(problem)
    assert await _pairings(administrator) == before


async def test_a_room_that_google_takes_for_a_person_leaves_the_event_when_it_is_let_go(
    brookside: Brookside, administrator: Client
) -> None:
    entered = (await administrator.field(CREATE, input=_entered(COLLEAGUE, "a person", name="Joy's office")))["room"]
    async with brookside.story.speaking_for(brookside.finn) as finn:
        [booking] = await _booked(finn, [entered], "At Joy's", 40)
        [before] = await brookside.items("At Joy's")

        cancelled = await finn.field(CANCEL, input={"bookingId": booking["id"]})

    [after] = await brookside.items("At Joy's")
    assert [guest["email"] for guest in before["attendees"]] == [COLLEAGUE]
    assert cancelled["booking"]["state"] == "CANCELLED"
    assert (after.get("attendees", []), after.get("location") or "") == ([], "")


async def test_of_several_who_want_a_room_at_once_one_has_it(brookside: Brookside) -> None:
    room = (await brookside.rooms())[0]
    async with brookside.story.speaking_for(brookside.finn) as finn:
        booked = await asyncio.gather(*(_booked(finn, [room], f"Race {number}", 41) for number in range(4)))
        async with asyncio.timeout(10):
            states = ["PENDING"]
            while "PENDING" in states:
                states = [(await brookside.state(finn, booking["id"]))[0] for [booking] in booked]

    assert sorted(states) == ["ACCEPTED", "REJECTED", "REJECTED", "REJECTED"]


async def test_each_of_several_rooms_answers_for_itself(brookside: Brookside) -> None:
    rooms = (await brookside.rooms())[:3]
    for room, behaviour in zip(rooms, ("AUTO_ACCEPT", "DECLINE_ALL", "MANUAL"), strict=True):
        await brookside.story.sandbox.control("PATCH", f"google/rooms/{room['email']}", {"behaviour": behaviour})

    async with brookside.story.speaking_for(brookside.finn) as finn:
        accepted, declined, silent = await _booked(finn, rooms, "Of one mind", 42)
        await brookside.until(finn, accepted["id"], "ACCEPTED")
        await brookside.until(finn, declined["id"], "REJECTED", "DECLINED")
        waiting = await brookside.state(finn, silent["id"])

    assert waiting == ("PENDING", "NOT_ANSWERED")


async def test_a_pending_room_that_google_swaps_and_then_takes_off_can_still_be_let_go(brookside: Brookside) -> None:
    sandbox = brookside.story.sandbox
    former, latter = (await brookside.rooms())[:2]
    await sandbox.control("PATCH", f"google/rooms/{former['email']}", {"behaviour": "MANUAL"})
    async with brookside.story.speaking_for(brookside.finn) as finn:
        [booking] = await _booked(finn, [former], "Swapped", 43)
        [item] = await brookside.items("Swapped")

        swap = {"event_id": item["id"], "by": latter["email"]}
        await sandbox.control("POST", f"google/rooms/{former['email']}/replace", swap)
        await brookside.until(finn, booking["id"], "ACCEPTED", "REPLACED")
        await sandbox.control("POST", f"google/rooms/{latter['email']}/release", {"event_id": item["id"]})
        await brookside.until(finn, booking["id"], "REJECTED", "REMOVED")
        cancelled = await finn.field(CANCEL, input={"bookingId": booking["id"]})

    assert cancelled["booking"]["state"] == "CANCELLED"
    assert [item.get("attendees", []) for item in await brookside.items("Swapped")] == [[]]


async def test_a_room_that_google_deleted_is_unpaired_and_not_booked_and_what_was_booked_can_be_let_go(
    brookside: Brookside, administrator: Client
) -> None:
    address = await _further_room(brookside, "Loft")
    await administrator.field(SYNC)
    await brookside.room_sync(administrator)
    [loft] = [room for room in (await administrator.field(PAIRINGS))["nodes"] if room["email"] == address]
    async with brookside.story.speaking_for(brookside.finn) as finn:
        [booking] = await _booked(finn, [loft], "Up there", 44)
        await brookside.story.sandbox.control("DELETE", f"google/rooms/{address}")
        await administrator.field(SYNC)
        await brookside.room_sync(administrator)

        event = Slot.in_days(45).as_event("Not up there")
        wanted = {"roomIds": [loft["id"]], "event": event, "idempotencyKey": "not up there"}
        problem = await finn.field(BOOK_OR_SAY_WHY, input=wanted)
        cancelled = await finn.field(CANCEL, input={"bookingId": booking["id"]})

    assert (await _pairings(administrator))[address] == "UNPAIRED"
    assert (problem["code"], problem["whoActs"]) == ("ROOM_NOT_PAIRED", "SUBSCRIPTION_ADMINISTRATOR")
    assert in_plain_words(problem)
    assert cancelled["booking"]["state"] == "CANCELLED"


async def test_a_directory_that_breaks_off_unpairs_nothing_says_why_and_a_test_puts_it_right(
    brookside: Brookside, administrator: Client
) -> None:
    before = await _pairings(administrator)
    item = {"resourceId": "1", "resourceEmail": "c_1@resource.calendar.google.com", "resourceName": "Page one"}
    page = {"items": [item, {**item, "resourceId": "2"}, None, {}], "nextPageToken": "2"}
    await brookside.order(**LISTING | {"times": 1}, status=200, body=page)
    await brookside.order(**LISTING, status=403, code="forbidden")

    await administrator.field(SYNC)
    broken = (await brookside.room_sync(administrator)), await administrator.field(HEALTH)
    during = await _pairings(administrator)
    await brookside.put_right()
    async with brookside.story.speaking_for(brookside.finn) as finn:
        seen_by_a_member = await finn.field(HEALTH)
    tested = await administrator.field(TEST)
    await administrator.field(SYNC)
    await brookside.room_sync(administrator)
    mended = await administrator.field(HEALTH)

    assert broken[0]["state"] == "FAILED"
    assert [issue["code"] for issue in broken[1]["issues"]] == ["ROOM_DIRECTORY_UNCARRIED"]
    assert (broken[1]["status"], broken[1]["health"], broken[1]["roomSync"]["roomsRead"]) == ("ENABLED", "DEGRADED", 1)
    assert all(in_plain_words(issue) for issue in broken[1]["issues"])
    assert during == before | {item["resourceEmail"]: "PAIRED"}
    assert seen_by_a_member == {"status": "ENABLED", "health": None, "issues": None, "roomSync": None}
    assert tested["report"]["passed"]
    assert (mended["health"], mended["issues"], mended["roomSync"]["state"]) == ("HEALTHY", [], "SUCCEEDED")
    assert await _pairings(administrator) == before | {item["resourceEmail"]: "UNPAIRED"}
