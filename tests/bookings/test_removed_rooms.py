"""Removing a room that is booked: what was shown is confirmed, its bookings are closed, their members told."""

from datetime import timedelta

import pytest

from app.agenda.values import AgendaEvent
from app.audit.models import AuditAction, AuditEntry
from app.bookings.commands import ReplaceRoom
from app.bookings.models import BookingOccurrence, RoomBooking
from app.bookings.status import BookingReason, BookingState
from app.confirmations import CONFIRMATION_LIFETIME
from app.errors import ConfirmationRequired, ConfirmationStale, NotFound, RoomNotPaired
from app.events_bus.bus import MessageKind, member_topic
from app.identity.models import Role
from app.identity.principal import Principal
from app.notifications.models import Notification, NotificationKind
from app.notifications.service import notify
from app.references.models import EventNote, EventReference
from app.rooms.administration import RoomAdministration
from app.rooms.models import Room, RoomPairing
from app.suites.events import EventKind, RoomAnswer
from tests.bookings.house import House, make_event
from tests.support.people import make_member, principal_of


@pytest.fixture
async def administrator(house: House) -> Principal:
    member = await make_member(house.organisation, "Abe Admin", role=Role.SUBSCRIPTION_ADMINISTRATOR)
    return principal_of(member)


@pytest.fixture
def administration(house: House) -> RoomAdministration:
    return RoomAdministration(house.connections, house.stack.keys, notify, house.stack.bus)


async def shown(administration: RoomAdministration, administrator: Principal, room: Room) -> ConfirmationRequired:
    """What is said before anything is removed."""
    with pytest.raises(ConfirmationRequired) as raised:
        await administration.remove(administrator, room.id, None)
    return raised.value


async def booked(house: House, room: Room) -> RoomBooking:
    [booking] = (await house.book(room)).bookings
    return booking


async def test_what_it_does_to_bookings_is_said_first_and_nothing_is_done(
    house: House, administration: RoomAdministration, administrator: Principal
) -> None:
    room = await house.room()
    await booked(house, room)

    required = await shown(administration, administrator, room)

    assert "1 pending, 0 accepted, 0 rejected" in " ".join(required.consequences)
    assert (await Room.of(house.organisation.id).get(id=room.id)).removed_at is None
    assert await RoomBooking.of(house.organisation.id).filter(closed_at__isnull=True).count() == 1


async def test_a_confirmed_removal_closes_the_bookings_and_tells_their_members_once(
    house: House, administration: RoomAdministration, administrator: Principal
) -> None:
    room, other = await house.room(), await house.room("Pier")
    booking, kept = await booked(house, room), await booked(house, other)
    required = await shown(administration, administrator, room)

    async with house.stack.bus.subscribe(member_topic(house.principal.member_id)) as messages:
        removed = await administration.remove(administrator, room.id, required.confirmation)
        heard = [(await anext(messages)).kind for _ in range(2)]

    present = await house.booking(booking)
    assert (present.state, present.reason, present.live_slot) == (BookingState.CANCELLED, BookingReason.REMOVED, None)
    assert present.closed_at is not None
    assert (await house.booking(kept)).closed_at is None
    assert (removed.figures.pending, removed.figures.accepted) == (1, 0)
    [told] = await Notification.of(house.organisation.id)
    assert (told.kind, told.room_id, told.member_id) == (
        NotificationKind.ROOM_REMOVED,
        room.id,
        house.principal.member_id,
    )
    assert heard == [MessageKind.BOOKING_CHANGED, MessageKind.NOTIFICATION_ADDED]
    [entry] = await AuditEntry.of(house.organisation.id).filter(action=AuditAction.ROOM_REMOVED)
    assert (entry.target_id, entry.details) == (room.id, {"bookings_closed": 1})


@pytest.mark.parametrize("operation", ["create", "change_rooms"])
async def test_a_booking_recorded_in_the_moment_of_the_removal_is_closed_by_its_first_check_and_told_once(
    house: House, administration: RoomAdministration, administrator: Principal, operation: str
) -> None:
    room, other = await house.room(), await house.room("Pier")
    required = await shown(administration, administrator, room)

    async def removed_meanwhile() -> None:
        await administration.remove(administrator, room.id, required.confirmation)

    house.interruptions.after[operation] = removed_meanwhile
    event = house.hold(make_event(house.ticker.moment + timedelta(hours=2))) if operation == "change_rooms" else None
    values = {"event_mailbox_id": event.mailbox_id} if event is not None else {}
    booking, kept = (await house.book(room, other, **values)).bookings
    house.answer(other, RoomAnswer.ACCEPTED)
    for _ in range(2):
        house.ticker.advance(timedelta(minutes=1))
        await house.checks.run_due()

    present = await house.booking(booking)
    assert (present.state, present.reason, present.live_slot) == (BookingState.CANCELLED, BookingReason.REMOVED, None)
    assert (present.closed_at, present.next_check_at) == (house.ticker.moment - timedelta(minutes=1), None)
    assert (await house.booking(kept)).state is BookingState.ACCEPTED
    [told] = await Notification.of(house.organisation.id)
    assert (told.kind, told.subject_id, told.room_id) == (NotificationKind.ROOM_REMOVED, booking.id, room.id)


async def test_a_room_that_takes_anothers_place_in_the_moment_of_its_removal_is_closed_with_its_booking(
    house: House, administration: RoomAdministration, administrator: Principal
) -> None:
    booking, other = await booked(house, await house.room()), await house.room("Pier")
    required = await shown(administration, administrator, other)

    async def removed_meanwhile() -> None:
        await administration.remove(administrator, other.id, required.confirmation)

    house.interruptions.after["change_rooms"] = removed_meanwhile
    await house.bookings.replace(house.principal, ReplaceRoom(booking_id=booking.id, room_id=other.id))
    house.ticker.advance(timedelta(minutes=1))
    await house.checks.run_due()

    present = await house.booking(booking)
    assert (present.state, present.reason) == (BookingState.CANCELLED, BookingReason.REMOVED)


