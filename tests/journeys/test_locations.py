"""Where attendees work, through HTTP at each suite: whom they meet sees it, and nobody who only invited them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.journeys.companies import NEWBRIDGE, ForeignEvent
from tests.journeys.story import BOOK, Slot, Story, story_on
from tests.journeys.test_responding import RESPOND
from tests.journeys.test_shifts import BOOK as BOOK_SHIFT
from tests.journeys.test_shifts import CREATE
from tests.support.client import Client
from tests.support.database import sqlite_url

SUBJECT = "Harbour walk"
_PEOPLE = """organiserLocation { kind building } attendeeSummary { atEventBuilding elsewhere unknown }
  attendees { nodes { person { email } isExternal member { name } location { kind building } } }"""
AGENDA = f"""query ($from: DateTime!, $to: DateTime!) {{ agenda(from: $from, to: $to) {{
  ... on Agenda {{ events {{ nodes {{ id subject {_PEOPLE} }} }} }} ... on Problem {{ code message }} }} }}"""
EVENT = (
    f"""query ($id: ID!) {{ event(id: $id) {{ ... on Event {{ {_PEOPLE} }} ... on Problem {{ code message }} }} }}"""
)
SHARE = """mutation ($input: SetLocationSharingInput!) { setLocationSharing(input: $input) { __typename
  ... on Problem { code message } } }"""


def on_a_monday() -> Slot:
    """The next one that is at least two days ahead, at a time that is on the same day in Amsterdam."""
    day = datetime.now(UTC).date()
    return Slot.in_days(2 + (-(day + timedelta(days=2)).weekday()) % 7)


async def works(client: Client, slot: Slot, building_id: str) -> None:
    """Somebody books the whole day of the slot in this building."""
    wanted = {
        "kind": "AT_OFFICE",
        "place": {"buildingId": building_id},
        "days": {"dates": [slot.start.date().isoformat()]},
        "idempotencyKey": uuid4().hex,
    }
    booked = await client.field(BOOK_SHIFT, input=wanted)
    assert booked["__typename"] == "ShiftsBooked", booked


async def lighthouse(administrator: Client) -> str:
    """A building; its id."""
    wanted = {"name": "Lighthouse", "timeZone": "Europe/Amsterdam", "idempotencyKey": "lighthouse"}
    building: str = (await administrator.field(CREATE, input=wanted))["building"]["id"]
    return building


async def meeting(client: Client, slot: Slot) -> dict[str, Any]:
    agenda = await client.field(AGENDA, **slot.as_window())
    [event] = [event for event in agenda["events"]["nodes"] if event["subject"] == SUBJECT]
    found: dict[str, Any] = event
    return found


async def seen_of(client: Client, slot: Slot, address: str) -> dict[str, Any]:
    """What somebody is shown of an attendee, the same in their agenda and on the event alone."""
    event = await meeting(client, slot)
    alone = await client.field(EVENT, id=event["id"])
    assert alone == {name: event[name] for name in alone}
    [attendee] = [entry for entry in event["attendees"]["nodes"] if entry["person"]["email"] == address]
    location: dict[str, Any] = attendee["location"]
    return location


async def test_an_attendees_office_is_shown_to_the_organiser_once_they_accept_and_no_longer_when_they_decline(
    story: Story,
) -> None:
    guest_address = story.company.administrator
    guest_token, organiser_token = await story.enabled(), await story.connected_member()
    slot = on_a_monday()
    nobody_knows, office = {"kind": "UNKNOWN", "building": None}, {"kind": "AT_OFFICE", "building": "Lighthouse"}

    async with story.speaking_for(organiser_token) as organiser, story.speaking_for(guest_token) as guest:
        building = await lighthouse(guest)
        await works(guest, slot, building)
        room = await story.free_room(organiser, slot)
        event = slot.as_event(SUBJECT, guest_address, "somebody@partner.example")
        await organiser.field(BOOK, input={"roomIds": [room["id"]], "event": event, "idempotencyKey": "walk"})

        assert await seen_of(organiser, slot, guest_address) == nobody_knows
        assert await seen_of(guest, slot, guest_address) == office

        theirs = (await meeting(guest, slot))["id"]
        await guest.field(RESPOND, input={"eventId": theirs, "response": "ACCEPT"})
        assert await seen_of(organiser, slot, guest_address) == office
        seen = await meeting(organiser, slot)
        assert seen["attendeeSummary"]["elsewhere"] == 1
        external = [entry["person"]["email"] for entry in seen["attendees"]["nodes"] if entry["isExternal"]]
        assert external == ["somebody@partner.example"]

        await works(organiser, slot, building)
        assert (await meeting(guest, slot))["organiserLocation"] == office

        await guest.field(RESPOND, input={"eventId": theirs, "response": "DECLINE"})
        assert await seen_of(organiser, slot, guest_address) == nobody_knows


@pytest.fixture
async def newbridge(tmp_path: Path) -> AsyncIterator[Story]:
    """At Microsoft, which tells a mailbox's further addresses."""
    async with story_on(sqlite_url(tmp_path), tmp_path, NEWBRIDGE, PENDING_POLLING="false") as story:
        yield story


async def test_a_colleague_is_recognised_by_a_further_address_of_their_mailbox(newbridge: Story) -> None:
    story, alias = newbridge, "nora@newbridge.example"
    guest_address = story.company.administrator
    await story.sandbox.control("PATCH", f"users/{guest_address}", {"further_addresses": [alias]})
    guest_token, organiser_token = await story.enabled(), await story.connected_member()
    slot = on_a_monday()
    by_alias = ForeignEvent(subject=SUBJECT, body="", place="", guest=alias, start=slot.start, end=slot.end)
    await story.company.plant(story.sandbox, by_alias)

    async with story.speaking_for(organiser_token) as organiser, story.speaking_for(guest_token) as guest:
        await works(guest, slot, await lighthouse(guest))
        shared = await guest.field(SHARE, input={"sharing": "EVERYONE"})
        assert shared["__typename"] == "LocationSharingSet", shared

        [attendee] = (await meeting(organiser, slot))["attendees"]["nodes"]

    assert attendee["person"]["email"] == alias
    assert (attendee["isExternal"], attendee["member"]["name"]) == (False, "Nora Berg")
    assert attendee["location"] == {"kind": "AT_OFFICE", "building": "Lighthouse"}
