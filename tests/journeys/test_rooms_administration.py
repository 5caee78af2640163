"""Rooms as their administrators keep them: said better than the suite says them, taken out of use, and removed."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.bad_input.world import in_plain_words
from tests.journeys.companies import COMPANIES, Company
from tests.journeys.story import BOOK, BOOKINGS, PENDING, Slot, Story, story_on
from tests.support.client import Client
from tests.support.database import sqlite_url

pytestmark = pytest.mark.asyncio(loop_scope="module")

DETAILS = """id name email capacity pairing overridden
  suiteDetails { name building floor capacity equipment isAccessible isBookable }"""
ROOMS = f"{{ rooms(first: 100) {{ nodes {{ {DETAILS} }} }} }}"
SYNC = "mutation { syncRooms { __typename ... on Problem { code } } }"
PROBLEM = "... on Problem { code message remedy whoActs } ... on InvalidInput { field }"
UPDATE = f"""mutation ($input: UpdateRoomInput!) {{ updateRoom(input: $input) {{ __typename
  ... on RoomUpdated {{ room {{ {DETAILS} }} }} {PROBLEM} }} }}"""
PAIR = """mutation ($input: PairRoomInput!) { pairRoom(input: $input) { __typename
  ... on RoomPaired { room { pairing } problems { code } } ... on Problem { code message remedy whoActs } } }"""
UNPAIR = """mutation ($input: UnpairRoomInput!) { unpairRoom(input: $input) { __typename
  ... on RoomUnpaired { room { pairing } bookings { pending accepted } consequences } ... on Problem { code } } }"""
REMOVE = """mutation ($input: RemoveRoomInput!) { removeRoom(input: $input) { __typename
  ... on RoomRemoved { closedBookings { pending accepted } }
  ... on ConfirmationRequired { consequences confirmation } ... on ConfirmationStale { consequences confirmation }
  ... on Problem { code message remedy whoActs } } }"""
SCHEDULE = """query ($id: ID!, $from: DateTime!, $to: DateTime!) { node(id: $id) { ... on Room {
  schedule(from: $from, to: $to) { ... on RoomSchedule { availability busy { nodes { start } } }
    ... on Problem { code } } } } }"""
NOTIFICATIONS = "{ notifications(first: 5) { nodes { kind message room { name } } } }"
SUITE_ROOMS = """query ($search: String!) { suiteRooms(search: $search) {
  ... on SuiteRooms { rooms { nodes { name email } } } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=COMPANIES, ids=[one.suite for one in COMPANIES])
async def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    folder, company = tmp_path_factory.mktemp("rooms"), request.param
    async with story_on(sqlite_url(folder), folder, company, PENDING_POLLING="false") as story:
        yield story


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def administrator(story: Story) -> AsyncIterator[Client]:
    token = await story.enabled()
    async with story.speaking_for(token) as administrator:
        yield administrator


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def member(story: Story, administrator: Client) -> AsyncIterator[Client]:
    token = await story.connected_member()
    async with story.speaking_for(token) as member:
        yield member


async def _rooms(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.field(ROOMS))["nodes"]
    return found


async def _room(client: Client, email: str) -> dict[str, Any]:
    return next(room for room in await _rooms(client) if room["email"] == email)


async def _synced(story: Story, administrator: Client) -> None:
    assert (await administrator.field(SYNC))["__typename"] != "Problem"
    await story.until_rooms_are_synced(administrator)


async def _renamed_at_the_suite(story: Story, room: dict[str, Any], name: str) -> None:
    """In the suite's own administration."""
    control, address = story.company.control, room["email"]
    if control == "graph":
        await story.sandbox.control("PATCH", f"graph/rooms/{address}/details", {"name": name})
        return
    await story.sandbox.control("DELETE", f"google/rooms/{address}")
    anew = {"customer": "brookside.example", "name": name, "address": address, "capacity": 4}
    await story.sandbox.control("POST", "google/rooms", anew)


async def _made_elsewhere(story: Story, company: Company, slot: Slot, address: str) -> None:
    """A meeting that the member makes in their calendar's own application, and the room's yes."""
    if company.control == "graph":
        event: dict[str, Any] = {
            "start": {"dateTime": slot.start.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"},
            "end": {"dateTime": slot.end.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"},
            "attendees": [{"type": "resource", "emailAddress": {"address": address, "name": "A room"}}],
        }
    else:
        event = {
            "start": {"dateTime": slot.start.isoformat()},
            "end": {"dateTime": slot.end.isoformat()},
            "attendees": [{"email": address, "resource": True}],
        }
    event[company.subject] = "Made elsewhere"
    await story.sandbox.control("POST", f"{company.control}/mailboxes/{company.member}/events", event)
    await story.sandbox.control("POST", f"{company.control}/attendant/run")


async def _booked(member: Client, room: dict[str, Any], slot: Slot, subject: str) -> None:
    """A booking that the room has accepted."""
    async with member.subscribe(PENDING) as updates:
        wanted = {"roomIds": [room["id"]], "event": slot.as_event(subject), "idempotencyKey": subject}
        assert (await member.field(BOOK, input=wanted))["__typename"] == "RoomsBooked"
        update = await updates.next()
        while update["booking"]["state"] != "ACCEPTED" or update["booking"]["event"]["subject"] != subject:
            update = await updates.next()


async def test_what_an_administrator_says_of_a_room_outlives_what_the_suite_says(
    story: Story, administrator: Client, member: Client
) -> None:
    room = (await _rooms(administrator))[0]
    said = {"roomId": room["id"], "name": "The bridge", "capacity": 77, "equipment": ["Telescope"]}
    await administrator.field(UPDATE, input=said)
    await _renamed_at_the_suite(story, room, "Renamed at the suite")
    await _synced(story, administrator)

    seen = await _room(member, room["email"])
    back = await administrator.field(UPDATE, input={"roomId": room["id"], "name": None, "equipment": None})

    assert (seen["id"], seen["name"], seen["capacity"]) == (room["id"], "The bridge", 77)
    assert seen["overridden"] == ["NAME", "CAPACITY", "EQUIPMENT"]
    assert seen["suiteDetails"]["name"] == "Renamed at the suite"
    assert (back["room"]["name"], back["room"]["overridden"]) == ("Renamed at the suite", ["CAPACITY"])


async def test_a_rooms_schedule_shows_what_was_booked_here_and_in_the_suite(
    story: Story, administrator: Client, member: Client
) -> None:
    room, company = (await _rooms(administrator))[1], story.company
    here, elsewhere = Slot.in_days(5), Slot.in_days(5, hour=4)
    await _booked(member, room, here, "Booked here")
    await _made_elsewhere(story, company, elsewhere, room["email"])

    window = {"from": here.start.isoformat(), "to": elsewhere.end.isoformat()}
    schedule = (await member.field(SCHEDULE, id=room["id"], **window))["schedule"]

    assert schedule["availability"] == "BUSY"
    assert [slot["start"] for slot in schedule["busy"]["nodes"]] == [
        slot.start.strftime("%Y-%m-%dT%H:%M:%SZ") for slot in (here, elsewhere)
    ]
    assert len(await company.items(story.sandbox, "Booked here")) == 1


async def test_a_room_that_was_unpaired_stays_so_through_a_sync_until_it_is_paired_again(
    story: Story, administrator: Client, member: Client
) -> None:
    room = (await _rooms(administrator))[2]
    await _booked(member, room, Slot.in_days(6), "Before unpairing")

    unpaired = await administrator.field(UNPAIR, input={"roomId": room["id"]})
    await _synced(story, administrator)
    refused = await member.field(
        BOOK,
        input={"roomIds": [room["id"]], "event": Slot.in_days(7).as_event("Refused"), "idempotencyKey": "refused"},
    )
    meanwhile = await _room(member, room["email"])
    paired = await administrator.field(PAIR, input={"roomId": room["id"]})

    assert unpaired["bookings"] == {"pending": 0, "accepted": 1}
    assert any("1 accepted" in sentence for sentence in unpaired["consequences"])
    assert (refused["code"], meanwhile["pairing"]) == ("ROOM_NOT_PAIRED", "UNPAIRED")
    assert (paired["room"]["pairing"], paired["problems"]) == ("PAIRED", [])


async def test_a_room_is_removed_once_its_consequences_were_read_and_whoever_booked_it_is_told(
    story: Story, administrator: Client, member: Client
) -> None:
    room = (await _rooms(administrator))[3]
    await _booked(member, room, Slot.in_days(8), "Before removing")

    asked = await administrator.field(REMOVE, input={"roomId": room["id"]})
    stale = await administrator.field(REMOVE, input={"roomId": room["id"], "confirmation": "made up"})
    removed = await administrator.field(REMOVE, input={"roomId": room["id"], "confirmation": asked["confirmation"]})
    await _synced(story, administrator)
    again = await administrator.field(REMOVE, input={"roomId": room["id"], "confirmation": asked["confirmation"]})

    told = (await member.field(NOTIFICATIONS))["nodes"][0]
    bookings = [one for one in (await member.field(BOOKINGS))["nodes"] if one["room"]["name"] == room["name"]]
    listed = await administrator.field(SUITE_ROOMS, search=room["email"])
    assert (asked["__typename"], stale["__typename"]) == ("ConfirmationRequired", "ConfirmationStale")
    assert any("1 accepted" in sentence for sentence in asked["consequences"])
    assert removed["closedBookings"] == {"pending": 0, "accepted": 1}
    assert again["code"] == "NOT_FOUND"
    assert (told["kind"], told["room"]["name"]) == ("ROOM_REMOVED", room["name"])
    assert [(one["state"], one["reason"]) for one in bookings] == [("CANCELLED", "REMOVED")]
    assert room["email"] not in {one["email"] for one in await _rooms(member)}
    assert [one["email"] for one in listed["rooms"]["nodes"]] == [room["email"]]
    assert len(await story.company.items(story.sandbox, "Before removing")) == 1


@pytest.mark.parametrize(
    ("document", "values", "code"),
    [
        (UPDATE, {"name": " "}, "INVALID_VALUE"),
        (UPDATE, {"name": "n" * 257}, "INVALID_VALUE"),
        (UPDATE, {"building": "two\nlines"}, "INVALID_VALUE"),
        (UPDATE, {"capacity": 0}, "INVALID_VALUE"),
        (UPDATE, {"capacity": 2**31 - 1}, "INVALID_VALUE"),
        (UPDATE, {"equipment": ["a\0b"]}, "INVALID_VALUE"),
        (UPDATE, {"roomId": "no id", "capacity": 5}, "NOT_FOUND"),
        (PAIR, {"email": "no address"}, "MALFORMED_EMAIL"),
        (PAIR, {"email": "nobody@nowhere.example"}, "ROOM_ADDRESS_UNKNOWN"),
        (PAIR, {"roomId": "no id"}, "NOT_FOUND"),
        (UNPAIR, {"roomId": "no id"}, "NOT_FOUND"),
        (REMOVE, {"roomId": "no id"}, "NOT_FOUND"),
    ],
)
async def test_what_makes_no_sense_changes_nothing_and_says_so(
    administrator: Client, document: str, values: dict[str, Any], code: str
) -> None:
    before = await _rooms(administrator)

    problem = await administrator.field(document, input={"roomId": before[0]["id"], **values})

    assert problem["code"] == code
    assert "message" not in problem or in_plain_words(problem)
    assert await _rooms(administrator) == before


async def test_the_address_of_another_room_is_refused(administrator: Client) -> None:
    first, second, *_ = await _rooms(administrator)

    problem = await administrator.field(PAIR, input={"roomId": first["id"], "email": second["email"]})

    assert problem["code"] == "ROOM_ADDRESS_TAKEN"
