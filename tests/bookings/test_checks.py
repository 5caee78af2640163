"""Looking at bookings again until the room has answered."""

from datetime import timedelta
from typing import Any

import pytest

from app.bookings.derivation import Standing
from app.bookings.models import RoomBooking
from app.bookings.status import BookingReason, BookingState
from app.bookings.transitions import change
from app.connections.models import CalendarConnection, ConnectionStatus
from app.notifications.models import Notification, NotificationKind
from app.references.models import EventReference, MailboxReference
from app.suites import errors as suite_errors
from app.suites.events import EventStatus, EventTime, RoomAnswer
from tests.bookings.house import START, House, invitation, make_event

PENDING, ACCEPTED, REJECTED, CANCELLED = BookingState


async def _due(house: House) -> None:
    await house.checks.mark_due(house.connection.id, None)
    await house.checks.run_due()


class TestTheRoomsAnswer:
    async def test_an_acceptance_is_recorded_and_told(self, house: House) -> None:
        room = await house.room()
        booking = (await house.book(room)).bookings[0]
        house.answer(room, RoomAnswer.ACCEPTED)
        house.ticker.advance(timedelta(seconds=15))

        await house.checks.run_due()

        row = await house.booking(booking)
        assert (row.state, row.previous_state) == (ACCEPTED, PENDING)
        assert row.reason is None
        assert row.version == 2
        message = house.stack.bus.published[-1][1]
        assert (message.row_id, message.version) == (booking.id, 2)

    async def test_a_rejection_notifies_the_member_once(self, house: House) -> None:
        room = await house.room()
        booking = (await house.book(room)).bookings[0]
        house.answer(room, RoomAnswer.DECLINED)

        await _due(house)
        await _due(house)

        row = await house.booking(booking)
        assert (row.state, row.reason) == (REJECTED, BookingReason.DECLINED)
        (notification,) = await Notification.all()
        assert notification.kind is NotificationKind.ROOM_REJECTED
        assert (notification.subject_id, notification.room_id) == (booking.id, room.id)
        assert house.stack.bus.kinds.count("NOTIFICATION_ADDED") == 1

    async def test_a_second_rejection_after_a_new_request_notifies_again(self, house: House) -> None:
        room = await house.room()
        await house.book(room)
        for answer in (RoomAnswer.DECLINED, RoomAnswer.PENDING, RoomAnswer.DECLINED):
            house.answer(room, answer)
            await _due(house)

        assert await Notification.all().count() == 2

    async def test_an_answer_that_waits_for_approval_stays_pending_with_its_reason(self, house: House) -> None:
        room = await house.room()
        booking = (await house.book(room)).bookings[0]
        house.answer(room, RoomAnswer.AWAITING_APPROVAL)

        await _due(house)

        row = await house.booking(booking)
        assert (row.state, row.reason, row.version) == (PENDING, BookingReason.AWAITING_APPROVAL, 2)
        assert row.state_since == START

    async def test_a_room_that_declines_after_accepting_has_released_the_slot(self, house: House) -> None:
        room = await house.room()
        booking = (await house.book(room)).bookings[0]
        for answer in (RoomAnswer.ACCEPTED, RoomAnswer.DECLINED):
            house.answer(room, answer)
            await _due(house)

        assert (await house.booking(booking)).reason is BookingReason.RELEASED

    async def test_a_room_that_vanished_from_the_event_was_removed(self, house: House) -> None:
        booking = (await house.book(await house.room())).bookings[0]
        house.change(rooms=())

        await _due(house)

        row = await house.booking(booking)
        assert (row.state, row.reason) == (REJECTED, BookingReason.REMOVED)

    async def test_a_room_in_whose_place_another_of_ours_stands_was_replaced(self, house: House) -> None:
        booking = (await house.book(await house.room())).bookings[0]
        house.change(rooms=(invitation(await house.room("Pier")),))

        await _due(house)

        assert (await house.booking(booking)).reason is BookingReason.REPLACED

    async def test_a_copy_that_does_not_tell_answers_changes_nothing(self, house: House) -> None:
        room = await house.room()
        booking = (await house.book(room)).bookings[0]
        house.answer(room, RoomAnswer.ACCEPTED)
        await _due(house)
        house.change(is_organiser=False, rooms=(invitation(room, RoomAnswer.UNKNOWN),))

        await _due(house)

        assert (await house.booking(booking)).state is ACCEPTED

    async def test_two_rooms_of_one_event_cost_one_read(self, house: House) -> None:
        await house.book(await house.room("Lighthouse"), await house.room("Pier"))
        house.interruptions.calls.clear()

        await _due(house)

        assert house.interruptions.calls == ["event"]


