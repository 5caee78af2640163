"""Another room in the place of a booking's: one change at the suite, and only the new room's answer counts."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.bookings.commands import CancelBooking, CancelScope, ReplaceRoom
from app.bookings.models import BookingOccurrence, RoomBooking
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
    SuiteUnavailable,
)
from app.identity.models import IdempotencyRecord
from app.notifications.models import Notification, NotificationKind
from app.rooms.models import Room, RoomPairing
from app.suites import errors as suite_errors
from app.suites.events import Event, EventKind, EventStatus, Person, RoomAnswer, RoomInvitation
from tests.bookings.house import START, House, Killed, invitation, make_event, make_house

WEEK = timedelta(weeks=1)


async def _replace(house: House, booking: RoomBooking, room: Room, **values: Any) -> RoomBooking:
    command = ReplaceRoom(booking_id=booking.id, room_id=room.id, **values)
    return await house.bookings.replace(house.principal, command)


async def _look(house: House) -> None:
    house.ticker.advance(timedelta(seconds=1))
    await house.checks.mark_due(house.connection.id, None)
    await house.checks.run_due()


async def _booked(house: House, room: Room) -> tuple[RoomBooking, Event]:
    event = house.hold(make_event(START + timedelta(hours=2)))
    return (await house.book(room, event_mailbox_id=event.mailbox_id)).bookings[0], event


async def _series(house: House, room: Room, dates: int = 4) -> tuple[RoomBooking, Event, list[Event]]:
    """A weekly series with the room invited to every date."""
    start = START + timedelta(hours=2)
    master = house.hold(make_event(start, kind=EventKind.SERIES))
    events = [
        house.hold(
            make_event(
                start + week * WEEK,
                kind=EventKind.OCCURRENCE,
                series_mailbox_id=master.mailbox_id,
                original_start=start + week * WEEK,
            )
        )
        for week in range(dates)
    ]
    booking = (await house.book(room, event_mailbox_id=master.mailbox_id)).bookings[0]
    house.change(rooms=(invitation(room),))
    return booking, master, events


async def _date(house: House, booking: RoomBooking, event: Event) -> BookingOccurrence:
    rows = (await house.bookings.occurrences(house.principal, [booking.id]))[booking.id]
    return next(row for row in rows if house.references.open(row.mailbox_reference) == event.mailbox_id)


async def _states(house: House, booking: RoomBooking, events: list[Event]) -> list[tuple[BookingState, str | None]]:
    rows = [await _date(house, booking, event) for event in events]
    return [(row.state, row.room.name if row.room else None) for row in rows]


def _rooms_on(house: House, event: Event) -> list[str]:
    return [entry.room.name for entry in house.calendar.events[event.mailbox_id].rooms]


class TestAnEvent:
    async def test_a_rejected_booking_is_pending_again_with_the_other_room(self, house: House) -> None:
        declined, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, event = await _booked(house, declined)
        house.answer(declined, RoomAnswer.DECLINED)
        await _look(house)
        before = await house.booking(booking)

        row = await _replace(house, booking, other)

        assert (row.state, row.reason) == (BookingState.PENDING, BookingReason.NOT_ANSWERED)
        assert (row.previous_state, row.version) == (BookingState.REJECTED, before.version + 1)
        assert (row.room_id, row.requested_room_id, row.wanted_room_id) == (other.id, None, None)
        assert _rooms_on(house, event) == ["Pier"]
        assert house.interruptions.calls.count("change_rooms") == 2  # one to book, one to replace

    @pytest.mark.parametrize("alias", ["sea-room@tidewater.example", "/o=tidewater/ou=exchange/cn=recipients/cn=lh"])
    async def test_a_room_that_the_event_knows_by_another_address_goes_as_well(self, house: House, alias: str) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, event = await _booked(house, room)
        house.change(rooms=(RoomInvitation(Person(alias, room.name), RoomAnswer.ACCEPTED),))

        row = await _replace(house, booking, other)

        assert row.room_id == other.id
        assert _rooms_on(house, event) == ["Pier"]

    async def test_only_the_new_rooms_answer_counts_and_is_told(self, house: House) -> None:
        declined, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await _booked(house, declined)
        house.answer(declined, RoomAnswer.DECLINED)
        await _look(house)
        await _replace(house, booking, other)
        house.answer(other, RoomAnswer.DECLINED)

        await _look(house)

        row = await house.booking(booking)
        assert (row.state, row.previous_state) == (BookingState.REJECTED, BookingState.PENDING)
        told = await Notification.filter(kind=NotificationKind.ROOM_REJECTED).order_by("created_at")
        assert [notification.room_id for notification in told] == [declined.id, other.id]

    async def test_an_accepted_booking_can_move_to_another_room_too(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await _booked(house, room)
        house.answer(room, RoomAnswer.ACCEPTED)
        await _look(house)

        pending = await _replace(house, booking, other)
        house.answer(other, RoomAnswer.ACCEPTED)
        await _look(house)

        row = await house.booking(booking)
        assert (pending.state, pending.previous_state) == (BookingState.PENDING, BookingState.ACCEPTED)
        assert (row.state, row.room_id) == (BookingState.ACCEPTED, other.id)
        assert row.reason is None
        assert await Notification.all().count() == 0

    async def test_the_subscribers_and_the_jobs_are_told(self, house: House) -> None:
        booking, _ = await _booked(house, await house.room("Lighthouse"))

        row = await _replace(house, booking, await house.room("Pier"))

        assert house.stack.bus.kinds[-2:] == ["BOOKING_CHANGED", "BOOKINGS_DUE"]
        message = house.stack.bus.published[-2][1]
        assert (message.row_id, message.version) == (booking.id, row.version)
        assert row.room.name == "Pier"

    async def test_replacing_a_room_by_itself_changes_nothing(self, house: House) -> None:
        room = await house.room("Lighthouse")
        booking, _ = await _booked(house, room)

        row = await _replace(house, booking, room)

        assert (row.version, row.state) == (booking.version, BookingState.PENDING)

    async def test_a_check_that_read_the_event_before_does_not_undo_it(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await _booked(house, room)
        house.answer(room, RoomAnswer.DECLINED)

        async def replaced_meanwhile() -> None:
            await _replace(house, booking, other)

        house.interruptions.after["event"] = replaced_meanwhile
        await _look(house)

        row = await house.booking(booking)
        assert (row.state, row.room_id) == (BookingState.PENDING, other.id)


class TestACrash:
    async def test_killed_before_the_call_the_old_room_stays_until_the_repeat(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, event = await _booked(house, room)
        house.interruptions.kill("change_rooms")
        with pytest.raises(Killed):
            await _replace(house, booking, other, idempotency_key="once")
        await _look(house)
        between = await house.booking(booking)

        row = await _replace(house, booking, other, idempotency_key="once")

        assert (between.room_id, between.state) == (room.id, BookingState.PENDING)
        assert (row.room_id, row.state) == (other.id, BookingState.PENDING)
        assert _rooms_on(house, event) == ["Pier"]

    async def test_killed_after_the_call_the_next_check_takes_the_new_room_on(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await _booked(house, room)
        house.answer(room, RoomAnswer.DECLINED)
        await _look(house)
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await _replace(house, booking, other)

        house.ticker.advance(timedelta(minutes=4))
        await house.checks.run_due()
        pending = await house.booking(booking)
        house.answer(other, RoomAnswer.ACCEPTED)
        await _look(house)

        row = await house.booking(booking)
        assert (pending.state, pending.room_id, pending.wanted_room_id) == (BookingState.PENDING, other.id, None)
        assert (row.state, row.requested_room_id) == (BookingState.ACCEPTED, None)
        assert row.reason is None
        assert await Notification.filter(kind=NotificationKind.ROOM_REPLACED).count() == 0

    async def test_killed_after_the_call_the_repeat_takes_the_new_room_on(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, event = await _booked(house, room)
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await _replace(house, booking, other)

        row = await _replace(house, booking, other)

        assert (row.room_id, row.state) == (other.id, BookingState.PENDING)
        assert _rooms_on(house, event) == ["Pier"]

    async def test_a_repeat_that_is_refused_leaves_what_the_first_attempt_did(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await _booked(house, room)
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await _replace(house, booking, other)
        house.stack.suite.fail_next("change_rooms", suite_errors.ChangedMeanwhile())
        with pytest.raises(EventChanged):
            await _replace(house, booking, other)

        await _look(house)

        row = await house.booking(booking)
        assert (row.state, row.room_id) == (BookingState.PENDING, other.id)
        assert await Notification.all().count() == 0

    async def test_a_check_in_between_and_the_repeat_make_one_change(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await _booked(house, room)
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await _replace(house, booking, other, idempotency_key="once")
        house.answer(other, RoomAnswer.ACCEPTED)
        await _look(house)

        row = await _replace(house, booking, other, idempotency_key="once")

        assert (row.room_id, row.state, row.version) == (other.id, BookingState.ACCEPTED, booking.version + 1)

    async def test_the_new_room_that_declined_meanwhile_is_told_as_bad_news(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await _booked(house, room)
        house.answer(room, RoomAnswer.DECLINED)
        await _look(house)
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await _replace(house, booking, other)
        house.answer(other, RoomAnswer.DECLINED)

        await _look(house)

        told = await Notification.filter(kind=NotificationKind.ROOM_REJECTED).order_by("created_at")
        assert [notification.room_id for notification in told] == [room.id, other.id]

    async def test_a_repeat_is_answered_as_done_though_the_new_room_has_declined_meanwhile(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await _booked(house, room)
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await _replace(house, booking, other, idempotency_key="once")
        house.answer(other, RoomAnswer.DECLINED)
        await _look(house)

        row = await _replace(house, booking, other, idempotency_key="once")

        assert (row.room_id, row.state) == (other.id, BookingState.REJECTED)

    async def test_a_third_room_after_it_takes_the_second_ones_place(self, house: House) -> None:
        booking, event = await _booked(house, await house.room("Lighthouse"))
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await _replace(house, booking, await house.room("Pier"))

        row = await _replace(house, booking, await house.room("Quay"))

        assert (row.room.name, _rooms_on(house, event)) == ("Quay", ["Quay"])

    async def test_letting_go_after_it_leaves_no_room_behind(self, house: House) -> None:
        booking, event = await _booked(house, await house.room("Lighthouse"))
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await _replace(house, booking, await house.room("Pier"))

        row = await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

        assert (row.state, _rooms_on(house, event)) == (BookingState.CANCELLED, [])

    async def test_after_no_answer_of_the_suite_the_check_settles_it(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _ = await _booked(house, room)
        house.interruptions.lose_answer("change_rooms", suite_errors.SuiteUnavailable())
        with pytest.raises(SuiteUnavailable):
            await _replace(house, booking, other)

        await _look(house)

        assert (await house.booking(booking)).room_id == other.id


class TestIdempotency:
    async def test_a_repeat_reads_the_booking_anew(self, house: House) -> None:
        booking, _ = await _booked(house, await house.room("Lighthouse"))
        other = await house.room("Pier")
        await _replace(house, booking, other, idempotency_key="once")
        house.answer(other, RoomAnswer.DECLINED)
        await _look(house)

        row = await _replace(house, booking, other, idempotency_key="once")

        assert (row.state, row.room_id) == (BookingState.REJECTED, other.id)

    async def test_other_content_under_the_key_is_refused(self, house: House) -> None:
        booking, _ = await _booked(house, await house.room("Lighthouse"))
        await _replace(house, booking, await house.room("Pier"), idempotency_key="once")

        with pytest.raises(IdempotencyKeyReused):
            await _replace(house, booking, await house.room("Quay"), idempotency_key="once")

    async def test_what_was_refused_can_be_sent_corrected_under_the_same_key(self, house: House) -> None:
        booking, _ = await _booked(house, await house.room("Lighthouse"))
        reserved = await house.room("Pier", is_bookable=False)
        with pytest.raises(RoomNotBookable):
            await _replace(house, booking, reserved, idempotency_key="once")

        row = await _replace(house, booking, await house.room("Quay"), idempotency_key="once")

        assert row.room.name == "Quay"
        assert await IdempotencyRecord.filter(operation="replaceRoom").count() == 1


class TestASeries:
    async def test_the_whole_series_is_pending_again_with_the_other_room(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, master, events = await _series(house, room)
        house.answer(room, RoomAnswer.DECLINED)
        await _look(house)

        row = await _replace(house, booking, other, scope=CancelScope.SERIES)

        assert (row.state, row.room_id) == (BookingState.PENDING, other.id)
        assert _rooms_on(house, master) == ["Pier"]
        assert await _states(house, booking, events) == [(BookingState.PENDING, None)] * 4

    async def test_one_declined_date_gets_another_room_and_the_others_keep_theirs(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, master, events = await _series(house, room)
        house.answer(room, RoomAnswer.ACCEPTED)
        house.answer(room, RoomAnswer.DECLINED, events[1].mailbox_id)
        await _look(house)
        date = await _date(house, booking, events[1])

        row = await _replace(house, booking, other, scope=CancelScope.OCCURRENCE, occurrence_id=date.id)
        house.answer(other, RoomAnswer.ACCEPTED)
        await _look(house)

        after = await house.booking(booking)
        assert (row.state, row.room_id) == (BookingState.PENDING, room.id)
        assert after.state is BookingState.ACCEPTED
        assert after.reason is None
        assert [_rooms_on(house, event) for event in (master, events[0], events[1])] == [
            ["Lighthouse"],
            ["Lighthouse"],
            ["Pier"],
        ]
        assert (await _states(house, booking, events))[:2] == [
            (BookingState.ACCEPTED, None),
            (BookingState.ACCEPTED, "Pier"),
        ]

    async def test_a_date_that_knows_the_room_by_another_address_gets_the_other_room_with_the_series(
        self, house: House
    ) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, events = await _series(house, room)
        aliased = RoomInvitation(Person("sea-room@tidewater.example", room.name), RoomAnswer.ACCEPTED)
        house.change(events[1].mailbox_id, kind=EventKind.EXCEPTION, rooms=(aliased,))

        await _replace(house, booking, other, scope=CancelScope.SERIES)

        assert [_rooms_on(house, event) for event in events] == [["Pier"]] * 4

    async def test_a_date_and_all_that_follow_get_another_room(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, events = await _series(house, room)
        house.answer(room, RoomAnswer.ACCEPTED)
        await _look(house)
        date = await _date(house, booking, events[2])

        row = await _replace(house, booking, other, scope=CancelScope.THIS_AND_FOLLOWING, occurrence_id=date.id)

        assert row.state is BookingState.PENDING
        assert await _states(house, booking, events) == [
            (BookingState.ACCEPTED, None),
            (BookingState.ACCEPTED, None),
            (BookingState.PENDING, "Pier"),
            (BookingState.PENDING, "Pier"),
        ]

    async def test_dates_beyond_the_horizon_are_followed_once_a_room_was_chosen_for_them(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, events = await _series(house, room, dates=20)
        house.answer(room, RoomAnswer.ACCEPTED)
        await _look(house)
        date = await _date(house, booking, events[1])
        await _replace(house, booking, other, scope=CancelScope.THIS_AND_FOLLOWING, occurrence_id=date.id)
        house.answer(other, RoomAnswer.ACCEPTED)

        await _look(house)

        assert (await house.booking(booking)).state is BookingState.ACCEPTED
        assert await BookingOccurrence.filter(room_id=other.id, state=BookingState.ACCEPTED).count() == 19

    async def test_dates_that_were_reached_are_recorded_and_a_repeat_goes_on(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, events = await _series(house, room)
        date = await _date(house, booking, events[0])
        command: dict[str, Any] = {"scope": CancelScope.THIS_AND_FOLLOWING, "occurrence_id": date.id}

        async def later_fails() -> None:
            house.stack.suite.fail_next("change_rooms", suite_errors.SuiteUnavailable())

        house.interruptions.after["change_rooms"] = later_fails
        with pytest.raises(SuiteUnavailable):
            await _replace(house, booking, other, **command)
        between = await _states(house, booking, events)
        told = house.stack.bus.kinds[-2:]

        await _replace(house, booking, other, **command)

        assert told == ["BOOKING_CHANGED", "BOOKINGS_DUE"]
        assert [name for _, name in between] == ["Pier", None, None, None]
        assert await _states(house, booking, events) == [(BookingState.PENDING, "Pier")] * 4

    async def test_killed_in_the_middle_the_next_check_takes_on_what_was_done(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, events = await _series(house, room)
        date = await _date(house, booking, events[0])
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await _replace(house, booking, other, scope=CancelScope.THIS_AND_FOLLOWING, occurrence_id=date.id)
        house.answer(other, RoomAnswer.ACCEPTED)

        await _look(house)

        assert (await _states(house, booking, events))[:2] == [
            (BookingState.ACCEPTED, "Pier"),
            (BookingState.PENDING, None),
        ]
        assert await Notification.all().count() == 0

    async def test_killed_after_the_series_was_changed_the_next_check_takes_every_date_on(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, events = await _series(house, room)
        house.interruptions.lose_answer("change_rooms")
        with pytest.raises(Killed):
            await _replace(house, booking, other, scope=CancelScope.SERIES)
        house.change(rooms=(invitation(other),))

        await _look(house)

        row = await house.booking(booking)
        assert (row.room_id, row.state, row.requested_room_id) == (other.id, BookingState.PENDING, None)
        assert await _states(house, booking, events) == [(BookingState.PENDING, None)] * 4
        assert await Notification.all().count() == 0

    async def test_a_date_that_was_let_go_does_not_come_back(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, events = await _series(house, room)
        date = await _date(house, booking, events[1])
        await house.bookings.cancel(
            house.principal,
            CancelBooking(booking_id=booking.id, scope=CancelScope.OCCURRENCE, occurrence_id=date.id),
        )

        await _replace(house, booking, other, scope=CancelScope.SERIES)

        assert (await _states(house, booking, events))[1][0] is BookingState.CANCELLED
        with pytest.raises(BookingClosed):
            await _replace(house, booking, other, scope=CancelScope.OCCURRENCE, occurrence_id=date.id)

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
            await _replace(house, booking, other, scope=CancelScope.THIS_AND_FOLLOWING, occurrence_id=dates[0].id)

        assert (refusal.value.field, refusal.value.remedy) == ("scope", "Change the whole series, or single dates.")
        assert len(dates) == 90

    @pytest.mark.parametrize(
        ("scope", "field"),
        [(None, "scope"), (CancelScope.OCCURRENCE, "occurrenceId"), (CancelScope.THIS_AND_FOLLOWING, "occurrenceId")],
    )
    async def test_what_is_not_said_is_asked_for(self, house: House, scope: CancelScope | None, field: str) -> None:
        booking, _, _ = await _series(house, await house.room("Lighthouse"))

        with pytest.raises(InvalidInput) as refusal:
            await _replace(house, booking, await house.room("Pier"), scope=scope)

        assert refusal.value.field == field


class TestWhatIsRefused:
    async def test_a_cancelled_booking(self, house: House) -> None:
        booking, _ = await _booked(house, await house.room("Lighthouse"))
        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

        with pytest.raises(BookingClosed):
            await _replace(house, booking, await house.room("Pier"))

    async def test_a_room_that_the_event_has_already(self, house: House) -> None:
        first, second = await house.room("Lighthouse"), await house.room("Pier")
        event = house.hold(make_event(START + timedelta(hours=2)))
        booked = await house.book(first, second, event_mailbox_id=event.mailbox_id)

        with pytest.raises(InvalidInput) as refusal:
            await _replace(house, booked.bookings[0], second)

        assert refusal.value.field == "roomId"

    async def test_a_room_that_was_booked_for_the_event_just_now(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, event = await _booked(house, room)

        async def booked_meanwhile() -> None:
            await house.book(other, event_mailbox_id=event.mailbox_id)

        house.interruptions.after["change_rooms"] = booked_meanwhile
        with pytest.raises(InvalidInput) as refusal:
            await _replace(house, booking, other)
        await _look(house)

        row = await house.booking(booking)
        assert refusal.value.field == "roomId"
        assert (row.room_id, row.state, row.reason) == (room.id, BookingState.REJECTED, BookingReason.REMOVED)

    async def test_the_room_that_said_no(self, house: House) -> None:
        room = await house.room("Lighthouse")
        booking, _ = await _booked(house, room)
        house.answer(room, RoomAnswer.DECLINED)
        await _look(house)

        with pytest.raises(InvalidInput) as refusal:
            await _replace(house, booking, room)

        assert refusal.value.field == "roomId"

    async def test_a_room_that_is_not_there_not_paired_or_reserved(self, house: House) -> None:
        booking, _ = await _booked(house, await house.room("Lighthouse"))

        with pytest.raises(RoomNotPaired):
            await _replace(house, booking, await house.room("Pier", pairing=RoomPairing.UNPAIRED))
        with pytest.raises(RoomNotBookable):
            await _replace(house, booking, await house.room("Quay", is_bookable=False))
        command = ReplaceRoom(booking_id=booking.id, room_id=uuid4())
        with pytest.raises(NotFound):
            await house.bookings.replace(house.principal, command)

    async def test_an_event_that_somebody_else_organises(self, house: House) -> None:
        booking, _ = await _booked(house, await house.room("Lighthouse"))
        house.change(is_organiser=False)

        with pytest.raises(NotOrganiser):
            await _replace(house, booking, await house.room("Pier"))

        assert (await house.booking(booking)).wanted_room_id is None

    async def test_an_event_that_is_over_or_gone(self, house: House) -> None:
        booking, event = await _booked(house, await house.room("Lighthouse"))
        other = await house.room("Pier")
        house.ticker.advance(timedelta(hours=4))
        with pytest.raises(InvalidInput) as refusal:
            await _replace(house, booking, other)
        house.change(status=EventStatus.CANCELLED)
        with pytest.raises(NotFound):
            await _replace(house, booking, other)
        del house.calendar.events[event.mailbox_id]
        with pytest.raises(NotFound):
            await _replace(house, booking, other)

        assert refusal.value.code is ProblemCode.EVENT_IN_THE_PAST

    async def test_an_event_that_keeps_changing_and_then_the_old_room_stays(self, house: House) -> None:
        room = await house.room("Lighthouse")
        booking, _ = await _booked(house, room)
        house.stack.suite.fail_next("change_rooms", suite_errors.ChangedMeanwhile())

        with pytest.raises(EventChanged):
            await _replace(house, booking, await house.room("Pier"))

        row = await house.booking(booking)
        assert (row.room_id, row.wanted_room_id, row.version) == (room.id, None, booking.version)

    async def test_a_colleagues_booking(self, house: House) -> None:
        booking, _ = await _booked(house, await house.room("Lighthouse"))
        colleague = await make_house(
            house.stack.keys, house.stack.vault, house.ticker, name="Ben Kok", organisation=house.organisation
        )

        with pytest.raises(NotFound):
            await _replace(colleague, booking, await house.room("Pier"))
