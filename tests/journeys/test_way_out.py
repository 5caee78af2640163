"""A room says no, or the plan changes: from there to a room that says yes, told at each suite."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.companies import COMPANIES, Company
from tests.journeys.story import BOOK, PENDING, Slot, Story, story_on
from tests.support.client import Client, Items
from tests.support.database import sqlite_url

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETTLES_WITHIN = 20

GUESTS = {"Newbridge": "lars.holm@newbridge.example", "Brookside": "joy.adeyemi@brookside.example"}

AGENDA = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) { ... on Agenda {
  events { nodes { subject isOrganiser rooms { email state bookingId } } }
} } }"""
SUGGESTIONS = """query ($bookingId: ID!, $occurrence: ID) {
  roomSuggestions(bookingId: $bookingId, occurrence: $occurrence) { __typename
    ... on RoomSuggestions { dates rooms { nodes { freeDates room { id name email } } } problems { code } }
    ... on Problem { code message }
} }"""
REPLACE = """mutation ($input: ReplaceRoomInput!) { replaceRoom(input: $input) { __typename
  ... on RoomReplaced { booking { id state reason room { name } requestedRoom { name } } }
  ... on Problem { code message }
} }"""
RESCHEDULE = """mutation ($input: RescheduleBookingInput!) { rescheduleBooking(input: $input) { __typename
  ... on BookingRescheduled { booking { id state event { start { dateTime } } } }
  ... on Problem { code message }
} }"""
CANCEL = """mutation ($input: CancelBookingInput!) { cancelBooking(input: $input) { __typename
  ... on BookingCancelled { booking { state } } ... on Problem { code message }
} }"""
BOOKING = """query ($id: ID!) { node(id: $id) { ... on RoomBooking {
  state reason room { name } event { start { dateTime } rooms { email state } }
  series { accepted rejected pending unknown summary
    dates { nodes { start state room { name } occurrence { id } } } }
} } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=COMPANIES, ids=[one.suite for one in COMPANIES])
async def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    """Each company on a server of its own, enabled; news come by the suite's messages alone."""
    company: Company = request.param
    folder = tmp_path_factory.mktemp("way-out")
    async with story_on(sqlite_url(folder), folder, company, PENDING_POLLING="false") as story:
        await story.enabled()
        yield story


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def member(story: Story) -> AsyncIterator[Client]:
    async with story.speaking_for(await story.connected_member()) as member:
        yield member


async def _until(member: Client, booking_id: str, *, state: str) -> dict[str, Any]:
    """The booking once it stands so."""
    async with asyncio.timeout(SETTLES_WITHIN):
        while True:
            booking: dict[str, Any] = await member.field(BOOKING, id=booking_id)
            if booking["state"] == state:
                return booking
            await asyncio.sleep(0.05)


async def _next(updates: Items, booking_id: str, *, state: str) -> dict[str, Any]:
    """The first news of the booking in this state."""
    while True:
        update: dict[str, Any] = await updates.next()
        if update["booking"]["id"] == booking_id and update["booking"]["state"] == state:
            return update


async def _booked(member: Client, room: dict[str, Any], subject: str, event: dict[str, Any]) -> str:
    command = {"roomIds": [room["id"]], "event": event | {"subject": subject}, "idempotencyKey": subject}
    booked = await member.field(BOOK, input=command)
    booking_id: str = booked["bookings"][0]["id"]
    return booking_id


def _weekly(slot: Slot, subject: str, count: int) -> dict[str, Any]:
    weekday = slot.start.strftime("%A").upper()
    recurrence = {"frequency": "WEEKLY", "weekdays": [weekday], "count": count}
    return slot.as_event(subject) | {"recurrence": recurrence, "timeZone": "UTC"}


