"""Values that make no sense, ids of others, and credentials that are none: refused in words, with nothing done."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from tests.journeys.bad_input.world import (
    ADA,
    AGENDA,
    BOOK_OR_SAY_WHY,
    CANCEL,
    NEW_TOKEN,
    REVOKE,
    World,
    in_plain_words,
)
from tests.journeys.story import BOOKINGS, Slot

pytestmark = pytest.mark.asyncio(loop_scope="package")

NOW = datetime.now(UTC)
REVERSED = {"from": NOW.isoformat(), "to": (NOW - timedelta(hours=1)).isoformat()}
TOO_LONG = {"from": NOW.isoformat(), "to": (NOW + timedelta(days=62, seconds=1)).isoformat()}
AVAILABLE = """query ($from: DateTime!, $to: DateTime!) { availableRooms(from: $from, to: $to) {
  __typename ... on Problem { code message remedy }
} }"""
SCHEDULES = """query ($from: DateTime!, $to: DateTime!) { rooms(first: 1) { nodes { schedule(from: $from, to: $to) {
  __typename ... on Problem { code message remedy }
} } } }"""


@pytest.mark.parametrize(
    ("window", "code"), [(REVERSED, "WINDOW_REVERSED"), (TOO_LONG, "WINDOW_TOO_LONG")], ids=["reversed", "63 days"]
)
@pytest.mark.parametrize("document", [AGENDA, AVAILABLE, SCHEDULES], ids=["agenda", "availableRooms", "schedule"])
async def test_a_window_that_makes_no_sense_is_refused_wherever_one_is_asked_for(
    world: World, document: str, window: dict[str, str], code: str
) -> None:
    async with world.story.speaking_for(world.mia) as mia:
        answer = await mia.field(document, **window)

    problem = answer["nodes"][0]["schedule"] if "nodes" in answer else answer
    assert problem["code"] == code
    assert problem["remedy"], "every window is refused with what to do instead"
    assert in_plain_words(problem)


def _event(**changes: Any) -> dict[str, Any]:
    return Slot.in_days(8).as_event("Never held") | changes


def _input(**changes: Any) -> dict[str, Any]:
    return {"event": _event(), "idempotencyKey": "never"} | changes


PAST = datetime.now(UTC) - timedelta(days=1)


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        (_input(event=_event(subject="s" * 256)), "SUBJECT_TOO_LONG", "event.subject"),
        (_input(event=_event(subject="  ")), "INVALID_VALUE", "event.subject"),
        (_input(event=_event(body="b" * 32_001)), "BODY_TOO_LONG", "event.body"),
        (_input(event=_event(body="\0")), "INVALID_VALUE", "event.body"),
        (
            _input(event=_event(start=PAST.isoformat(), end=(PAST + timedelta(hours=1)).isoformat())),
            "EVENT_IN_THE_PAST",
            "event.start",
        ),
        (_input(event=_event(end=Slot.in_days(7).end.isoformat())), "WINDOW_REVERSED", "event.end"),
        (_input(event=_event(end=Slot.in_days(90).end.isoformat())), "WINDOW_TOO_LONG", "event.end"),
        (
            _input(event=_event(attendees=[{"email": f"guest.{number}@partner.example"} for number in range(500)])),
            "TOO_MANY_ATTENDEES",
            "event.attendees",
        ),
        (
            _input(event=_event(attendees=[{"email": "ada@partner.example"}, {"email": "not an address"}])),
            "MALFORMED_EMAIL",
            "event.attendees.1.email",
        ),
        (_input(roomIds=[]), "INVALID_VALUE", "roomIds"),
        (_input(event=None), "INVALID_VALUE", "event"),
        (_input(idempotencyKey=""), "INVALID_VALUE", "idempotencyKey"),
        (_input(idempotencyKey="k" * 65), "INVALID_VALUE", "idempotencyKey"),
        (
            _input(event=_event(recurrence={"frequency": "WEEKLY", "weekdays": ["MONDAY"]})),
            "INVALID_VALUE",
            "event.recurrence",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_an_event_that_makes_no_sense_is_refused_with_the_field_that_is_wrong(
    world: World, wanted: dict[str, Any], code: str, field: str
) -> None:
    room = await world.room()

    async with world.nothing_done() as mia:
        problem = await mia.field(BOOK_OR_SAY_WHY, input={"roomIds": [room["id"]]} | wanted)

    assert (problem["code"], problem["field"].startswith(field)) == (code, True), problem
    assert (problem["retryable"], problem["whoActs"]) == (False, "MEMBER")
    assert in_plain_words(problem), problem


@pytest.mark.parametrize(
    "changes",
    [
        {"timeZone": "Europe/Atlantis"},
        {"start": "2027-03-01T09:30:00"},
        {"start": "yesterday"},
        {"start": "9999-12-31T23:00:00Z"},
    ],
)
async def test_a_zone_or_instant_that_does_not_exist_is_a_bad_request(world: World, changes: dict[str, str]) -> None:
    room = await world.room()

    async with world.nothing_done() as mia:
        answer = await mia.send(BOOK_OR_SAY_WHY, input=_input(roomIds=[room["id"]], event=_event(**changes)))

    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "data" not in answer


@pytest.mark.parametrize("id_of", ["foreign", "unknown", "wrong kind"])
async def test_ids_that_are_unknown_or_of_another_organisation_are_all_the_same_to_whoever_asks(
    world: World, id_of: str
) -> None:
    foreign = world.foreign
    ids = {
        "foreign": (foreign.room, foreign.event, foreign.booking, foreign.access_token),
        "unknown": ("bm90IGFuIGlk", "x", "🙂", ""),
        "wrong kind": ((await world.room())["id"],) * 4,
    }
    room, event, booking, access_token = ids[id_of]
    own_room = (await world.room())["id"]

    async with world.nothing_done() as mia:
        answers = [
            await mia.field("query ($id: ID!) { event(id: $id) { ... on Problem { code message remedy } } }", id=event),
            await mia.field(
                BOOK_OR_SAY_WHY, input={"roomIds": [own_room], "eventId": event, "idempotencyKey": f"event {id_of}"}
            ),
            await mia.field(CANCEL, input={"bookingId": booking}),
            await mia.field(REVOKE, id=access_token),
        ]
        if id_of != "wrong kind":
            answers.append(await mia.field(BOOK_OR_SAY_WHY, input=_input(roomIds=[room])))
        nodes = [
            await mia.field("query ($id: ID!) { node(id: $id) { id } }", id=other)
            for other in (event, booking, access_token)
            if id_of != "wrong kind"
        ]

    assert [answer["code"] for answer in answers] == ["NOT_FOUND"] * len(answers)
    assert all(in_plain_words(answer) for answer in answers)
    assert not any(nodes)


async def test_what_is_another_organisations_is_still_theirs_afterwards(world: World) -> None:
    async with world.story.speaking_for(world.ada) as ada:
        [theirs] = (await ada.field(BOOKINGS))["nodes"]

        assert theirs["id"] == world.foreign.booking
        assert theirs["state"] in {"PENDING", "ACCEPTED"}
    assert (await world.items(ADA)).count("Theirs") == 1


async def test_a_reserved_room_is_not_booked(world: World) -> None:
    before = await world.items(ADA)
    async with world.story.speaking_for(world.ada) as ada:
        found = await ada.field('{ rooms(filter: {search: "room.board"}) { nodes { id name isBookable } } }')
        [board] = found["nodes"]
        problem = await ada.field(BOOK_OR_SAY_WHY, input=_input(roomIds=[board["id"]]))
        bookings = (await ada.field(BOOKINGS))["nodes"]

    assert not board["isBookable"]
    assert problem["code"] == "ROOM_NOT_BOOKABLE"
    assert board["name"] in problem["message"]
    assert in_plain_words(problem)
    assert len(bookings) == 1
    assert await world.items(ADA) == before


async def test_a_room_that_left_the_directory_is_unpaired_and_not_booked(world: World) -> None:
    story = world.story
    room = {"address": "room.attic@newbridge.example", "name": "Attic", "capacity": 3, "building": "Annex"}
    await story.sandbox.control("POST", "graph/rooms", room | {"time_zone": "Europe/Oslo"})
    async with story.speaking_for(world.administrator) as administrator:
        await _synced(world, administrator)
        attic = await world.room("attic")
        await story.sandbox.control("DELETE", f"graph/rooms/{attic['email']}")
        await _synced(world, administrator)

    async with world.nothing_done() as mia:
        problem = await mia.field(BOOK_OR_SAY_WHY, input=_input(roomIds=[attic["id"]]))
        pairing = await mia.field("query ($id: ID!) { node(id: $id) { ... on Room { pairing } } }", id=attic["id"])

    assert pairing["pairing"] == "UNPAIRED"
    assert (problem["code"], problem["whoActs"]) == ("ROOM_NOT_PAIRED", "SUBSCRIPTION_ADMINISTRATOR")
    assert "Attic" in problem["message"]
    assert in_plain_words(problem)


async def _synced(world: World, administrator: Any) -> None:
    asked = await administrator.field(
        "mutation { syncRooms { ... on RoomSyncRequested { roomSync { requestedAt } } } }"
    )
    assert asked["roomSync"]["requestedAt"]
    await world.story.until_rooms_are_synced(administrator)


async def test_an_idempotency_key_is_good_for_one_request_only(world: World) -> None:
    room = await world.room()
    first = {"roomIds": [room["id"]], "event": Slot.in_days(9).as_event("The first"), "idempotencyKey": "reused"}
    async with world.story.speaking_for(world.mia) as mia:
        booked = await mia.field(BOOK_OR_SAY_WHY, input=first)

    async with world.nothing_done() as mia:
        problem = await mia.field(BOOK_OR_SAY_WHY, input=first | {"event": Slot.in_days(9).as_event("The second")})
        repeated = await mia.field(BOOK_OR_SAY_WHY, input=first)

    assert problem["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert in_plain_words(problem)
    assert [row["id"] for row in repeated["bookings"]] == [row["id"] for row in booked["bookings"]]
    assert "The second" not in await world.items()


async def test_a_credential_that_is_not_valid_opens_nothing(world: World) -> None:
    address = world.story.server.address
    async with world.story.speaking_for(world.mia) as mia:
        revoked, expired = [await mia.field(NEW_TOKEN, input={"name": key, "idempotencyKey": key}) for key in "ab"]
        assert (await mia.field(REVOKE, id=revoked["accessToken"]["id"]))["accessToken"]["revokedAt"]
    _let_expire(world, "b")

    credentials = [
        f"Bearer {revoked['token']}",
        f"Bearer {expired['token']}",
        f"Bearer {world.mia}x",
        f"Bearer {world.mia[:-1]}",
        "Bearer hybrid_meetings_",
        "Bearer \u00fcnlesbar".encode().decode("latin-1"),
        "Bearer",
        "Basic bWlhOnNlY3JldA==",
    ]
    async with aiohttp.ClientSession() as session:
        for credential in credentials:
            async with session.post(
                f"{address}/graphql",
                json={"query": BOOKINGS},
                headers={"Authorization": credential},
            ) as response:
                answer = await response.json(content_type=None)

            codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
            assert (codes, answer.get("data")) == (["UNAUTHENTICATED"], None), credential


async def test_another_organisations_credential_opens_its_own_organisation_only(world: World) -> None:
    async with world.story.speaking_for(world.mia) as mia:
        [mine] = [row["id"] for row in (await mia.field(BOOKINGS))["nodes"]][:1]
    async with world.story.speaking_for(world.ada) as ada:
        viewer = await ada.field("{ viewer { organisation { name } } }")
        node = await ada.field("query ($id: ID!) { node(id: $id) { id } }", id=mine)
        cancelled = await ada.field(CANCEL, input={"bookingId": mine})

    assert viewer["organisation"]["name"] == "Tidewater"
    assert node is None
    assert cancelled["code"] == "NOT_FOUND"


def _let_expire(world: World, name: str) -> None:
    """Time passes for one access token."""
    path = world.story.server.environment["HYBRID_MEETINGS_DATABASE_URL"].removeprefix("sqlite://")
    with closing(sqlite3.connect(path, timeout=5)) as database, database:
        changed = database.execute(
            "UPDATE access_token SET expires_at = ? WHERE name = ?", ((NOW - timedelta(seconds=1)).isoformat(" "), name)
        )
        assert changed.rowcount == 1
