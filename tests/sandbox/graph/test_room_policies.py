"""The booking rules of rooms beyond the plain ones: who, how long, when, how far ahead, and who did not come."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.graph.client import AsgiClient
from tests.sandbox.graph.conftest import ADA, BEN, ROOM, Sandbox, event
from tests.sandbox.graph.test_calendar_view import around, whole
from tests.sandbox.graph.test_rooms import policy, room_answer, series


async def booked(sandbox: Sandbox, client: AsgiClient, body: dict[str, Any]) -> str:
    """The room's answer to a new event."""
    created = await client.post("/v1.0/me/events", body)
    sandbox.rooms_answer()
    return await room_answer(client, created.body)


@pytest.mark.parametrize(
    ("rules", "ada", "ben"),
    [
        ({"all_book_in_policy": False, "book_in_policy": [ADA.upper()]}, "accepted", "declined"),
        (
            {"all_book_in_policy": False, "book_in_policy": [ADA], "all_request_in_policy": True},
            "accepted",
            "tentativelyAccepted",
        ),
        ({"all_book_in_policy": False, "request_in_policy": [BEN]}, "declined", "tentativelyAccepted"),
        ({"behaviour": "APPROVAL", "book_in_policy": [ADA]}, "tentativelyAccepted", "tentativelyAccepted"),
    ],
)
async def test_a_room_tells_those_who_may_book_it_from_those_who_may_ask_and_from_others(
    sandbox: Sandbox, rules: dict[str, object], ada: str, ben: str
) -> None:
    await policy(sandbox, **rules)

    found = [
        await booked(sandbox, sandbox.as_user(who), event(sandbox.soon(days=day), rooms=(ROOM,)))
        for day, who in ((1, ADA), (2, BEN))
    ]

    assert found == [ada, ben]


async def test_a_request_that_breaks_the_rules_never_reaches_the_delegate(sandbox: Sandbox) -> None:
    await policy(sandbox, all_book_in_policy=False, all_request_in_policy=True, maximum_duration_minutes=30)

    assert await booked(sandbox, sandbox.as_user(ADA), event(sandbox.soon(), rooms=(ROOM,))) == "declined"


@pytest.mark.parametrize(("response", "expected"), [("accept", "accepted"), ("decline", "declined")])
async def test_a_delegate_decides_after_the_room_has_answered_tentatively(
    sandbox: Sandbox, response: str, expected: str
) -> None:
    ada = sandbox.as_user(ADA)
    await policy(sandbox, all_book_in_policy=False, all_request_in_policy=True)
    created = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,)))
    sandbox.rooms_answer()
    before = await room_answer(ada, created.body)

    order = {"organizer": ADA, "event_id": created.body["id"], "response": response}
    await sandbox.control.post(f"/control/graph/rooms/{ROOM}/answer", order)

    assert (before, await room_answer(ada, created.body)) == ("tentativelyAccepted", expected)


@pytest.mark.parametrize(
    ("minutes", "expected"), [(29, "declined"), (30, "accepted"), (90, "accepted"), (91, "declined")]
)
async def test_a_room_takes_only_meetings_of_a_length_that_it_allows(
    sandbox: Sandbox, minutes: int, expected: str
) -> None:
    await policy(sandbox, minimum_duration_minutes=30, maximum_duration_minutes=90)

    body = event(sandbox.soon(), minutes=minutes, rooms=(ROOM,))

    assert await booked(sandbox, sandbox.as_user(ADA), body) == expected


@pytest.mark.parametrize(("days", "expected"), [(9, "accepted"), (11, "declined")])
async def test_a_room_takes_only_meetings_within_its_booking_window(sandbox: Sandbox, days: int, expected: str) -> None:
    await policy(sandbox, booking_window_days=10)

    assert await booked(sandbox, sandbox.as_user(ADA), event(sandbox.soon(days=days), rooms=(ROOM,))) == expected


