"""An event changes its place in the mailbox, and with it the id by which most programs know it."""

from pathlib import Path

from tests.faults.surroundings import booked, until_told
from tests.journeys.story import PENDING, Slot, story_on
from tests.support.database import sqlite_url

EVENT = """query ($id: ID!) { event(id: $id) { __typename ... on Event { subject } ... on Problem { code } } }"""
BOOKED_EVENTS = "{ bookings { nodes { event { id } } } }"


async def test_an_event_that_was_moved_between_folders_is_the_same_event_and_its_room_is_still_heard(
    tmp_path: Path,
) -> None:
    async with story_on(sqlite_url(tmp_path), tmp_path, PENDING_POLLING="false") as story:
        await story.enabled()
        async with story.speaking_for(await story.connected_member()) as member, member.subscribe(PENDING) as updates:
            room = await booked(story, member, "Moved", Slot.in_days(5))
            await until_told(updates, "ACCEPTED")
            [before] = (await member.field(BOOKED_EVENTS))["nodes"]
            [item] = await story.company.items(story.sandbox, "Moved")
            mailbox = f"graph/mailboxes/{story.company.member}/events"
            await story.sandbox.control("POST", f"{mailbox}/{item['id']}/move", {})

            read = await member.field(EVENT, id=before["event"]["id"])
            [after] = (await member.field(BOOKED_EVENTS))["nodes"]
            await story.company.change_mind(story.sandbox, room["email"], "Moved")
            update = await until_told(updates, "REJECTED")

    assert read["subject"] == "Moved"
    assert after == before
    assert update["previousState"] == "ACCEPTED"
