"""Moving what a room is booked for: the room is asked anew."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.bookings.commands import CancelBooking, CancelScope, RescheduleBooking
from app.bookings.models import BookingOccurrence, RoomBooking
from app.bookings.status import BookingReason, BookingState
from app.errors import (
    BookingClosed,
    EventChanged,
    InvalidInput,
    NotFound,
    NotOrganiser,
    ProblemCode,
    SuiteUnavailable,
)
from app.notifications.models import Notification
from app.references.models import EventReference
from app.rooms.models import Room
from app.suites import errors as suite_errors
from app.suites.events import Event, EventKind, NewTime, RoomAnswer
from tests.bookings.house import START, House, Killed, invitation, make_event, make_house

AMSTERDAM = "Europe/Amsterdam"
FIRST = START + timedelta(hours=2)
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


def _at(start: datetime) -> NewTime:
    return NewTime(start=start, end=start + HOUR, time_zone=AMSTERDAM)


async def _move(house: House, booking: RoomBooking, time: NewTime, **values: Any) -> RoomBooking:
    return await house.bookings.reschedule(
        house.principal, RescheduleBooking(booking_id=booking.id, time=time, **values)
    )


async def _look(house: House) -> None:
    house.ticker.advance(timedelta(seconds=1))
    await house.checks.mark_due(house.connection.id, None)
    await house.checks.run_due()


async def _accepted(house: House, *rooms: Room) -> tuple[list[RoomBooking], Event]:
    event = house.hold(make_event(FIRST))
    bookings = (await house.book(*rooms, event_mailbox_id=event.mailbox_id)).bookings
    for room in rooms:
        house.answer(room, RoomAnswer.ACCEPTED)
    await _look(house)
    return list(bookings), event


async def _series(house: House, room: Room, dates: int = 3) -> tuple[RoomBooking, Event, list[Event]]:
    """A weekly series whose every date was accepted."""
    master = house.hold(make_event(FIRST, kind=EventKind.SERIES))
    events = [
        house.hold(
            make_event(
                FIRST + week * WEEK,
                kind=EventKind.OCCURRENCE,
                series_mailbox_id=master.mailbox_id,
                original_start=FIRST + week * WEEK,
            )
        )
        for week in range(dates)
    ]
    booking = (await house.book(room, event_mailbox_id=master.mailbox_id)).bookings[0]
    house.change(rooms=(invitation(room, RoomAnswer.ACCEPTED),))
    await _look(house)
    return booking, master, events


async def _date(house: House, booking: RoomBooking, event: Event) -> BookingOccurrence:
    rows = (await house.bookings.occurrences(house.principal, [booking.id]))[booking.id]
    return next(row for row in rows if house.references.open(row.mailbox_reference) == event.mailbox_id)


class TestAnEvent:
    async def test_it_takes_place_at_the_new_time_and_its_room_is_pending_again(self, house: House) -> None:
        [booking], event = await _accepted(house, await house.room())
        before = await house.booking(booking)

        row = await _move(house, booking, _at(FIRST + 3 * HOUR))

        moved = house.calendar.events[event.mailbox_id]
        assert (moved.start.date_time, moved.end.date_time) == (FIRST + 3 * HOUR, FIRST + 4 * HOUR)
        assert (row.state, row.reason) == (BookingState.PENDING, BookingReason.NOT_ANSWERED)
        assert (row.previous_state, row.version) == (BookingState.ACCEPTED, before.version + 1)
        assert row.state_since == house.ticker.moment
        assert house.stack.bus.kinds[-2:] == ["BOOKING_CHANGED", "BOOKINGS_DUE"]

    async def test_the_rooms_answer_to_the_new_time_is_told(self, house: House) -> None:
        room = await house.room()
        [booking], _ = await _accepted(house, room)
        await _move(house, booking, _at(FIRST + 3 * HOUR))
        house.answer(room, RoomAnswer.DECLINED)

        await _look(house)

        row = await house.booking(booking)
        assert (row.state, row.reason) == (BookingState.REJECTED, BookingReason.DECLINED)
        assert await Notification.all().count() == 1

    async def test_every_room_of_the_event_is_pending_again(self, house: House) -> None:
        bookings, _ = await _accepted(house, await house.room("Lighthouse"), await house.room("Pier"))

        await _move(house, bookings[0], _at(FIRST + 3 * HOUR))

        rows = [await house.booking(booking) for booking in bookings]
        assert [row.state for row in rows] == [BookingState.PENDING] * 2

    async def test_the_time_that_it_has_already_asks_nobody(self, house: House) -> None:
        [booking], _ = await _accepted(house, await house.room())
        before = await house.booking(booking)

        row = await _move(house, booking, _at(FIRST))

        assert (row.state, row.version) == (BookingState.ACCEPTED, before.version)
        assert "move" not in house.interruptions.calls

    async def test_a_room_that_was_lost_is_not_pending_by_a_move(self, house: House) -> None:
        [booking], _ = await _accepted(house, await house.room())
        house.change(rooms=())
        await _look(house)

        row = await _move(house, booking, _at(FIRST + 3 * HOUR))

        assert (row.state, row.reason) == (BookingState.REJECTED, BookingReason.REMOVED)

    async def test_killed_after_the_call_the_next_check_finds_the_room_asked_anew(self, house: House) -> None:
        [booking], _ = await _accepted(house, await house.room())
        house.interruptions.lose_answer("move")
        with pytest.raises(Killed):
            await _move(house, booking, _at(FIRST + 3 * HOUR))

        await _look(house)

        assert (await house.booking(booking)).state is BookingState.PENDING

    async def test_a_repeat_after_no_answer_settles_it(self, house: House) -> None:
        [booking], _ = await _accepted(house, await house.room())
        house.interruptions.lose_answer("move", suite_errors.SuiteUnavailable())
        with pytest.raises(SuiteUnavailable):
            await _move(house, booking, _at(FIRST + 3 * HOUR))

        await _move(house, booking, _at(FIRST + 3 * HOUR))
        await _look(house)

        assert house.interruptions.calls.count("move") == 1
        assert (await house.booking(booking)).state is BookingState.PENDING


class TestASeries:
    async def test_one_date_moves_and_only_its_room_is_asked_anew(self, house: House) -> None:
        booking, _, events = await _series(house, await house.room())
        date = await _date(house, booking, events[1])

        row = await _move(
            house,
            booking,
            _at(FIRST + WEEK + 3 * HOUR),
            scope=CancelScope.OCCURRENCE,
            occurrence_id=date.id,
        )

        states = [(await _date(house, booking, event)).state for event in events]
        assert states == [BookingState.ACCEPTED, BookingState.PENDING, BookingState.ACCEPTED]
        assert row.state is BookingState.PENDING
        assert house.calendar.events[events[1].mailbox_id].start.date_time == FIRST + WEEK + 3 * HOUR

    async def test_a_series_moves_to_another_time_of_its_days(self, house: House) -> None:
        booking, master, events = await _series(house, await house.room())

        row = await _move(house, booking, _at(FIRST + WEEK + 3 * HOUR), scope=CancelScope.SERIES)

        assert row.state is BookingState.PENDING
        assert house.calendar.events[master.mailbox_id].start.date_time == FIRST + 3 * HOUR
        assert [(await _date(house, booking, event)).state for event in events] == [BookingState.PENDING] * 3

    async def test_a_moved_series_has_the_dates_that_the_suite_makes_of_it(self, house: House) -> None:
        room = await house.room()
        booking, master, events = await _series(house, room)

        async def other_dates() -> None:
            for event in events:
                del house.calendar.events[event.mailbox_id]
            for week in range(2):
                start = FIRST + week * WEEK + 3 * HOUR
                date = make_event(start, kind=EventKind.OCCURRENCE, series_mailbox_id=master.mailbox_id)
                house.hold(date)
            house.change(rooms=(invitation(room),))

        house.interruptions.after["move"] = other_dates
        await _move(house, booking, _at(FIRST + 3 * HOUR), scope=CancelScope.SERIES)
        await _look(house)

        assert [row.state for row in await BookingOccurrence.all()] == [BookingState.PENDING] * 2
        assert await EventReference.filter(closed_at__isnull=False).count() == 3

    async def test_a_series_keeps_its_time_of_day_across_the_change_of_clocks(self, house: House) -> None:
        room = await house.room()
        house.ticker.advance(datetime(2031, 10, 20, 6, tzinfo=START.tzinfo) - START)
        before = datetime(2031, 10, 21, 9, tzinfo=ZoneInfo(AMSTERDAM)).astimezone(START.tzinfo)
        after = datetime(2031, 10, 28, 9, tzinfo=ZoneInfo(AMSTERDAM)).astimezone(START.tzinfo)
        master = house.hold(make_event(before, kind=EventKind.SERIES))
        for start in (before, after):
            house.hold(make_event(start, kind=EventKind.OCCURRENCE, series_mailbox_id=master.mailbox_id))
        booking = (await house.book(room, event_mailbox_id=master.mailbox_id)).bookings[0]
        house.change(rooms=(invitation(room),))

        await _move(house, booking, _at(after + 2 * HOUR), scope=CancelScope.SERIES)

        assert house.calendar.events[master.mailbox_id].start.date_time == before + 2 * HOUR

    async def test_a_day_that_is_none_of_the_series_is_refused(self, house: House) -> None:
        booking, _, _ = await _series(house, await house.room())

        with pytest.raises(InvalidInput) as refusal:
            await _move(house, booking, _at(FIRST + timedelta(days=1)), scope=CancelScope.SERIES)

        assert (refusal.value.field, bool(refusal.value.remedy)) == ("start", True)

    async def test_a_date_and_all_that_follow_cannot_be_moved_and_what_can_is_said(self, house: House) -> None:
        booking, _, events = await _series(house, await house.room())
        date = await _date(house, booking, events[1])

        with pytest.raises(InvalidInput) as refusal:
            await _move(
                house,
                booking,
                _at(FIRST + WEEK + 3 * HOUR),
                scope=CancelScope.THIS_AND_FOLLOWING,
                occurrence_id=date.id,
            )

        assert refusal.value.field == "scope"
        assert refusal.value.remedy is not None
        assert "single dates or the whole series" in refusal.value.remedy

    async def test_a_date_that_would_meet_its_neighbour_is_refused(self, house: House) -> None:
        booking, _, events = await _series(house, await house.room())
        date = await _date(house, booking, events[1])
        house.stack.suite.fail_next("move", suite_errors.InvalidRequest("crossing"))

        with pytest.raises(InvalidInput) as refusal:
            await _move(house, booking, _at(FIRST + 2 * WEEK), scope=CancelScope.OCCURRENCE, occurrence_id=date.id)

        assert refusal.value.field == "start"


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("changes", "field", "code"),
        [
            ({"end": FIRST}, "end", ProblemCode.WINDOW_REVERSED),
            ({"end": FIRST + timedelta(days=80)}, "end", ProblemCode.WINDOW_TOO_LONG),
            ({"time_zone": "Mars/Olympus"}, "timeZone", ProblemCode.UNKNOWN_TIME_ZONE),
            ({"start": START - HOUR}, "start", ProblemCode.EVENT_IN_THE_PAST),
        ],
    )
    async def test_a_time_that_makes_no_sense(
        self, house: House, changes: dict[str, Any], field: str, code: ProblemCode
    ) -> None:
        [booking], _ = await _accepted(house, await house.room())

        with pytest.raises(InvalidInput) as refusal:
            await _move(house, booking, replace(_at(FIRST), **changes))

        assert (refusal.value.field, refusal.value.code) == (field, code)

    async def test_a_cancelled_booking(self, house: House) -> None:
        [booking], _ = await _accepted(house, await house.room())
        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

        with pytest.raises(BookingClosed):
            await _move(house, booking, _at(FIRST + 3 * HOUR))

    async def test_an_event_that_somebody_else_organises(self, house: House) -> None:
        [booking], _ = await _accepted(house, await house.room())
        house.change(is_organiser=False)

        with pytest.raises(NotOrganiser):
            await _move(house, booking, _at(FIRST + 3 * HOUR))

    async def test_an_event_that_keeps_changing_stays_where_it_is(self, house: House) -> None:
        [booking], event = await _accepted(house, await house.room())
        house.stack.suite.fail_next("move", suite_errors.ChangedMeanwhile())

        with pytest.raises(EventChanged):
            await _move(house, booking, _at(FIRST + 3 * HOUR))

        assert house.calendar.events[event.mailbox_id].start.date_time == FIRST
        assert (await house.booking(booking)).state is BookingState.ACCEPTED

    async def test_a_colleagues_booking(self, house: House) -> None:
        [booking], _ = await _accepted(house, await house.room())
        colleague = await make_house(
            house.stack.keys, house.stack.vault, house.ticker, name="Ben Kok", organisation=house.organisation
        )

        with pytest.raises(NotFound):
            await _move(colleague, booking, _at(FIRST + 3 * HOUR))