class TestTheEventsEnd:
    async def test_an_event_that_is_gone_cancels_the_booking(self, house: House) -> None:
        booking = (await house.book(await house.room())).bookings[0]
        house.calendar.events.clear()

        await _due(house)

        row = await house.booking(booking)
        assert (row.state, row.reason) == (CANCELLED, BookingReason.EVENT_GONE)
        assert row.closed_at is not None
        assert row.next_check_at is None
        assert await Notification.all().count() == 0

    async def test_a_cancelled_event_cancels_the_booking(self, house: House) -> None:
        booking = (await house.book(await house.room())).bookings[0]
        house.change(status=EventStatus.CANCELLED)

        await _due(house)

        assert (await house.booking(booking)).reason is BookingReason.EVENT_GONE

    async def test_an_event_that_is_over_closes_the_booking_and_leaves_its_state(self, house: House) -> None:
        booking = (await house.book(await house.room())).bookings[0]
        house.ticker.advance(timedelta(days=1, hours=1))

        await house.checks.run_due()

        row = await house.booking(booking)
        assert row.state is PENDING
        assert row.closed_at == house.ticker.moment
        assert row.next_check_at is None
        assert (await EventReference.get(id=row.event_reference_id)).closed_at == house.ticker.moment

    async def test_an_all_day_event_is_over_at_midnight_of_its_own_zone(self, house: House) -> None:
        room = await house.room()
        day = START.date()
        times: dict[str, Any] = {
            "start": EventTime("America/New_York", date=day),
            "end": EventTime("America/New_York", date=day + timedelta(days=1)),
            "is_all_day": True,
        }
        event = house.hold(make_event(**times))
        booking = (await house.book(room, event_mailbox_id=event.mailbox_id)).bookings[0]
        house.ticker.moment = START.replace(hour=0) + timedelta(days=1, hours=3)
        await _due(house)
        before_midnight = await house.booking(booking)
        house.ticker.advance(timedelta(hours=1))

        await _due(house)

        assert before_midnight.closed_at is None
        assert (await house.booking(booking)).closed_at is not None

    async def test_an_accepted_booking_is_looked_at_once_a_day_so_that_it_closes(self, house: House) -> None:
        room = await house.room()
        booking = (await house.book(room)).bookings[0]
        house.answer(room, RoomAnswer.ACCEPTED)
        await _due(house)
        assert (await house.booking(booking)).next_check_at == house.ticker.moment + timedelta(days=1)
        house.ticker.advance(timedelta(days=1))

        await house.checks.run_due()

        assert (await house.booking(booking)).closed_at is not None