@asynccontextmanager
async def _declining(story: Story, room: dict[str, Any]) -> AsyncIterator[None]:
    """The room says no to everything meanwhile."""
    await story.company.decline_everything(story.sandbox, room["email"])
    yield
    where = f"{story.company.control}/rooms/{room['email']}"
    await story.sandbox.control("PATCH", where, {"behaviour": "AUTO_ACCEPT"})


async def test_from_a_rejection_to_another_room_is_two_operations(story: Story, member: Client) -> None:
    slot = Slot.in_days(3)
    room = await story.free_room(member, slot)

    async with member.subscribe(PENDING) as updates, _declining(story, room):
        booking_id = await _booked(member, room, "Way out", slot.as_event("Way out"))
        await _next(updates, booking_id, state="REJECTED")

        found = await member.field(SUGGESTIONS, bookingId=booking_id)
        other = found["rooms"]["nodes"][0]["room"]
        replaced = await member.field(REPLACE, input={"bookingId": booking_id, "roomId": other["id"]})

        update = await _next(updates, booking_id, state="ACCEPTED")

    booking = await member.field(BOOKING, id=booking_id)
    assert (replaced["booking"]["state"], replaced["booking"]["room"]["name"]) == ("PENDING", other["name"])
    assert replaced["booking"]["requestedRoom"] is None
    assert (update["booking"]["room"]["name"], update["booking"]["reason"]) == (other["name"], None)
    assert [(one["email"], one["state"]) for one in booking["event"]["rooms"]] == [(other["email"], "ACCEPTED")]
    assert room["id"] not in {entry["room"]["id"] for entry in found["rooms"]["nodes"]}


async def test_whoever_is_invited_sees_what_the_room_said_even_where_the_suite_tells_them_nothing(
    story: Story, member: Client
) -> None:
    slot, guest = Slot.in_days(7), GUESTS[story.company.name]
    room = await story.free_room(member, slot)
    booking_id = await _booked(member, room, "With a guest", slot.as_event("With a guest", guest))
    await _until(member, booking_id, state="ACCEPTED")

    async with story.speaking_for(await story.connected_member(guest)) as invited:
        events = (await invited.field(AGENDA, **slot.as_window()))["events"]["nodes"]

    [event] = [event for event in events if event["subject"] == "With a guest"]
    assert not event["isOrganiser"]
    assert event["rooms"] == [{"email": room["email"], "state": "ACCEPTED", "bookingId": None}]


async def test_declined_dates_of_a_series_get_another_room_and_the_others_keep_theirs(
    story: Story, member: Client
) -> None:
    slot = Slot.in_days(4)
    room = await story.free_room(member, slot)
    if story.company.control == "graph":  # where one conflict would decline the whole series
        tolerance = {"conflict_percentage_allowed": 50, "maximum_conflict_instances": 8}
        await story.sandbox.control("PATCH", f"graph/rooms/{room['email']}", tolerance)
    second = Slot(slot.start + timedelta(weeks=1), slot.end + timedelta(weeks=1))
    in_the_way = await _booked(member, room, "In the way", second.as_event("In the way"))
    await _until(member, in_the_way, state="ACCEPTED")

    booking_id = await _booked(member, room, "Series", _weekly(slot, "Series", 4))
    before = (await _until(member, booking_id, state="REJECTED"))["series"]
    [declined] = [date for date in before["dates"]["nodes"] if date["state"] == "REJECTED"]
    date = {"scope": "OCCURRENCE", "occurrenceId": declined["occurrence"]["id"]}
    found = await member.field(SUGGESTIONS, bookingId=booking_id, occurrence=date["occurrenceId"])
    other = found["rooms"]["nodes"][0]["room"]
    await member.field(REPLACE, input={"bookingId": booking_id, "roomId": other["id"]} | date)
    after = (await _until(member, booking_id, state="ACCEPTED"))["series"]

    assert before["summary"] == f"Accepted for 3 of 4 dates, declined on {second.start:%Y-%m-%d}."
    assert datetime.fromisoformat(declined["start"]) == second.start
    assert (after["accepted"], after["summary"]) == (4, "Accepted for 4 of 4 dates.")
    names = [entry["room"]["name"] for entry in after["dates"]["nodes"]]
    assert names == [room["name"], other["name"], room["name"], room["name"]]


