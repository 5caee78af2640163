"""What a booking says is shown to whoever sees its event with their own consent, and follows what happens elsewhere.

The suite of these tests tells an attendee nothing of a room's answer, as Microsoft does.
"""

from dataclasses import replace
from datetime import timedelta

from app.agenda.values import EventRoom, EventRoomState
from app.bookings.commands import ReplaceRoom
from app.bookings.models import RoomBooking
from app.bookings.status import BookingReason, BookingState
from app.rooms.models import Room
from app.suites.errors import SuiteUnavailable
from app.suites.events import Event, EventKind, EventTime, Response, RoomAnswer
from tests.bookings.house import START, House, invitation, make_event, make_house

BEGIN = START + timedelta(hours=2)


async def _colleague(house: House) -> House:
    return await make_house(
        house.stack.keys, house.stack.vault, house.ticker, name="Ben Kok", organisation=house.organisation
    )


def _invite(colleague: House, event: Event, *rooms: Room) -> None:
    """The colleague's own copy, on which no room's answer is told."""
    colleague.calendar.events = {}
    colleague.hold(
        replace(
            event,
            mailbox_id=f"copy of {event.mailbox_id}",
            is_organiser=False,
            response=Response.NOT_RESPONDED,
            rooms=tuple(invitation(room, RoomAnswer.UNKNOWN) for room in rooms),
        )
    )


async def _seen_by(colleague: House) -> list[EventRoom]:
    agenda = await colleague.agenda.agenda(colleague.principal, START, START + timedelta(days=1))
    return list(agenda.events[0].rooms)


async def _booked(house: House, room: Room) -> tuple[RoomBooking, Event]:
    event = house.hold(make_event(BEGIN))
    return (await house.book(room, event_mailbox_id=event.mailbox_id)).bookings[0], event


async def _look(house: House) -> None:
    house.ticker.advance(timedelta(seconds=1))
    await house.checks.mark_due(house.connection.id, None)
    await house.checks.run_due()


class TestAnAttendeeWhoIsToldNothing:
    async def test_sees_what_the_room_said_to_the_booking(self, house: House) -> None:
        room, colleague = await house.room(), await _colleague(house)
        _, event = await _booked(house, room)
        _invite(colleague, event, room)
        [before] = await _seen_by(colleague)
        house.answer(room, RoomAnswer.ACCEPTED)
        await _look(house)

        [after] = await _seen_by(colleague)

        assert (before.state, after.state) == (EventRoomState.PENDING, EventRoomState.ACCEPTED)
        assert after.booking_id is None

    async def test_sees_nothing_of_a_room_that_was_not_booked_through_us(self, house: House) -> None:
        room, colleague = await house.room(), await _colleague(house)
        _invite(colleague, make_event(BEGIN), room)

        [seen] = await _seen_by(colleague)

        assert seen.state is EventRoomState.UNKNOWN

    async def test_sees_the_room_that_was_put_in_its_place(self, house: House) -> None:
        room, other, colleague = await house.room("Lighthouse"), await house.room("Pier"), await _colleague(house)
        booking, event = await _booked(house, room)
        house.answer(room, RoomAnswer.DECLINED)
        await _look(house)
        await house.bookings.replace(house.principal, ReplaceRoom(booking_id=booking.id, room_id=other.id))
        _invite(colleague, event, other)

        [seen] = await _seen_by(colleague)

        assert (seen.room and seen.room.name, seen.state) == ("Pier", EventRoomState.PENDING)

    async def test_sees_the_date_of_a_series(self, house: House) -> None:
        room, colleague = await house.room(), await _colleague(house)
        master = house.hold(make_event(BEGIN, kind=EventKind.SERIES))
        date = house.hold(make_event(BEGIN, kind=EventKind.OCCURRENCE, series_mailbox_id=master.mailbox_id))
        await house.book(room, event_mailbox_id=master.mailbox_id)
        house.change(rooms=(invitation(room, RoomAnswer.ACCEPTED),))
        await _look(house)
        _invite(colleague, date, room)

        [seen] = await _seen_by(colleague)

        assert seen.state is EventRoomState.ACCEPTED


class TestAnEventThatIsChangedElsewhere:
    async def test_moved_it_is_pending_again_and_says_when_that_was_seen(self, house: House) -> None:
        room = await house.room()
        booking, event = await _booked(house, room)
        house.answer(room, RoomAnswer.ACCEPTED)
        await _look(house)
        house.change(
            event.mailbox_id,
            start=EventTime("Europe/Amsterdam", BEGIN + timedelta(hours=3)),
            end=EventTime("Europe/Amsterdam", BEGIN + timedelta(hours=4)),
            rooms=(invitation(room),),
        )

        await _look(house)

        row = await house.booking(booking)
        assert (row.state, row.previous_state) == (BookingState.PENDING, BookingState.ACCEPTED)
        assert row.last_checked_at == house.ticker.moment

    async def test_gone_it_is_cancelled(self, house: House) -> None:
        booking, _ = await _booked(house, await house.room())
        house.calendar.events.clear()

        await _look(house)

        row = await house.booking(booking)
        assert (row.state, row.reason) == (BookingState.CANCELLED, BookingReason.EVENT_GONE)

    async def test_an_answer_that_could_not_be_looked_at_again_says_when_it_was_read(self, house: House) -> None:
        room = await house.room()
        booking, _ = await _booked(house, room)
        house.answer(room, RoomAnswer.ACCEPTED)
        await _look(house)
        read_at = house.ticker.moment
        house.answer(room, RoomAnswer.DECLINED)
        house.stack.suite.fail_next("event", SuiteUnavailable())

        await _look(house)
        stale = await house.booking(booking)
        await _look(house)

        assert (stale.state, stale.last_checked_at) == (BookingState.ACCEPTED, read_at)
        assert (await house.booking(booking)).last_checked_at == house.ticker.moment
