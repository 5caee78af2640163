"""A server that dies while it exchanges a room: the repeat finds out how far it came, and nothing is done twice."""

from datetime import timedelta

import pytest

from app.bookings.commands import CancelBooking
from app.bookings.status import BookingState
from app.errors import (
    EventChanged,
    SuiteUnavailable,
)
from app.notifications.models import Notification, NotificationKind
from app.suites import errors as suite_errors
from app.suites.events import RoomAnswer
from tests.bookings.exchanging import exchange, rooms_on
from tests.bookings.house import House, Killed
from tests.bookings.steps import booked, look


class TestACrash:
    async def test_killed_before_the_call_the_old_room_stays_until_the_repeat(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, event = await booked(house, room)
        house.interruptions.kill("change_rooms")
        with pytest.raises(Killed):
            await exchange(house, booking, other, idempotency_key="once")
        await look(house)
        between = await house.booking(booking)

        row = await exchange(house, booking, other, idempotency_key="once")

        assert (between.room_id, between.state) == (room.id, BookingState.PENDING)
        assert (row.room_id, row.state) == (other.id, BookingState.PENDING)
        assert rooms_on(house, event) == ["Pier"]

    async def test_killed_after_the_call_the_next_check_takes_the_new_room_on(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await booked(house, room)
        house.answer(room, RoomAnswer.DECLINED)
        await look(house)
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await exchange(house, booking, other)

        house.ticker.advance(timedelta(minutes=4))
        await house.checks.run_due()
        pending = await house.booking(booking)
        house.answer(other, RoomAnswer.ACCEPTED)
        await look(house)

        row = await house.booking(booking)
        assert (pending.state, pending.room_id, pending.wanted_room_id) == (BookingState.PENDING, other.id, None)
        assert (row.state, row.requested_room_id) == (BookingState.ACCEPTED, None)
        assert row.reason is None
        assert await Notification.filter(kind=NotificationKind.ROOM_REPLACED).count() == 0

    async def test_killed_after_the_call_the_repeat_takes_the_new_room_on(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, event = await booked(house, room)
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await exchange(house, booking, other)

        row = await exchange(house, booking, other)

        assert (row.room_id, row.state) == (other.id, BookingState.PENDING)
        assert rooms_on(house, event) == ["Pier"]

    async def test_a_repeat_that_is_refused_leaves_what_the_first_attempt_did(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await booked(house, room)
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await exchange(house, booking, other)
        house.stack.suite.fail_next("change_rooms", suite_errors.ChangedMeanwhile())
        with pytest.raises(EventChanged):
            await exchange(house, booking, other)

        await look(house)

        row = await house.booking(booking)
        assert (row.state, row.room_id) == (BookingState.PENDING, other.id)
        assert await Notification.all().count() == 0

    async def test_a_check_in_between_and_the_repeat_make_one_change(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await booked(house, room)
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await exchange(house, booking, other, idempotency_key="once")
        house.answer(other, RoomAnswer.ACCEPTED)
        await look(house)

        row = await exchange(house, booking, other, idempotency_key="once")

        assert (row.room_id, row.state, row.version) == (other.id, BookingState.ACCEPTED, booking.version + 1)

    async def test_the_new_room_that_declined_meanwhile_is_told_as_bad_news(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await booked(house, room)
        house.answer(room, RoomAnswer.DECLINED)
        await look(house)
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await exchange(house, booking, other)
        house.answer(other, RoomAnswer.DECLINED)

        await look(house)

        told = await Notification.filter(kind=NotificationKind.ROOM_REJECTED).order_by("created_at")
        assert [notification.room_id for notification in told] == [room.id, other.id]

    async def test_a_repeat_is_answered_as_done_though_the_new_room_has_declined_meanwhile(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await booked(house, room)
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await exchange(house, booking, other, idempotency_key="once")
        house.answer(other, RoomAnswer.DECLINED)
        await look(house)

        row = await exchange(house, booking, other, idempotency_key="once")

        assert (row.room_id, row.state) == (other.id, BookingState.REJECTED)

    async def test_a_third_room_after_it_takes_the_second_ones_place(self, house: House) -> None:
        booking, event = await booked(house, await house.room("Lighthouse"))
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await exchange(house, booking, await house.room("Pier"))

        row = await exchange(house, booking, await house.room("Quay"))

        assert (row.room.name, rooms_on(house, event)) == ("Quay", ["Quay"])

    async def test_letting_go_after_it_leaves_no_room_behind(self, house: House) -> None:
        booking, event = await booked(house, await house.room("Lighthouse"))
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await exchange(house, booking, await house.room("Pier"))

        row = await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

        assert (row.state, rooms_on(house, event)) == (BookingState.CANCELLED, [])

    async def test_after_no_answer_of_the_suite_the_check_settles_it(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await booked(house, room)
        house.interruptions.lose_answer("change_rooms", suite_errors.SuiteUnavailable())
        with pytest.raises(SuiteUnavailable):
            await exchange(house, booking, other)

        await look(house)

        assert (await house.booking(booking)).room_id == other.id
