"""A day at the office over HTTP: shifts are booked, and an agenda shows where people work and what they say."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.journeys.story import BOOK, Slot, Story
from tests.journeys.test_own_data import says
from tests.journeys.test_responding import RESPOND
from tests.journeys.test_shifts import BOOK as BOOK_SHIFT
from tests.journeys.test_shifts import CANCEL as CANCEL_SHIFT
from tests.journeys.test_shifts import CREATE
from tests.support.client import Client

SUBJECT = "Tide tables"
ROOMS = "{ rooms(first: 100) { nodes { id building } } }"
AGENDA = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) {
  ... on Agenda { events(first: 100) { nodes { id subject
    attendees { nodes { person { email } isExternal location { kind building } } }
    attendeeSummary { atEventBuilding elsewhere unknown }
    attendance { kind member { name } } notes { text } } } }
  ... on Problem { code message } } }"""
STRANGER = "sam@elsewhere.example"


def _on_a_weekday() -> Slot:
    """Early, when offices have just opened and most rooms are free."""
    days = next(days for days in range(3, 6) if (datetime.now(UTC) + timedelta(days=days)).weekday() < 5)
    return Slot.in_days(days, hour=7, minute=5)


async def _meeting(client: Client, slot: Slot) -> dict[str, Any]:
    events = (await client.field(AGENDA, **slot.as_window()))["events"]["nodes"]
    [found] = [event for event in events if event["subject"] == SUBJECT]
    meeting: dict[str, Any] = found
    return meeting


def _where(meeting: dict[str, Any], address: str) -> tuple[str, str | None]:
    [location] = [entry["location"] for entry in meeting["attendees"]["nodes"] if entry["person"]["email"] == address]
    return location["kind"], location["building"]


async def _shift(client: Client, slot: Slot, **values: Any) -> dict[str, Any]:
    days = {"dates": [slot.start.date().isoformat()]}
    booked = await client.field(BOOK_SHIFT, input={"days": days, "idempotencyKey": uuid4().hex} | values)
    assert booked["__typename"] == "ShiftsBooked", booked
    [shift] = booked["shifts"]
    found: dict[str, Any] = shift
    return found


async def _building_of(administrator: Client, room: dict[str, Any]) -> dict[str, Any]:
    """The building where the suite has the room, as an administrator enters it."""
    rooms = (await administrator.field(ROOMS))["nodes"]
    [name] = [entry["building"] for entry in rooms if entry["id"] == room["id"]]
    entered = {"name": name, "timeZone": "Europe/Amsterdam", "capacity": 10, "idempotencyKey": "a building"}
    created = await administrator.field(CREATE, input=entered)
    return {"name": name, "id": created["building"]["id"]}


async def test_an_agenda_shows_where_people_work_as_soon_as_they_accept_and_what_they_say(story: Story) -> None:
    guest_address = story.company.administrator
    guest_token, organiser_token = await story.enabled(), await story.connected_member()
    slot = _on_a_weekday()

    async with story.speaking_for(organiser_token) as organiser, story.speaking_for(guest_token) as guest:
        room = await story.free_room(organiser, slot)
        building = await _building_of(guest, room)
        event = slot.as_event(SUBJECT, guest_address, STRANGER)
        await organiser.field(BOOK, input={"roomIds": [room["id"]], "event": event, "idempotencyKey": "tides"})
        await _shift(organiser, slot, kind="REMOTE")
        shift = await _shift(guest, slot, kind="AT_OFFICE", place={"buildingId": building["id"]})

        # An invitation alone reveals nothing.
        assert _where(await _meeting(organiser, slot), guest_address) == ("UNKNOWN", None)

        theirs = (await _meeting(guest, slot))["id"]
        await guest.field(RESPOND, input={"eventId": theirs, "response": "ACCEPT"})
        meeting = await _meeting(organiser, slot)
        assert _where(meeting, guest_address) == ("AT_OFFICE", building["name"])
        assert meeting["attendeeSummary"]["atEventBuilding"] == 1
        assert [entry["isExternal"] for entry in meeting["attendees"]["nodes"] if entry["person"]["email"] == STRANGER]

        await says(guest, theirs, kind="IN_PERSON", text="I bring the charts")
        meeting = await _meeting(organiser, slot)
        assert [entry["kind"] for entry in meeting["attendance"]] == ["IN_PERSON"]
        assert meeting["notes"] == [{"text": "I bring the charts"}]

        # Who cancels their shift is expected nowhere, and what they said on the event is another matter.
        await guest.field(CANCEL_SHIFT, input={"shiftId": shift["id"]})
        meeting = await _meeting(organiser, slot)
        assert _where(meeting, guest_address) == ("UNKNOWN", None)
        assert meeting["attendeeSummary"]["atEventBuilding"] == 0
        assert meeting["notes"] == [{"text": "I bring the charts"}]
