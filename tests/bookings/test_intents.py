"""Requests that were broken off and never repeated."""

from datetime import timedelta

import pytest

from app.bookings.models import BookingIntent, IntentState, RoomBooking
from app.connections.models import CalendarConnection, ConnectionStatus
from app.suites.errors import SuiteUnavailable
from tests.bookings.house import House, Killed


async def _broken_off(house: House, *, created: bool) -> None:
    if created:
        house.interruptions.lose_answer("create")
    else:
        house.interruptions.kill("create")
    with pytest.raises(Killed):
        await house.book(await house.room(), key="one", event=house.new_event())


async def test_an_event_that_was_created_is_found_and_its_rooms_are_booked(house: House) -> None:
    await _broken_off(house, created=True)
    house.ticker.advance(timedelta(minutes=3))

    await house.sweep.run_due()

    (booking,) = await RoomBooking.all()
    assert booking.member_id == house.member.id
    assert booking.next_check_at == house.ticker.moment
    assert [row.state for row in await BookingIntent.all()] == [IntentState.DONE]
    assert house.watches.ensured == [house.connection.id]


async def test_the_members_repeat_then_reads_what_the_sweep_recorded(house: House) -> None:
    room, event = await house.room(), house.new_event()
    house.interruptions.lose_answer("create")
    with pytest.raises(Killed):
        await house.book(room, key="one", event=event)
    house.ticker.advance(timedelta(minutes=3))
    await house.sweep.run_due()

    booked = await house.book(room, key="one", event=event)

    assert [row.id for row in await RoomBooking.all()] == [booked.bookings[0].id]
    assert len(house.calendar.events) == 1


async def test_a_request_under_way_is_left_alone(house: House) -> None:
    await _broken_off(house, created=True)
    await house.checks.mark_due(house.connection.id, None)
    house.interruptions.calls.clear()

    due = await house.sweep.run_due()

    assert house.interruptions.calls == []
    assert due == house.ticker.moment + timedelta(minutes=3)


async def test_an_event_that_was_never_created_is_given_up_after_some_tries(house: House) -> None:
    await _broken_off(house, created=False)
    tries = 0
    while (await BookingIntent.get()).state is IntentState.OPEN:
        house.ticker.advance(timedelta(hours=1))
        await house.sweep.run_due()
        tries += 1

    assert tries == 5
    assert (await BookingIntent.get()).state is IntentState.ABANDONED
    assert await house.sweep.run_due() is None


async def test_the_member_can_still_repeat_what_was_given_up(house: House) -> None:
    room, event = (
        await house.room(),
        house.new_event(
            start=house.ticker.moment + timedelta(days=2), end=house.ticker.moment + timedelta(days=2, hours=1)
        ),
    )
    house.interruptions.kill("create")
    with pytest.raises(Killed):
        await house.book(room, key="one", event=event)
    await BookingIntent.all().update(state=IntentState.ABANDONED, next_check_at=None)

    booked = await house.book(room, key="one", event=event)

    assert len(booked.bookings) == 1
    assert len(house.calendar.events) == 1


async def test_while_the_suite_is_down_the_intent_waits(house: House) -> None:
    await _broken_off(house, created=True)
    house.ticker.advance(timedelta(minutes=3))
    house.stack.suite.fail_next("find_created", SuiteUnavailable())
    due = await house.sweep.run_due()
    assert due is not None
    house.ticker.moment = due

    await house.sweep.run_due()

    assert await RoomBooking.all().count() == 1


async def test_an_intent_of_a_broken_connection_waits_for_it(house: House) -> None:
    await _broken_off(house, created=True)
    await CalendarConnection.all().update(status=ConnectionStatus.RECONNECT_REQUIRED)
    house.ticker.advance(timedelta(minutes=3))
    house.interruptions.calls.clear()

    await house.sweep.run_due()

    assert house.interruptions.calls == []
    assert (await BookingIntent.get()).state is IntentState.OPEN
