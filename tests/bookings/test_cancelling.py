"""Letting rooms go."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from app.bookings.commands import CancelBooking, CancelScope
from app.bookings.models import RoomBooking
from app.bookings.recording import SWEEP_AFTER
from app.bookings.status import BookingReason, BookingState
from app.errors import BookingClosed, EventChanged, InvalidInput, NotFound, NotOrganiser, SuiteUnavailable
from app.notifications.models import Notification
from app.references.models import EventAttendance, EventNote, EventReference
from app.suites import errors as suite_errors
from app.suites.events import EventKind, EventStatus, Person, RoomAnswer, RoomInvitation
from tests.bookings.house import House, Killed, invitation, make_event, make_house


async def test_the_room_leaves_the_event_and_the_event_stays(house: House) -> None:
    first, second = await house.room("Lighthouse"), await house.room("Pier")
    booking = (await house.book(first, second)).bookings[0]

    row = await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

    (event,) = house.calendar.events.values()
    assert (row.state, row.previous_state) == (BookingState.CANCELLED, BookingState.PENDING)
    assert row.reason is None
    assert row.closed_at == house.ticker.moment
    assert event.status is EventStatus.CONFIRMED
    assert [entry.room.address for entry in event.rooms] == [second.address]
    message = house.stack.bus.published[-1][1]
    assert (message.row_id, message.version) == (booking.id, row.version)


@pytest.mark.parametrize("alias", ["sea-room@tidewater.example", "/o=tidewater/ou=exchange/cn=recipients/cn=lh"])
async def test_a_room_leaves_under_the_address_by_which_the_event_knows_it(house: House, alias: str) -> None:
    room, other = await house.room("Lighthouse"), await house.room("Pier")
    booking = (await house.book(room, other)).bookings[0]
    house.change(rooms=(RoomInvitation(Person(alias, room.name), RoomAnswer.ACCEPTED), invitation(other)))

    row = await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

    (event,) = house.calendar.events.values()
    assert row.state is BookingState.CANCELLED
    assert [entry.room.address for entry in event.rooms] == [other.address]


async def test_a_namesake_that_the_organisation_lists_stays(house: House) -> None:
    room = await house.room("Lighthouse")
    namesake = await house.room("Lighthouse", address="other-lighthouse@rooms.tidewater.example")
    booking = (await house.book(room)).bookings[0]
    house.change(rooms=(invitation(namesake),))

    await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

    (event,) = house.calendar.events.values()
    assert [entry.room.address for entry in event.rooms] == [namesake.address]


async def test_a_date_changed_by_itself_loses_the_room_under_its_other_address_too(house: House) -> None:
    room, start = await house.room("Lighthouse"), house.ticker.moment + timedelta(days=1)
    master = house.hold(make_event(start, kind=EventKind.SERIES))
    date = house.hold(make_event(start, kind=EventKind.EXCEPTION, series_mailbox_id=master.mailbox_id))
    booking = (await house.book(room, event_mailbox_id=master.mailbox_id)).bookings[0]
    aliased = RoomInvitation(Person("sea-room@tidewater.example", room.name), RoomAnswer.ACCEPTED)
    house.change(date.mailbox_id, rooms=(aliased,))

    await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id, scope=CancelScope.SERIES))

    assert [event.rooms for event in house.calendar.events.values()] == [(), ()]


async def test_the_event_goes_with_its_room_where_that_is_asked(house: House) -> None:
    first, second = (await house.book(await house.room("Lighthouse"), await house.room("Pier"))).bookings

    row = await house.bookings.cancel(house.principal, CancelBooking(booking_id=first.id, cancel_event=True))

    (event,) = house.calendar.events.values()
    other = await house.booking(second)
    assert event.status is EventStatus.CANCELLED
    assert row.state is BookingState.CANCELLED
    assert row.reason is None
    assert (other.state, other.reason) == (BookingState.CANCELLED, BookingReason.EVENT_GONE)


async def test_cancelling_twice_is_refused(house: House) -> None:
    booking = (await house.book(await house.room())).bookings[0]
    await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

    with pytest.raises(BookingClosed):
        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))


async def test_a_colleagues_booking_is_not_found(house: House) -> None:
    booking = (await house.book(await house.room())).bookings[0]
    colleague = await make_house(
        house.stack.keys, house.stack.vault, house.ticker, name="Ben Kok", organisation=house.organisation
    )

    with pytest.raises(NotFound):
        await colleague.bookings.cancel(colleague.principal, CancelBooking(booking_id=booking.id))


async def test_an_unknown_booking_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        await house.bookings.cancel(house.principal, CancelBooking(booking_id=uuid4()))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (suite_errors.SuiteUnavailable(), SuiteUnavailable),
        (suite_errors.ChangedMeanwhile(), EventChanged),
        (suite_errors.NotOrganiser(), NotOrganiser),
    ],
)
async def test_the_booking_stays_as_it_is_where_the_suite_does_not_agree(
    house: House, error: Exception, told: type[Exception]
) -> None:
    booking = (await house.book(await house.room())).bookings[0]
    house.stack.suite.fail_next("change_rooms", error)

    with pytest.raises(told):
        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

    assert (await house.booking(booking)).state is BookingState.PENDING


async def test_killed_after_the_suite_has_agreed_it_is_settled_in_a_few_minutes_though_nobody_repeats_it(
    house: House,
) -> None:
    booking = (await house.book(await house.room())).bookings[0]
    house.answer(booking.room, RoomAnswer.ACCEPTED)
    await house.checks.mark_due(house.connection.id, None)
    await house.checks.run_due()
    house.interruptions.lose_answer("cancel")
    with pytest.raises(Killed):
        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id, cancel_event=True))

    house.ticker.advance(SWEEP_AFTER)
    await house.checks.run_due()

    assert (await house.booking(booking)).state is BookingState.CANCELLED


async def test_an_event_that_is_gone_already_counts_as_agreed(house: House) -> None:
    booking = (await house.book(await house.room())).bookings[0]
    house.calendar.events.clear()

    row = await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

    assert (row.state, row.reason) == (BookingState.CANCELLED, BookingReason.EVENT_GONE)


async def test_a_date_of_a_series_cannot_be_named_for_a_single_event(house: House) -> None:
    booking = (await house.book(await house.room())).bookings[0]

    with pytest.raises(InvalidInput):
        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id, occurrence_id=uuid4()))


async def test_a_state_that_changes_meanwhile_does_not_keep_the_booking(house: House) -> None:
    room = await house.room()
    booking = (await house.book(room)).bookings[0]

    async def accepted_just_now() -> None:
        house.answer(room, RoomAnswer.ACCEPTED)
        await RoomBooking.filter(id=booking.id).update(state=BookingState.ACCEPTED, version=7)

    house.interruptions.after["change_rooms"] = accepted_just_now
    row = await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

    assert (row.state, row.previous_state, row.version) == (BookingState.CANCELLED, BookingState.ACCEPTED, 8)


async def test_a_room_that_was_let_go_can_be_booked_again(house: House) -> None:
    room, event = await house.room(), house.hold(make_event(house.ticker.moment))
    first = (await house.book(room, event_mailbox_id=event.mailbox_id)).bookings[0]
    await house.bookings.cancel(house.principal, CancelBooking(booking_id=first.id))

    second = (await house.book(room, event_mailbox_id=event.mailbox_id)).bookings[0]

    assert second.id != first.id
    assert second.state is BookingState.PENDING
    assert (await EventReference.get(id=second.event_reference_id)).closed_at is None


async def test_a_room_that_was_removed_can_be_asked_again_under_the_same_booking(house: House) -> None:
    room, event = await house.room(), house.hold(make_event(house.ticker.moment))
    first = (await house.book(room, event_mailbox_id=event.mailbox_id)).bookings[0]
    house.change(rooms=())
    await house.checks.mark_due(house.connection.id, event.mailbox_id)
    await house.checks.run_due()

    second = (await house.book(room, event_mailbox_id=event.mailbox_id)).bookings[0]

    assert second.id == first.id
    assert (second.state, second.previous_state) == (BookingState.PENDING, BookingState.REJECTED)


class TestReferences:
    async def test_they_begin_to_go_with_the_last_booking_of_an_event(self, house: House) -> None:
        first, second = (await house.book(await house.room("Lighthouse"), await house.room("Pier"))).bookings
        await house.bookings.cancel(house.principal, CancelBooking(booking_id=first.id))
        after_first = await EventReference.get(id=first.event_reference_id)

        await house.bookings.cancel(house.principal, CancelBooking(booking_id=second.id))

        assert after_first.closed_at is None
        assert (await EventReference.get(id=first.event_reference_id)).closed_at == house.ticker.moment

    async def test_they_stay_while_the_event_lives_on_with_our_own_data(self, house: House) -> None:
        booking = (await house.book(await house.room())).bookings[0]
        await EventAttendance.create(
            organisation_id=house.organisation.id,
            event_reference_id=booking.event_reference_id,
            member_id=house.member.id,
            in_person=True,
        )

        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

        assert (await EventReference.get(id=booking.event_reference_id)).closed_at is None

    async def test_that_of_a_date_stays_while_the_series_lives_on_and_something_was_said_on_the_date(
        self, house: House
    ) -> None:
        master = house.hold(make_event(house.ticker.moment + timedelta(hours=1), kind=EventKind.SERIES))
        dates = [
            house.hold(
                make_event(
                    house.ticker.moment + timedelta(hours=1, weeks=week),
                    kind=EventKind.OCCURRENCE,
                    series_mailbox_id=master.mailbox_id,
                )
            )
            for week in range(3)
        ]
        booking = (await house.book(await house.room(), event_mailbox_id=master.mailbox_id)).bookings[0]
        await house.own_data.set_note(house.principal, dates[1].mailbox_id, "Bring charts")

        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id, scope=CancelScope.SERIES))

        [note] = await EventNote.all()
        left_open = await EventReference.filter(closed_at__isnull=True)
        assert [reference.id for reference in left_open] == [note.event_reference_id]


async def test_an_event_that_somebody_else_organises_by_now_is_refused(house: House) -> None:
    room = await house.room()
    event = house.hold(make_event(house.ticker.moment + timedelta(hours=1)))
    booking = (await house.book(room, event_mailbox_id=event.mailbox_id)).bookings[0]
    house.change(is_organiser=False, rooms=(invitation(room, RoomAnswer.UNKNOWN),))

    with pytest.raises(NotOrganiser):
        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))


async def test_whoever_was_broken_off_while_letting_a_room_go_is_not_told_that_it_said_no(house: House) -> None:
    room, other = await house.room("Lighthouse"), await house.room("Pier")
    booking = (await house.book(room, other)).bookings[0]
    house.interruptions.lose_answer("change_rooms")
    with pytest.raises(Killed):
        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))
    await house.checks.mark_due(house.connection.id, None)
    await house.checks.run_due()
    between = await house.booking(booking)

    row = await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

    assert between.state is BookingState.PENDING
    assert row.state is BookingState.CANCELLED
    assert row.reason is None
    assert await Notification.all().count() == 0


async def test_a_look_that_began_before_a_room_was_let_go_takes_nothing_of_it_for_the_rooms_doing(house: House) -> None:
    room, other = await house.room("Lighthouse"), await house.room("Pier")
    booking = (await house.book(room, other)).bookings[0]
    await house.checks.mark_due(house.connection.id, None)

    async def looked_at_meanwhile() -> None:
        house.change(rooms=(invitation(other),))  # as the suite has it once it was asked
        claimed.set()
        await written.wait()

    claimed, written = asyncio.Event(), asyncio.Event()
    house.interruptions.before["event"] = looked_at_meanwhile
    looking = asyncio.ensure_future(house.checks.run_due())
    await claimed.wait()
    house.interruptions.lose_answer("event")
    with pytest.raises(Killed):
        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))
    written.set()
    await looking

    assert (await house.booking(booking)).state is BookingState.PENDING
    assert await Notification.all().count() == 0


async def test_what_was_refused_is_looked_at_again_without_delay(house: House) -> None:
    room = await house.room()
    booking = (await house.book(room)).bookings[0]
    house.stack.suite.fail_next("change_rooms", suite_errors.NotOrganiser())
    with pytest.raises(NotOrganiser):
        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))
    house.answer(room, RoomAnswer.DECLINED)
    await house.checks.mark_due(house.connection.id, None)

    await house.checks.run_due()

    assert (await house.booking(booking)).state is BookingState.REJECTED
