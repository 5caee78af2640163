"""Google swaps and releases rooms by itself: the booking follows, and whoever made it is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.companies import BROOKSIDE
from tests.journeys.story import AVAILABLE, BOOK, Slot, Story, story_on
from tests.support.client import Client, Items
from tests.support.database import sqlite_url

pytestmark = pytest.mark.asyncio(loop_scope="module")

JOY = "joy.adeyemi@brookside.example"

UPDATES = """subscription { pendingRooms { __typename ... on RoomBookingUpdate {
  snapshot previousState
  booking { id state reason room { id name email } requestedRoom { id name } event { rooms { name } } }
} } }"""
ROOMS = "{ rooms(first: 100) { nodes { id name email } } }"
BOOKING = """query ($id: ID!) { node(id: $id) { ... on RoomBooking {
  state reason closedAt room { name } requestedRoom { name }
} } }"""
AGENDA = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) { ... on Agenda {
  events { nodes { subject isOrganiser location rooms { name email state reason bookingId room { id } } } }
} } }"""
UNREAD = "{ viewer { unreadNotificationCount } }"
CAPABILITIES = "{ calendarSuites { name capabilities { roomAnswerForAttendees replacesRooms } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    """Brookside at Google, enabled; news come by Google's messages alone."""
    folder = tmp_path_factory.mktemp("swapped")
    async with story_on(sqlite_url(folder), folder, BROOKSIDE, PENDING_POLLING="false") as story:
        await story.enabled()
        yield story


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mara(story: Story) -> AsyncIterator[Client]:
    """Who books."""
    async with story.speaking_for(await story.connected_member()) as mara:
        yield mara


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def joy(story: Story) -> AsyncIterator[Client]:
    """Who is invited."""
    async with story.speaking_for(await story.connected_member(JOY)) as joy:
        yield joy


@dataclass(frozen=True, slots=True)
class Held:
    """A room that has accepted, with what is still to come."""

    booking: dict[str, Any]
    event_id: str
    """Google's own."""
    updates: Items

    async def until(self, *, state: str) -> dict[str, Any]:
        """The first news of this booking in this state."""
        while True:
            update: dict[str, Any] = await self.updates.next()
            if update["booking"]["id"] == self.booking["id"] and update["booking"]["state"] == state:
                return update

    async def until_another_room(self) -> dict[str, Any]:
        """The first news of this booking with another room."""
        while True:
            update: dict[str, Any] = await self.updates.next()
            booking = update["booking"]
            if booking["id"] == self.booking["id"] and booking["room"] != self.booking["room"]:
                return update


@asynccontextmanager
async def _held(story: Story, mara: Client, slot: Slot, room: dict[str, Any], subject: str) -> AsyncIterator[Held]:
    async with mara.subscribe(UPDATES) as updates:
        event = slot.as_event(subject, JOY)
        booked = await mara.field(BOOK, input={"roomIds": [room["id"]], "event": event, "idempotencyKey": subject})
        [booking], [item] = booked["bookings"], await story.company.items(story.sandbox, subject)
        update = await Held(booking, item["id"], updates).until(state="ACCEPTED")
        yield Held(update["booking"], item["id"], updates)


async def _rooms(client: Client) -> list[dict[str, Any]]:
    rooms: list[dict[str, Any]] = (await client.field(ROOMS))["nodes"]
    return sorted(rooms, key=lambda room: room["name"])


async def _unread(client: Client) -> int:
    unread: int = (await client.field(UNREAD))["unreadNotificationCount"]
    return unread


async def _only_event(client: Client, slot: Slot, subject: str) -> dict[str, Any]:
    events = (await client.field(AGENDA, **slot.as_window()))["events"]["nodes"]
    [event] = [event for event in events if event["subject"] == subject]
    return dict(event)


async def _replace(story: Story, held: Held, other: dict[str, Any]) -> None:
    where = f"google/rooms/{held.booking['room']['email']}/replace"
    await story.sandbox.control("POST", where, {"event_id": held.event_id, "by": other["email"]})


async def test_a_booking_follows_to_the_room_that_google_put_in_its_rooms_place(story: Story, mara: Client) -> None:
    asked_for, other, *_ = await _rooms(mara)
    before = await _unread(mara)

    async with _held(story, mara, Slot.in_days(3), asked_for, "Swap") as held:
        await _replace(story, held, other)
        update = await held.until_another_room()

    booking = update["booking"]
    assert (booking["state"], booking["reason"]) == ("ACCEPTED", "REPLACED")
    assert booking["room"] == other
    assert booking["requestedRoom"] == {"id": asked_for["id"], "name": asked_for["name"]}
    assert len(booking["event"]["rooms"]) == 1
    assert not update["snapshot"]
    assert await _unread(mara) == before + 1


