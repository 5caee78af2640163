"""The room directory hangs on administrators' own consents: left unticked, taken up by another, lost and taken over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from app import clock
from app.database import engine
from app.identity.invitations import INVITATION_LIFETIME, invitation_link
from app.identity.models import Invitation, Organisation, Role
from app.keys import new_token, token_hash
from tests.journeys.bad_input.world import DISCONNECT, in_plain_words
from tests.journeys.companies import BROOKSIDE
from tests.journeys.story import BOOK, ENABLE, PENDING, ROOM_COUNT, ROOM_SYNC_SECONDS, Slot, Story, story_on
from tests.support.client import Client
from tests.support.database import sqlite_url

pytestmark = pytest.mark.asyncio(loop_scope="module")

DIRECTORY = frozenset({"admin.directory.resource.calendar.readonly"})
NELL, PAT, NILS = BROOKSIDE.administrator, BROOKSIDE.tenant_administrator, "nils.ostby@brookside.example"

TEST = """mutation { runTestFlow { __typename
  ... on TestFlowRun { report { passed checks { name outcome issue { code message remedy whoActs } } } }
  ... on Problem { code message }
} }"""
CONDITION = "{ integration { status health issues { code message remedy whoActs } } }"
SYNC = """mutation { syncRooms { __typename ... on RoomSyncRequested { roomSync { requestedAt } }
  ... on Problem { code message } } }"""
LAST_SYNC = "{ integration { roomSync { state failureCode roomsRead } } }"
CREATE = """mutation ($input: CreateRoomInput!) { createRoom(input: $input) { __typename
  ... on RoomCreated { room { id name email pairing } problems { code } }
  ... on Problem { code message remedy retryable whoActs }
} }"""
ROOM = "query ($id: ID!) { node(id: $id) { ... on Room { name email pairing capacity } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    """Brookside at Google, nothing joined yet, its application trusted."""
    folder = tmp_path_factory.mktemp("carriers")
    async with story_on(sqlite_url(folder), folder, BROOKSIDE, PENDING_POLLING="false") as story:
        await BROOKSIDE.approve(story.sandbox, [{"kind": "TRUSTED_APPLICATION", "url": None}])
        yield story


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nell(story: Story) -> AsyncIterator[Client]:
    """The first administrator, who joined the suite with the directory's box unticked and enabled it all the same."""
    async with story.speaking_for(await story.token_by_invitation(NELL)) as nell:
        started = await story.started(nell)
        await story.visit(NELL, started["consentUrl"], unticked=DIRECTORY)
        enabled = await nell.field(ENABLE)
        assert enabled["__typename"] == "IntegrationEnabled", enabled
        await _ended_sync(nell)
        yield nell


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pat(story: Story, nell: Client) -> AsyncIterator[Client]:
    """A second administrator, who has not connected."""
    link = await _second_invitation(story)
    await story.visit(PAT, f"{link}?suite={BROOKSIDE.suite}")
    async with story.speaking_for(await story.token_by_sign_in(PAT)) as pat:
        assert await pat.field("{ viewer { role } }") == {"role": "SUBSCRIPTION_ADMINISTRATOR"}
        yield pat


async def _second_invitation(story: Story) -> str:
    """A link for one more administrator, written beside the running server as the operator's command does."""
    token, now = new_token("invitation"), clock.now()
    async with engine.database(story.server.environment["HYBRID_MEETINGS_DATABASE_URL"]):
        await Invitation.create(
            organisation=await Organisation.get(name=BROOKSIDE.name),
            token_hash=token_hash(token),
            role=Role.SUBSCRIPTION_ADMINISTRATOR,
            created_at=now,
            expires_at=now + INVITATION_LIFETIME,
        )
    return invitation_link(story.server.address, token)


async def _ended_sync(administrator: Client) -> dict[str, Any]:
    async with asyncio.timeout(ROOM_SYNC_SECONDS):
        while True:
            sync: dict[str, Any] = (await administrator.field(LAST_SYNC))["roomSync"]
            if sync and sync["state"] in {"SUCCEEDED", "FAILED"}:
                return sync


