"""Bookings on PostgreSQL, and by several processes at once."""

import asyncio
import contextvars
import multiprocessing
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tortoise import connections

from app import clock
from app.agenda.values import EventRoomState
from app.bookings import transitions
from app.bookings.models import BookingIntent, IntentState, RoomBooking
from app.bookings.status import BookingState
from app.connections.service import Disconnected
from app.database import deadlocks
from app.notifications.models import Notification, NotificationKind
from app.references.models import EventAttendance, EventReference, MailboxReference
from app.suites.events import Attendee, AttendeeKind, Person, Response, RoomAnswer
from tests.bookings import racing
from tests.bookings.house import START, House, Ticker, invitation, make_event, make_house
from tests.support.database import open_database
from tests.support.suites import CAPABILITIES

pytestmark = pytest.mark.postgresql


@pytest.fixture
async def house_on_postgresql(postgresql_url: str, keys, vault) -> AsyncIterator[House]:  # type: ignore[no-untyped-def]
    ticker = Ticker()
    async with open_database(postgresql_url):
        with clock.use(ticker):
            yield await make_house(keys, vault, ticker)


async def test_a_booking_is_made_seen_checked_and_let_go_on_postgresql(house_on_postgresql: House) -> None:
    house = house_on_postgresql
    room = await house.room(equipment=["screen"], capacity=8)
    booking = (await house.book(room)).bookings[0]
    house.answer(room, RoomAnswer.DECLINED)
    await house.checks.mark_due(house.connection.id, next(iter(house.calendar.events)))
    await house.checks.run_due()

    (event,) = (await house.agenda.agenda(house.principal, START, START + timedelta(days=7))).events

    assert (await house.booking(booking)).state is BookingState.REJECTED
    assert await Notification.all().count() == 1
    assert event.rooms[0].state is EventRoomState.REJECTED
    assert event.rooms[0].room is not None
    assert (event.rooms[0].room.equipment, event.rooms[0].room.capacity) == (["screen"], 8)


async def test_the_agenda_is_joined_on_postgresql_as_on_sqlite(house_on_postgresql: House) -> None:
    house = house_on_postgresql
    people = tuple(
        Attendee(Person(address, "Somebody"), AttendeeKind.REQUIRED, Response.ACCEPTED)
        for address in (house.member.address, "new@tidewater.example", "sam@elsewhere.example")
    )
    event = house.hold(make_event(attendees=people))
    references = await house.references.of_events(house.connection, house.stack.suite.name, [event])
    await EventAttendance.create(
        organisation_id=house.organisation.id,
        event_reference_id=references[event.mailbox_id].event.id,
        member_id=house.member.id,
        in_person=True,
    )

    (joined,) = (await house.agenda.agenda(house.principal, START, START + timedelta(days=7))).events

    assert [attendee.is_external for attendee in joined.attendees] == [False, False, True]
    assert joined.attendees[0].member is not None
    assert [entry.in_person for entry in joined.attendances] == [True]


async def test_references_made_side_by_side_are_one(house_on_postgresql: House) -> None:
    house = house_on_postgresql
    events = [make_event() for _ in range(20)]

    await asyncio.gather(
        *(
            house.references.of_events(house.connection, house.stack.suite.name, order)
            for order in (events, events[::-1], events, events[::-1])
        )
    )

    assert await EventReference.all().count() == 20
    assert await MailboxReference.all().count() == 20


async def test_the_same_key_from_two_processes_makes_one_event_and_one_booking(
    house_on_postgresql: House, postgresql_url: str, tmp_path: Path
) -> None:
    house = house_on_postgresql
    rooms = [await house.room("Lighthouse"), await house.room("Pier")]
    race = racing.Race(
        url=postgresql_url,
        folder=tmp_path,
        connection_id=house.connection.id,
        room_ids=tuple(room.id for room in rooms),
        start=START,
        keys=tuple(f"key-{number}" for number in range(10)),
    )

    first, second = await asyncio.to_thread(_run, race)

    assert first == second
    assert len(racing.created(tmp_path)) == len(race.keys)
    assert await RoomBooking.all().count() == len(race.keys) * len(rooms)
    assert {row.state for row in await BookingIntent.all()} == {IntentState.DONE}


async def test_two_that_check_side_by_side_notify_once(house_on_postgresql: House) -> None:
    house = house_on_postgresql
    room = await house.room()
    for _ in range(10):
        await house.book(room)
    house.answer(room, RoomAnswer.DECLINED)
    await house.checks.mark_due(house.connection.id, None)
    beside = replace(house)

    await asyncio.gather(house.checks.run_due(), beside.checks.run_due())

    assert {row.state for row in await RoomBooking.all()} == {BookingState.REJECTED}
    assert await Notification.all().count() == 10


async def test_two_that_see_a_swapped_room_side_by_side_follow_and_tell_once(house_on_postgresql: House) -> None:
    house = house_on_postgresql
    house.stack.suite.capabilities = replace(CAPABILITIES, replaces_rooms=True)
    room, other = await house.room("Lighthouse"), await house.room("Pier")
    for _ in range(10):
        await house.book(room)
    house.change(rooms=(invitation(other, RoomAnswer.ACCEPTED),))
    await house.checks.mark_due(house.connection.id, None)
    beside = replace(house)

    await asyncio.gather(house.checks.run_due(), beside.checks.run_due())

    assert {(row.room_id, row.requested_room_id) for row in await RoomBooking.all()} == {(other.id, room.id)}
    assert [row.kind for row in await Notification.all()] == [NotificationKind.ROOM_REPLACED] * 10


def _run(race: racing.Race) -> list[list[list[object]]]:
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(2), context.Queue()
    processes = [context.Process(target=racing.run, args=(race, gate, results), daemon=True) for _ in range(2)]
    for process in processes:
        process.start()
    answers = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(30)
    return answers


async def test_whoever_erases_a_connection_waits_for_the_look_that_is_writing(
    house_on_postgresql: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the look never for them: each would wait for the other, and one be broken off."""
    house = house_on_postgresql
    room = await house.room()
    await house.book(room)
    house.answer(room, RoomAnswer.DECLINED)
    await house.checks.mark_due(house.connection.id, next(iter(house.calendar.events)))
    erasing: list[asyncio.Task[Disconnected]] = []
    change, outside = transitions.change, contextvars.copy_context()

    async def changed(*arguments: Any, **named: Any) -> bool:
        is_changed = await change(*arguments, **named)
        async with asyncio.timeout(10):
            disconnecting = house.stack.connections.disconnect(house.principal)
            erasing.append(asyncio.create_task(disconnecting, context=outside))
            while not await _is_waiting():
                assert not erasing[0].done()
        return is_changed

    monkeypatch.setattr(deadlocks, "ATTEMPTS", 1)
    monkeypatch.setattr(transitions, "change", changed)
    await house.checks.run_due()
    await erasing[0]

    assert await Notification.all().count() == 1
    assert await RoomBooking.all().count() == 0


async def _is_waiting() -> bool:
    """Whether some transaction of this database waits for another one's lock."""
    waiting = "SELECT count(*) AS waiting FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')"
    [row] = await connections.get("default").execute_query_dict(waiting)
    return bool(row["waiting"])
