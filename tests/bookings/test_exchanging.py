"""Another room in the place of a booking's: one change at the suite, and only the new room's answer counts."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.bookings.commands import CancelBooking, ReplaceRoom
from app.bookings.status import BookingReason, BookingState
from app.errors import (
    BookingClosed,
    EventChanged,
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    NotOrganiser,
    ProblemCode,
    RoomNotBookable,
    RoomNotPaired,
)
from app.identity.models import IdempotencyRecord
from app.notifications.models import Notification, NotificationKind
from app.rooms.models import RoomPairing
from app.suites import errors as suite_errors
from app.suites.events import EventStatus, Person, RoomAnswer, RoomInvitation
from tests.bookings.exchanging import exchange, rooms_on
from tests.bookings.house import START, House, make_event, make_house
from tests.bookings.steps import booked, look


class TestAnEvent:
    async def test_a_rejected_booking_is_pending_again_with_the_other_room(self, house: House) -> None:
        declined, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, event = await booked(house, declined)
        house.answer(declined, RoomAnswer.DECLINED)
        await look(house)
        before = await house.booking(booking)

        row = await exchange(house, booking, other)

        assert (row.state, row.reason) == (BookingState.PENDING, BookingReason.NOT_ANSWERED)
        assert (row.previous_state, row.version) == (BookingState.REJECTED, before.version + 1)
        assert (row.room_id, row.requested_room_id, row.wanted_room_id) == (other.id, None, None)
        assert rooms_on(house, event) == ["Pier"]
        assert house.interruptions.calls.count("change_rooms") == 2  # one to book, one to replace

    @pytest.mark.parametrize("alias", ["sea-room@tidewater.example", "/o=tidewater/ou=exchange/cn=recipients/cn=lh"])
    async def test_a_room_that_the_event_knows_by_another_address_goes_as_well(self, house: House, alias: str) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, event = await booked(house, room)
        house.change(rooms=(RoomInvitation(Person(alias, room.name), RoomAnswer.ACCEPTED),))

        row = await exchange(house, booking, other)

        assert row.room_id == other.id
        assert rooms_on(house, event) == ["Pier"]

    async def test_only_the_new_rooms_answer_counts_and_is_told(self, house: House) -> None:
        declined, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await booked(house, declined)
        house.answer(declined, RoomAnswer.DECLINED)
        await look(house)
        await exchange(house, booking, other)
        house.answer(other, RoomAnswer.DECLINED)

        await look(house)

        row = await house.booking(booking)
        assert (row.state, row.previous_state) == (BookingState.REJECTED, BookingState.PENDING)
        told = await Notification.filter(kind=NotificationKind.ROOM_REJECTED).order_by("created_at")
        assert [notification.room_id for notification in told] == [declined.id, other.id]

    async def test_an_accepted_booking_can_move_to_another_room_too(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await booked(house, room)
        house.answer(room, RoomAnswer.ACCEPTED)
        await look(house)

        pending = await exchange(house, booking, other)
        house.answer(other, RoomAnswer.ACCEPTED)
        await look(house)

        row = await house.booking(booking)
        assert (pending.state, pending.previous_state) == (BookingState.PENDING, BookingState.ACCEPTED)
        assert (row.state, row.room_id) == (BookingState.ACCEPTED, other.id)
        assert row.reason is None
        assert await Notification.all().count() == 0

    async def test_the_subscribers_and_the_jobs_are_told(self, house: House) -> None:
        booking, _ = await booked(house, await house.room("Lighthouse"))

        row = await exchange(house, booking, await house.room("Pier"))

        assert house.stack.bus.kinds[-2:] == ["BOOKING_CHANGED", "BOOKINGS_DUE"]
        message = house.stack.bus.published[-2][1]
        assert (message.row_id, message.version) == (booking.id, row.version)
        assert row.room.name == "Pier"

    async def test_replacing_a_room_by_itself_changes_nothing(self, house: House) -> None:
        room = await house.room("Lighthouse")
        booking, _ = await booked(house, room)

        row = await exchange(house, booking, room)

        assert (row.version, row.state) == (booking.version, BookingState.PENDING)

    async def test_a_check_that_read_the_event_before_does_not_undo_it(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await booked(house, room)
        house.answer(room, RoomAnswer.DECLINED)

        async def replaced_meanwhile() -> None:
            await exchange(house, booking, other)

        house.interruptions.after["event"] = replaced_meanwhile
        await look(house)

        row = await house.booking(booking)
        assert (row.state, row.room_id) == (BookingState.PENDING, other.id)


class TestIdempotency:
    async def test_a_repeat_reads_the_booking_anew(self, house: House) -> None:
        booking, _ = await booked(house, await house.room("Lighthouse"))
        other = await house.room("Pier")
        await exchange(house, booking, other, idempotency_key="once")
        house.answer(other, RoomAnswer.DECLINED)
        await look(house)

        row = await exchange(house, booking, other, idempotency_key="once")

        assert (row.state, row.room_id) == (BookingState.REJECTED, other.id)

    async def test_other_content_under_the_key_is_refused(self, house: House) -> None:
        booking, _ = await booked(house, await house.room("Lighthouse"))
        await exchange(house, booking, await house.room("Pier"), idempotency_key="once")

        with pytest.raises(IdempotencyKeyReused):
            await exchange(house, booking, await house.room("Quay"), idempotency_key="once")

    async def test_what_was_refused_can_be_sent_corrected_under_the_same_key(self, house: House) -> None:
        booking, _ = await booked(house, await house.room("Lighthouse"))
        reserved = await house.room("Pier", is_bookable=False)
        with pytest.raises(RoomNotBookable):
            await exchange(house, booking, reserved, idempotency_key="once")

        row = await exchange(house, booking, await house.room("Quay"), idempotency_key="once")

        assert row.room.name == "Quay"
        assert await IdempotencyRecord.filter(operation="replaceRoom").count() == 1


class TestWhatIsRefused:
    async def test_a_cancelled_booking(self, house: House) -> None:
        booking, _ = await booked(house, await house.room("Lighthouse"))
        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

        with pytest.raises(BookingClosed):
            await exchange(house, booking, await house.room("Pier"))

    async def test_a_room_that_the_event_has_already(self, house: House) -> None:
        first, second = await house.room("Lighthouse"), await house.room("Pier")
        event = house.hold(make_event(START + timedelta(hours=2)))
        booked = await house.book(first, second, event_mailbox_id=event.mailbox_id)

        with pytest.raises(InvalidInput) as refusal:
            await exchange(house, booked.bookings[0], second)

        assert refusal.value.field == "roomId"

    async def test_a_room_that_was_booked_for_the_event_just_now(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, event = await booked(house, room)

        async def booked_meanwhile() -> None:
            await house.book(other, event_mailbox_id=event.mailbox_id)

        house.interruptions.after["change_rooms"] = booked_meanwhile
        with pytest.raises(InvalidInput) as refusal:
            await exchange(house, booking, other)
        await look(house)

        row = await house.booking(booking)
        assert refusal.value.field == "roomId"
        assert (row.room_id, row.state, row.reason) == (room.id, BookingState.REJECTED, BookingReason.REMOVED)

    async def test_the_room_that_said_no(self, house: House) -> None:
        room = await house.room("Lighthouse")
        booking, _ = await booked(house, room)
        house.answer(room, RoomAnswer.DECLINED)
        await look(house)

        with pytest.raises(InvalidInput) as refusal:
            await exchange(house, booking, room)

        assert refusal.value.field == "roomId"

    async def test_a_room_that_is_not_there_not_paired_or_reserved(self, house: House) -> None:
        booking, _ = await booked(house, await house.room("Lighthouse"))

        with pytest.raises(RoomNotPaired):
            await exchange(house, booking, await house.room("Pier", pairing=RoomPairing.UNPAIRED))
        with pytest.raises(RoomNotBookable):
            await exchange(house, booking, await house.room("Quay", is_bookable=False))
        command = ReplaceRoom(booking_id=booking.id, room_id=uuid4())
        with pytest.raises(NotFound):
            await house.bookings.replace(house.principal, command)

    async def test_an_event_that_somebody_else_organises(self, house: House) -> None:
        booking, _ = await booked(house, await house.room("Lighthouse"))
        house.change(is_organiser=False)

        with pytest.raises(NotOrganiser):
            await exchange(house, booking, await house.room("Pier"))

        assert (await house.booking(booking)).wanted_room_id is None

    async def test_an_event_that_is_over_or_gone(self, house: House) -> None:
        booking, event = await booked(house, await house.room("Lighthouse"))
        other = await house.room("Pier")
        house.ticker.advance(timedelta(hours=4))
        with pytest.raises(InvalidInput) as refusal:
            await exchange(house, booking, other)
        house.change(status=EventStatus.CANCELLED)
        with pytest.raises(NotFound):
            await exchange(house, booking, other)
        del house.calendar.events[event.mailbox_id]
        with pytest.raises(NotFound):
            await exchange(house, booking, other)

        assert refusal.value.code is ProblemCode.EVENT_IN_THE_PAST

    async def test_an_event_that_keeps_changing_and_then_the_old_room_stays(self, house: House) -> None:
        room = await house.room("Lighthouse")
        booking, _ = await booked(house, room)
        house.stack.suite.fail_next("change_rooms", suite_errors.ChangedMeanwhile())

        with pytest.raises(EventChanged):
            await exchange(house, booking, await house.room("Pier"))

        row = await house.booking(booking)
        assert (row.room_id, row.wanted_room_id, row.version) == (room.id, None, booking.version)

    async def test_a_colleagues_booking(self, house: House) -> None:
        booking, _ = await booked(house, await house.room("Lighthouse"))
        colleague = await make_house(
            house.stack.keys, house.stack.vault, house.ticker, name="Ben Kok", organisation=house.organisation
        )

        with pytest.raises(NotFound):
            await exchange(colleague, booking, await house.room("Pier"))
