"""Bookings of a whole series: every date has a state of its own."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app import errors as problems
from app.bookings.commands import CancelBooking, CancelScope
from app.bookings.models import BookingKind, BookingOccurrence, RoomBooking
from app.bookings.status import BookingReason, BookingState
from app.errors import BookingClosed, InvalidInput
from app.notifications.models import Notification
from app.references.models import EventReference
from app.rooms.models import Room
from app.suites.errors import SuiteUnavailable
from app.suites.events import Event, EventKind, EventStatus, RoomAnswer
from tests.bookings.house import START, House, invitation, make_event


def _series(house: House, dates: int = 3) -> tuple[Event, list[Event]]:
    """A weekly series of the member's own, first in two hours."""
    start = START + timedelta(hours=2)
    master = house.hold(make_event(start, kind=EventKind.SERIES))
    occurrences = [
        house.hold(
            make_event(
                start + timedelta(weeks=week),
                kind=EventKind.OCCURRENCE,
                series_mailbox_id=master.mailbox_id,
                original_start=start + timedelta(weeks=week),
            )
        )
        for week in range(dates)
    ]
    return master, occurrences


async def _booked(house: House, room: Room, dates: int = 3) -> tuple[RoomBooking, Event, list[Event]]:
    """The series with the room invited to every date, as the suite shows it afterwards."""
    master, occurrences = _series(house, dates)
    booking = (await house.book(room, event_mailbox_id=master.mailbox_id)).bookings[0]
    house.change(rooms=(invitation(room),))
    return booking, master, occurrences


async def _due(house: House) -> None:
    await house.checks.mark_due(house.connection.id, None)
    await house.checks.run_due()


async def _states(house: House) -> list[BookingState]:
    return sorted(row.state for row in await BookingOccurrence.all())


async def test_a_series_booking_has_a_row_for_each_coming_date(house: House) -> None:
    booking, _, _ = await _booked(house, await house.room())

    assert booking.kind is BookingKind.SERIES
    assert await _states(house) == [BookingState.PENDING] * 3


async def test_dates_that_cannot_be_read_when_booking_are_found_by_the_first_check(house: House) -> None:
    room = await house.room()
    master, _ = _series(house)
    house.stack.suite.fail_next("occurrences", SuiteUnavailable())
    await house.book(room, event_mailbox_id=master.mailbox_id)
    house.change(rooms=(invitation(room),))

    await _due(house)

    assert await _states(house) == [BookingState.PENDING] * 3


async def test_a_series_is_accepted_once_every_date_is(house: House) -> None:
    room = await house.room()
    booking, _, occurrences = await _booked(house, room)
    house.answer(room, RoomAnswer.ACCEPTED, occurrences[0].mailbox_id)
    await _due(house)
    partly = await house.booking(booking)
    house.answer(room, RoomAnswer.ACCEPTED)

    await _due(house)

    assert partly.state is BookingState.PENDING
    assert (await house.booking(booking)).state is BookingState.ACCEPTED


async def test_one_declined_date_rejects_the_series_and_notifies_once(house: House) -> None:
    room = await house.room()
    booking, _, occurrences = await _booked(house, room)
    house.answer(room, RoomAnswer.ACCEPTED)
    house.answer(room, RoomAnswer.DECLINED, occurrences[1].mailbox_id)

    await _due(house)
    await _due(house)

    row = await house.booking(booking)
    assert (row.state, row.reason) == (BookingState.REJECTED, BookingReason.DECLINED)
    assert await _states(house) == [BookingState.ACCEPTED, BookingState.ACCEPTED, BookingState.REJECTED]
    (notification,) = await Notification.all()
    assert notification.room_id == room.id


async def test_a_further_declined_date_is_told_too(house: House) -> None:
    room = await house.room()
    _, _, occurrences = await _booked(house, room)
    for occurrence in occurrences[:2]:
        house.answer(room, RoomAnswer.DECLINED, occurrence.mailbox_id)
        await _due(house)

    assert await Notification.all().count() == 2


async def test_a_date_that_the_organiser_removed_is_cancelled_and_the_others_stand(house: House) -> None:
    room = await house.room()
    booking, _, occurrences = await _booked(house, room)
    house.answer(room, RoomAnswer.ACCEPTED)
    del house.calendar.events[occurrences[1].mailbox_id]

    await _due(house)

    assert await _states(house) == [BookingState.ACCEPTED, BookingState.ACCEPTED, BookingState.CANCELLED]
    assert (await house.booking(booking)).state is BookingState.ACCEPTED


