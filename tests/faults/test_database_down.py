"""PostgreSQL dies or hangs under a server and a worker: they say so, wait for nothing without end, and go on by
themselves once it is back.
"""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.faults.surroundings import Surroundings, answered, booked, booking_of, surroundings, until_told
from tests.journeys.story import BOOK, BOOKINGS, PENDING, Slot

pytestmark = [pytest.mark.postgresql, pytest.mark.redis]

DEADLINE = 2
LETTING_GO = 3
"""What a request may need beyond the deadline to let go of a database that hangs."""
SLOT = Slot.in_days(5)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Surroundings]:
    async with surroundings(tmp_path, EXECUTION_DEADLINE=str(DEADLINE)) as here:
        yield here


async def test_while_the_database_is_dead_the_server_lives_is_not_ready_and_says_when_to_come_back(
    here: Surroundings,
) -> None:
    token = await here.story.token_by_invitation(here.story.company.administrator)
    async with here.story.speaking_for(token) as administrator:
        await here.database.kill()
        live, ready = await here.health("live"), await here.health("ready")
        asked, posted = await here.asked(administrator), await here.post_as_suite()
        stranger = await here.asked(administrator, "{ __typename }")
        page = await answered(f"{here.story.server.address}/auth/sign-in?suite={here.story.company.suite}")
        await here.database.start()
        await here.until_ready()
        again = await here.asked(administrator)

    assert live.status == HTTPStatus.OK
    assert (ready.status, ready.body["database"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "unreachable")
    assert (asked.status, asked.headers["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "5")
    assert (asked.error["code"], asked.error["retryAfterSeconds"]) == ("UNAVAILABLE", 5)
    assert asked.error["correlationId"]
    assert stranger.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert (page.status, page.headers["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "5")
    assert (posted.status, posted.headers["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "5")
    assert max(answer.seconds for answer in (live, ready, asked, posted, page)) < DEADLINE
    assert (again.status, "errors" in again.body) == (HTTPStatus.OK, False)


async def test_while_the_database_hangs_nobody_is_held_up_beyond_the_deadline(here: Surroundings) -> None:
    token = await here.story.token_by_invitation(here.story.company.administrator)
    async with here.story.speaking_for(token) as administrator:
        here.database.pause()
        live, ready, posted, *asked = await asyncio.gather(
            here.health("live"),
            here.health("ready"),
            here.post_as_suite(),
            *(here.asked(administrator) for _ in range(20)),
        )
        here.database.resume()
        await here.until_ready()
        again = await asyncio.gather(*(here.asked(administrator) for _ in range(20)))

    assert (live.status, ready.status) == (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE)
    assert live.seconds < 1
    assert ready.seconds < 2 + LETTING_GO
    assert posted.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert posted.seconds < 3 + LETTING_GO
    assert {(answer.status, answer.error["code"]) for answer in asked} == {
        (HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE")
    }
    assert max(answer.seconds for answer in asked) < DEADLINE + LETTING_GO
    assert {(answer.status, "errors" in answer.body) for answer in again} == {(HTTPStatus.OK, False)}


async def test_what_a_room_says_while_the_database_is_dead_is_sent_again_and_told_on_the_socket_that_stayed_open(
    here: Surroundings,
) -> None:
    story = here.story
    async with story.server.worker():
        await story.enabled()
        async with story.speaking_for(await story.connected_member()) as member, member.subscribe(PENDING) as updates:
            room = await booked(story, member, "Heard late", SLOT)
            await until_told(updates, "ACCEPTED")
            await here.database.kill()
            await story.company.change_mind(story.sandbox, room["email"], "Heard late")
            await _until_turned_away(here)
            await here.database.start()

            update = await until_told(updates, "REJECTED")

    assert update["previousState"] == "ACCEPTED"


async def test_a_database_that_dies_while_the_suite_books_leaves_one_event_and_one_booking_once_it_is_asked_again(
    here: Surroundings,
) -> None:
    story, creation = here.story, {**here.story.company.creation, "effect": "hold", "moment": "after"}
    async with story.server.worker():
        await story.enabled()
        async with story.speaking_for(await story.connected_member()) as member:
            room = await story.free_room(member, SLOT)
            wanted = booking_of(room, "Handover", SLOT)
            fault = await story.sandbox.control("POST", "faults", creation)
            first_try = asyncio.create_task(here.asked(member, BOOK, **wanted))
            await story.sandbox.control("GET", f"faults/{fault['id']}/held")
            await here.database.kill()
            await story.sandbox.control("POST", f"faults/{fault['id']}/release")
            broken_off = await first_try
            await story.sandbox.control("DELETE", "faults")
            await here.database.start()
            await here.until_ready()

            nothing_yet = (await member.field(BOOKINGS))["nodes"]
            answer = await member.field(BOOK, **wanted)
            bookings = (await member.field(BOOKINGS))["nodes"]

    assert broken_off.error["code"] == "UNAVAILABLE"
    assert nothing_yet == []
    assert [booking["id"] for booking in bookings] == [booking["id"] for booking in answer["bookings"]]
    assert len(bookings) == len(await story.company.items(story.sandbox, "Handover")) == 1


async def _until_turned_away(here: Surroundings) -> None:
    """Returns once the suite has met a 503 at our door."""
    async with asyncio.timeout(10):
        while True:
            deliveries = await here.story.sandbox.control("GET", "graph/deliveries")
            if any(delivery["status"] == HTTPStatus.SERVICE_UNAVAILABLE for delivery in deliveries):
                return
