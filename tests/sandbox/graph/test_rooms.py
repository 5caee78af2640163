"""How rooms answer, and what people in charge of them can do afterwards."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.graph.client import AsgiClient
from tests.sandbox.graph.conftest import ADA, BEN, OTHER_ROOM, ROOM, Sandbox, answers, event
from tests.sandbox.graph.test_calendar_view import around, weekly, whole


async def room_answer(client: AsgiClient, created: dict[str, Any], room: str = ROOM) -> str:
    return answers((await client.get(f"/v1.0/me/events/{created['id']}")).body)[room]


async def policy(sandbox: Sandbox, **rules: object) -> None:
    assert (await sandbox.control.patch(f"/control/graph/rooms/{ROOM}", rules)).status == 200


def series(start: datetime, count: int) -> dict[str, Any]:
    return weekly(start, count, "UTC") | {"attendees": event(start, rooms=(ROOM,))["attendees"]}


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        ("AUTO_ACCEPT", "accepted"),
        ("SILENT", "none"),
        ("APPROVAL", "tentativelyAccepted"),
        ("DECLINE_ALL", "declined"),
    ],
)
async def test_a_room_answers_by_its_policy(sandbox: Sandbox, behaviour: str, expected: str) -> None:
    ada = sandbox.as_user(ADA)
    await policy(sandbox, behaviour=behaviour)
    created = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,)))

    sandbox.rooms_answer()

    assert await room_answer(ada, created.body) == expected


async def test_a_room_answers_by_itself_after_its_delay(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    await sandbox.control.patch("/control/graph/attendant", {"delay_milliseconds": 60_000})
    created = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,)))
    assert await room_answer(ada, created.body) == "none"

    told = asyncio.Event()
    sandbox.state.mailboxes.feed.listen(lambda change: told.set() if change.mailbox.address == ADA else None)
    sandbox.state.clock.advance(timedelta(seconds=61))
    await asyncio.wait_for(told.wait(), 5)

    assert await room_answer(ada, created.body) == "accepted"


@pytest.mark.parametrize(
    ("days", "minutes"),
    [(-2, 60), (200, 60), (1, 25 * 60)],
    ids=["in the past", "beyond the booking window", "too long"],
)
async def test_a_room_declines_what_its_rules_exclude(sandbox: Sandbox, days: int, minutes: int) -> None:
    ada = sandbox.as_user(ADA)
    created = await ada.post("/v1.0/me/events", event(sandbox.soon(days=days), minutes=minutes, rooms=(ROOM,)))

    sandbox.rooms_answer()

    assert await room_answer(ada, created.body) == "declined"


async def test_each_room_of_an_event_answers_alone(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    await policy(sandbox, behaviour="DECLINE_ALL")
    created = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM, OTHER_ROOM)))

    sandbox.rooms_answer()

    found = await ada.get(f"/v1.0/me/events/{created.body['id']}")
    assert answers(found.body) == {ROOM: "declined", OTHER_ROOM: "accepted"}


async def test_one_conflict_declines_a_whole_series(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    start = sandbox.soon(days=3)
    await ada.post("/v1.0/me/events", event(start + timedelta(days=7), rooms=(ROOM,)))
    sandbox.rooms_answer()
    created = await ada.post("/v1.0/me/events", series(start, 4))

    sandbox.rooms_answer()

    assert await room_answer(ada, created.body) == "declined"


@pytest.mark.parametrize(("instances", "percentage"), [(1, 24), (0, 25)])
async def test_either_limit_declines_a_series_alone(sandbox: Sandbox, instances: int, percentage: int) -> None:
    ada = sandbox.as_user(ADA)
    await policy(sandbox, maximum_conflict_instances=instances, conflict_percentage_allowed=percentage)
    start = sandbox.soon(days=3)
    await ada.post("/v1.0/me/events", event(start + timedelta(days=7), rooms=(ROOM,)))
    sandbox.rooms_answer()
    created = await ada.post("/v1.0/me/events", series(start, 4))

    sandbox.rooms_answer()

    assert await room_answer(ada, created.body) == "declined"


async def test_a_tolerant_room_accepts_the_series_and_declines_the_dates_in_conflict(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    await policy(sandbox, maximum_conflict_instances=1, conflict_percentage_allowed=25)
    start = sandbox.soon(days=3)
    single = await ada.post("/v1.0/me/events", event(start + timedelta(days=7), rooms=(ROOM,)))
    sandbox.rooms_answer()
    created = await ada.post("/v1.0/me/events", series(start, 4))

    sandbox.rooms_answer()

    rows = [r for r in await whole(ada, around(start, days=40)) if r["id"] != single.body["id"]]
    assert [(row["type"], answers(row)[ROOM]) for row in rows] == [
        ("occurrence", "accepted"),
        ("exception", "declined"),
        ("occurrence", "accepted"),
        ("occurrence", "accepted"),
    ]
    assert await room_answer(ada, created.body) == "accepted"


async def test_a_series_without_end_is_beyond_every_booking_window(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    body = series(sandbox.soon(days=3), 4)
    body["recurrence"]["range"] = {"type": "noEnd", "startDate": body["start"]["dateTime"][:10]}
    created = await ada.post("/v1.0/me/events", body)

    sandbox.rooms_answer()

    assert await room_answer(ada, created.body) == "declined"


async def test_a_moved_date_of_a_series_is_asked_for_anew_and_may_be_declined_alone(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    start = sandbox.soon(days=3)
    created = await ada.post("/v1.0/me/events", series(start, 3))
    taken = await ada.post("/v1.0/me/events", event(start + timedelta(days=7, hours=3), rooms=(ROOM,)))
    sandbox.rooms_answer()
    rows = [r for r in await whole(ada, around(start, days=30)) if r["id"] != taken.body["id"]]

    moved = event(start + timedelta(days=7, hours=3))
    await ada.patch(f"/v1.0/me/events/{rows[1]['id']}", {name: moved[name] for name in ("start", "end")})
    sandbox.rooms_answer()

    after = [r for r in await whole(ada, around(start, days=30)) if r["id"] != taken.body["id"]]
    assert [answers(row)[ROOM] for row in after] == ["accepted", "declined", "accepted"]
    freed = await ada.post("/v1.0/me/events", event(start + timedelta(days=7), rooms=(ROOM,)))
    sandbox.rooms_answer()
    assert await room_answer(ada, freed.body) == "accepted"
    assert await room_answer(ada, created.body) == "accepted"


async def test_a_person_in_charge_can_flip_a_rooms_answer_later(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    created = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,)))
    sandbox.rooms_answer()

    order = {"organizer": ADA, "event_id": created.body["id"], "response": "decline"}
    flipped = await sandbox.control.post(f"/control/graph/rooms/{ROOM}/answer", order)

    assert flipped.status == 200
    assert await room_answer(ada, created.body) == "declined"
    again = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,)))
    sandbox.rooms_answer()
    assert await room_answer(ada, again.body) == "accepted"


async def test_a_room_that_a_person_removes_is_gone_from_the_event_and_free(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    created = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,), people=(BEN,)))
    sandbox.rooms_answer()

    path = f"/control/graph/mailboxes/{ADA}/events/{created.body['id']}/remove-attendee"
    await sandbox.control.post(path, {"address": ROOM})

    assert answers((await ada.get(f"/v1.0/me/events/{created.body['id']}")).body) == {BEN: "none"}
    assert (await sandbox.control.get(f"/control/graph/mailboxes/{ROOM}/items")).body == []


async def test_a_rooms_calendar_shows_the_organisers_name_instead_of_the_subject(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,), sensitivity="private"))
    sandbox.rooms_answer()

    [kept] = (await sandbox.control.get(f"/control/graph/mailboxes/{ROOM}/items")).body

    assert (kept["subject"], kept["sensitivity"], kept["body"]["content"]) == ("Ada", "normal", "")
