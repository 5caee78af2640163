"""A process that is stopped, or that waits for one slow mailbox, holds up nobody's bookings."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from app.bookings.checks import LONGEST_ROUND
from app.bookings.models import BookingIntent, IntentState, RoomBooking
from app.bookings.status import BookingState
from app.suites.events import RoomAnswer
from tests.bookings.house import House, Killed


class _Pause:
    """A call that the suite does not answer before it is told to."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def __call__(self) -> None:
        self.reached.set()
        await self.may_go_on.wait()


async def _stopped_in_the_middle(pause: _Pause, work: Callable[[], Awaitable[object]]) -> None:
    working = asyncio.ensure_future(work())
    await pause.reached.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


async def test_a_booking_that_a_stopped_process_was_looking_at_is_due_at_once(house: House) -> None:
    room = await house.room()
    booking = (await house.book(room)).bookings[0]
    house.answer(room, RoomAnswer.ACCEPTED)
    await house.checks.mark_due(house.connection.id, None)
    house.interruptions.before["event"] = pause = _Pause()
    await _stopped_in_the_middle(pause, house.checks.run_due)
    given_back = await house.booking(booking)

    await house.checks.run_due()

    assert (given_back.claimed_until, given_back.next_check_at) == (None, house.ticker.moment)
    assert house.stack.bus.kinds.count("BOOKINGS_DUE") > 1
    assert (await house.booking(booking)).state is BookingState.ACCEPTED


async def test_an_intent_that_a_stopped_process_was_asking_about_is_due_at_once_and_the_try_does_not_count(
    house: House,
) -> None:
    house.interruptions.lose_answer("create")
    with pytest.raises(Killed):
        await house.book(await house.room())
    house.ticker.advance(timedelta(minutes=3))
    house.interruptions.before["find_created"] = pause = _Pause()
    await _stopped_in_the_middle(pause, house.sweep.run_due)
    given_back = await BookingIntent.get()

    await house.sweep.run_due()

    assert (given_back.claimed_until, given_back.check_attempts) == (None, 0)
    assert (await BookingIntent.get()).state is IntentState.DONE
    assert await RoomBooking.all().count() == 1


async def test_a_mailbox_that_does_not_answer_keeps_nobody_from_what_became_due_meanwhile(house: House) -> None:
    room = await house.room()
    slow = (await house.book(room)).bookings[0]
    await house.checks.mark_due(house.connection.id, None)
    house.interruptions.before["event"] = pause = _Pause()
    running = asyncio.create_task(house.checks.run_due())
    await pause.reached.wait()

    quick = (await house.book(room)).bookings[0]
    house.answer(room, RoomAnswer.ACCEPTED)
    await RoomBooking.filter(id=quick.id).update(next_check_at=house.ticker.moment)
    async with asyncio.timeout(10):
        while (await house.booking(quick)).state is BookingState.PENDING:
            continue

    assert (await house.booking(slow)).state is BookingState.PENDING
    pause.may_go_on.set()
    await running
    assert (await house.booking(slow)).state is BookingState.ACCEPTED


async def test_a_round_of_looks_ends_although_something_is_always_due(house: House) -> None:
    booking = (await house.book(await house.room())).bookings[0]
    await house.checks.mark_due(house.connection.id, None)
    looks = 0

    async def due_again_a_while_later() -> None:
        nonlocal looks
        looks += 1
        house.ticker.advance(LONGEST_ROUND)
        await house.checks.mark_due(house.connection.id, None)

    house.interruptions.before["event"] = due_again_a_while_later

    async with asyncio.timeout(10):
        next_due = await house.checks.run_due()

    assert looks == 1
    assert next_due == house.ticker.moment, "the next round begins at once"
    assert (await house.booking(booking)).next_check_at == next_due
