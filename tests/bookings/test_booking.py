"""Booking rooms for new and for existing events."""

from datetime import timedelta

import pytest

from app.bookings.models import BookingIntent, IntentState, RoomBooking
from app.bookings.status import BookingReason, BookingState
from app.errors import (
    EventChanged,
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    NotOrganiser,
    ProblemCode,
    RoomNotBookable,
    RoomNotPaired,
    SuiteUnavailable,
)
from app.identity.models import IdempotencyRecord
from app.rooms.models import RoomPairing
from app.suites import errors as suite_errors
from app.suites.events import EventStatus, Person, RoomAnswer
from tests.bookings.house import House, Killed, invitation, make_event, make_house


class TestANewEvent:
    async def test_each_room_gets_a_booking_that_is_pending_until_the_room_answers(self, house: House) -> None:
        first, second = await house.room("Lighthouse"), await house.room("Pier")

        booked = await house.book(first, second)

        assert [booking.room.name for booking in booked.bookings] == ["Lighthouse", "Pier"]
        assert {booking.state for booking in booked.bookings} == {BookingState.PENDING}
        assert {booking.reason for booking in booked.bookings} == {BookingReason.NOT_ANSWERED}
        assert booked.event is not None
        assert [entry.booking_id for entry in booked.event.rooms] == [booking.id for booking in booked.bookings]

    async def test_the_rooms_are_invited_beside_the_people(self, house: House) -> None:
        room = await house.room()

        await house.book(room, event=house.new_event(attendees=(Person("Ben@Elsewhere.example", ""),)))

        (event,) = house.calendar.events.values()
        assert [entry.room.address for entry in event.rooms] == [room.address]

    async def test_the_mailbox_is_watched_and_the_member_and_the_jobs_are_told(self, house: House) -> None:
        booked = await house.book(await house.room())

        assert house.watches.ensured == [house.connection.id]
        assert house.stack.bus.kinds[-2:] == ["BOOKING_CHANGED", "BOOKINGS_DUE"]
        assert house.stack.bus.published[-2][1].row_id == booked.bookings[0].id

    async def test_a_room_that_is_pending_is_looked_at_after_the_poll_interval(self, house: House) -> None:
        booked = await house.book(await house.room())

        assert booked.bookings[0].next_check_at == house.ticker.moment + timedelta(seconds=15)

    async def test_a_notice_that_comes_before_the_booking_is_recorded_makes_it_due_at_once(self, house: House) -> None:
        room = await house.room()

        async def answered_at_once() -> None:
            await house.checks.mark_due(house.connection.id, next(iter(house.calendar.events)))

        house.interruptions.after["create"] = answered_at_once
        house.ticker.advance(timedelta(seconds=1))
        booked = await house.book(room)

        assert booked.bookings[0].next_check_at == house.ticker.moment

    async def test_an_attendee_who_is_one_of_the_rooms_is_invited_as_room_only(self, house: House) -> None:
        room = await house.room()
        command = house.new_event(attendees=(Person(room.address.upper(), "Lighthouse"),))

        await house.book(room, event=command)

        (event,) = house.calendar.events.values()
        assert event.attendees == ()

    async def test_nothing_of_the_event_is_in_the_database(self, house: House) -> None:
        await house.book(await house.room(), event=house.new_event(subject="Canary 7731"))

        (event,) = house.calendar.events.values()
        rows = [await model.all().values() for model in (RoomBooking, BookingIntent, IdempotencyRecord)]
        assert "Canary" not in str(rows)
        assert event.mailbox_id not in str(rows)


