"""Moving what a room is booked for: the room is asked anew."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.agenda.times import instant
from app.bookings.commands import CancelBooking, CancelScope, RescheduleBooking
from app.bookings.foresight import HOLD_PERIOD
from app.bookings.models import BookingOccurrence, RoomBooking
from app.bookings.recording import SWEEP_AFTER
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
from app.suites.events import Event, EventKind, EventTime, NewTime, RoomAnswer
from tests.bookings.house import START, House, Killed, invitation, make_event, make_house
from tests.bookings.steps import FIRST, WEEK, date_of, look, series_at, weekly_series

AMSTERDAM = "Europe/Amsterdam"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _at(start: datetime) -> NewTime:
    return NewTime(start=start, end=start + HOUR, time_zone=AMSTERDAM)


async def _move(house: House, booking: RoomBooking, time: NewTime, **values: Any) -> RoomBooking:
    return await house.bookings.reschedule(
        house.principal, RescheduleBooking(booking_id=booking.id, time=time, **values)
    )


async def _accepted(house: House, *rooms: Room) -> tuple[list[RoomBooking], Event]:
    event = house.hold(make_event(FIRST))
    bookings = (await house.book(*rooms, event_mailbox_id=event.mailbox_id)).bookings
    for room in rooms:
        house.answer(room, RoomAnswer.ACCEPTED)
    await look(house)
    return list(bookings), event


async def _move_from(house: House, booking: RoomBooking, event: Event, time: NewTime) -> RoomBooking:
    """This date of the series, and all that follow."""
    date = await date_of(house, booking, event)
    return await _move(house, booking, time, scope=CancelScope.THIS_AND_FOLLOWING, occurrence_id=date.id)


async def _states(house: House, booking: RoomBooking, events: list[Event]) -> list[BookingState]:
    return [(await date_of(house, booking, event)).state for event in events]


def _starts(house: House, events: list[Event]) -> list[datetime]:
    return [instant(house.calendar.events[event.mailbox_id].start) for event in events]


def _order_of_moves(house: House, events: list[Event]) -> list[int]:
    """Filled, as the dates move, with their places in the series."""
    order: list[int] = []

    async def look() -> None:
        moved = [place for place, event in enumerate(events) if house.calendar.events[event.mailbox_id] != event]
        order.extend(place for place in moved if place not in order)
        house.interruptions.after["move"] = look

    events[:] = [house.calendar.events[event.mailbox_id] for event in events]
    house.interruptions.after["move"] = look
    return order


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

        await look(house)

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
        await look(house)

        row = await _move(house, booking, _at(FIRST + 3 * HOUR))

        assert (row.state, row.reason) == (BookingState.REJECTED, BookingReason.REMOVED)

    async def test_killed_after_the_call_the_next_check_finds_the_room_asked_anew(self, house: House) -> None:
        [booking], _ = await _accepted(house, await house.room())
        house.interruptions.lose_answer("move")
        with pytest.raises(Killed):
            await _move(house, booking, _at(FIRST + 3 * HOUR))

        house.ticker.advance(HOLD_PERIOD)
        await look(house)

        assert (await house.booking(booking)).state is BookingState.PENDING

    async def test_a_refusal_that_comes_before_the_move_is_written_down_is_told_once(self, house: House) -> None:
        room = await house.room()
        [booking], _ = await _accepted(house, room)

        async def refused_at_once() -> None:
            house.answer(room, RoomAnswer.DECLINED)
            await look(house)

        house.interruptions.after["move"] = refused_at_once
        await _move(house, booking, _at(FIRST + 3 * HOUR))
        await look(house)

        assert (await house.booking(booking)).state is BookingState.REJECTED
        assert await Notification.all().count() == 1

    async def test_killed_after_the_call_it_is_looked_at_in_a_few_minutes_though_nobody_repeats_it(
        self, house: House
    ) -> None:
        [booking], _ = await _accepted(house, await house.room())
        house.interruptions.lose_answer("move")
        with pytest.raises(Killed):
            await _move(house, booking, _at(FIRST + 3 * HOUR))

        house.ticker.advance(SWEEP_AFTER)
        await house.checks.run_due()

        assert (await house.booking(booking)).state is BookingState.PENDING

    async def test_a_repeat_has_what_is_at_its_new_time_already_looked_at_at_once(self, house: House) -> None:
        [booking], _ = await _accepted(house, await house.room())
        house.interruptions.lose_answer("move")
        with pytest.raises(Killed):
            await _move(house, booking, _at(FIRST + 3 * HOUR))

        await _move(house, booking, _at(FIRST + 3 * HOUR))
        await house.checks.run_due()

        assert (await house.booking(booking)).state is BookingState.PENDING

    async def test_a_repeat_after_no_answer_settles_it(self, house: House) -> None:
        [booking], _ = await _accepted(house, await house.room())
        house.interruptions.lose_answer("move", suite_errors.SuiteUnavailable())
        with pytest.raises(SuiteUnavailable):
            await _move(house, booking, _at(FIRST + 3 * HOUR))

        await _move(house, booking, _at(FIRST + 3 * HOUR))
        await look(house)

        assert house.interruptions.calls.count("move") == 1
        assert (await house.booking(booking)).state is BookingState.PENDING


class TestASeries:
    async def test_one_date_moves_and_only_its_room_is_asked_anew(self, house: House) -> None:
        booking, _, events = await weekly_series(house, await house.room(), 3, RoomAnswer.ACCEPTED)
        date = await date_of(house, booking, events[1])

        row = await _move(
            house,
            booking,
            _at(FIRST + WEEK + 3 * HOUR),
            scope=CancelScope.OCCURRENCE,
            occurrence_id=date.id,
        )

        states = [(await date_of(house, booking, event)).state for event in events]
        assert states == [BookingState.ACCEPTED, BookingState.PENDING, BookingState.ACCEPTED]
        assert row.state is BookingState.PENDING
        assert house.calendar.events[events[1].mailbox_id].start.date_time == FIRST + WEEK + 3 * HOUR

    async def test_a_series_moves_to_another_time_of_its_days(self, house: House) -> None:
        booking, master, events = await weekly_series(house, await house.room(), 3, RoomAnswer.ACCEPTED)

        row = await _move(house, booking, _at(FIRST + WEEK + 3 * HOUR), scope=CancelScope.SERIES)

        assert row.state is BookingState.PENDING
        assert house.calendar.events[master.mailbox_id].start.date_time == FIRST + 3 * HOUR
        assert [(await date_of(house, booking, event)).state for event in events] == [BookingState.PENDING] * 3

    async def test_a_moved_series_has_the_dates_that_the_suite_makes_of_it(self, house: House) -> None:
        room = await house.room()
        booking, master, events = await weekly_series(house, room, 3, RoomAnswer.ACCEPTED)

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
        await look(house)

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
        booking, _, _ = await weekly_series(house, await house.room(), 3, RoomAnswer.ACCEPTED)

        with pytest.raises(InvalidInput) as refusal:
            await _move(house, booking, _at(FIRST + timedelta(days=1)), scope=CancelScope.SERIES)

        assert (refusal.value.field, bool(refusal.value.remedy)) == ("start", True)

    async def test_a_date_that_would_meet_its_neighbour_is_refused(self, house: House) -> None:
        booking, _, events = await weekly_series(house, await house.room(), 3, RoomAnswer.ACCEPTED)
        date = await date_of(house, booking, events[1])
        house.stack.suite.fail_next("move", suite_errors.InvalidRequest("crossing"))

        with pytest.raises(InvalidInput) as refusal:
            await _move(house, booking, _at(FIRST + 2 * WEEK), scope=CancelScope.OCCURRENCE, occurrence_id=date.id)

        assert refusal.value.field == "start"


class TestADateAndAllThatFollow:
    async def test_each_goes_by_the_same_shift_and_its_room_is_pending_again(self, house: House) -> None:
        booking, _, events = await weekly_series(house, await house.room(), 4, RoomAnswer.ACCEPTED)

        row = await _move_from(house, booking, events[1], _at(FIRST + WEEK + DAY + 3 * HOUR))

        assert _starts(house, events) == [FIRST, *(FIRST + week * WEEK + DAY + 3 * HOUR for week in (1, 2, 3))]
        assert await _states(house, booking, events) == [BookingState.ACCEPTED] + [BookingState.PENDING] * 3
        assert (row.state, row.reason) == (BookingState.PENDING, BookingReason.NOT_ANSWERED)
        assert house.stack.bus.kinds[-2:] == ["BOOKING_CHANGED", "BOOKINGS_DUE"]

    async def test_each_lasts_as_long_as_the_new_time_says(self, house: House) -> None:
        booking, _, events = await weekly_series(house, await house.room(), 3, RoomAnswer.ACCEPTED)

        await _move_from(house, booking, events[1], replace(_at(FIRST + WEEK), end=FIRST + WEEK + 2 * HOUR))

        assert _starts(house, events) == [FIRST, FIRST + WEEK, FIRST + 2 * WEEK]
        ends = [house.calendar.events[event.mailbox_id].end.date_time for event in events]
        assert ends == [FIRST + HOUR, FIRST + WEEK + 2 * HOUR, FIRST + 2 * WEEK + 2 * HOUR]

    @pytest.mark.parametrize(("by", "expected"), [(3 * HOUR, [2, 1, 0]), (-HOUR, [0, 1, 2])])
    async def test_no_date_meets_its_neighbour_on_the_way(
        self, house: House, by: timedelta, expected: list[int]
    ) -> None:
        booking, _, events = await weekly_series(house, await house.room(), 3, RoomAnswer.ACCEPTED)
        order = _order_of_moves(house, events)

        await _move_from(house, booking, events[0], _at(FIRST + by))

        assert order == expected

    async def test_every_room_of_the_event_is_pending_again_on_these_dates(self, house: House) -> None:
        first, second = await house.room("Lighthouse"), await house.room("Pier")
        booking, master, events = await weekly_series(house, first, 3, RoomAnswer.ACCEPTED)
        other = (await house.book(second, event_mailbox_id=master.mailbox_id)).bookings[0]
        house.change(rooms=tuple(invitation(room, RoomAnswer.ACCEPTED) for room in (first, second)))
        await look(house)

        await _move_from(house, booking, events[1], _at(FIRST + WEEK + HOUR))

        for row in (booking, other):
            expected = [BookingState.ACCEPTED, BookingState.PENDING, BookingState.PENDING]
            assert await _states(house, row, events) == expected
            assert (await house.booking(row)).state is BookingState.PENDING

    async def test_the_clock_on_the_wall_counts_across_a_change_of_clocks(self, house: House) -> None:
        house.ticker.advance(datetime(2031, 10, 13, 6, tzinfo=UTC) - START)
        before, after = (datetime(2031, 10, day, 9, tzinfo=ZoneInfo(AMSTERDAM)).astimezone(UTC) for day in (21, 28))
        booking, _, events = await series_at(house, await house.room(), [before, after], RoomAnswer.ACCEPTED)

        await _move_from(house, booking, events[0], _at(before + DAY + 2 * HOUR))

        walls = [start.astimezone(ZoneInfo(AMSTERDAM)) for start in _starts(house, events)]
        assert [(wall.day, wall.hour) for wall in walls] == [(22, 11), (29, 11)]

    async def test_a_date_that_was_let_go_stays_where_it_is(self, house: House) -> None:
        booking, _, events = await weekly_series(house, await house.room(), 3, RoomAnswer.ACCEPTED)
        date = await date_of(house, booking, events[1])
        command = CancelBooking(booking_id=booking.id, scope=CancelScope.OCCURRENCE, occurrence_id=date.id)
        await house.bookings.cancel(house.principal, command)

        await _move_from(house, booking, events[0], _at(FIRST + HOUR))

        assert _starts(house, events) == [FIRST + HOUR, FIRST + WEEK, FIRST + 2 * WEEK + HOUR]
        assert (await _states(house, booking, events))[1] is BookingState.CANCELLED

    async def test_a_date_that_had_been_moved_by_itself_goes_where_it_would_without_that(self, house: House) -> None:
        booking, _, events = await weekly_series(house, await house.room(), 3, RoomAnswer.ACCEPTED)
        elsewhere = EventTime(AMSTERDAM, FIRST + WEEK + 5 * HOUR), EventTime(AMSTERDAM, FIRST + WEEK + 6 * HOUR)
        house.change(events[1].mailbox_id, kind=EventKind.EXCEPTION, start=elsewhere[0], end=elsewhere[1])

        await _move_from(house, booking, events[0], _at(FIRST + HOUR))

        assert _starts(house, events) == [FIRST + week * WEEK + HOUR for week in range(3)]

    async def test_dates_beyond_the_horizon_move_too(self, house: House) -> None:
        booking, _, events = await weekly_series(house, await house.room(), 20, RoomAnswer.ACCEPTED)

        await _move_from(house, booking, events[1], _at(FIRST + WEEK + HOUR))

        assert _starts(house, events)[-1] == FIRST + 19 * WEEK + HOUR
        assert await BookingOccurrence.filter(state=BookingState.PENDING).count() == 19

    async def test_dates_at_their_new_time_already_ask_nobody(self, house: House) -> None:
        booking, _, events = await weekly_series(house, await house.room(), 3, RoomAnswer.ACCEPTED)

        row = await _move_from(house, booking, events[0], _at(FIRST))

        assert row.state is BookingState.ACCEPTED
        assert "move" not in house.interruptions.calls

    async def test_dates_that_were_reached_are_recorded_and_a_repeat_goes_on(self, house: House) -> None:
        booking, _, events = await weekly_series(house, await house.room(), 3, RoomAnswer.ACCEPTED)

        async def later_fails() -> None:
            house.stack.suite.fail_next("move", suite_errors.SuiteUnavailable())

        house.interruptions.after["move"] = later_fails
        with pytest.raises(SuiteUnavailable):
            await _move_from(house, booking, events[0], _at(FIRST + HOUR))
        between, told = await _states(house, booking, events), house.stack.bus.kinds[-2:]

        await _move_from(house, booking, events[0], _at(FIRST + HOUR))

        assert between == [BookingState.ACCEPTED, BookingState.ACCEPTED, BookingState.PENDING]
        assert told == ["BOOKING_CHANGED", "BOOKINGS_DUE"]
        assert _starts(house, events) == [FIRST + week * WEEK + HOUR for week in range(3)]
        assert await _states(house, booking, events) == [BookingState.PENDING] * 3
        assert len([call for call in house.interruptions.calls if call == "move"]) == 4

    async def test_a_date_that_the_suite_refuses_is_told_and_the_others_stay_recorded(self, house: House) -> None:
        booking, _, events = await weekly_series(house, await house.room(), 3, RoomAnswer.ACCEPTED)

        async def later_is_refused() -> None:
            house.stack.suite.fail_next("move", suite_errors.InvalidRequest("crossing"))

        house.interruptions.after["move"] = later_is_refused
        with pytest.raises(InvalidInput) as refusal:
            await _move_from(house, booking, events[0], _at(FIRST + HOUR))

        assert refusal.value.field == "start"
        assert (await house.booking(booking)).state is BookingState.PENDING

    @pytest.mark.parametrize("by", [HOUR, -HOUR])
    async def test_killed_half_way_a_repeat_moves_no_date_twice(self, house: House, by: timedelta) -> None:
        booking, _, events = await weekly_series(house, await house.room(), 3, RoomAnswer.ACCEPTED)
        house.interruptions.lose_answer("move")
        with pytest.raises(Killed):
            await _move_from(house, booking, events[0], _at(FIRST + by))

        await _move_from(house, booking, events[0], _at(FIRST + by))
        await look(house)

        assert _starts(house, events) == [FIRST + week * WEEK + by for week in range(3)]
        assert house.interruptions.calls.count("move") == 3
        assert await _states(house, booking, events) == [BookingState.PENDING] * 3

    async def test_more_than_a_hundred_dates_are_not_moved_one_by_one(self, house: House) -> None:
        starts = [FIRST + day * DAY for day in range(101)]
        booking, _, events = await series_at(house, await house.room(), starts, RoomAnswer.ACCEPTED)

        with pytest.raises(InvalidInput) as refusal:
            await _move_from(house, booking, events[0], _at(FIRST + HOUR))

        assert (refusal.value.field, refusal.value.remedy) == ("scope", "Change the whole series, or single dates.")
        assert "move" not in house.interruptions.calls

    async def test_a_time_after_which_no_date_can_follow_is_refused(self, house: House) -> None:
        booking, _, events = await weekly_series(house, await house.room(), 3, RoomAnswer.ACCEPTED)

        with pytest.raises(InvalidInput) as refusal:
            await _move_from(house, booking, events[0], _at(datetime(9999, 12, 30, 9, tzinfo=UTC)))

        assert refusal.value.field == "start"

    async def test_whole_days_have_no_time_to_move(self, house: House) -> None:
        booking, _, events = await weekly_series(house, await house.room(), 3, RoomAnswer.ACCEPTED)
        house.change(events[1].mailbox_id, is_all_day=True)

        with pytest.raises(InvalidInput) as refusal:
            await _move_from(house, booking, events[1], _at(FIRST + WEEK + HOUR))

        assert refusal.value.field == "bookingId"


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
