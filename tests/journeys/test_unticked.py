"""People may leave boxes unticked on Google's page: what works without is told apart from what does not."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.bad_input.world import ACCESS, in_plain_words
from tests.journeys.companies import BROOKSIDE
from tests.journeys.story import BOOK, PENDING, Slot, Story, story_on
from tests.support.database import sqlite_url

pytestmark = pytest.mark.asyncio(loop_scope="module")

FREE_BUSY, CALENDAR_LIST, EVENTS = "calendar.freebusy", "calendar.calendarlist.readonly", "calendar.events"
PREFIX = "https://www.googleapis.com/auth/"
FINN = "finn.osuilleabhain@brookside.example"
JOY = "joy.adeyemi@brookside.example"
NILS = "nils.ostby@brookside.example"
PAT = "pat.doyle@brookside.example"

ROOMS = """query ($from: DateTime!, $to: DateTime!) { availableRooms(from: $from, to: $to) { __typename
  ... on AvailableRooms {
    rooms { nodes { availability room { id } } }
    problems { code message remedy whoActs retryable ... on PermissionMissing { scopes } }
  }
  ... on Problem { code message }
} }"""
ALL_OWNED = """query ($from: DateTime!, $to: DateTime!) {
  agenda(from: $from, to: $to, calendars: ALL_OWNED) { __typename
  ... on Agenda {
    events { nodes { subject } }
    problems { code message remedy whoActs retryable ... on PermissionMissing { scopes } }
  }
  ... on Problem { code message }
} }"""
SCHEDULE = """query ($id: ID!, $from: DateTime!, $to: DateTime!) { node(id: $id) { ... on Room {
  schedule(from: $from, to: $to) { ... on RoomSchedule { availability problems { code whoActs remedy } } }
} } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    """Brookside at Google, enabled."""
    folder = tmp_path_factory.mktemp("unticked")
    async with story_on(sqlite_url(folder), folder, BROOKSIDE, PENDING_POLLING="false") as story:
        await story.enabled()
        yield story


async def _booked(story: Story, token: str, slot: Slot, room: str, key: str) -> dict[str, Any]:
    """The booking once its room has answered."""
    async with story.speaking_for(token) as member, member.subscribe(PENDING) as updates:
        booked = await member.field(
            BOOK, input={"roomIds": [room], "event": slot.as_event(f"Unticked {key}"), "idempotencyKey": key}
        )
        assert booked["__typename"] == "RoomsBooked", booked
        update = await updates.next()
        while update["booking"]["state"] == "PENDING":
            update = await updates.next()
    booking: dict[str, Any] = update["booking"]
    return booking


async def test_without_free_and_busy_times_no_room_is_called_free_and_the_member_is_told_which_box_to_tick(
    story: Story,
) -> None:
    token = await story.connected_member(unticked=frozenset({FREE_BUSY}))

    async with story.speaking_for(token) as member:
        access = (await member.field(ACCESS))["connection"]
        found = await member.field(ROOMS, **Slot.in_days(3).as_window())

    assert access == {"status": "CONNECTED", "reason": None}
    listed = found["rooms"]["nodes"]
    assert [entry["availability"] for entry in listed] == ["UNKNOWN"] * story.company.rooms
    [problem] = found["problems"]
    assert (problem["code"], problem["whoActs"], problem["retryable"]) == ("PERMISSION_MISSING", "MEMBER", False)
    assert problem["scopes"] == [PREFIX + FREE_BUSY]
    assert "free and busy times" in problem["message"]
    assert "Connect your calendar again" in problem["remedy"]
    assert in_plain_words(problem)


async def test_a_rooms_own_schedule_needs_the_same_box(story: Story) -> None:
    token = await story.connected_member(unticked=frozenset({FREE_BUSY}))
    window = Slot.in_days(3).as_window()

    async with story.speaking_for(token) as member:
        room = (await member.field(ROOMS, **window))["rooms"]["nodes"][0]["room"]
        schedule = (await member.field(SCHEDULE, id=room["id"], **window))["schedule"]

    [problem] = schedule["problems"]
    assert schedule["availability"] == "UNKNOWN"
    assert (problem["code"], problem["whoActs"]) == ("PERMISSION_MISSING", "MEMBER")
    assert "tick it" in problem["remedy"]


async def test_a_room_is_booked_without_free_and_busy_times_and_answers(story: Story) -> None:
    token = await story.connected_member(unticked=frozenset({FREE_BUSY}))
    slot = Slot.in_days(4)
    async with story.speaking_for(token) as member:
        room = (await member.field(ROOMS, **slot.as_window()))["rooms"]["nodes"][0]["room"]

    booking = await _booked(story, token, slot, room["id"], "without-free-busy")

    assert (booking["state"], booking["reason"]) == ("ACCEPTED", None)


async def test_connecting_again_with_the_box_ticked_tells_which_rooms_are_free(story: Story) -> None:
    token = await story.connected_member(JOY, unticked=frozenset({FREE_BUSY}))
    window = Slot.in_days(5).as_window()

    async with story.speaking_for(token) as member:
        before = await member.field(ROOMS, **window)
        await story.connected(member, JOY)
        after = await member.field(ROOMS, **window)

    assert {entry["availability"] for entry in before["rooms"]["nodes"]} == {"UNKNOWN"}
    assert {entry["availability"] for entry in after["rooms"]["nodes"]} == {"FREE"}
    assert after["problems"] == []


async def test_whoever_leaves_a_box_reads_what_is_missing_and_who_ticks_all_reads_nothing_of_it(story: Story) -> None:
    token = await story.token_by_sign_in(PAT)

    async with story.speaking_for(token) as member:
        without = await story.connected(member, PAT, unticked=frozenset({FREE_BUSY}))
        complete = await story.connected(member, PAT)

    assert "Tells when rooms are free" in without.text
    assert "Your calendar is connected" in without.text
    assert "Your calendar is connected" in complete.text
    assert "You did not allow everything" not in complete.text


async def test_without_the_calendar_itself_nobody_is_connected_and_the_page_says_what_to_tick(story: Story) -> None:
    token = await story.token_by_sign_in(NILS)

    async with story.speaking_for(token) as member:
        landing = await story.connected(member, NILS, unticked=frozenset({EVENTS}))
        access = (await member.field(ACCESS))["connection"]
        refused = await member.field(ROOMS, **Slot.in_days(3).as_window())

    assert "did not grant every permission" in landing.text
    assert "tick every box" in landing.text
    assert access == {"status": "NOT_CONNECTED", "reason": "CONSENT_NEEDED"}
    assert refused["code"] == "CONNECTION_REQUIRED"


async def test_without_the_list_of_calendars_the_default_one_is_shown_with_the_reason(story: Story) -> None:
    token = await story.connected_member(FINN, unticked=frozenset({CALENDAR_LIST}))
    slot, mailbox = Slot.in_days(6), f"google/mailboxes/{FINN}"
    made = await story.sandbox.control("POST", f"{mailbox}/secondary", {"summary": "Allotment"})
    times = {"start": {"dateTime": slot.start.isoformat()}, "end": {"dateTime": slot.end.isoformat()}}
    await story.sandbox.control("POST", f"{mailbox}/events", {"summary": "In sight", **times})
    await story.sandbox.control("POST", f"{mailbox}/events?calendar={made['id']}", {"summary": "Out of sight", **times})

    async with story.speaking_for(token) as member:
        agenda = await member.field(ALL_OWNED, **slot.as_window())
        await story.connected(member, FINN)
        again = await member.field(ALL_OWNED, **slot.as_window())

    assert [event["subject"] for event in agenda["events"]["nodes"]] == ["In sight"]
    [problem] = agenda["problems"]
    assert (problem["code"], problem["whoActs"], problem["retryable"]) == ("PERMISSION_MISSING", "MEMBER", False)
    assert problem["scopes"] == [PREFIX + CALENDAR_LIST]
    assert in_plain_words(problem)
    assert sorted(event["subject"] for event in again["events"]["nodes"]) == ["In sight", "Out of sight"]
    assert again["problems"] == []