class TestRoomsThatCannotBeBooked:
    async def test_a_room_of_another_organisation_is_not_found(self, house: House) -> None:
        other = await make_house(house.stack.keys, house.stack.vault, house.ticker, name="Eve Roe")

        with pytest.raises(NotFound, match="room"):
            await house.book(await other.room())

    async def test_an_unpaired_room_is_refused_by_name(self, house: House) -> None:
        room = await house.room("Cellar", pairing=RoomPairing.UNPAIRED)

        with pytest.raises(RoomNotPaired, match="Cellar"):
            await house.book(room)

    async def test_a_room_that_the_suite_reserves_is_refused(self, house: House) -> None:
        with pytest.raises(RoomNotBookable):
            await house.book(await house.room(is_bookable=False))

    async def test_a_refusal_leaves_nothing_behind_and_the_key_free(self, house: House) -> None:
        unpaired, paired = await house.room("Cellar", pairing=RoomPairing.UNPAIRED), await house.room("Pier")
        with pytest.raises(RoomNotPaired):
            await house.book(unpaired, key="one")

        booked = await house.book(paired, key="one")

        assert len(booked.bookings) == 1
        assert len(house.calendar.events) == 1
        assert await IdempotencyRecord.all().count() == 1

    async def test_an_event_in_the_past_is_refused(self, house: House) -> None:
        start = house.ticker.moment - timedelta(days=1)

        with pytest.raises(InvalidInput) as refusal:
            await house.book(await house.room(), event=house.new_event(start=start, end=start + timedelta(hours=1)))

        assert refusal.value.code is ProblemCode.EVENT_IN_THE_PAST
        assert refusal.value.field == "event.start"


class TestRepeating:
    async def test_the_same_command_again_reads_the_same_answer(self, house: House) -> None:
        room, event = await house.room(), house.new_event()
        first = await house.book(room, key="one", event=event)

        again = await house.book(room, key="one", event=event)

        assert [booking.id for booking in again.bookings] == [booking.id for booking in first.bookings]
        assert again.event is not None
        assert len(house.calendar.events) == 1

    async def test_a_repeat_is_answered_although_the_event_lies_in_the_past_by_now(self, house: House) -> None:
        room, event = await house.room(), house.new_event()
        first = await house.book(room, key="one", event=event)
        house.ticker.advance(timedelta(days=2))

        again = await house.book(room, key="one", event=event)

        assert again.bookings[0].id == first.bookings[0].id

    async def test_a_repeat_while_the_suite_is_down_is_the_bookings_and_a_problem(self, house: House) -> None:
        room, event = await house.room(), house.new_event()
        first = await house.book(room, key="one", event=event)
        house.stack.suite.fail_next("event", suite_errors.SuiteUnavailable())

        again = await house.book(room, key="one", event=event)

        assert again.bookings[0].id == first.bookings[0].id
        assert again.event is None
        assert isinstance(again.problems[0], SuiteUnavailable)

    async def test_other_content_under_the_same_key_is_refused(self, house: House) -> None:
        room = await house.room()
        await house.book(room, key="one", event=house.new_event())

        with pytest.raises(IdempotencyKeyReused):
            await house.book(room, key="one", event=house.new_event(subject="Something else"))

    async def test_what_the_suite_refuses_can_be_corrected_under_the_same_key(self, house: House) -> None:
        room = await house.room()
        house.stack.suite.fail_next("create", suite_errors.InvalidRequest("ErrorInvalidRequest"))
        with pytest.raises(InvalidInput):
            await house.book(room, key="one")

        booked = await house.book(room, key="one", event=house.new_event(subject="Corrected"))

        assert len(booked.bookings) == 1
        assert await BookingIntent.all().count() == 1

    @pytest.mark.parametrize("step", ["before create", "after create", "after a lost answer", "before commit"])
    async def test_a_command_broken_off_and_repeated_makes_one_event_and_one_booking(
        self, house: House, step: str
    ) -> None:
        room, event = await house.room(), house.new_event()
        broken: type[BaseException] = Killed
        if step == "before create":
            house.interruptions.kill("create")
        elif step == "after create":
            house.interruptions.lose_answer("create")
        elif step == "after a lost answer":
            house.interruptions.lose_answer("create", suite_errors.SuiteUnavailable())
            broken = SuiteUnavailable
        else:
            house.idempotency.dies = True
        with pytest.raises(broken):
            await house.book(room, key="one", event=event)
        assert await RoomBooking.all().count() == 0

        booked = await house.book(room, key="one", event=event)

        assert len(house.calendar.events) == 1
        assert [row.id for row in await RoomBooking.all()] == [booked.bookings[0].id]
        assert [row.state for row in await BookingIntent.all()] == [IntentState.DONE]

    async def test_a_repeat_whose_command_the_suite_already_knows_finds_the_event(self, house: House) -> None:
        room, event = await house.room(), house.new_event()
        house.interruptions.lose_answer("create")
        with pytest.raises(Killed):
            await house.book(room, key="one", event=event)
        house.stack.suite.fail_next("create", suite_errors.DuplicateCommand("ErrorDuplicateTransactionId"))

        booked = await house.book(room, key="one", event=event)

        assert booked.event is not None
        assert len(house.calendar.events) == 1

    async def test_a_command_that_the_suite_knows_but_does_not_show_is_neither_done_nor_refused(
        self, house: House
    ) -> None:
        house.stack.suite.fail_next("create", suite_errors.DuplicateCommand("ErrorDuplicateTransactionId"))

        with pytest.raises(SuiteUnavailable):
            await house.book(await house.room(), key="one")

        assert [row.state for row in await BookingIntent.all()] == [IntentState.OPEN]


