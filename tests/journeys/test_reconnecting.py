"""A member whose consent died at the suite is told once, and finds everything again after connecting anew."""

from typing import Any

from tests.journeys.bad_input.world import ACCESS, AGENDA
from tests.journeys.story import BOOK, PENDING, Slot, Story
from tests.support.client import Client

KILL = {
    "MICROSOFT_365": "users/{}/revoke-refresh-tokens",
    "GOOGLE_WORKSPACE": "google/users/{}/revoke-refresh-tokens",
}
EXPIRY = {"MICROSOFT_365": "entra/expire-access-tokens", "GOOGLE_WORKSPACE": "google/expire-access-tokens"}
HELD = """{ bookings { nodes { id state reason room { id } event { id subject } } }
  notifications(first: 100) { nodes { id kind } } }"""
EVENT = "query ($id: ID!) { node(id: $id) { ... on Event { id subject } } }"


async def _answered(story: Story, member: Client, slot: Slot, key: str) -> dict[str, Any]:
    """A booking of a free room once the room has answered."""
    async with member.subscribe(PENDING) as updates:
        room = await story.free_room(member, slot)
        booked = await member.field(
            BOOK, input={"roomIds": [room["id"]], "event": slot.as_event(f"Kept {key}"), "idempotencyKey": key}
        )
        while (update := await updates.next())["booking"]["state"] == "PENDING":
            continue
    assert update["booking"]["id"] == booked["bookings"][0]["id"]
    return dict(booked["event"])


async def test_a_dead_consent_is_told_once_and_connecting_anew_keeps_bookings_notifications_and_references(
    story: Story,
) -> None:
    await story.enabled()
    address, suite = story.company.member, story.company.suite
    async with story.speaking_for(await story.connected_member()) as member:
        accepted = await _answered(story, member, Slot.in_days(3), "accepted")
        room = await story.free_room(member, Slot.in_days(4))
        await story.company.decline_everything(story.sandbox, room["email"])
        await _answered(story, member, Slot.in_days(4), "declined")
        before = await member.ask(HELD)

        await story.sandbox.control("POST", KILL[suite].format(address))
        await story.sandbox.control("POST", EXPIRY[suite], {})
        problems = [await member.field(AGENDA, **Slot.in_days(3).as_window()) for _ in range(3)]
        broken = (await member.field(ACCESS))["connection"]
        told = [node["kind"] for node in (await member.ask(HELD))["notifications"]["nodes"]]
        await story.connected(member, address)
        after = await member.ask(HELD)
        event = await member.field(EVENT, id=accepted["id"])

    kept = [node for node in after["notifications"]["nodes"] if node["kind"] != "RECONNECT_REQUIRED"]
    assert {(problem["code"], problem["whoActs"]) for problem in problems} == {("RECONNECT_REQUIRED", "MEMBER")}
    assert all("everything you had is kept" in problem["remedy"] for problem in problems)
    assert broken == {"status": "RECONNECT_REQUIRED", "reason": "EXPIRED"}
    assert told.count("RECONNECT_REQUIRED") == 1
    assert [node["state"] for node in before["bookings"]["nodes"]].count("REJECTED") == 1
    assert after["bookings"] == before["bookings"]
    assert kept == before["notifications"]["nodes"]
    assert event == accepted
