"""Free rooms in another's place: a way out of a rejection."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.bookings.commands import CancelBooking, CancelScope
from app.bookings.models import RoomBooking
from app.bookings.suggesting import RoomSuggestions, windows
from app.buildings.models import Building
from app.errors import BookingClosed, InvalidInput, NotFound
from app.identity.models import LocationSharing, Member
from app.rooms.models import Room, RoomPairing
from app.suites.errors import SuiteUnavailable
from app.suites.events import (
    Attendee,
    AttendeeKind,
    Availability,
    BusyInterval,
    Person,
    Response,
    RoomAnswer,
    ScheduleOfAddress,
)
from tests.bookings.house import START, House, invitation, make_event, make_house
from tests.bookings.steps import date_of, weekly_series
from tests.buildings.making import make_building
from tests.support.people import make_member
from tests.support.workplaces import make_shift, shares

HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)


def _taken(house: House, room: Room, *moments: datetime) -> None:
    """Somebody else has the room for an hour from each of these moments."""
    busy = tuple(BusyInterval(moment, moment + HOUR, is_tentative=False) for moment in moments)
    house.calendar.busy[room.address] = ScheduleOfAddress(room.address, Availability.BUSY, busy)


def _names(found: RoomSuggestions) -> list[str]:
    return [suggestion.room.name for suggestion in found.rooms]


async def _rejected(house: House, room: Room, **values: Any) -> RoomBooking:
    event = house.hold(make_event(START + 2 * HOUR, **values))
    booking = (await house.book(room, event_mailbox_id=event.mailbox_id)).bookings[0]
    house.answer(room, RoomAnswer.DECLINED)
    await house.checks.mark_due(house.connection.id, None)
    await house.checks.run_due()
    return booking


async def test_free_rooms_for_the_same_time_are_suggested_and_never_the_one_that_declined(house: House) -> None:
    declined, taken = await house.room("Lighthouse"), await house.room("Pier")
    await house.room("Quay")
    booking = await _rejected(house, declined)
    _taken(house, taken, START + 2 * HOUR)

    found = await house.bookings.suggestions(house.principal, booking.id)

    assert _names(found) == ["Quay"]
    assert [suggestion.free_dates for suggestion in found.rooms] == [1]
    assert (found.dates, found.problems) == (1, ())


async def test_a_room_that_is_taken_before_and_after_is_free(house: House) -> None:
    booking = await _rejected(house, await house.room("Lighthouse"))
    _taken(house, await house.room("Pier"), START + HOUR, START + 3 * HOUR)

    assert _names(await house.bookings.suggestions(house.principal, booking.id)) == ["Pier"]


async def test_the_best_fit_comes_first(house: House) -> None:
    declined = await house.room("Lighthouse", capacity=4, equipment=["Screen"])
    await house.room("Hall", capacity=40, equipment=["Screen"])
    await house.room("Bare", capacity=4)
    await house.room("Pier", capacity=5, equipment=["screen"])
    await house.room("Booth", capacity=1, equipment=["Screen"])
    guests = tuple(
        Attendee(Person(f"{name}@tidewater.example", name), AttendeeKind.REQUIRED, Response.ACCEPTED)
        for name in ("ben", "cleo", "dot")
    )
    booking = await _rejected(house, declined, attendees=guests)

    found = await house.bookings.suggestions(house.principal, booking.id)

    assert _names(found) == ["Pier", "Hall", "Booth", "Bare"]


class TestWhereThePeopleAre:
    async def test_rooms_where_most_of_them_work_then_come_before_those_where_fewer_do(self, house: House) -> None:
        declined = await _rooms_of(house, "Harbour", "Pier", "Quay")
        pier, quay = [await make_building(house.organisation.id, name) for name in ("Pier", "Quay")]
        people = [await _colleague(house, "Ben Kok", quay), *[await _colleague(house, f"P {n}", pier) for n in (1, 2)]]
        booking = await _rejected(house, declined, attendees=_invited(*people))

        assert _names(await house.bookings.suggestions(house.principal, booking.id)) == ["In Pier", "In Quay"]

    async def test_rooms_beside_the_events_other_rooms_come_first_all_the_same(self, house: House) -> None:
        declined = await _rooms_of(house, "Harbour", "Pier", "Quay")
        pier = await make_building(house.organisation.id, "Pier")
        beside = invitation(await house.room("Beside", building="Quay"), RoomAnswer.ACCEPTED)
        ben = await _colleague(house, "Ben Kok", pier)
        booking = await _rejected(house, declined, attendees=_invited(ben), rooms=(beside,))

        assert _names(await house.bookings.suggestions(house.principal, booking.id)) == ["In Quay", "In Pier"]

    async def test_a_building_is_found_by_what_the_suites_rooms_call_it(self, house: House) -> None:
        declined = await _rooms_of(house, "Harbour", "A pier", "HQ-Quay")
        quay = await make_building(house.organisation.id, "Quay")
        await Building.filter(id=quay.id).update(suite_names=["hq-quay"])
        booking = await _rejected(house, declined, attendees=_invited(await _colleague(house, "Ben Kok", quay)))

        assert _names(await house.bookings.suggestions(house.principal, booking.id)) == ["In HQ-Quay", "In A pier"]

    async def test_whoever_hides_it_or_declined_moves_no_room_ahead(self, house: House) -> None:
        declined = await _rooms_of(house, "Harbour", "Pier", "Quay", "Wharf")
        pier, quay, wharf = [await make_building(house.organisation.id, name) for name in ("Pier", "Quay", "Wharf")]
        hidden = [await _colleague(house, f"P {n}", quay, LocationSharing.NOBODY) for n in (1, 2)]
        gone = [await _colleague(house, f"Q {n}", pier) for n in (1, 2)]
        seen = await _colleague(house, "Ben Kok", wharf)
        attendees = (*_invited(*hidden, seen), *_invited(*gone, response=Response.DECLINED))
        booking = await _rejected(house, declined, attendees=attendees)

        found = _names(await house.bookings.suggestions(house.principal, booking.id))

        assert found == ["In Wharf", "In Pier", "In Quay"]

    async def test_where_the_organiser_works_counts_too(self, house: House) -> None:
        declined = await _rooms_of(house, "Harbour", "Pier", "Quay")
        await make_shift(house.member, START.date(), await make_building(house.organisation.id, "Quay"))
        booking = await _rejected(house, declined)

        assert _names(await house.bookings.suggestions(house.principal, booking.id)) == ["In Quay", "In Pier"]


async def _rooms_of(house: House, *buildings: str) -> Room:
    """A room in each of these buildings; the first one."""
    first, *_ = [await house.room(f"In {building}", building=building) for building in buildings]
    return first


async def _colleague(
    house: House, name: str, building: Building, sharing: LocationSharing = LocationSharing.PEOPLE_I_MEET
) -> Member:
    """Somebody who works in this building that day."""
    member = await make_member(house.organisation, name)
    await shares(member, sharing)
    await make_shift(member, START.date(), building)
    return member


def _invited(*members: Member, response: Response = Response.ACCEPTED) -> tuple[Attendee, ...]:
    return tuple(Attendee(Person(m.address, m.name), AttendeeKind.REQUIRED, response) for m in members)


async def test_rooms_that_cannot_be_booked_are_not_suggested(house: House) -> None:
    booking = await _rejected(house, await house.room("Lighthouse"))
    await house.room("Unpaired", pairing=RoomPairing.UNPAIRED)
    await house.room("Reserved", is_bookable=False)

    assert _names(await house.bookings.suggestions(house.principal, booking.id)) == []


async def test_the_suite_is_asked_at_every_question(house: House) -> None:
    other = await house.room("Pier")
    booking = await _rejected(house, await house.room("Lighthouse"))
    before = _names(await house.bookings.suggestions(house.principal, booking.id))
    _taken(house, other, START + 2 * HOUR)

    after = _names(await house.bookings.suggestions(house.principal, booking.id))

    assert (before, after) == (["Pier"], [])


async def test_what_the_suite_does_not_tell_is_a_problem_and_no_suggestion(house: House) -> None:
    booking = await _rejected(house, await house.room("Lighthouse"))
    await house.room("Pier")
    house.stack.suite.fail_next("schedules", SuiteUnavailable())

    found = await house.bookings.suggestions(house.principal, booking.id)

    assert _names(found) == []
    assert [problem.code for problem in found.problems] == ["SUITE_UNAVAILABLE"]


class TestASeries:
    async def test_rooms_that_are_free_on_every_date_come_first(self, house: House) -> None:
        room = await house.room("Lighthouse")
        often, always = await house.room("Anchor"), await house.room("Quay")
        booking, _, _ = await weekly_series(house, room, 3)
        _taken(house, often, START + 2 * HOUR + WEEK)
        _taken(house, always, START + 3 * HOUR + WEEK)

        found = await house.bookings.suggestions(house.principal, booking.id)

        assert [(suggestion.room.name, suggestion.free_dates) for suggestion in found.rooms] == [
            ("Quay", 3),
            ("Anchor", 2),
        ]
        assert found.dates == 3

    async def test_one_date_is_looked_at_alone(self, house: House) -> None:
        room, other = await house.room("Lighthouse"), await house.room("Pier")
        booking, _, events = await weekly_series(house, room, 3)
        _taken(house, other, START + 2 * HOUR)
        first, second = [await date_of(house, booking, event) for event in events[:2]]

        for_first = await house.bookings.suggestions(house.principal, booking.id, first.id)
        for_second = await house.bookings.suggestions(house.principal, booking.id, second.id)

        assert (_names(for_first), _names(for_second)) == ([], ["Pier"])

    async def test_a_date_that_was_let_go_needs_no_room(self, house: House) -> None:
        room = await house.room("Lighthouse")
        booking, _, events = await weekly_series(house, room, 3)
        date = await date_of(house, booking, events[0])
        command = CancelBooking(booking_id=booking.id, scope=CancelScope.OCCURRENCE, occurrence_id=date.id)
        await house.bookings.cancel(house.principal, command)

        found = await house.bookings.suggestions(house.principal, booking.id)

        assert found.dates == 2
        with pytest.raises(BookingClosed):
            await house.bookings.suggestions(house.principal, booking.id, date.id)

    async def test_a_long_series_asks_the_suite_once_for_each_window(self, house: House) -> None:
        room = await house.room("Lighthouse")
        await house.room("Pier")
        booking, _, _ = await weekly_series(house, room, 13)
        house.stack.suite.calls.clear()

        found = await house.bookings.suggestions(house.principal, booking.id)

        assert [suggestion.free_dates for suggestion in found.rooms] == [13]
        assert house.stack.suite.calls["schedules"] == 2

    def test_no_window_is_longer_than_a_suite_answers(self) -> None:
        slots = [(START + day * timedelta(days=1), START + day * timedelta(days=1) + HOUR) for day in range(200)]

        found = list(windows(slots))

        assert sum(map(len, found)) == 200
        assert max(window[-1][1] - window[0][0] for window in found) <= timedelta(days=62)


class TestWhatIsRefused:
    async def test_a_booking_that_is_closed(self, house: House) -> None:
        booking = (await house.book(await house.room())).bookings[0]
        await house.bookings.cancel(house.principal, CancelBooking(booking_id=booking.id))

        with pytest.raises(BookingClosed):
            await house.bookings.suggestions(house.principal, booking.id)

    async def test_a_date_of_a_single_event(self, house: House) -> None:
        booking = (await house.book(await house.room())).bookings[0]

        with pytest.raises(InvalidInput):
            await house.bookings.suggestions(house.principal, booking.id, booking.id)

    async def test_a_colleagues_booking(self, house: House) -> None:
        booking = (await house.book(await house.room())).bookings[0]
        colleague = await make_house(
            house.stack.keys, house.stack.vault, house.ticker, name="Ben Kok", organisation=house.organisation
        )

        with pytest.raises(NotFound):
            await colleague.bookings.suggestions(colleague.principal, booking.id)

    async def test_an_event_that_is_gone(self, house: House) -> None:
        booking = (await house.book(await house.room())).bookings[0]
        house.calendar.events.clear()

        with pytest.raises(NotFound):
            await house.bookings.suggestions(house.principal, booking.id)
