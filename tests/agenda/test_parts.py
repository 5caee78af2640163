"""No suite and no statement is asked for a part of an agenda that nobody reads."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.agenda.parts import EVERYTHING, AgendaPart, AgendaParts, of_suite
from app.agenda.values import AgendaEvent, AttendeeLocationKind
from app.identity.models import LocationSharing, Member
from app.suites.events import Attendee, AttendeeKind, EventPart, Person, Response, RoomAnswer
from tests.bookings.house import START, House, invitation, make_event
from tests.buildings.making import make_building
from tests.support.people import make_member
from tests.support.queries import counted_queries
from tests.support.workplaces import make_shift, shares

WEEK = (START, START + timedelta(days=7))
LOOKED_UP = {AgendaPart.MEMBERS, AgendaPart.WHEREABOUTS, AgendaPart.ROOMS, AgendaPart.OWN_DATA}
"""The parts that cost a statement."""
MEMBERS: dict[AgendaPart, tuple[str, ...]] = {
    AgendaPart.ROOMS: ("rooms",),
    AgendaPart.OWN_DATA: ("attendances", "notes"),
    AgendaPart.RESPONSE: ("event.response",),
    AgendaPart.LOCATION: ("event.location",),
    AgendaPart.ONLINE_MEETING: ("event.online_meeting_url",),
    AgendaPart.WEB_URL: ("event.web_url",),
    AgendaPart.BODY_PREVIEW: ("event.body_preview",),
}
ABSENT = {(), None, "", Response.NOT_RESPONDED}


async def full_house(house: House) -> Member:
    """A calendar with one event of which there is everything; a colleague on it, whose place everybody may see."""
    ben = await make_member(house.organisation, "Ben Kok")
    await shares(ben, LocationSharing.EVERYONE)
    await make_shift(ben, START.date(), await make_building(house.organisation.id, "Harbour"))
    event = house.hold(
        replace(
            make_event(rooms=(invitation(await house.room(), RoomAnswer.ACCEPTED),)),
            is_organiser=False,
            organiser=Person(ben.address, ben.name),
            response=Response.ACCEPTED,
            attendees=tuple(
                Attendee(Person(address, "Somebody"), AttendeeKind.REQUIRED, Response.ACCEPTED)
                for address in (ben.address, "sam@elsewhere.example")
            ),
            location="Lighthouse",
            online_meeting_url="https://meet.example/1",
            web_url="https://calendar.example/1",
            body_preview="Bring charts",
        )
    )
    await house.own_data.set_attendance(house.principal, event.mailbox_id, True)
    await house.own_data.set_note(house.principal, event.mailbox_id, "I bring them")
    return ben


async def read(house: House, parts: AgendaParts) -> AgendaEvent:
    [event] = (await house.agenda.agenda(house.principal, *WEEK, parts=parts)).events
    return event


def values(entry: AgendaEvent, part: AgendaPart) -> list[Any]:
    def value(name: str) -> Any:
        return getattr(entry.event, name.removeprefix("event.")) if name.startswith("event.") else getattr(entry, name)

    return [value(name) for name in MEMBERS[part]]


@pytest.mark.parametrize("part", MEMBERS)
async def test_a_part_that_is_asked_for_is_there_and_no_other_is(house: House, part: AgendaPart) -> None:
    await full_house(house)

    whole, alone = await read(house, EVERYTHING), await read(house, {part})

    assert values(alone, part) == values(whole, part)
    assert ABSENT.isdisjoint(values(whole, part))
    assert all(ABSENT.issuperset(values(alone, other)) for other in MEMBERS if other is not part)
    assert alone.attendees == ()


@pytest.mark.parametrize("part", AgendaPart)
async def test_a_part_costs_a_statement_of_its_own_or_none(house: House, part: AgendaPart) -> None:
    await full_house(house)

    async with counted_queries() as queries:
        await read(house, {part})

    assert len(queries) == (2 if part in LOOKED_UP else 1)


async def test_with_no_part_asked_for_nothing_but_the_connection_is_looked_up(house: House) -> None:
    await full_house(house)

    async with counted_queries() as queries:
        entry = await read(house, frozenset())

    assert len(queries) == 1
    assert (entry.event.subject, entry.event.start.date_time) == (make_event().subject, START)


async def test_who_the_attendees_are_is_found_without_looking_where_they_work(house: House) -> None:
    ben = await full_house(house)

    async with counted_queries() as queries:
        entry = await read(house, {AgendaPart.ATTENDEES, AgendaPart.MEMBERS})

    colleague, stranger = entry.attendees
    assert colleague.member is not None
    assert colleague.member.member_id == ben.id
    assert (colleague.is_external, stranger.is_external) == (False, True)
    assert colleague.location.kind is entry.organiser_location.kind is AttendeeLocationKind.UNKNOWN
    assert not any("shift" in statement for statement in queries.statements)


async def test_where_they_work_is_shown_of_the_attendees_and_of_whoever_organises(house: House) -> None:
    await full_house(house)

    entry = await read(house, {AgendaPart.ATTENDEES, AgendaPart.WHEREABOUTS})

    assert [attendee.location.building for attendee in entry.attendees] == ["Harbour", None]
    assert entry.organiser_location.building == "Harbour"


async def test_where_the_organiser_works_is_shown_without_the_attendees(house: House) -> None:
    await full_house(house)

    entry = await read(house, {AgendaPart.WHEREABOUTS})

    assert entry.organiser_location.building == "Harbour"
    assert entry.attendees == ()


async def test_the_attendees_alone_are_those_that_the_suite_tells(house: House) -> None:
    await full_house(house)

    entry = await read(house, {AgendaPart.ATTENDEES})

    assert [attendee.attendee for attendee in entry.attendees] == list(entry.event.attendees)
    assert {(attendee.member, attendee.is_external) for attendee in entry.attendees} == {(None, False)}


async def test_of_one_event_too_only_the_parts_that_are_asked_for_are_looked_up(house: House) -> None:
    await full_house(house)
    (mailbox_id,) = house.calendar.events

    async with counted_queries() as queries:
        event = await house.agenda.event(house.principal, mailbox_id, parts={AgendaPart.ROOMS})

    assert len(queries) == 2
    assert (len(event.rooms), event.notes) == (1, ())


def test_the_suite_has_to_tell_the_invited_for_people_and_for_rooms() -> None:
    for part in (AgendaPart.ATTENDEES, AgendaPart.MEMBERS, AgendaPart.ROOMS):
        assert of_suite({part}) == {EventPart.INVITED}
    assert of_suite({AgendaPart.OWN_DATA, AgendaPart.WHEREABOUTS}) == frozenset()
    assert of_suite(EVERYTHING) == frozenset(EventPart)