class TestWhatIsDue:
    async def test_a_notice_names_an_event_and_only_its_bookings_become_due(self, house: House) -> None:
        room = await house.room()
        first = (await house.book(room)).bookings[0]
        mailbox_id = next(iter(house.calendar.events))
        second = (await house.book(room)).bookings[0]
        house.ticker.advance(timedelta(seconds=1))

        await house.checks.mark_due(house.connection.id, mailbox_id)

        assert (await house.booking(first)).next_check_at == house.ticker.moment
        assert (await house.booking(second)).next_check_at != house.ticker.moment
        assert house.stack.bus.kinds[-1] == "BOOKINGS_DUE"

    @pytest.mark.parametrize("names_the_event", [True, False])
    async def test_a_notice_about_what_is_due_already_writes_nothing_and_wakes_nobody(
        self, house: House, names_the_event: bool
    ) -> None:
        booking = (await house.book(await house.room())).bookings[0]
        mailbox_id = next(iter(house.calendar.events)) if names_the_event else None
        house.ticker.advance(timedelta(seconds=1))
        await house.checks.mark_due(house.connection.id, mailbox_id)
        due_since, published = (await house.booking(booking)).next_check_at, len(house.stack.bus.published)
        house.ticker.advance(timedelta(seconds=1))

        await house.checks.mark_due(house.connection.id, mailbox_id)

        assert (await house.booking(booking)).next_check_at == due_since
        assert len(house.stack.bus.published) == published

    async def test_a_notice_of_an_unknown_event_makes_nothing_due(self, house: House) -> None:
        await house.book(await house.room())
        published = len(house.stack.bus.published)

        await house.checks.mark_due(house.connection.id, "nobody's")

        assert len(house.stack.bus.published) == published

    async def test_many_notices_of_one_event_cost_one_read(self, house: House) -> None:
        await house.book(await house.room())
        mailbox_id = next(iter(house.calendar.events))
        house.interruptions.calls.clear()

        for _ in range(100):
            await house.checks.mark_due(house.connection.id, mailbox_id)
        await house.checks.run_due()

        assert house.interruptions.calls == ["event"]

    async def test_a_busy_calendars_unnamed_notices_cost_a_bounded_number_of_reads(self, house: House) -> None:
        room = await house.room()
        for _ in range(30):
            await house.book(room)
        house.answer(room, RoomAnswer.ACCEPTED)
        await _due(house)
        house.ticker.advance(timedelta(hours=1))
        house.interruptions.calls.clear()

        for _ in range(60):
            await _due(house)
            house.ticker.advance(timedelta(seconds=1))

        assert house.interruptions.calls.count("event") == 30 * 10

    async def test_the_last_of_many_unnamed_notices_is_followed_by_a_read(self, house: House) -> None:
        room = await house.room()
        for _ in range(30):
            await house.book(room)
        house.answer(room, RoomAnswer.ACCEPTED)
        await _due(house)
        house.answer(room, RoomAnswer.DECLINED)
        await house.checks.mark_due(house.connection.id, None)
        due = await house.checks.run_due()
        assert due == house.ticker.moment + timedelta(seconds=6)
        house.ticker.moment = due

        await house.checks.run_due()

        assert {row.state for row in await RoomBooking.all()} == {REJECTED}

    async def test_what_is_pending_is_read_at_every_unnamed_notice(self, house: House) -> None:
        room = await house.room()
        for _ in range(30):
            await house.book(room)
        house.answer(room, RoomAnswer.ACCEPTED)

        await _due(house)

        assert {row.state for row in await RoomBooking.all()} == {ACCEPTED}

    async def test_a_notice_that_comes_while_the_event_is_read_leads_to_another_read(self, house: House) -> None:
        room = await house.room()
        booking = (await house.book(room)).bookings[0]

        async def answered_just_now() -> None:
            house.answer(room, RoomAnswer.ACCEPTED)
            await house.checks.mark_due(house.connection.id, None)

        house.interruptions.after["event"] = answered_just_now
        await _due(house)

        assert (await house.booking(booking)).state is ACCEPTED

    async def test_the_job_says_when_it_is_due_next(self, house: House) -> None:
        await house.book(await house.room())

        due = await house.checks.run_due()

        assert due == house.ticker.moment + timedelta(seconds=15)

    async def test_a_row_whose_claim_ran_out_is_looked_at_again(self, house: House) -> None:
        room = await house.room()
        booking = (await house.book(room)).bookings[0]
        house.answer(room, RoomAnswer.ACCEPTED)
        lease = house.ticker.moment + timedelta(minutes=2)
        await RoomBooking.filter(id=booking.id).update(claimed_until=lease, next_check_at=lease)
        assert await house.checks.run_due() == lease
        house.ticker.moment = lease

        await house.checks.run_due()

        assert (await house.booking(booking)).state is ACCEPTED


