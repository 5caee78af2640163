"""How a room stands on each date of a series, told with the dates."""

from dataclasses import replace
from datetime import datetime, timedelta

from app.agenda.values import EventRoomState
from app.bookings.commands import CancelBooking, CancelScope
from app.bookings.models import RoomBooking
from app.bookings.series_rooms import SeriesRooms
from app.rooms.models import Room
from app.suites.errors import SuiteUnavailable
from app.suites.events import Availability, BusyInterval, EventKind, RoomAnswer, ScheduleOfAddress
from tests.bookings.house import House
from tests.bookings.steps import FIRST, look, weekly_series
from tests.support.suites import CAPABILITIES

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


async def _told(house: House, booking: RoomBooking) -> SeriesRooms:
    row = await house.bookings.get(house.principal, booking.id)
    found = await house.bookings.series_rooms(house.principal, row)
    assert found is not None
    return found


def _states(found: SeriesRooms) -> list[EventRoomState]:
    return [date.state for date in found.dates]


def _taken(house: House, room: Room, *moments: datetime) -> None:
    busy = tuple(BusyInterval(moment, moment + HOUR, is_tentative=False) for moment in moments)
    house.calendar.busy[room.address] = ScheduleOfAddress(room.address, Availability.BUSY, busy)


def _dates_follow_the_series(house: House) -> None:
    house.stack.suite.capabilities = replace(CAPABILITIES, room_answer_for_dates=False)


async def test_it_says_on_how_many_dates_the_room_accepted_and_on_which_it_did_not(house: House) -> None:
    room = await house.room()
    booking, _, events = await weekly_series(house, room, 4, RoomAnswer.ACCEPTED)
    house.answer(room, RoomAnswer.DECLINED, events[1].mailbox_id)
    house.answer(room, RoomAnswer.PENDING, events[3].mailbox_id)
    await look(house)

    found = await _told(house, booking)

    assert _states(found) == [
        EventRoomState.ACCEPTED,
        EventRoomState.REJECTED,
        EventRoomState.ACCEPTED,
        EventRoomState.PENDING,
    ]
    assert [date.event and date.event.start.date_time for date in found.dates] == [FIRST + n * WEEK for n in range(4)]
    assert found.summary == "Accepted for 2 of 4 dates, declined on 2031-05-19, pending for 1."


async def test_many_declined_dates_are_named_in_part(house: House) -> None:
    room = await house.room()
    booking, _, _ = await weekly_series(house, room, 8, RoomAnswer.ACCEPTED)
    house.answer(room, RoomAnswer.DECLINED)
    await look(house)

    summary = (await _told(house, booking)).summary

    assert summary.startswith("Accepted for 0 of 8 dates, declined on 2031-05-12, ")
    assert summary.endswith(" and 3 more.")


async def test_a_date_that_was_let_go_is_left_out(house: House) -> None:
    booking, _, _ = await weekly_series(house, await house.room(), 4, RoomAnswer.ACCEPTED)
    date = (await house.bookings.occurrences(house.principal, [booking.id]))[booking.id][0]
    command = CancelBooking(booking_id=booking.id, scope=CancelScope.OCCURRENCE, occurrence_id=date.id)
    await house.bookings.cancel(house.principal, command)

    found = await _told(house, booking)

    assert found.summary == "Accepted for 3 of 3 dates."


async def test_a_single_event_has_no_dates(house: House) -> None:
    booking = (await house.book(await house.room())).bookings[0]

    assert await house.bookings.series_rooms(house.principal, booking) is None


async def test_where_the_suite_cannot_be_asked_the_record_is_told_with_the_problem(house: House) -> None:
    booking, _, _ = await weekly_series(house, await house.room(), 4, RoomAnswer.ACCEPTED)
    house.stack.suite.fail_next("occurrences", SuiteUnavailable())

    found = await _told(house, booking)

    assert _states(found) == [EventRoomState.ACCEPTED] * 4
    assert [date.event for date in found.dates] == [None] * 4
    assert [problem.code for problem in found.problems] == ["SUITE_UNAVAILABLE"]


class TestWhereADateMayOnlyShowTheAnswerToTheSeries:
    async def test_an_accepted_date_on_which_the_room_is_not_taken_is_unknown(self, house: House) -> None:
        room = await house.room()
        booking, _, _ = await weekly_series(house, room, 4, RoomAnswer.ACCEPTED)
        _dates_follow_the_series(house)
        _taken(house, room, FIRST, FIRST + 2 * WEEK, FIRST + 3 * WEEK)

        found = await _told(house, booking)

        assert _states(found) == [
            EventRoomState.ACCEPTED,
            EventRoomState.UNKNOWN,
            EventRoomState.ACCEPTED,
            EventRoomState.ACCEPTED,
        ]
        assert found.summary == "Accepted for 3 of 4 dates, unknown for 1."

    async def test_a_date_that_has_an_answer_of_its_own_is_believed(self, house: House) -> None:
        room = await house.room()
        booking, _, events = await weekly_series(house, room, 4, RoomAnswer.ACCEPTED)
        house.change(events[1].mailbox_id, kind=EventKind.EXCEPTION)
        _dates_follow_the_series(house)
        _taken(house, room, FIRST, FIRST + 2 * WEEK, FIRST + 3 * WEEK)

        assert _states(await _told(house, booking)) == [EventRoomState.ACCEPTED] * 4

    async def test_where_free_and_busy_times_cannot_be_read_nothing_is_guessed(self, house: House) -> None:
        booking, _, _ = await weekly_series(house, await house.room(), 4, RoomAnswer.ACCEPTED)
        _dates_follow_the_series(house)
        house.stack.suite.fail_next("schedules", SuiteUnavailable())

        found = await _told(house, booking)

        assert _states(found) == [EventRoomState.UNKNOWN] * 4
        assert [problem.code for problem in found.problems] == ["SUITE_UNAVAILABLE"]
