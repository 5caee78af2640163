"""Another room for a whole series, for one of its dates, or for a date and all that follow."""

from datetime import timedelta
from typing import Any

import pytest

from app.bookings.commands import CancelBooking, CancelScope
from app.bookings.models import BookingOccurrence
from app.bookings.status import BookingState
from app.errors import (
    BookingClosed,
    InvalidInput,
    SuiteUnavailable,
)
from app.notifications.models import Notification
from app.suites import errors as suite_errors
from app.suites.events import EventKind, Person, RoomAnswer, RoomInvitation
from tests.bookings.exchanging import exchange, rooms_on, states
from tests.bookings.house import START, House, Killed, invitation, make_event
from tests.bookings.steps import date_of, look, weekly_series


class TestASeries:
    async def test_the_whole_series_is_pending_again_with_the_other_room(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, master, events = await weekly_series(house, room, 4)
        house.answer(room, RoomAnswer.DECLINED)
        await look(house)

        row = await exchange(house, booking, other, scope=CancelScope.SERIES)

        assert (row.state, row.room_id) == (BookingState.PENDING, other.id)
        assert rooms_on(house, master) == ["Pier"]
        assert await states(house, booking, events) == [(BookingState.PENDING, None)] * 4

    async def test_one_declined_date_gets_another_room_and_the_others_keep_theirs(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, master, events = await weekly_series(house, room, 4)
        house.answer(room, RoomAnswer.ACCEPTED)
        house.answer(room, RoomAnswer.DECLINED, events[1].mailbox_id)
        await look(house)
        date = await date_of(house, booking, events[1])

        row = await exchange(house, booking, other, scope=CancelScope.OCCURRENCE, occurrence_id=date.id)
        house.answer(other, RoomAnswer.ACCEPTED)
        await look(house)

        after = await house.booking(booking)
        assert (row.state, row.room_id) == (BookingState.PENDING, room.id)
        assert after.state is BookingState.ACCEPTED
        assert after.reason is None
        assert [rooms_on(house, event) for event in (master, events[0], events[1])] == [
            ["Lighthouse"],
            ["Lighthouse"],
            ["Pier"],
        ]
        assert (await states(house, booking, events))[:2] == [
            (BookingState.ACCEPTED, None),
            (BookingState.ACCEPTED, "Pier"),
        ]

    async def test_a_date_that_knows_the_room_by_another_address_gets_the_other_room_with_the_series(
        self, house: House
    ) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, events = await weekly_series(house, room, 4)
        aliased = RoomInvitation(Person("sea-room@tidewater.example", room.name), RoomAnswer.ACCEPTED)
        house.change(events[1].mailbox_id, kind=EventKind.EXCEPTION, rooms=(aliased,))

        await exchange(house, booking, other, scope=CancelScope.SERIES)

        assert [rooms_on(house, event) for event in events] == [["Pier"]] * 4

    async def test_a_date_and_all_that_follow_get_another_room(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, events = await weekly_series(house, room, 4)
        house.answer(room, RoomAnswer.ACCEPTED)
        await look(house)
        date = await date_of(house, booking, events[2])

        row = await exchange(house, booking, other, scope=CancelScope.THIS_AND_FOLLOWING, occurrence_id=date.id)

        assert row.state is BookingState.PENDING
        assert await states(house, booking, events) == [
            (BookingState.ACCEPTED, None),
            (BookingState.ACCEPTED, None),
            (BookingState.PENDING, "Pier"),
            (BookingState.PENDING, "Pier"),
        ]

    async def test_dates_beyond_the_horizon_are_followed_once_a_room_was_chosen_for_them(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, events = await weekly_series(house, room, dates=20)
        house.answer(room, RoomAnswer.ACCEPTED)
        await look(house)
        date = await date_of(house, booking, events[1])
        await exchange(house, booking, other, scope=CancelScope.THIS_AND_FOLLOWING, occurrence_id=date.id)
        house.answer(other, RoomAnswer.ACCEPTED)

        await look(house)

        assert (await house.booking(booking)).state is BookingState.ACCEPTED
        assert await BookingOccurrence.filter(room_id=other.id, state=BookingState.ACCEPTED).count() == 19

    async def test_dates_that_were_reached_are_recorded_and_a_repeat_goes_on(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, events = await weekly_series(house, room, 4)
        date = await date_of(house, booking, events[0])
        command: dict[str, Any] = {"scope": CancelScope.THIS_AND_FOLLOWING, "occurrence_id": date.id}

        async def later_fails() -> None:
            house.stack.suite.fail_next("change_rooms", suite_errors.SuiteUnavailable())

        house.interruptions.after["change_rooms"] = later_fails
        with pytest.raises(SuiteUnavailable):
            await exchange(house, booking, other, **command)
        between = await states(house, booking, events)
        told = house.stack.bus.kinds[-2:]

        await exchange(house, booking, other, **command)

        assert told == ["BOOKING_CHANGED", "BOOKINGS_DUE"]
        assert [name for _, name in between] == ["Pier", None, None, None]
        assert await states(house, booking, events) == [(BookingState.PENDING, "Pier")] * 4

    async def test_killed_in_the_middle_the_next_check_takes_on_what_was_done(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, events = await weekly_series(house, room, 4)
        date = await date_of(house, booking, events[0])
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await exchange(house, booking, other, scope=CancelScope.THIS_AND_FOLLOWING, occurrence_id=date.id)
        house.answer(other, RoomAnswer.ACCEPTED)

        await look(house)

        assert (await states(house, booking, events))[:2] == [
            (BookingState.ACCEPTED, "Pier"),
            (BookingState.PENDING, None),
        ]
        assert await Notification.all().count() == 0

    async def test_killed_after_the_series_was_changed_the_next_check_takes_every_date_on(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, events = await weekly_series(house, room, 4)
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await exchange(house, booking, other, scope=CancelScope.SERIES)
        house.change(rooms=(invitation(other),))

        await look(house)

        row = await house.booking(booking)
        assert (row.room_id, row.state, row.requested_room_id) == (other.id, BookingState.PENDING, None)
        assert await states(house, booking, events) == [(BookingState.PENDING, None)] * 4
        assert await Notification.all().count() == 0

    async def test_a_date_that_was_let_go_does_not_come_back(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, events = await weekly_series(house, room, 4)
        date = await date_of(house, booking, events[1])
        await house.bookings.cancel(
            house.principal,
            CancelBooking(booking_id=booking.id, scope=CancelScope.OCCURRENCE, occurrence_id=date.id),
        )

        await exchange(house, booking, other, scope=CancelScope.SERIES)

        assert (await states(house, booking, events))[1][0] is BookingState.CANCELLED
        with pytest.raises(BookingClosed):
            await exchange(house, booking, other, scope=CancelScope.OCCURRENCE, occurrence_id=date.id)

    async def test_a_series_of_four_hundred_dates_is_not_changed_one_by_one(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        start = START + timedelta(hours=2)
        master = house.hold(make_event(start, kind=EventKind.SERIES))
        for day in range(400):
            house.hold(
                make_event(start + timedelta(days=day), kind=EventKind.OCCURRENCE, series_mailbox_id=master.mailbox_id)
            )
        booking = (await house.book(room, event_mailbox_id=master.mailbox_id)).bookings[0]
        dates = (await house.bookings.occurrences(house.principal, [booking.id]))[booking.id]

        with pytest.raises(InvalidInput) as refusal:
            await exchange(house, booking, other, scope=CancelScope.THIS_AND_FOLLOWING, occurrence_id=dates[0].id)

        assert (refusal.value.field, refusal.value.remedy) == ("scope", "Change the whole series, or single dates.")
        assert len(dates) == 90

    @pytest.mark.parametrize(
        ("scope", "field"),
        [(None, "scope"), (CancelScope.OCCURRENCE, "occurrenceId"), (CancelScope.THIS_AND_FOLLOWING, "occurrenceId")],
    )
    async def test_what_is_not_said_is_asked_for(self, house: House, scope: CancelScope | None, field: str) -> None:
        booking, _, _ = await weekly_series(house, await house.room("Lighthouse"), 4)

        with pytest.raises(InvalidInput) as refusal:
            await exchange(house, booking, await house.room("Pier"), scope=scope)

        assert refusal.value.field == field
