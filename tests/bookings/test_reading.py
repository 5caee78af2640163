"""Lists of one's own bookings."""

from datetime import timedelta

import pytest

from app.bookings.models import RoomBooking
from app.bookings.status import BookingState
from app.errors import InvalidInput, NotFound, ProblemCode
from app.paging import PageRequest
from app.suites.events import RoomAnswer
from tests.bookings.house import House, make_house


async def _bookings(house: House, count: int) -> list[RoomBooking]:
    room = await house.room()
    made = []
    for _ in range(count):
        made.append((await house.book(room)).bookings[0])
        house.ticker.advance(timedelta(seconds=1))
    return made


async def test_the_newest_booking_comes_first_page_by_page(house: House) -> None:
    made = await _bookings(house, 5)

    first = await house.bookings.list(house.principal, None, PageRequest(first=3))
    second = await house.bookings.list(house.principal, None, PageRequest(first=3, after=first.items[-1][1]))

    listed = [booking.id for booking, _ in (*first.items, *second.items)]
    assert listed == [booking.id for booking in reversed(made)]
    assert (first.has_next_page, second.has_next_page) == (True, False)
    assert (first.total, second.has_previous_page) == (5, True)


async def test_bookings_made_in_the_same_instant_are_each_listed_once(house: House) -> None:
    await house.book(await house.room("Lighthouse"), await house.room("Pier"), await house.room("Quay"))
    listed = []
    after = None
    for _ in range(3):
        page = await house.bookings.list(house.principal, None, PageRequest(first=1, after=after))
        listed.append(page.items[0][0].id)
        after = page.items[0][1]

    assert len(set(listed)) == 3


async def test_only_the_states_asked_for_are_listed(house: House) -> None:
    room = await house.room()
    await house.book(room)
    house.answer(room, RoomAnswer.ACCEPTED)
    await house.checks.mark_due(house.connection.id, None)
    await house.checks.run_due()

    accepted = await house.bookings.list(house.principal, [BookingState.ACCEPTED], PageRequest())
    pending = await house.bookings.list(house.principal, [BookingState.PENDING], PageRequest())

    assert (len(accepted.items), len(pending.items)) == (1, 0)


@pytest.mark.parametrize("cursor", [b"", b"nonsense", b"2031-05-12|x", b"\xff"])
async def test_a_cursor_of_another_list_is_refused(house: House, cursor: bytes) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await house.bookings.list(house.principal, None, PageRequest(after=cursor))

    assert refusal.value.code is ProblemCode.MALFORMED_CURSOR


async def test_a_colleagues_bookings_are_neither_listed_nor_found(house: House) -> None:
    booking = (await house.book(await house.room())).bookings[0]
    colleague = await make_house(
        house.stack.keys, house.stack.vault, house.ticker, name="Ben Kok", organisation=house.organisation
    )

    page = await colleague.bookings.list(colleague.principal, None, PageRequest())

    assert page.items == []
    with pytest.raises(NotFound):
        await colleague.bookings.get(colleague.principal, booking.id)


async def test_pending_bookings_are_those_that_are_still_waited_for(house: House) -> None:
    room = await house.room()
    await house.book(room)
    house.answer(room, RoomAnswer.ACCEPTED)
    await house.checks.mark_due(house.connection.id, None)
    await house.checks.run_due()
    waiting = (await house.book(room)).bookings[0]

    pending = await house.bookings.pending(house.principal)

    assert [booking.id for booking in pending] == [waiting.id]
    assert pending[0].room.name == room.name


async def test_what_changed_since_a_moment_is_told_in_order(house: House) -> None:
    early, late = await _bookings(house, 2)

    both = await house.bookings.changed_since(house.principal, early.created_at)
    one = await house.bookings.changed_since(house.principal, late.created_at)

    assert [booking.id for booking in both] == [early.id, late.id]
    assert [booking.id for booking in one] == [late.id]


async def test_the_event_of_a_booking_is_read_live_and_is_none_once_it_is_gone(house: House) -> None:
    booking = (await house.book(await house.room())).bookings[0]
    there = await house.bookings.event_of(house.principal, booking)
    house.calendar.events.clear()

    gone = await house.bookings.event_of(house.principal, booking)

    assert there is not None
    assert there.event.subject == "Tide tables"
    assert gone is None