async def test_a_moved_event_asks_its_room_anew(story: Story, member: Client) -> None:
    slot = Slot.in_days(5)
    later = Slot(slot.start + timedelta(hours=3), slot.end + timedelta(hours=3))
    room = await story.free_room(member, slot)
    booking_id = await _booked(member, room, "Moved", slot.as_event("Moved"))
    await _until(member, booking_id, state="ACCEPTED")

    async with member.subscribe(PENDING) as updates:
        time = {"start": later.start.isoformat(), "end": later.end.isoformat(), "timeZone": "Europe/Amsterdam"}
        moved = await member.field(RESCHEDULE, input={"bookingId": booking_id} | time)
        await _next(updates, booking_id, state="ACCEPTED")

    booking = await member.field(BOOKING, id=booking_id)
    assert moved["booking"]["state"] == "PENDING"
    assert datetime.fromisoformat(booking["event"]["start"]["dateTime"]) == later.start
    assert [one["state"] for one in booking["event"]["rooms"]] == ["ACCEPTED"]


async def test_a_room_is_let_go_for_a_date_and_all_that_follow(story: Story, member: Client) -> None:
    slot = Slot.in_days(6)
    room = await story.free_room(member, slot)
    booking_id = await _booked(member, room, "Shorter", _weekly(slot, "Shorter", 4))
    dates = (await _until(member, booking_id, state="ACCEPTED"))["series"]["dates"]["nodes"]
    date = {"scope": "THIS_AND_FOLLOWING", "occurrenceId": dates[2]["occurrence"]["id"]}

    cancelled = await member.field(CANCEL, input={"bookingId": booking_id} | date)

    after = (await _until(member, booking_id, state="ACCEPTED"))["series"]
    late = Slot(slot.start + timedelta(weeks=3), slot.end + timedelta(weeks=3))
    assert cancelled["booking"]["state"] == "ACCEPTED"
    assert [entry["start"] for entry in after["dates"]["nodes"]] == [entry["start"] for entry in dates[:2]]
    again = await _booked(member, room, "Taken over", late.as_event("Taken over"))
    await _until(member, again, state="ACCEPTED")


async def test_a_date_and_all_that_follow_are_moved_by_the_same_shift_and_back(story: Story, member: Client) -> None:
    slot, by = Slot.in_days(8, hour=1), timedelta(days=1, hours=3)
    room = await story.free_room(member, slot)
    daily = slot.as_event("Later on") | {"recurrence": {"frequency": "DAILY", "count": 4}, "timeZone": "UTC"}
    booking_id = await _booked(member, room, "Later on", daily)
    dates = (await _until(member, booking_id, state="ACCEPTED"))["series"]["dates"]["nodes"]
    before = [datetime.fromisoformat(date["start"]) for date in dates]
    scope = {"scope": "THIS_AND_FOLLOWING", "occurrenceId": dates[1]["occurrence"]["id"]}

    async def move_to(start: datetime) -> str:
        time = {"start": start.isoformat(), "end": (start + (slot.end - slot.start)).isoformat(), "timeZone": "UTC"}
        moved = await member.field(RESCHEDULE, input={"bookingId": booking_id} | time | scope)
        state: str = moved["booking"]["state"]
        return state

    async def starts() -> list[datetime]:
        series = (await _until(member, booking_id, state="ACCEPTED"))["series"]
        return [datetime.fromisoformat(date["start"]) for date in series["dates"]["nodes"]]

    assert await move_to(before[1] + by) == "PENDING"
    assert await starts() == [before[0], *(begin + by for begin in before[1:])]
    assert await move_to(before[1] + by) == "ACCEPTED"
    assert await move_to(before[1]) == "PENDING"
    assert await starts() == before