async def test_a_booking_follows_through_two_swaps_and_remembers_what_was_asked_for(story: Story, mara: Client) -> None:
    asked_for, second, third, *_ = await _rooms(mara)
    before = await _unread(mara)

    async with _held(story, mara, Slot.in_days(4), asked_for, "Swap twice") as held:
        await _replace(story, held, second)
        once = (await held.until_another_room())["booking"]
        moved = Held(once, held.event_id, held.updates)
        await _replace(story, moved, third)
        twice = (await moved.until_another_room())["booking"]

    assert (once["room"], twice["room"]) == (second, third)
    assert {once["requestedRoom"]["id"], twice["requestedRoom"]["id"]} == {asked_for["id"]}
    assert await _unread(mara) == before + 2


async def test_a_booking_that_comes_back_to_its_own_room_is_as_it_was_asked_for(story: Story, mara: Client) -> None:
    asked_for, other, *_ = await _rooms(mara)

    async with _held(story, mara, Slot.in_days(5), asked_for, "There and back") as held:
        await _replace(story, held, other)
        moved = Held((await held.until_another_room())["booking"], held.event_id, held.updates)
        await _replace(story, moved, asked_for)
        back = (await moved.until_another_room())["booking"]

    assert (back["state"], back["reason"], back["requestedRoom"]) == ("ACCEPTED", None, None)
    assert back["room"] == asked_for


async def test_a_released_room_is_lost_and_the_member_is_told(story: Story, mara: Client) -> None:
    room, *_ = await _rooms(mara)
    slot, before = Slot.in_days(6), await _unread(mara)

    async with _held(story, mara, slot, room, "Released") as held:
        await story.sandbox.control("POST", f"google/rooms/{room['email']}/release", {"event_id": held.event_id})
        update = await held.until(state="REJECTED")
        booking = await mara.field(BOOKING, id=held.booking["id"])
        found = await mara.field(AVAILABLE, **slot.as_window())

    assert (update["previousState"], update["booking"]["reason"]) == ("ACCEPTED", "REMOVED")
    assert (booking["state"], booking["reason"], booking["requestedRoom"]) == ("REJECTED", "REMOVED", None)
    assert booking["room"]["name"] == room["name"]
    assert await _unread(mara) == before + 1
    availability = {entry["room"]["id"]: entry["availability"] for entry in found["rooms"]["nodes"]}
    assert availability[room["id"]] == "FREE"


async def test_a_room_that_takes_its_yes_back_is_told_apart_from_one_that_was_taken_off(
    story: Story, mara: Client
) -> None:
    room, *_ = await _rooms(mara)

    async with _held(story, mara, Slot.in_days(7), room, "Taken back") as held:
        answer = {"event_id": held.event_id, "response": "decline"}
        await story.sandbox.control("POST", f"google/rooms/{room['email']}/answer", answer)
        update = await held.until(state="REJECTED")

    assert update["booking"]["reason"] == "RELEASED"


async def test_an_attendees_agenda_follows_the_room_too(story: Story, mara: Client, joy: Client) -> None:
    asked_for, other, *_ = await _rooms(mara)
    slot, unread = Slot.in_days(8), await _unread(joy)

    async with _held(story, mara, slot, asked_for, "With guests") as held:
        [before] = (await _only_event(joy, slot, "With guests"))["rooms"]
        await _replace(story, held, other)
        await held.until_another_room()
        event = await _only_event(joy, slot, "With guests")

    [after] = event["rooms"]
    assert (before["email"], before["state"]) == (asked_for["email"], "ACCEPTED")
    assert (after["email"], after["state"]) == (other["email"], "ACCEPTED")
    assert not event["isOrganiser"]
    assert after["bookingId"] is None
    assert await _unread(joy) == unread


async def test_an_attendees_agenda_shows_what_a_room_said_that_was_booked_elsewhere(
    story: Story, mara: Client, joy: Client
) -> None:
    room, *_ = await _rooms(mara)
    slot = Slot.in_days(9)
    made = await story.sandbox.control(
        "POST",
        f"google/mailboxes/{BROOKSIDE.member}/events",
        {
            "summary": "Made in Google Calendar",
            "start": {"dateTime": slot.start.isoformat()},
            "end": {"dateTime": slot.end.isoformat()},
            "attendees": [{"email": JOY}, {"email": room["email"], "resource": True}],
        },
    )
    await story.sandbox.control("POST", "google/attendant/run")
    accepted = await _only_event(joy, slot, "Made in Google Calendar")

    answer = {"event_id": made["id"], "response": "decline"}
    await story.sandbox.control("POST", f"google/rooms/{room['email']}/answer", answer)

    declined = await _only_event(joy, slot, "Made in Google Calendar")
    assert [(one["room"], one["state"]) for one in accepted["rooms"]] == [({"id": room["id"]}, "ACCEPTED")]
    assert [(one["room"], one["state"]) for one in declined["rooms"]] == [({"id": room["id"]}, "REJECTED")]


async def test_the_schema_says_which_suite_swaps_rooms_and_shows_answers_to_attendees(mara: Client) -> None:
    suites = {suite["name"]: suite["capabilities"] for suite in await mara.field(CAPABILITIES)}

    assert suites["GOOGLE_WORKSPACE"] == {"roomAnswerForAttendees": True, "replacesRooms": True}
    assert suites["MICROSOFT_365"] == {"roomAnswerForAttendees": False, "replacesRooms": False}
