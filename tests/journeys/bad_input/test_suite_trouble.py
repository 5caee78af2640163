"""The suite is down, slow, busy or loses its answers: members are told in words, and nothing is half done."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.journeys.bad_input.world import AGENDA, BOOK_OR_SAY_WHY, World, in_plain_words
from tests.journeys.story import BOOKINGS, PENDING, Slot
from tests.support.client import Items

pytestmark = pytest.mark.asyncio(loop_scope="package")

WINDOW = Slot.in_days(2).as_window()
DEADLINE = timedelta(seconds=3)
DOWN: dict[str, dict[str, Any]] = {
    "unavailable": {"status": 503},
    "broken": {"status": 500},
    "bad gateway in HTML": {"status": 502, "body": "<html><h1>Bad Gateway</h1></html>"},
    "dropped": {"effect": "drop"},
    "malformed": {"effect": "malformed"},
    "hanging": {"effect": "hold", "moment": "before"},
    "trickling": {"effect": "trickle", "delay_seconds": 0.5},
}


@pytest.mark.parametrize("fault", DOWN.values(), ids=DOWN)
async def test_while_the_suite_is_down_an_agenda_is_a_problem_told_within_the_deadline(
    world: World, fault: dict[str, Any]
) -> None:
    await world.order(host="graph", path="/me/**", times=None, **fault)

    async with world.nothing_done() as mia:
        asked_at = datetime.now().astimezone()
        problem = await mia.field(AGENDA, **WINDOW)
        waited = datetime.now().astimezone() - asked_at

    assert (problem["code"], problem["retryable"], problem["whoActs"]) == ("SUITE_UNAVAILABLE", True, "MEMBER")
    assert in_plain_words(problem)
    assert waited < DEADLINE + timedelta(seconds=1)


async def test_a_suite_that_is_too_busy_is_told_with_when_to_come_again(world: World) -> None:
    throttled = {"status": 429, "headers": {"Retry-After": "86400"}}
    await world.order(host="graph", path="/me/**", times=None, **throttled)

    async with world.nothing_done() as mia:
        problem = await mia.field(AGENDA, **WINDOW)

    assert (problem["code"], problem["retryAfterSeconds"], problem["retryable"]) == ("SUITE_THROTTLED", 86_400, True)
    assert in_plain_words(problem)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503, "headers": {"Retry-After": "0.1"}},
        {"effect": "drop"},
        {"status": 429, "headers": {"Retry-After": "0.1"}},
    ],
    ids=["unavailable", "dropped", "busy"],
)
async def test_a_suite_that_comes_back_at_once_is_not_even_noticed(world: World, fault: dict[str, Any]) -> None:
    await world.order(host="graph", path="/me/**", times=1, **fault)

    async with world.nothing_done() as mia:
        agenda = await mia.field(AGENDA, **WINDOW)

    assert (agenda["__typename"], agenda["problems"]) == ("Agenda", [])


@pytest.mark.parametrize("name", ["unavailable", "broken", "bad gateway in HTML", "dropped", "hanging"])
async def test_a_booking_that_the_suite_never_saw_leaves_nothing_and_the_same_request_makes_it_later(
    world: World, name: str
) -> None:
    room, slot, subject = await world.room(), Slot.in_days(10), f"Lost on the way: {name}"
    wanted = {"roomIds": [room["id"]], "event": slot.as_event(subject), "idempotencyKey": subject}
    await world.order(host="graph", method="POST", path="/me/events", times=None, **DOWN[name])

    async with world.nothing_done() as mia:
        problem = await mia.field(BOOK_OR_SAY_WHY, input=wanted)
    await world.story.sandbox.control("DELETE", "faults")
    async with world.story.speaking_for(world.mia) as mia:
        booked = await mia.field(BOOK_OR_SAY_WHY, input=wanted)

    assert (problem["code"], problem["retryable"]) == ("SUITE_UNAVAILABLE", True)
    assert in_plain_words(problem)
    assert booked["__typename"] == "RoomsBooked", booked
    assert (await world.items()).count(subject) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503, "moment": "after"},
        {"effect": "drop", "moment": "after"},
        {"effect": "hold", "moment": "after"},
        {"effect": "malformed"},
        {"effect": "trickle", "delay_seconds": 0.5},
    ],
    ids=lambda fault: fault.get("effect", "unavailable"),
)
async def test_a_booking_whose_answer_is_lost_is_one_event_and_one_booking_however_often_it_is_sent(
    world: World, fault: dict[str, Any]
) -> None:
    room, slot = await world.room(), Slot.in_days(11)
    subject = f"Answer lost {sorted(fault.items())}"
    wanted = {"roomIds": [room["id"]], "event": slot.as_event(subject), "idempotencyKey": subject}
    await world.order(host="graph", method="POST", path="/me/events", times=1, **fault)

    async with world.story.speaking_for(world.mia) as mia:
        before = len((await mia.field(BOOKINGS))["nodes"])
        answers = [await mia.field(BOOK_OR_SAY_WHY, input=wanted) for _ in range(3)]
        after = len((await mia.field(BOOKINGS))["nodes"])

    assert answers[-1]["__typename"] == "RoomsBooked", answers
    assert (await world.items()).count(subject) == 1
    assert after == before + 1


async def test_the_same_request_sent_many_times_at_once_books_once(world: World) -> None:
    room, slot = await world.room(), Slot.in_days(12)
    wanted = {"roomIds": [room["id"]], "event": slot.as_event("Impatient"), "idempotencyKey": "impatient"}

    async with world.story.speaking_for(world.mia) as mia:
        answers = await asyncio.gather(*(mia.field(BOOK_OR_SAY_WHY, input=wanted) for _ in range(8)))

    assert {answer["__typename"] for answer in answers} == {"RoomsBooked"}, answers
    assert len({answer["bookings"][0]["id"] for answer in answers}) == 1
    assert (await world.items()).count("Impatient") == 1


@pytest.mark.parametrize("orders", [{"drop": 100}, {"delay_milliseconds": 60_000}], ids=["dropped", "late"])
async def test_polling_takes_over_when_notifications_do_not_come(world: World, orders: dict[str, int]) -> None:
    room, slot = await world.room(), Slot.in_days(13 if "drop" in orders else 14)
    await world.story.sandbox.control("PATCH", "graph/delivery", orders)

    async with world.story.speaking_for(world.mia) as mia, mia.subscribe(PENDING) as updates:
        booked = await mia.field(
            BOOK_OR_SAY_WHY,
            input={"roomIds": [room["id"]], "event": slot.as_event("Unheard"), "idempotencyKey": f"unheard {orders}"},
        )
        update = await updates.next()
        while update["booking"]["state"] == "PENDING" or update["booking"]["id"] != booked["bookings"][0]["id"]:
            update = await updates.next()

    assert update["booking"]["state"] == "ACCEPTED"


@pytest.mark.parametrize("orders", [{"duplicate": 20}, {"reverse": True}], ids=["doubled", "out of order"])
async def test_notifications_that_come_twice_or_out_of_order_tell_each_change_once(
    world: World, orders: dict[str, Any]
) -> None:
    room, slot = await world.room(), Slot.in_days(15 if "duplicate" in orders else 16)
    await world.story.sandbox.control("PATCH", "graph/delivery", orders)

    async with world.story.speaking_for(world.mia) as mia, mia.subscribe(PENDING) as updates:
        booked = await mia.field(
            BOOK_OR_SAY_WHY,
            input={"roomIds": [room["id"]], "event": slot.as_event("Twice"), "idempotencyKey": f"twice {orders}"},
        )
        heard = [update["booking"]["state"] for update in await _until_silent(updates, booked["bookings"][0]["id"])]

    assert heard[-1] == "ACCEPTED"
    assert heard.count("ACCEPTED") == 1


async def _until_silent(updates: Items, booking_id: str) -> list[dict[str, Any]]:
    """Every update of this booking, until none has come for a while."""
    heard = []
    with suppress(TimeoutError):
        while True:
            update = await updates.next(seconds=1.5)
            if update["booking"]["id"] == booking_id:
                heard.append(update)
    return heard
