"""A member's agenda: the suite's events joined with what is ours."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.agenda.values import CalendarSelection, EventRoomState
from app.connections.models import CalendarConnection, ConnectionStatus
from app.errors import (
    ConnectionRequired,
    InvalidInput,
    NotFound,
    ProblemCode,
    ReconnectRequired,
    SuiteUnavailable,
)
from app.references.models import EventAttendance, EventNote, EventReference
from app.references.service import note_place
from app.suites import errors as suite_errors
from app.suites.events import Attendee, AttendeeKind, Event, EventStatus, Person, Response, RoomAnswer
from tests.bookings.house import START, House, invitation, make_event, make_house
from tests.support.people import make_member
from tests.support.queries import counted_queries

WEEK = (START, START + timedelta(days=7))


def _attendee(address: str, name: str = "Somebody") -> Attendee:
    return Attendee(Person(address, name), AttendeeKind.REQUIRED, Response.ACCEPTED)


class TestTheWindow:
    @pytest.mark.parametrize("length", [timedelta(), timedelta(days=-1)])
    async def test_a_reversed_one_is_refused(self, house: House, length: timedelta) -> None:
        with pytest.raises(InvalidInput) as refusal:
            await house.agenda.agenda(house.principal, START, START + length)

        assert refusal.value.code is ProblemCode.WINDOW_REVERSED

    async def test_one_of_more_than_62_days_is_refused(self, house: House) -> None:
        await house.agenda.agenda(house.principal, START, START + timedelta(days=62))

        with pytest.raises(InvalidInput) as refusal:
            await house.agenda.agenda(house.principal, START, START + timedelta(days=62, seconds=1))

        assert refusal.value.code is ProblemCode.WINDOW_TOO_LONG


class TestTheConnection:
    async def test_a_member_who_is_not_connected_is_told_how(self, house: House) -> None:
        await CalendarConnection.all().delete()

        with pytest.raises(ConnectionRequired):
            await house.agenda.agenda(house.principal, *WEEK)

    async def test_a_dead_consent_is_told(self, house: House) -> None:
        await CalendarConnection.all().update(status=ConnectionStatus.RECONNECT_REQUIRED, reason="EXPIRED")

        with pytest.raises(ReconnectRequired):
            await house.agenda.agenda(house.principal, *WEEK)

    async def test_a_suite_that_is_down_is_told(self, house: House) -> None:
        house.stack.suite.fail_next("events", suite_errors.SuiteUnavailable())

        with pytest.raises(SuiteUnavailable):
            await house.agenda.agenda(house.principal, *WEEK)


class TestRooms:
    async def test_a_room_booked_through_us_shows_our_own_record(self, house: House) -> None:
        room = await house.room()
        booked = await house.book(room)
        house.answer(room, RoomAnswer.ACCEPTED)

        (event,) = (await house.agenda.agenda(house.principal, *WEEK)).events

        (entry,) = event.rooms
        assert (entry.state, entry.booking_id) == (EventRoomState.PENDING, booked.bookings[0].id)
        assert entry.room is not None
        assert (entry.room.id, entry.room.name, entry.room.building) == (room.id, "Lighthouse", "Harbour")
        assert event.event_reference_id == booked.bookings[0].event_reference_id

    async def test_a_colleague_sees_the_bookings_state_with_their_own_consent(self, house: House) -> None:
        room = await house.room()
        await house.book(room)
        house.answer(room, RoomAnswer.ACCEPTED)
        await house.checks.mark_due(house.connection.id, None)
        await house.checks.run_due()
        colleague = await make_house(
            house.stack.keys, house.stack.vault, house.ticker, name="Ben Kok", organisation=house.organisation
        )
        (original,) = house.calendar.events.values()
        rooms = (invitation(room, RoomAnswer.UNKNOWN),)
        colleague.hold(replace(original, mailbox_id="ben's own", is_organiser=False, rooms=rooms))

        (event,) = (await colleague.agenda.agenda(colleague.principal, *WEEK)).events

        assert event.rooms[0].state is EventRoomState.ACCEPTED
        assert event.rooms[0].booking_id is None
        assert event.viewer_id == colleague.member.id

    async def test_another_organisation_sees_nothing_of_it(self, house: House) -> None:
        room = await house.room()
        await house.book(room)
        other = await make_house(house.stack.keys, house.stack.vault, house.ticker, name="Eve Roe")
        (original,) = house.calendar.events.values()
        other.hold(replace(original, is_organiser=False, rooms=(invitation(room, RoomAnswer.UNKNOWN),)))

        (event,) = (await other.agenda.agenda(other.principal, *WEEK)).events

        (entry,) = event.rooms
        assert (entry.room, entry.booking_id, entry.state) == (None, None, EventRoomState.UNKNOWN)
        assert event.event_reference_id is None

    @pytest.mark.parametrize(
        ("answer", "state"),
        [
            (RoomAnswer.PENDING, EventRoomState.PENDING),
            (RoomAnswer.AWAITING_APPROVAL, EventRoomState.PENDING),
            (RoomAnswer.ACCEPTED, EventRoomState.ACCEPTED),
            (RoomAnswer.DECLINED, EventRoomState.REJECTED),
            (RoomAnswer.UNKNOWN, EventRoomState.UNKNOWN),
        ],
    )
    async def test_a_room_booked_elsewhere_shows_what_the_suite_says(
        self, house: House, answer: RoomAnswer, state: EventRoomState
    ) -> None:
        house.hold(make_event(rooms=(invitation(await house.room(), answer),)))

        (event,) = (await house.agenda.agenda(house.principal, *WEEK)).events

        assert (event.rooms[0].state, event.rooms[0].booking_id) == (state, None)

    async def test_a_booked_room_that_vanished_from_the_event_is_still_shown(self, house: House) -> None:
        await house.book(await house.room())
        house.change(rooms=())
        await house.checks.mark_due(house.connection.id, None)
        await house.checks.run_due()

        (event,) = (await house.agenda.agenda(house.principal, *WEEK)).events

        assert [entry.state for entry in event.rooms] == [EventRoomState.REJECTED]
        assert event.rooms[0].person.name == "Lighthouse"

    async def test_the_rooms_of_a_cancelled_event_are_cancelled(self, house: House) -> None:
        await house.book(await house.room())
        house.change(status=EventStatus.CANCELLED)

        (event,) = (await house.agenda.agenda(house.principal, *WEEK)).events

        assert event.rooms[0].state is EventRoomState.CANCELLED


class TestAttendees:
    async def test_a_member_is_recognised_by_address(self, house: House) -> None:
        ben = await make_member(house.organisation, "Ben Kok")
        house.hold(make_event(attendees=(_attendee(ben.address),)))

        (event,) = (await house.agenda.agenda(house.principal, *WEEK)).events

        (attendee,) = event.attendees
        assert attendee.member is not None
        assert (attendee.member.member_id, attendee.is_external) == (ben.id, False)

    @pytest.mark.parametrize(
        ("address", "is_external"),
        [("not.here.yet@tidewater.example", False), ("sam@elsewhere.example", True), ("odd", True)],
    )
    async def test_an_external_attendee_is_no_member_and_of_no_members_domain(
        self, house: House, address: str, is_external: bool
    ) -> None:
        house.hold(make_event(attendees=(_attendee(address),)))

        (event,) = (await house.agenda.agenda(house.principal, *WEEK)).events

        assert event.attendees[0].is_external is is_external

    async def test_another_organisations_members_are_external(self, house: House) -> None:
        other = await make_house(house.stack.keys, house.stack.vault, house.ticker, name="Eve Roe")
        eve = await make_member(other.organisation, "Eva Roe", address="eva@newbridge.example")
        house.hold(make_event(attendees=(_attendee(eve.address),)))

        (event,) = (await house.agenda.agenda(house.principal, *WEEK)).events

        assert (event.attendees[0].member, event.attendees[0].is_external) == (None, True)


async def _own_data(house: House, event: Event) -> EventReference:
    references = await house.references.of_events(house.connection, house.stack.suite.name, [event])
    return references[event.mailbox_id].event


class TestOurOwnData:
    async def test_attendances_and_notes_of_colleagues_are_shown(self, house: House) -> None:
        event = house.hold(make_event())
        reference = await _own_data(house, event)
        ben = await make_member(house.organisation, "Ben Kok")
        own: dict[str, Any] = {"organisation_id": house.organisation.id, "event_reference_id": reference.id}
        await EventAttendance.create(**own, member_id=ben.id, in_person=False)
        await EventAttendance.create(**own, member_id=house.member.id, in_person=True)
        note_id = uuid4()
        sealed = house.stack.vault.seal(b"Bring charts", note_place(house.organisation.id, note_id))
        await EventNote.create(**own, id=note_id, author_id=ben.id, text=sealed, updated_at=START)

        (joined,) = (await house.agenda.agenda(house.principal, *WEEK)).events

        assert [(entry.member.name, entry.in_person) for entry in joined.attendances] == [
            ("Ada Vos", True),
            ("Ben Kok", False),
        ]
        assert [(note.author.name, note.text) for note in joined.notes] == [("Ben Kok", "Bring charts")]
        assert joined.event_reference_id == reference.id

    async def test_it_hangs_on_the_event_and_not_on_its_neighbour(self, house: House) -> None:
        event, neighbour = house.hold(make_event()), house.hold(make_event())
        reference = await _own_data(house, event)
        await EventAttendance.create(
            organisation_id=house.organisation.id,
            event_reference_id=reference.id,
            member_id=house.member.id,
            in_person=True,
        )

        events = (await house.agenda.agenda(house.principal, *WEEK)).events

        found = {entry.event.mailbox_id: len(entry.attendances) for entry in events}
        assert found == {event.mailbox_id: 1, neighbour.mailbox_id: 0}


class TestOneEvent:
    async def test_it_is_read_with_everything_that_belongs_to_it(self, house: House) -> None:
        room = await house.room()
        booked = await house.book(room)
        (mailbox_id,) = house.calendar.events

        event = await house.agenda.event(house.principal, mailbox_id)

        assert event.rooms[0].booking_id == booked.bookings[0].id

    async def test_one_that_is_gone_is_not_found(self, house: House) -> None:
        with pytest.raises(NotFound, match="event"):
            await house.agenda.event(house.principal, "gone")


class TestWhatItCosts:
    @pytest.mark.parametrize("events", [5, 200])
    async def test_one_call_and_four_queries_however_many_events(self, house: House, events: int) -> None:
        room = await house.room()
        await house.book(room)
        for number in range(events - 1):
            people = tuple(_attendee(f"p{number}.{person}@elsewhere.example") for person in range(30))
            begin = START + timedelta(minutes=number)
            house.hold(make_event(begin, attendees=people, rooms=(invitation(room, RoomAnswer.ACCEPTED),)))
        house.interruptions.calls.clear()

        async with counted_queries() as queries:
            result = await house.agenda.agenda(house.principal, *WEEK)

        assert len(result.events) == events
        assert house.interruptions.calls == ["events"]
        assert len(queries) == 4

    async def test_an_empty_agenda_costs_one_query(self, house: House) -> None:
        async with counted_queries() as queries:
            await house.agenda.agenda(house.principal, *WEEK)

        assert len(queries) == 1


class TestAllOwnedCalendars:
    async def test_the_default_calendar_alone_costs_the_list_and_one_call(self, house: House) -> None:
        house.hold(make_event())
        house.interruptions.calls.clear()

        result = await house.agenda.agenda(house.principal, *WEEK, CalendarSelection.ALL_OWNED)

        assert house.interruptions.calls == ["calendars", "events"]
        assert len(result.events) == 1