async def test_the_room_stays_on_the_event_and_nothing_is_written_to_the_suite(
    house: House, administration: RoomAdministration, administrator: Principal
) -> None:
    room = await house.room()
    await booked(house, room)
    required = await shown(administration, administrator, room)
    house.interruptions.calls.clear()

    await administration.remove(administrator, room.id, required.confirmation)

    [event] = house.calendar.events.values()
    assert [entry.room.address for entry in event.rooms] == [room.address]
    assert house.interruptions.calls == []


async def test_every_date_of_a_series_is_closed_with_it(
    house: House, administration: RoomAdministration, administrator: Principal
) -> None:
    room, start = await house.room(), house.ticker.moment + timedelta(days=1)
    master = house.hold(make_event(start, kind=EventKind.SERIES))
    for day in range(3):
        date = start + timedelta(days=day)
        house.hold(
            make_event(date, kind=EventKind.OCCURRENCE, series_mailbox_id=master.mailbox_id, original_start=date)
        )
    await house.book(room, event_mailbox_id=master.mailbox_id)
    required = await shown(administration, administrator, room)

    await administration.remove(administrator, room.id, required.confirmation)

    dates = await BookingOccurrence.of(house.organisation.id)
    assert [date.state for date in dates] == [BookingState.CANCELLED] * 3


async def test_our_own_data_on_the_event_outlives_the_room(
    house: House, administration: RoomAdministration, administrator: Principal
) -> None:
    room = await house.room()
    booking = await booked(house, room)
    await EventNote.create(
        organisation_id=house.organisation.id,
        event_reference_id=booking.event_reference_id,
        author_id=house.principal.member_id,
        text=b"sealed",
        updated_at=house.ticker.moment,
    )
    required = await shown(administration, administrator, room)

    await administration.remove(administrator, room.id, required.confirmation)

    reference = await EventReference.of(house.organisation.id).get(id=booking.event_reference_id)
    assert reference.closed_at is None


async def test_a_booking_that_was_answered_meanwhile_makes_the_confirmation_stale(
    house: House, administration: RoomAdministration, administrator: Principal
) -> None:
    room = await house.room()
    booking = await booked(house, room)
    required = await shown(administration, administrator, room)
    house.answer(room, RoomAnswer.ACCEPTED)
    house.ticker.advance(timedelta(minutes=1))
    await house.checks.run_due()

    with pytest.raises(ConfirmationStale) as raised:
        await administration.remove(administrator, room.id, required.confirmation)

    assert "0 pending, 1 accepted" in " ".join(raised.value.consequences)
    assert (await house.booking(booking)).closed_at is None
    await administration.remove(administrator, room.id, raised.value.confirmation)
    assert (await house.booking(booking)).closed_at is not None


async def test_a_confirmation_is_good_for_ten_minutes_for_this_room_and_for_nothing_else(
    house: House, administration: RoomAdministration, administrator: Principal
) -> None:
    room, other = await house.room(), await house.room("Pier")
    required = await shown(administration, administrator, room)

    for confirmation, wanted in ((required.confirmation, other), ("", room), ("x" * 500, room), ("a.b.c", room)):
        with pytest.raises(ConfirmationStale):
            await administration.remove(administrator, wanted.id, confirmation)
    house.ticker.advance(CONFIRMATION_LIFETIME + timedelta(seconds=1))
    with pytest.raises(ConfirmationStale):
        await administration.remove(administrator, room.id, required.confirmation)

    assert await Room.of(house.organisation.id).filter(removed_at__isnull=True).count() == 2


async def test_a_room_is_removed_once_and_cannot_be_booked_any_more(
    house: House, administration: RoomAdministration, administrator: Principal
) -> None:
    room = await house.room()
    required = await shown(administration, administrator, room)
    removed = await administration.remove(administrator, room.id, required.confirmation)

    with pytest.raises(NotFound):
        await administration.remove(administrator, room.id, required.confirmation)
    with pytest.raises((NotFound, RoomNotPaired)):
        await house.book(room)

    assert removed.room.pairing is RoomPairing.UNPAIRED


async def test_on_the_event_a_removed_room_is_none_of_ours(
    house: House, administration: RoomAdministration, administrator: Principal
) -> None:
    room = await house.room()
    await booked(house, room)
    required = await shown(administration, administrator, room)

    await administration.remove(administrator, room.id, required.confirmation)

    [event] = await _agenda(house)
    assert [(entry.room, entry.person.address) for entry in event.rooms] == [(None, room.address)]


async def test_unpairing_leaves_the_bookings_and_goes_on_hearing_what_the_room_answers(
    house: House, administration: RoomAdministration, administrator: Principal
) -> None:
    room = await house.room()
    booking = await booked(house, room)

    unpaired = await administration.unpair(administrator, room.id)
    house.answer(room, RoomAnswer.ACCEPTED)
    house.ticker.advance(timedelta(minutes=1))
    await house.checks.run_due()

    assert (unpaired.figures.pending, unpaired.figures.accepted) == (1, 0)
    assert (await house.booking(booking)).state is BookingState.ACCEPTED


async def _agenda(house: House) -> list[AgendaEvent]:
    start = house.ticker.moment
    agenda = await house.agenda.agenda(house.principal, start, start + timedelta(days=1))
    return list(agenda.events)