async def _synced(administrator: Client) -> dict[str, Any]:
    """How a reading of the rooms ends that this administrator asks for."""
    asked = await administrator.field(SYNC)
    assert asked["__typename"] == "RoomSyncRequested", asked
    return await _ended_sync(administrator)


async def _condition(administrator: Client) -> tuple[str, list[str]]:
    """Health, and the codes of what is wrong."""
    integration = await administrator.field(CONDITION)
    return integration["health"], [issue["code"] for issue in integration["issues"]]


@asynccontextmanager
async def _carried_by(story: Story, administrator: Client, address: str) -> AsyncIterator[None]:
    """Connected with every box ticked; afterwards the consent is over."""
    await story.connected(administrator, address)
    yield
    await administrator.field(DISCONNECT)


async def _room_of_google(story: Story, name: str) -> str:
    rooms = await story.sandbox.control("GET", "google/rooms")
    [address] = [room["address"] for room in rooms if room["name"] == name]
    return str(address)


async def _created(administrator: Client, email: str, name: str) -> dict[str, Any]:
    created: dict[str, Any] = await administrator.field(
        CREATE, input={"email": email, "name": name, "idempotencyKey": uuid4().hex}
    )
    return created


async def test_a_test_passes_without_the_directory_and_shows_which_box_was_left_unticked(nell: Client) -> None:
    run = await nell.field(TEST)

    assert run["report"]["passed"]
    checks = {check["name"]: check for check in run["report"]["checks"]}
    directory = checks.pop("ROOM_DIRECTORY")
    assert {check["outcome"] for check in checks.values()} == {"PASSED"}
    assert directory["issue"]["code"] == "ROOM_DIRECTORY_NOT_TICKED"
    assert directory["issue"]["whoActs"] == "SUBSCRIPTION_ADMINISTRATOR"
    assert in_plain_words(directory["issue"])


async def test_an_integration_that_nobody_lists_the_rooms_for_is_enabled_and_says_what_it_lacks(nell: Client) -> None:
    integration = await nell.field(CONDITION)

    assert (integration["status"], integration["health"]) == ("ENABLED", "DEGRADED")
    uncarried = integration["issues"][-1]
    assert (uncarried["code"], uncarried["whoActs"]) == ("ROOM_DIRECTORY_UNCARRIED", "SUBSCRIPTION_ADMINISTRATOR")
    assert "by email address" in uncarried["remedy"]
    assert in_plain_words(uncarried)


async def test_a_sync_without_a_carrier_fails_by_name(nell: Client) -> None:
    sync = await _synced(nell)

    assert (sync["state"], sync["failureCode"]) == ("FAILED", "ROOM_DIRECTORY_UNCARRIED")


async def test_a_room_that_was_entered_by_its_address_is_booked_and_answers(story: Story, nell: Client) -> None:
    created = await _created(nell, await _room_of_google(story, "Weir 1.01"), "The one by the door")
    room, slot = created["room"], Slot.in_days(3)
    token = await story.connected_member()

    async with story.speaking_for(token) as member, member.subscribe(PENDING) as updates:
        free = await story.free_room(member, slot)
        await member.field(
            BOOK, input={"roomIds": [room["id"]], "event": slot.as_event("By address"), "idempotencyKey": "by-address"}
        )
        update = await updates.next()
        while update["booking"]["state"] == "PENDING":
            update = await updates.next()

    assert (room["pairing"], created["problems"]) == ("PAIRED", [])
    assert free["id"] == room["id"]
    assert (update["booking"]["state"], update["booking"]["room"]["name"]) == ("ACCEPTED", "The one by the door")