class TestTrouble:
    async def test_while_the_suite_is_down_the_booking_waits_longer_and_longer(self, house: House) -> None:
        room = await house.room()
        booking = (await house.book(room)).bookings[0]
        house.stack.suite.fail_next("event", suite_errors.SuiteUnavailable(), times=2)
        waits = []
        for _ in range(2):
            await _due(house)
            row = await house.booking(booking)
            assert row.next_check_at is not None
            waits.append(row.next_check_at - house.ticker.moment)
        house.answer(room, RoomAnswer.ACCEPTED)

        await _due(house)

        assert waits == [timedelta(seconds=15), timedelta(seconds=30)]
        assert (await house.booking(booking)).state is ACCEPTED

    async def test_a_suite_that_says_how_long_to_wait_is_obeyed(self, house: House) -> None:
        booking = (await house.book(await house.room())).bookings[0]
        wait = timedelta(minutes=7)
        house.stack.suite.fail_next("event", suite_errors.SuiteThrottled(retry_after=wait))

        await _due(house)

        assert (await house.booking(booking)).next_check_at == house.ticker.moment + wait

    async def test_a_broken_connection_lets_its_bookings_rest_until_it_works_again(self, house: House) -> None:
        room = await house.room()
        booking = (await house.book(room)).bookings[0]
        reason = suite_errors.ReconnectReason.EXPIRED
        house.stack.suite.fail_next("event", suite_errors.ReconnectRequired(reason))
        house.answer(room, RoomAnswer.ACCEPTED)
        await _due(house)
        resting = await house.booking(booking)
        await CalendarConnection.filter(id=house.connection.id).update(status=ConnectionStatus.CONNECTED)

        await house.checks.run_due()

        assert resting.next_check_at is None
        assert (await house.booking(booking)).state is ACCEPTED

    async def test_bookings_of_a_connection_that_works_again_are_found_without_being_told(self, house: House) -> None:
        room = await house.room()
        booking = (await house.book(room)).bookings[0]
        await RoomBooking.filter(id=booking.id).update(next_check_at=None)
        house.answer(room, RoomAnswer.ACCEPTED)

        await house.checks.run_due()

        assert (await house.booking(booking)).state is ACCEPTED

    async def test_one_event_that_cannot_be_read_does_not_hold_up_the_others(self, house: House) -> None:
        room = await house.room()
        poisoned = (await house.book(room)).bookings[0]
        sound = (await house.book(room)).bookings[0]
        await MailboxReference.filter(id=poisoned.mailbox_reference_id).update(sealed_id=b"\x01\x00broken")
        house.answer(room, RoomAnswer.ACCEPTED)

        await _due(house)

        assert (await house.booking(sound)).state is ACCEPTED
        row = await house.booking(poisoned)
        assert row.state is PENDING
        assert row.next_check_at is not None
        assert row.next_check_at > house.ticker.moment

    async def test_a_booking_cancelled_while_its_event_is_read_stays_cancelled(self, house: House) -> None:
        room = await house.room()
        booking = (await house.book(room)).bookings[0]
        house.answer(room, RoomAnswer.DECLINED)

        async def cancelled_just_now() -> None:
            row = await RoomBooking.get(id=booking.id)
            assert await change(row, Standing(CANCELLED, None), house.ticker.moment)

        house.interruptions.after["event"] = cancelled_just_now
        await _due(house)

        assert (await house.booking(booking)).state is CANCELLED
        assert await Notification.all().count() == 0

    @pytest.mark.parametrize("state", [PENDING, ACCEPTED, REJECTED])
    async def test_no_way_leads_out_of_cancelled(self, house: House, state: BookingState) -> None:
        booking = (await house.book(await house.room())).bookings[0]
        await change(booking, Standing(CANCELLED, None), house.ticker.moment)

        assert not await change(booking, Standing(state, None), house.ticker.moment)
