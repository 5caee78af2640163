"""A suite that swaps rooms by itself: the booking follows, and its member is told once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tortoise.connection import get_connection

from app.bookings.commands import CancelBooking, CancelScope
from app.bookings.models import BookingKind, BookingOccurrence, RoomBooking
from app.bookings.status import BookingReason, BookingState
from app.notifications.models import Notification, NotificationKind
from app.rooms.models import Room
from app.suites.events import Attendee, AttendeeKind, Event, EventKind, Person, Response, RoomAnswer
from tests.bookings.house import POLL_INTERVAL, START, House, invitation
from tests.bookings.steps import weekly_series
from tests.support.suites import CAPABILITIES

PENDING, ACCEPTED, REJECTED, CANCELLED = BookingState
TWO_HOURS = timedelta(hours=2)


@pytest.fixture(autouse=True)
def _swapping_suite(house: House) -> None:
    house.stack.suite.capabilities = replace(
        CAPABILITIES, replaces_rooms=True, room_answer_for_attendees=True, tells_awaiting_approval=False
    )


async def _due(house: House) -> None:
    await house.checks.mark_due(house.connection.id, None)
    await house.checks.run_due()


async def _accepted(house: House, *rooms: Room) -> list[RoomBooking]:
    """Booked for one event, and accepted."""
    bookings = (await house.book(*rooms)).bookings
    for room in rooms:
        house.answer(room, RoomAnswer.ACCEPTED)
    await _due(house)
    return list(bookings)


async def _told() -> list[tuple[NotificationKind, object, object]]:
    rows = await Notification.all().order_by("occasion")
    return [(row.kind, row.former_room_id, row.room_id) for row in rows]


class TestASingleEvent:
    @pytest.mark.parametrize(
        ("answer", "state", "reason"),
        [
            (RoomAnswer.ACCEPTED, ACCEPTED, BookingReason.REPLACED),
            (RoomAnswer.PENDING, PENDING, BookingReason.NOT_ANSWERED),
        ],
    )
    async def test_the_booking_follows_to_the_room_that_came_and_tells_its_member_once(
        self, house: House, answer: RoomAnswer, state: BookingState, reason: BookingReason
    ) -> None:
        lighthouse, pier = await house.room("Lighthouse"), await house.room("Pier")
        (booking,) = await _accepted(house, lighthouse)
        house.ticker.advance(timedelta(minutes=1))
        house.change(rooms=(invitation(pier, answer),))

        await _due(house)
        await _due(house)

        row = await house.booking(booking)
        assert (row.room_id, row.requested_room_id) == (pier.id, lighthouse.id)
        assert (row.state, row.previous_state, row.reason) == (state, ACCEPTED, reason)
        assert row.state_since == house.ticker.moment
        assert row.closed_at is None
        assert await _told() == [(NotificationKind.ROOM_REPLACED, lighthouse.id, pier.id)]
        assert house.stack.bus.kinds.count("NOTIFICATION_ADDED") == 1
        assert await house.bookings.changed_since(house.principal, house.ticker.moment) == [row]

    async def test_a_room_that_declined_and_was_replaced_afterwards_has_its_booking_follow(self, house: House) -> None:
        lighthouse, pier = await house.room("Lighthouse"), await house.room("Pier")
        booking = (await house.book(lighthouse)).bookings[0]
        house.answer(lighthouse, RoomAnswer.DECLINED)
        await _due(house)
        house.change(rooms=(invitation(pier, RoomAnswer.ACCEPTED),))

        await _due(house)

        row = await house.booking(booking)
        assert (row.state, row.room_id) == (ACCEPTED, pier.id)
        assert [kind for kind, _, _ in await _told()] == [
            NotificationKind.ROOM_REJECTED,
            NotificationKind.ROOM_REPLACED,
        ]

    async def test_the_room_that_was_asked_for_comes_back_and_the_booking_is_as_before(self, house: House) -> None:
        lighthouse, pier = await house.room("Lighthouse"), await house.room("Pier")
        (booking,) = await _accepted(house, lighthouse)
        for room in (pier, lighthouse):
            house.change(rooms=(invitation(room, RoomAnswer.ACCEPTED),))
            await _due(house)

        row = await house.booking(booking)
        assert (row.room_id, row.requested_room_id) == (lighthouse.id, None)
        assert row.state is ACCEPTED
        assert row.reason is None
        assert (await _told())[1:] == [(NotificationKind.ROOM_REPLACED, pier.id, lighthouse.id)]

    async def test_a_room_swapped_twice_still_names_the_one_that_was_asked_for(self, house: House) -> None:
        lighthouse = await house.room("Lighthouse")
        (booking,) = await _accepted(house, lighthouse)
        for name in ("Pier", "Anchor"):
            house.change(rooms=(invitation(await house.room(name), RoomAnswer.ACCEPTED),))
            await _due(house)

        row = await house.booking(booking)
        assert row.requested_room_id == lighthouse.id
        assert len(await _told()) == 2

    async def test_a_room_that_the_organisation_does_not_list_is_followed_by_no_booking(self, house: House) -> None:
        (booking,) = await _accepted(house, await house.room())
        hotel = replace(invitation(await house.room("Pier")), room=Person("hotel@elsewhere.example", "Hotel"))
        house.change(rooms=(hotel,))

        await _due(house)

        row = await house.booking(booking)
        assert (row.state, row.reason) == (REJECTED, BookingReason.REMOVED)
        assert [kind for kind, _, _ in await _told()] == [NotificationKind.ROOM_REJECTED]

    async def test_a_suite_that_swaps_no_rooms_has_the_booking_rejected(self, house: House) -> None:
        house.stack.suite.capabilities = CAPABILITIES
        lighthouse = await house.room()
        (booking,) = await _accepted(house, lighthouse)
        house.change(rooms=(invitation(await house.room("Pier"), RoomAnswer.ACCEPTED),))

        await _due(house)

        row = await house.booking(booking)
        assert (row.state, row.reason, row.room_id) == (REJECTED, BookingReason.REPLACED, lighthouse.id)

    async def test_a_room_taken_off_because_nearly_everybody_declined_was_removed(self, house: House) -> None:
        """Who took it off does not show on the event."""
        (booking,) = await _accepted(house, await house.room())
        guest = Attendee(Person("ben@tidewater.example", "Ben"), AttendeeKind.REQUIRED, Response.DECLINED)
        house.change(rooms=(), attendees=(guest,))

        await _due(house)

        row = await house.booking(booking)
        assert (row.state, row.reason) == (REJECTED, BookingReason.REMOVED)

    async def test_an_attendees_copy_that_tells_answers_counts(self, house: House) -> None:
        room = await house.room()
        booking = (await house.book(room)).bookings[0]
        house.change(is_organiser=False, rooms=(invitation(room, RoomAnswer.ACCEPTED),))

        await _due(house)

        assert (await house.booking(booking)).state is ACCEPTED

    async def test_an_answer_that_waits_for_a_person_is_pending_where_the_suite_does_not_say_so(
        self, house: House
    ) -> None:
        room = await house.room()
        booking = (await house.book(room)).bookings[0]
        house.ticker.advance(timedelta(hours=1))

        await _due(house)

        row = await house.booking(booking)
        assert (row.state, row.reason) == (PENDING, BookingReason.NOT_ANSWERED)
        assert row.next_check_at is not None


class TestTwoRooms:
    async def test_each_booking_follows_within_its_building(self, house: House) -> None:
        lighthouse, siding = await house.room("Lighthouse"), await house.room("Siding", building="Station")
        pier, platform = await house.room("Pier"), await house.room("Platform", building="Station")
        bookings = await _accepted(house, lighthouse, siding)
        house.change(rooms=(invitation(platform, RoomAnswer.ACCEPTED), invitation(pier, RoomAnswer.ACCEPTED)))

        await _due(house)

        rows = [await house.booking(booking) for booking in bookings]
        assert [row.room_id for row in rows] == [pier.id, platform.id]

    async def test_where_it_cannot_be_told_which_came_for_which_both_are_rejected(self, house: House) -> None:
        bookings = await _accepted(house, await house.room("Lighthouse"), await house.room("Mast"))
        came = [await house.room(name) for name in ("Pier", "Anchor")]
        house.change(rooms=tuple(invitation(room, RoomAnswer.ACCEPTED) for room in came))

        await _due(house)

        rows = [await house.booking(booking) for booking in bookings]
        assert [(row.state, row.reason) for row in rows] == [(REJECTED, BookingReason.REPLACED)] * 2

    async def test_a_room_that_the_member_booked_too_takes_no_other_ones_place(self, house: House) -> None:
        lighthouse, pier = await house.room("Lighthouse"), await house.room("Pier")
        gone, stays = await _accepted(house, lighthouse, pier)
        house.change(rooms=(invitation(pier, RoomAnswer.ACCEPTED),))

        await _due(house)

        assert (await house.booking(gone)).reason is BookingReason.REMOVED
        assert (await house.booking(stays)).state is ACCEPTED

    async def test_a_room_booked_while_the_swap_is_written_down_stays_with_its_own_booking(self, house: House) -> None:
        lighthouse, pier = await house.room("Lighthouse"), await house.room("Pier")
        booking, other = await _accepted(house, lighthouse, pier)
        house.change(rooms=(invitation(pier, RoomAnswer.ACCEPTED),))
        live, hidden = RoomBooking.filter(id=other.id), {"live_slot": None}
        await live.update(**hidden)
        database = get_connection("default")
        revival = f"UPDATE room_booking SET live_slot = 1 WHERE id = '{other.id}'"  # noqa: S608  # our own id
        await database.execute_script(
            f"CREATE TRIGGER meanwhile BEFORE UPDATE OF room_id ON room_booking BEGIN {revival}; END"
        )
        await _due(house)
        overtaken = await house.booking(booking)
        await database.execute_script("DROP TRIGGER meanwhile")
        await live.update(live_slot=1)
        house.ticker.advance(POLL_INTERVAL)

        await house.checks.run_due()

        assert (overtaken.state, overtaken.room_id, overtaken.claimed_until) == (ACCEPTED, lighthouse.id, None)
        row = await house.booking(booking)
        assert (row.state, row.reason, row.room_id) == (REJECTED, BookingReason.REMOVED, lighthouse.id)
        assert [kind for kind, _, _ in await _told()] == [NotificationKind.ROOM_REJECTED]


async def _date(house: House, event: Event) -> BookingOccurrence:
    rows = await BookingOccurrence.all().select_related("mailbox_reference")
    return next(row for row in rows if house.references.open(row.mailbox_reference) == event.mailbox_id)


class TestASeries:
    async def test_one_date_follows_by_itself_and_is_told_once(self, house: House) -> None:
        lighthouse, pier = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, dates = await weekly_series(house, lighthouse, 3, RoomAnswer.ACCEPTED)
        house.change(dates[1].mailbox_id, rooms=(invitation(pier, RoomAnswer.ACCEPTED),), kind=EventKind.EXCEPTION)

        await _due(house)
        await _due(house)

        row, date = await house.booking(booking), await _date(house, dates[1])
        assert (date.room_id, date.state, date.reason) == (pier.id, ACCEPTED, BookingReason.REPLACED)
        assert (await _date(house, dates[0])).room_id is None
        assert (row.room_id, row.requested_room_id) == (lighthouse.id, None)
        assert (row.state, row.reason) == (ACCEPTED, BookingReason.REPLACED)
        assert await _told() == [(NotificationKind.ROOM_REPLACED, lighthouse.id, pier.id)]

    async def test_dates_that_went_to_the_same_room_are_told_together(self, house: House) -> None:
        lighthouse, pier, anchor = [await house.room(name) for name in ("Lighthouse", "Pier", "Anchor")]
        _, _, dates = await weekly_series(house, lighthouse, 3, RoomAnswer.ACCEPTED)
        for date, room in zip(dates, (pier, pier, anchor), strict=True):
            house.change(date.mailbox_id, rooms=(invitation(room, RoomAnswer.ACCEPTED),))

        await _due(house)

        told = await _told()
        assert {latter for _, _, latter in told} == {pier.id, anchor.id}
        assert len(told) == 2

    async def test_the_room_that_says_no_is_named_and_none_where_several_do(self, house: House) -> None:
        lighthouse, pier = await house.room("Lighthouse"), await house.room("Pier")
        _, _, dates = await weekly_series(house, lighthouse, 3, RoomAnswer.ACCEPTED)
        house.change(dates[1].mailbox_id, rooms=(invitation(pier, RoomAnswer.ACCEPTED),))
        await _due(house)
        await Notification.all().delete()

        house.change(dates[1].mailbox_id, rooms=(invitation(pier, RoomAnswer.DECLINED),))
        await _due(house)
        one = await _told()
        house.change(dates[1].mailbox_id, rooms=(invitation(pier, RoomAnswer.PENDING),))
        await _due(house)
        await Notification.all().delete()
        house.change(dates[0].mailbox_id, rooms=(invitation(lighthouse, RoomAnswer.DECLINED),))
        house.change(dates[1].mailbox_id, rooms=(invitation(pier, RoomAnswer.DECLINED),))
        await _due(house)

        assert one == [(NotificationKind.ROOM_REJECTED, None, pier.id)]
        assert await _told() == [(NotificationKind.ROOM_REJECTED, None, None)]

    async def test_a_date_whose_room_came_back_needs_no_room_of_its_own(self, house: House) -> None:
        lighthouse, pier = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, dates = await weekly_series(house, lighthouse, 3, RoomAnswer.ACCEPTED)
        for room in (pier, lighthouse):
            house.change(dates[1].mailbox_id, rooms=(invitation(room, RoomAnswer.ACCEPTED),))
            await _due(house)

        date = await _date(house, dates[1])
        assert date.room_id is None
        assert date.reason is None
        assert (await house.booking(booking)).reason is None

    async def test_the_series_own_room_is_swapped_and_a_date_that_kept_the_old_one_says_so(self, house: House) -> None:
        lighthouse, pier = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, dates = await weekly_series(house, lighthouse, 3, RoomAnswer.ACCEPTED)
        house.change(rooms=(invitation(pier, RoomAnswer.ACCEPTED),))
        house.change(dates[2].mailbox_id, rooms=(invitation(lighthouse, RoomAnswer.ACCEPTED),))

        await _due(house)
        await _due(house)

        row = await house.booking(booking)
        assert (row.room_id, row.requested_room_id) == (pier.id, lighthouse.id)
        assert [(await _date(house, date)).room_id for date in dates] == [None, None, lighthouse.id]
        assert [(await _date(house, date)).reason for date in dates] == [
            BookingReason.REPLACED,
            BookingReason.REPLACED,
            None,
        ]
        assert await _told() == [(NotificationKind.ROOM_REPLACED, lighthouse.id, pier.id)]

    async def test_a_date_that_comes_within_the_horizon_in_another_room_is_told(self, house: House) -> None:
        lighthouse, pier = await house.room("Lighthouse"), await house.room("Pier")
        _, _, dates = await weekly_series(house, lighthouse, 14, RoomAnswer.ACCEPTED)
        house.change(dates[13].mailbox_id, rooms=(invitation(pier, RoomAnswer.ACCEPTED),))
        house.ticker.advance(timedelta(weeks=1))

        await _due(house)

        assert (await _date(house, dates[13])).room_id == pier.id
        assert await _told() == [(NotificationKind.ROOM_REPLACED, lighthouse.id, pier.id)]

    async def test_a_room_booked_for_one_date_alone_takes_no_place_of_the_series_room(self, house: House) -> None:
        lighthouse, pier = await house.room("Lighthouse"), await house.room("Pier")
        _, _, dates = await weekly_series(house, lighthouse, 3, RoomAnswer.ACCEPTED)
        await house.book(pier, event_mailbox_id=dates[1].mailbox_id)
        house.change(dates[1].mailbox_id, rooms=(invitation(pier, RoomAnswer.ACCEPTED),))

        await _due(house)

        rows = await BookingOccurrence.filter(booking__kind=BookingKind.SERIES).exclude(state=ACCEPTED)
        assert [(row.state, row.reason, row.room_id) for row in rows] == [(REJECTED, BookingReason.REMOVED, None)]


class TestWhereItIsSeen:
    async def test_the_agenda_shows_the_room_that_came_as_the_members_booking(self, house: House) -> None:
        lighthouse, pier = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, dates = await weekly_series(house, lighthouse, 3, RoomAnswer.ACCEPTED)
        house.change(dates[0].mailbox_id, rooms=(invitation(pier, RoomAnswer.ACCEPTED),))
        await _due(house)

        answer = await house.agenda.agenda(house.principal, START, START + timedelta(days=1))

        (event,) = [event for event in answer.events if event.event.mailbox_id == dates[0].mailbox_id]
        assert [(room.person.address, room.booking_id) for room in event.rooms] == [(pier.address, booking.id)]


class TestLettingGo:
    async def test_the_room_that_came_is_let_go(self, house: House) -> None:
        lighthouse, pier = await house.room("Lighthouse"), await house.room("Pier")
        (booking,) = await _accepted(house, lighthouse)
        house.change(rooms=(invitation(pier, RoomAnswer.ACCEPTED),))
        await _due(house)

        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

        (event,) = house.calendar.events.values()
        assert event.rooms == ()

    async def test_a_room_that_came_unnoticed_is_let_go_too(self, house: House) -> None:
        lighthouse, pier = await house.room("Lighthouse"), await house.room("Pier")
        (booking,) = await _accepted(house, lighthouse)
        house.change(rooms=(invitation(pier, RoomAnswer.ACCEPTED),))

        row = await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

        (event,) = house.calendar.events.values()
        assert event.rooms == ()
        assert row.state is CANCELLED

    async def test_somebody_elses_room_stays_where_none_came_for_the_booked_one(self, house: House) -> None:
        (booking,) = await _accepted(house, await house.room("Lighthouse"))
        pier, anchor = await house.room("Pier"), await house.room("Anchor")
        others = (invitation(pier, RoomAnswer.ACCEPTED), invitation(anchor, RoomAnswer.ACCEPTED))
        house.change(rooms=others)

        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

        (event,) = house.calendar.events.values()
        assert event.rooms == others

    async def test_one_date_lets_its_own_room_go(self, house: House) -> None:
        lighthouse, pier = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, dates = await weekly_series(house, lighthouse, 3, RoomAnswer.ACCEPTED)
        house.change(dates[1].mailbox_id, rooms=(invitation(pier, RoomAnswer.ACCEPTED),))
        await _due(house)
        meant = await _date(house, dates[1])

        row = await house.bookings.cancel(
            house.principal,
            CancelBooking(booking_id=booking.id, scope=CancelScope.OCCURRENCE, occurrence_id=meant.id),
        )

        assert house.calendar.events[dates[1].mailbox_id].rooms == ()
        assert row.state is ACCEPTED
        assert row.reason is None

    async def test_the_series_lets_the_rooms_of_its_swapped_dates_go(self, house: House) -> None:
        lighthouse, pier = await house.room("Lighthouse"), await house.room("Pier")
        booking, master, dates = await weekly_series(house, lighthouse, 3, RoomAnswer.ACCEPTED)
        house.change(dates[1].mailbox_id, rooms=(invitation(pier, RoomAnswer.ACCEPTED),), kind=EventKind.EXCEPTION)
        await _due(house)

        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id, scope=CancelScope.SERIES))

        assert house.calendar.events[master.mailbox_id].rooms == ()
        assert house.calendar.events[dates[1].mailbox_id].rooms == ()