async def test_an_address_that_google_does_not_know_makes_no_room(nell: Client) -> None:
    before = (await nell.field(ROOM_COUNT))["totalCount"]

    problem = await _created(nell, "c_188mistyped@resource.calendar.google.com", "Nowhere")

    assert (problem["__typename"], problem["code"]) == ("RoomAddressUnknown", "ROOM_ADDRESS_UNKNOWN")
    assert (problem["whoActs"], problem["retryable"]) == ("SUBSCRIPTION_ADMINISTRATOR", False)
    assert in_plain_words(problem)
    assert (await nell.field(ROOM_COUNT))["totalCount"] == before


async def test_a_second_administrator_who_ticks_the_box_carries_the_directory_until_they_disconnect(
    story: Story, nell: Client, pat: Client
) -> None:
    entered = await _created(nell, await _room_of_google(story, "Weir 2.01"), "Entered before")

    async with _carried_by(story, pat, PAT):
        healed = await _condition(nell)
        sync = await _synced(pat)
        taken_over = await nell.field(ROOM, id=entered["room"]["id"])
        count = (await nell.field(ROOM_COUNT))["totalCount"]
    without = await _condition(nell)

    assert healed[0] == "HEALTHY"
    assert "ROOM_DIRECTORY_UNCARRIED" not in healed[1]
    assert (sync["state"], sync["roomsRead"], count) == ("SUCCEEDED", BROOKSIDE.rooms, BROOKSIDE.rooms)
    assert (taken_over["name"], taken_over["pairing"], taken_over["capacity"]) == ("Weir 2.01", "PAIRED", 10)
    assert (without[0], without[1][-1]) == ("DEGRADED", "ROOM_DIRECTORY_UNCARRIED")


async def test_rooms_that_were_read_stay_bookable_when_the_last_carrier_goes(
    story: Story, nell: Client, pat: Client
) -> None:
    async with _carried_by(story, pat, PAT):
        await _synced(pat)
    token = await story.connected_member()

    async with story.speaking_for(token) as member:
        room, slot = await story.free_room(member, Slot.in_days(6)), Slot.in_days(6)
        booked = await member.field(
            BOOK, input={"roomIds": [room["id"]], "event": slot.as_event("Uncarried"), "idempotencyKey": "uncarried"}
        )

    assert (await _condition(nell))[0] == "DEGRADED"
    assert [booking["state"] for booking in booked["bookings"]] == ["PENDING"]


async def test_the_next_administrator_takes_over_when_google_refuses_the_first(
    story: Story, nell: Client, pat: Client
) -> None:
    sandbox = story.sandbox
    async with _carried_by(story, pat, PAT):
        assert (await _synced(nell))["state"] == "SUCCEEDED"
        await sandbox.control("DELETE", f"google/users/{NELL}/consent")
        async with _carried_by(story, nell, NELL):
            await sandbox.control("PATCH", f"google/users/{PAT}", {"is_administrator": False})
            await sandbox.control("DELETE", "calls")

            sync = await _synced(nell)

            condition, calls = await _condition(nell), await sandbox.control("GET", "calls")
            await sandbox.control("PATCH", f"google/users/{PAT}", {"is_administrator": True})
        alone = await _condition(nell)
    await story.visit(NELL, (await story.started(nell))["consentUrl"], unticked=DIRECTORY)

    asked = [call for call in calls["recent"] if call["host"] == "google-directory"]
    assert asked[0]["status"] == 403
    assert asked[-1]["status"] == 200
    assert (sync["state"], sync["roomsRead"]) == ("SUCCEEDED", BROOKSIDE.rooms)
    assert condition[0] == "HEALTHY"
    assert alone[0] == "DEGRADED"


async def test_a_members_consent_carries_nothing_whatever_they_ticked(story: Story, nell: Client) -> None:
    scopes = ["calendar.events", "calendar.freebusy", *DIRECTORY]
    await story.sandbox.control("PATCH", f"google/users/{NILS}", {"is_administrator": True})
    await story.sandbox.control("PUT", f"google/users/{NILS}/consent", {"scopes": scopes})

    await story.connected_member(NILS)

    assert (await _condition(nell))[1][-1] == "ROOM_DIRECTORY_UNCARRIED"