async def test_a_room_can_keep_to_working_hours_in_its_own_zone(sandbox: Sandbox) -> None:
    await policy(sandbox, only_in_working_hours=True)
    monday = sandbox.soon(days=7 - sandbox.state.clock.now().weekday())

    found = [
        await booked(sandbox, sandbox.as_user(ADA), event(start, rooms=(ROOM,)))
        for start in (monday.replace(hour=10), monday.replace(hour=20), monday.replace(hour=12) - timedelta(days=1))
    ]

    assert found == ["accepted", "declined", "declined"]


async def test_a_room_that_allows_conflicts_takes_two_meetings_at_once(sandbox: Sandbox) -> None:
    await policy(sandbox, allows_conflicts=True)

    found = [await booked(sandbox, sandbox.as_user(who), event(sandbox.soon(), rooms=(ROOM,))) for who in (ADA, BEN)]

    assert found == ["accepted", "accepted"]


@pytest.mark.parametrize("ends", ["numbered", "never"])
async def test_a_room_that_does_not_enforce_its_horizon_takes_a_long_series_and_keeps_only_its_beginning(
    sandbox: Sandbox, ends: str
) -> None:
    ada = sandbox.as_user(ADA)
    await policy(sandbox, enforces_horizon=False, booking_window_days=20)
    start = sandbox.soon(days=3)
    body = series(start, 6)
    if ends == "never":
        body["recurrence"]["range"] = {"type": "noEnd", "startDate": body["start"]["dateTime"][:10]}

    answer = await booked(sandbox, ada, body)

    rows = await whole(ada, around(start, days=40))
    [told] = (await sandbox.control.get("/control/graph/bookings")).body
    holds = [one["holds"] for one in told["rooms"][0]["dates"].values()]
    assert answer == "accepted"
    assert {a["status"]["response"] for row in rows for a in row["attendees"]} == {"accepted"}
    assert holds[:6] == [True, True, True, False, False, False]


async def test_a_room_that_does_not_enforce_its_horizon_still_declines_a_single_meeting_beyond_it(
    sandbox: Sandbox,
) -> None:
    await policy(sandbox, enforces_horizon=False, booking_window_days=20)

    assert await booked(sandbox, sandbox.as_user(ADA), event(sandbox.soon(days=30), rooms=(ROOM,))) == "declined"


async def passes(sandbox: Sandbox, step: timedelta) -> None:
    """Time goes by, and whoever waited for it has been heard."""
    told = asyncio.Event()
    sandbox.state.mailboxes.feed.listen(lambda change: told.set() if change.mailbox.address == ADA else None)
    sandbox.state.clock.advance(step)
    await asyncio.wait_for(told.wait(), 5)


async def test_a_room_is_given_back_when_nobody_has_checked_in(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    await policy(sandbox, released_after_minutes=10)
    created = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,)))
    sandbox.rooms_answer()

    await passes(sandbox, timedelta(days=1, hours=10))

    assert await room_answer(sandbox.as_user(ADA), created.body) == "declined"


async def test_a_room_that_somebody_checked_in_to_stays_theirs(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    await policy(sandbox, released_after_minutes=10)
    created = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,)))
    sandbox.rooms_answer()
    order = {"organizer": ADA, "event_id": created.body["id"]}

    checked_in = await sandbox.control.post(f"/control/graph/rooms/{ROOM}/check-in", order)
    again = await sandbox.control.post(f"/control/graph/rooms/{ROOM}/check-in", order)

    assert (checked_in.status, again.status) == (200, 404)
    assert sandbox.state.mailboxes.no_shows.run() == 0


async def test_only_the_date_that_nobody_came_to_is_given_back_of_a_series_and_the_next_one_is_waited_for(
    sandbox: Sandbox,
) -> None:
    ada = sandbox.as_user(ADA)
    await policy(sandbox, released_after_minutes=10)
    start = sandbox.soon(days=3)
    await ada.post("/v1.0/me/events", series(start, 3))
    sandbox.rooms_answer()

    await passes(sandbox, timedelta(days=3, hours=10))

    [told] = (await sandbox.control.get("/control/graph/bookings")).body
    waiting = sandbox.state.mailboxes.no_shows.waiting()
    assert [one["answer"] for one in told["rooms"][0]["dates"].values()] == ["declined", "accepted", "accepted"]
    assert [one.occurrence for one in waiting] == [(start + timedelta(weeks=1)).date()]
