"""An organisation that does not give its room directory: rooms are entered by address, and nothing else is missed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.journeys.bad_input.world import in_plain_words
from tests.journeys.companies import BROOKSIDE, NEWBRIDGE
from tests.journeys.story import BOOK, ENABLE, PENDING, TEST, Slot, Story, story_on
from tests.support.client import Client
from tests.support.database import sqlite_url

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERMISSIONS = """{ calendarSuites { name
  permissions { scope isDelegated purpose why isRequired } permissionChoices { variant scopes leftOut }
} }"""
START_WITHOUT = """mutation ($suite: SuiteName!) {
  startIntegration(input: {suite: $suite, variant: WITHOUT_ROOM_DIRECTORY}) { __typename
    ... on IntegrationStarted { consentUrl } ... on Problem { code message }
} }"""
INTEGRATION = """{ integration { status health variant issues { code }
  lastTest { passed checks { name outcome note } } roomSync { state }
} }"""
SYNC = "mutation { syncRooms { __typename ... on Problem { code message remedy whoActs } } }"
SUITE_ROOMS = '{ suiteRooms(search: "light") { __typename ... on Problem { code message remedy whoActs } } }'
CREATE = """mutation ($input: CreateRoomInput!) { createRoom(input: $input) { __typename
  ... on RoomCreated { room { id name pairing } } ... on Problem { code message remedy }
} }"""


@dataclass(frozen=True, slots=True)
class Refusing:
    """Who does without the directory, and a room that its administrator knows the address of."""

    name: str
    story: Story
    administrator: str
    member: str
    room: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    folder = tmp_path_factory.mktemp("without-directory")
    async with story_on(sqlite_url(folder), folder, NEWBRIDGE, PENDING_POLLING="false") as story:
        yield story


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["MICROSOFT_365", "GOOGLE_WORKSPACE"])
async def refusing(request: pytest.FixtureRequest, story: Story) -> Refusing:
    """Organisations whose members may consent for themselves."""
    if request.param == NEWBRIDGE.suite:
        room = "room.lighthouse-2.14@tidewater.example"
        return Refusing("Tidewater", story, "ada.vos@tidewater.example", "ben.kok@tidewater.example", room)
    at_google = Story(story.sandbox, story.server, BROOKSIDE)
    hugo, lena = "hugo.brandt@fernhill.example", "lena.fischer@fernhill.example"
    rooms = await story.sandbox.control("GET", "google/rooms")
    room = next(room["address"] for room in rooms if room["name"].startswith("Meadow") and room["capacity"] == 20)
    return Refusing("Fernhill", at_google, hugo, lena, room)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def administrator(refusing: Refusing) -> AsyncIterator[Client]:
    """Who started the integration without the directory, consented and enabled it."""
    story = refusing.story
    token = await story.token_by_invitation(refusing.administrator, refusing.name)
    async with story.speaking_for(token) as administrator:
        started = await administrator.field(START_WITHOUT, suite=story.company.suite)
        await story.visit(refusing.administrator, started["consentUrl"])
        await administrator.field(ENABLE)
        yield administrator


async def test_the_integration_works_and_says_what_it_lacks(administrator: Client) -> None:
    integration = await administrator.field(INTEGRATION)

    directory = next(check for check in integration["lastTest"]["checks"] if check["name"] == "ROOM_DIRECTORY")
    assert (integration["status"], integration["health"], integration["issues"]) == ("ENABLED", "HEALTHY", [])
    assert integration["variant"] == "WITHOUT_ROOM_DIRECTORY"
    assert integration["lastTest"]["passed"]
    assert directory["outcome"] == "SKIPPED"
    assert "without the room directory" in directory["note"]
    assert integration["roomSync"] is None


async def test_a_test_can_be_repeated_and_passes_without_the_directory(administrator: Client) -> None:
    report = (await administrator.field(TEST))["report"]

    outcomes = {check["name"]: check["outcome"] for check in report["checks"]}
    assert report["passed"]
    assert outcomes.pop("ROOM_DIRECTORY") == "SKIPPED"
    assert set(outcomes.values()) <= {"PASSED"} | {outcomes["CHANGE_NOTIFICATIONS"]}


@pytest.mark.parametrize("document", [SYNC, SUITE_ROOMS], ids=["syncRooms", "suiteRooms"])
async def test_whatever_needs_the_directory_says_so_and_names_the_way_without(
    administrator: Client, document: str
) -> None:
    problem = await administrator.field(document)

    assert problem["code"] == "PERMISSION_MISSING"
    assert "entered by email address" in problem["remedy"]
    assert in_plain_words(problem)


async def test_a_room_that_is_entered_by_its_address_is_booked_and_answers(
    refusing: Refusing, administrator: Client
) -> None:
    story, slot = refusing.story, Slot.in_days(4)
    created = await administrator.field(
        CREATE, input={"email": refusing.room, "name": "The one we know", "idempotencyKey": "known"}
    )
    token = await story.connected_member(refusing.member)

    async with story.speaking_for(token) as member, member.subscribe(PENDING) as updates:
        room = created["room"]["id"]
        booked = await member.field(
            BOOK, input={"roomIds": [room], "event": slot.as_event("By address"), "idempotencyKey": "address"}
        )
        update = await updates.next()
        while update["booking"]["state"] == "PENDING":
            update = await updates.next()

    assert created["room"]["pairing"] == "PAIRED"
    assert booked["__typename"] == "RoomsBooked"
    assert (update["booking"]["state"], update["booking"]["room"]["name"]) == ("ACCEPTED", "The one we know")


async def test_everything_is_listed_before_anybody_consents(story: Story) -> None:
    token = await story.token_by_invitation("olga.petrova@elsewhere.example", "Elsewhere")

    async with story.speaking_for(token) as newcomer:
        suites = {suite["name"]: suite for suite in await newcomer.field(PERMISSIONS)}

    asked = {
        name: {item["scope"].rpartition("/auth/")[2]: item["isDelegated"] for item in suite["permissions"]}
        for name, suite in suites.items()
    }
    left_out = {
        name: [choice["leftOut"] for choice in suite["permissionChoices"] if choice["leftOut"]]
        for name, suite in suites.items()
    }
    assert asked["MICROSOFT_365"] == {
        "offline_access": True,
        "Calendars.ReadWrite": True,
        "openid": True,
        "profile": True,
        "User.Read": True,
        "Place.Read.All": False,
    }
    assert asked["GOOGLE_WORKSPACE"] == {
        "calendar.events": True,
        "calendar.freebusy": True,
        "calendar.calendarlist.readonly": True,
        "openid": True,
        "email": True,
        "profile": True,
        "admin.directory.resource.calendar.readonly": True,
    }
    assert left_out["MICROSOFT_365"] == [["Place.Read.All"]]
    assert [scope.rpartition("/auth/")[2] for [scope] in left_out["GOOGLE_WORKSPACE"]] == [
        "admin.directory.resource.calendar.readonly"
    ]
    assert all(item["why"].endswith(".") for suite in suites.values() for item in suite["permissions"])