class TestAnExistingEvent:
    async def test_the_room_is_invited_and_booked(self, house: House) -> None:
        room = await house.room()
        event = house.hold(make_event(house.ticker.moment + timedelta(hours=1)))

        booked = await house.book(room, event_mailbox_id=event.mailbox_id)

        assert [entry.room.address for entry in house.calendar.events[event.mailbox_id].rooms] == [room.address]
        assert booked.bookings[0].state is BookingState.PENDING

    async def test_a_room_that_is_on_the_event_already_is_not_invited_twice(self, house: House) -> None:
        room = await house.room()
        event = make_event(house.ticker.moment, rooms=(invitation(room, RoomAnswer.ACCEPTED),))
        house.hold(event)

        booked = await house.book(room, event_mailbox_id=event.mailbox_id)

        assert "change_rooms" not in house.interruptions.calls
        assert booked.bookings[0].state is BookingState.ACCEPTED

    async def test_booking_the_same_room_again_answers_the_same_booking(self, house: House) -> None:
        room, event = await house.room(), house.hold(make_event(house.ticker.moment))
        first = await house.book(room, event_mailbox_id=event.mailbox_id)

        second = await house.book(room, event_mailbox_id=event.mailbox_id)

        assert second.bookings[0].id == first.bookings[0].id

    async def test_only_the_organiser_can_book(self, house: House) -> None:
        event = house.hold(make_event(house.ticker.moment, is_organiser=False))

        with pytest.raises(NotOrganiser):
            await house.book(await house.room(), event_mailbox_id=event.mailbox_id)

        assert await IdempotencyRecord.all().count() == 0

    async def test_an_unknown_event_is_not_found(self, house: House) -> None:
        with pytest.raises(NotFound, match="event"):
            await house.book(await house.room(), event_mailbox_id="nowhere")

    async def test_a_cancelled_event_is_not_found(self, house: House) -> None:
        event = house.hold(make_event(house.ticker.moment, status=EventStatus.CANCELLED))

        with pytest.raises(NotFound, match="event"):
            await house.book(await house.room(), event_mailbox_id=event.mailbox_id)

    async def test_an_event_that_is_over_is_refused(self, house: House) -> None:
        event = house.hold(make_event(house.ticker.moment - timedelta(days=1)))

        with pytest.raises(InvalidInput) as refusal:
            await house.book(await house.room(), event_mailbox_id=event.mailbox_id)

        assert refusal.value.code is ProblemCode.EVENT_IN_THE_PAST

    async def test_an_event_that_somebody_else_changes_meanwhile_is_told(self, house: House) -> None:
        event = house.hold(make_event(house.ticker.moment))
        house.stack.suite.fail_next("change_rooms", suite_errors.ChangedMeanwhile())

        with pytest.raises(EventChanged):
            await house.book(await house.room(), event_mailbox_id=event.mailbox_id)

    async def test_broken_off_after_the_invitation_a_repeat_makes_one_booking(self, house: House) -> None:
        room, event = await house.room(), house.hold(make_event(house.ticker.moment))
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await house.book(room, key="one", event_mailbox_id=event.mailbox_id)

        await house.book(room, key="one", event_mailbox_id=event.mailbox_id)

        assert len(house.calendar.events[event.mailbox_id].rooms) == 1
        assert await RoomBooking.all().count() == 1
