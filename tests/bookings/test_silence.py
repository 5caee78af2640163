"""A room that does not answer: said once, from our own clock, without asking the suite."""

from datetime import timedelta

import pytest

from app.bookings.commands import ReplaceRoom
from app.bookings.models import RoomBooking
from app.bookings.silence import BATCH, SilentRooms, no_answer_since
from app.bookings.status import BookingReason, BookingState
from app.connections.models import CalendarConnection, ConnectionStatus
from app.events_bus.bus import Message, MessageKind, member_topic
from app.identity.models import Organisation
from app.notifications.models import Notification, NotificationKind
from app.notifications.preferences import NO_ANSWER_AFTER
from app.notifications.service import notify
from app.rooms.models import Room
from app.suites.events import RoomAnswer
from tests.bookings.house import House

MOMENT = timedelta(seconds=1)


@pytest.fixture
def job(house: House) -> SilentRooms:
    return SilentRooms(notify, house.stack.bus)


async def _pending(house: House) -> RoomBooking:
    return (await house.book(await house.room())).bookings[0]


async def _told(house: House) -> list[Notification]:
    rows = Notification.of(house.organisation.id).filter(kind=NotificationKind.ROOM_NOT_ANSWERING)
    return await rows.order_by("created_at")


async def test_a_room_that_is_silent_for_too_long_is_told_once_with_its_name(house: House, job: SilentRooms) -> None:
    booking = await _pending(house)

    house.ticker.advance(NO_ANSWER_AFTER - MOMENT)
    await job.run_due()
    assert await _told(house) == []

    house.ticker.advance(NO_ANSWER_AFTER)
    await job.run_due()
    house.ticker.advance(NO_ANSWER_AFTER)
    await job.run_due()

    [told] = await _told(house)
    assert (told.member_id, told.subject_id, told.room_id) == (house.member.id, booking.id, booking.room_id)


async def _replace(house: House, booking: RoomBooking, room: Room) -> None:
    await house.bookings.replace(house.principal, ReplaceRoom(booking_id=booking.id, room_id=room.id))


async def test_another_room_in_its_place_that_stays_silent_is_told_as_well_once(house: House, job: SilentRooms) -> None:
    booking, other = await _pending(house), await house.room("Pier")
    house.ticker.advance(NO_ANSWER_AFTER)
    await job.run_due()

    await _replace(house, booking, other)
    await job.run_due()
    assert len(await _told(house)) == 1

    for _ in range(2):
        house.ticker.advance(NO_ANSWER_AFTER)
        await job.run_due()
    told = await _told(house)
    assert [row.subject_id for row in told] == [booking.id, booking.id]
    assert [row.room_id for row in told] == [booking.room_id, other.id]


async def test_a_room_that_comes_back_was_told_already(house: House, job: SilentRooms) -> None:
    booking, other = await _pending(house), await house.room("Pier")
    first = await Room.get(id=booking.room_id)

    for room in (other, first, other):
        house.ticker.advance(NO_ANSWER_AFTER)
        await job.run_due()
        await _replace(house, booking, room)
    house.ticker.advance(NO_ANSWER_AFTER)
    await job.run_due()

    assert [row.room_id for row in await _told(house)] == [first.id, other.id]


async def test_the_same_room_of_another_booking_is_told_for_itself(house: House, job: SilentRooms) -> None:
    room = await house.room()
    first = (await house.book(room)).bookings[0]
    house.ticker.advance(NO_ANSWER_AFTER)
    await job.run_due()
    second = (await house.book(room)).bookings[0]

    house.ticker.advance(NO_ANSWER_AFTER)
    await job.run_due()

    assert [row.subject_id for row in await _told(house)] == [first.id, second.id]


async def test_more_than_are_read_at_once_are_told_in_one_go(house: House, job: SilentRooms) -> None:
    room = await house.room()
    for _ in range(BATCH + 1):
        await house.book(room)

    house.ticker.advance(NO_ANSWER_AFTER)
    await job.run_due()

    assert len({row.subject_id for row in await _told(house)}) == BATCH + 1


async def test_the_suite_is_not_asked(house: House, job: SilentRooms) -> None:
    await _pending(house)
    house.interruptions.calls.clear()

    house.ticker.advance(NO_ANSWER_AFTER)
    await job.run_due()

    assert len(await _told(house)) == 1
    assert house.interruptions.calls == []


async def test_who_listens_hears_it(house: House, job: SilentRooms) -> None:
    await _pending(house)
    house.ticker.advance(NO_ANSWER_AFTER)

    async with house.stack.bus.subscribe(member_topic(house.member.id)) as messages:
        await job.run_due()
        message = await anext(messages)

    [told] = await _told(house)
    assert message == Message(MessageKind.NOTIFICATION_ADDED, told.id)


async def test_two_processes_tell_it_once(house: House) -> None:
    await _pending(house)
    house.ticker.advance(NO_ANSWER_AFTER)

    for _ in range(2):
        await SilentRooms(notify, house.stack.bus).run_due()

    assert len(await _told(house)) == 1


async def test_the_organisation_says_how_long_is_too_long(house: House, job: SilentRooms) -> None:
    await _pending(house)
    await Organisation.filter(id=house.organisation.id).update(no_answer_after_minutes=120)

    house.ticker.advance(timedelta(minutes=119))
    await job.run_due()
    assert await _told(house) == []

    house.ticker.advance(timedelta(minutes=1))
    await job.run_due()
    assert len(await _told(house)) == 1


@pytest.mark.parametrize("answer", [RoomAnswer.ACCEPTED, RoomAnswer.DECLINED])
async def test_a_room_that_has_answered_is_not_silent(house: House, job: SilentRooms, answer: RoomAnswer) -> None:
    room = await house.room()
    await house.book(room)
    house.answer(room, answer)
    house.ticker.advance(MOMENT * 30)
    await house.checks.run_due()

    house.ticker.advance(NO_ANSWER_AFTER)
    await job.run_due()

    assert await _told(house) == []


async def test_one_that_awaits_somebodys_approval_is_told_as_well(house: House, job: SilentRooms) -> None:
    room = await house.room()
    booking = (await house.book(room)).bookings[0]
    house.answer(room, RoomAnswer.AWAITING_APPROVAL)
    house.ticker.advance(MOMENT * 30)
    await house.checks.run_due()
    assert (await house.booking(booking)).reason is BookingReason.AWAITING_APPROVAL

    house.ticker.advance(NO_ANSWER_AFTER)
    await job.run_due()

    assert len(await _told(house)) == 1


async def test_where_no_answer_can_reach_us_none_is_missed(house: House, job: SilentRooms) -> None:
    await _pending(house)
    await CalendarConnection.of(house.organisation.id).update(status=ConnectionStatus.RECONNECT_REQUIRED)

    house.ticker.advance(NO_ANSWER_AFTER)
    await job.run_due()

    assert await _told(house) == []


async def test_a_booking_says_since_when_it_has_no_answer(house: House) -> None:
    booking = await house.booking(await _pending(house))
    begun = booking.state_since

    def says(after: timedelta) -> object:
        return no_answer_since(booking, NO_ANSWER_AFTER, begun + after)

    assert says(NO_ANSWER_AFTER - MOMENT) is None
    assert says(NO_ANSWER_AFTER) == begun
    booking.state = BookingState.ACCEPTED
    assert says(NO_ANSWER_AFTER) is None