async def test_a_date_that_is_over_leaves_the_list_and_its_reference_begins_to_go(house: House) -> None:
    room = await house.room()
    await _booked(house, room)
    house.answer(room, RoomAnswer.ACCEPTED)
    house.ticker.advance(timedelta(days=1))

    await _due(house)

    assert len(await BookingOccurrence.all()) == 2
    assert await EventReference.filter(closed_at=house.ticker.moment).count() == 1


async def test_dates_join_as_they_come_within_ninety_days(house: House) -> None:
    room = await house.room()
    await _booked(house, room, dates=15)
    before = await BookingOccurrence.all().count()
    house.ticker.advance(timedelta(weeks=1))

    await _due(house)

    assert before == 13
    assert await BookingOccurrence.all().count() == 13
    assert await EventReference.filter(closed_at__isnull=True).count() == 14


async def test_a_series_without_coming_dates_is_over(house: House) -> None:
    booking, _, _ = await _booked(house, await house.room())
    house.ticker.advance(timedelta(weeks=4))

    await _due(house)

    row = await house.booking(booking)
    assert row.state is BookingState.PENDING
    assert row.closed_at is not None


async def test_a_series_that_begins_beyond_ninety_days_is_not_over(house: House) -> None:
    room = await house.room()
    start = START + timedelta(days=120)
    master = house.hold(make_event(start, kind=EventKind.SERIES))
    house.hold(make_event(start, kind=EventKind.OCCURRENCE, series_mailbox_id=master.mailbox_id))
    booking = (await house.book(room, event_mailbox_id=master.mailbox_id)).bookings[0]
    house.answer(room, RoomAnswer.ACCEPTED, master.mailbox_id)

    await _due(house)

    row = await house.booking(booking)
    assert (row.state, row.closed_at) == (BookingState.ACCEPTED, None)


async def test_a_notice_of_one_date_makes_the_series_due(house: House) -> None:
    booking, _, occurrences = await _booked(house, await house.room())
    house.ticker.advance(timedelta(seconds=1))

    await house.checks.mark_due(house.connection.id, occurrences[2].mailbox_id)

    assert (await house.booking(booking)).next_check_at == house.ticker.moment


async def test_a_date_keeps_its_row_when_its_mailbox_id_changes(house: House) -> None:
    room = await house.room()
    _, _, occurrences = await _booked(house, room)
    moved = house.calendar.events.pop(occurrences[0].mailbox_id)
    house.hold(replace(moved, mailbox_id="another", kind=EventKind.EXCEPTION))
    house.answer(room, RoomAnswer.ACCEPTED)

    await _due(house)

    assert await _states(house) == [BookingState.ACCEPTED] * 3


