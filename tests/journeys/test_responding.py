"""An invitation is answered through us, and the organiser's own copy shows it; what cannot be answered says why."""

from typing import Any

from tests.journeys.story import BOOK, Slot, Story
from tests.support.client import Client

SUBJECT = "Harbour walk"
AGENDA = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) {
  ... on Agenda { events { nodes { id subject response } } } ... on Problem { code message } } }"""
EVENT = """query ($id: ID!) { event(id: $id) { __typename
  ... on Event { attendees { nodes { person { email } response } } } ... on Problem { code message } } }"""
RESPOND = """mutation ($input: RespondToEventInput!) { respondToEvent(input: $input) { __typename
  ... on EventResponded { event { response } } ... on InvalidInput { field } ... on Problem { code message } } }"""


async def answered(client: Client, event_id: str, response: str, **values: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await client.field(RESPOND, input={"eventId": event_id, "response": response, **values})
    return answer


async def test_the_organisers_copy_shows_what_a_guest_answered(story: Story) -> None:
    guest_address = story.company.administrator
    guest_token, organiser_token = await story.enabled(), await story.connected_member()
    slot = Slot.in_days(4)

    async with story.speaking_for(organiser_token) as organiser, story.speaking_for(guest_token) as guest:
        room = await story.free_room(organiser, slot)
        event = slot.as_event(SUBJECT, guest_address)
        booked = await organiser.field(BOOK, input={"roomIds": [room["id"]], "event": event, "idempotencyKey": "walk"})
        mine = booked["event"]["id"]
        seen = await guest.field(AGENDA, **slot.as_window())
        [theirs] = [entry["id"] for entry in seen["events"]["nodes"] if entry["subject"] == SUBJECT]

        accepted = await answered(guest, theirs, "ACCEPT", comment="Rain or shine")

        assert accepted["event"]["response"] == "ACCEPTED"
        assert await responses(organiser, mine) == {guest_address: "ACCEPTED"}

        assert (await answered(guest, theirs, "DECLINE"))["__typename"] == "EventResponded"
        assert await responses(organiser, mine) == {guest_address: "DECLINED"}

        # Nonsense is told what is wrong with it, and changes nothing.
        assert (await answered(organiser, mine, "ACCEPT"))["field"] == "eventId"
        assert (await answered(guest, mine, "ACCEPT"))["__typename"] == "NotFound"
        assert (await answered(guest, theirs, "ACCEPT", comment="x" * 1001))["field"] == "comment"
        assert await responses(organiser, mine) == {guest_address: "DECLINED"}


async def responses(organiser: Client, event_id: str) -> dict[str, str]:
    event = await organiser.field(EVENT, id=event_id)
    return {entry["person"]["email"]: entry["response"] for entry in event["attendees"]["nodes"]}