class TestLettingGo:
    async def test_the_whole_series(self, house: House) -> None:
        room = await house.room()
        booking, master, _ = await _booked(house, room)

        row = await house.bookings.cancel(
            house.principal, CancelBooking(booking_id=booking.id, scope=CancelScope.SERIES)
        )

        assert row.state is BookingState.CANCELLED
        assert house.calendar.events[master.mailbox_id].rooms == ()
        assert await _states(house) == [BookingState.CANCELLED] * 3

    async def test_one_date_leaves_the_others(self, house: House) -> None:
        room = await house.room()
        booking, _, occurrences = await _booked(house, room)
        dates = (await house.bookings.occurrences(house.principal, [booking.id]))[booking.id]
        meant = next(
            date for date in dates if house.references.open(date.mailbox_reference) == occurrences[1].mailbox_id
        )
        command = CancelBooking(booking_id=booking.id, scope=CancelScope.OCCURRENCE, occurrence_id=meant.id)

        row = await house.bookings.cancel(house.principal, command)

        assert row.state is BookingState.PENDING
        assert house.calendar.events[occurrences[1].mailbox_id].rooms == ()
        assert house.calendar.events[occurrences[0].mailbox_id].rooms != ()
        await _due(house)
        assert (await BookingOccurrence.get(id=meant.id)).state is BookingState.CANCELLED
        with pytest.raises(BookingClosed):
            await house.bookings.cancel(house.principal, command)

    async def test_a_date_and_all_that_follow(self, house: House) -> None:
        room = await house.room()
        booking, master, occurrences = await _booked(house, room, dates=20)
        house.answer(room, RoomAnswer.ACCEPTED)
        dates = (await house.bookings.occurrences(house.principal, [booking.id]))[booking.id]
        meant = next(
            date for date in dates if house.references.open(date.mailbox_reference) == occurrences[2].mailbox_id
        )

        row = await house.bookings.cancel(
            house.principal,
            CancelBooking(booking_id=booking.id, scope=CancelScope.THIS_AND_FOLLOWING, occurrence_id=meant.id),
        )
        house.ticker.advance(timedelta(weeks=1))
        await _due(house)

        with_room = [bool(house.calendar.events[event.mailbox_id].rooms) for event in (master, *occurrences)]
        assert with_room == [True] * 3 + [False] * 18
        assert row.state is BookingState.PENDING
        assert (await house.booking(booking)).state is BookingState.ACCEPTED
        assert await BookingOccurrence.filter(state=BookingState.CANCELLED).count() == 18
        assert await Notification.all().count() == 0

    async def test_the_events_of_a_date_and_all_that_follow_where_that_is_asked(self, house: House) -> None:
        booking, _, occurrences = await _booked(house, await house.room())
        dates = (await house.bookings.occurrences(house.principal, [booking.id]))[booking.id]
        meant = next(
            date for date in dates if house.references.open(date.mailbox_reference) == occurrences[1].mailbox_id
        )
        command = CancelBooking(
            booking_id=booking.id,
            scope=CancelScope.THIS_AND_FOLLOWING,
            occurrence_id=meant.id,
            cancel_event=True,
        )

        await house.bookings.cancel(house.principal, command)

        statuses = [house.calendar.events[event.mailbox_id].status for event in occurrences]
        assert statuses == [EventStatus.CONFIRMED, EventStatus.CANCELLED, EventStatus.CANCELLED]
        assert await _states(house) == [BookingState.CANCELLED, BookingState.CANCELLED, BookingState.PENDING]

    async def test_what_was_reached_is_let_go_where_a_later_date_fails(self, house: House) -> None:
        booking, _, occurrences = await _booked(house, await house.room())
        dates = (await house.bookings.occurrences(house.principal, [booking.id]))[booking.id]
        meant = next(
            date for date in dates if house.references.open(date.mailbox_reference) == occurrences[0].mailbox_id
        )

        async def later_fails() -> None:
            house.stack.suite.fail_next("change_rooms", SuiteUnavailable())

        house.interruptions.after["change_rooms"] = later_fails
        command = CancelBooking(booking_id=booking.id, scope=CancelScope.THIS_AND_FOLLOWING, occurrence_id=meant.id)
        with pytest.raises(problems.SuiteUnavailable):
            await house.bookings.cancel(house.principal, command)

        assert await _states(house) == [BookingState.CANCELLED, BookingState.PENDING, BookingState.PENDING]
        assert house.stack.bus.kinds[-1] == "BOOKING_CHANGED"

    async def test_the_declined_date_let_go_the_series_stands_as_the_others_do(self, house: House) -> None:
        room = await house.room()
        booking, _, occurrences = await _booked(house, room)
        house.answer(room, RoomAnswer.ACCEPTED)
        house.answer(room, RoomAnswer.DECLINED, occurrences[1].mailbox_id)
        await _due(house)
        declined = await BookingOccurrence.get(state=BookingState.REJECTED)
        command = CancelBooking(booking_id=booking.id, scope=CancelScope.OCCURRENCE, occurrence_id=declined.id)

        row = await house.bookings.cancel(house.principal, command)

        assert row.state is BookingState.ACCEPTED

    @pytest.mark.parametrize(
        ("scope", "field"),
        [(None, "scope"), (CancelScope.THIS_AND_FOLLOWING, "occurrenceId"), (CancelScope.OCCURRENCE, "occurrenceId")],
    )
    async def test_what_is_not_said_or_not_possible_is_refused_with_what_to_say_instead(
        self, house: House, scope: CancelScope | None, field: str
    ) -> None:
        booking, _, _ = await _booked(house, await house.room())

        with pytest.raises(InvalidInput) as refusal:
            await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id, scope=scope))

        assert refusal.value.field == field
        assert refusal.value.remedy
