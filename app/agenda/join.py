"""Joining the suite's events with what is ours: three statements, however many events.

They ask for rooms with their bookings, for people with where they work, and for our own data on the events.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.agenda import queries
from app.agenda.parts import EVERYTHING, AgendaPart, AgendaParts
from app.agenda.people import NOBODY, People, people_on
from app.agenda.queries import NO_DATA, NO_ROOMS, BookedRoom, OwnDatum, RoomsAndBookings
from app.agenda.values import (
    STATE_OF_ANSWER,
    STATE_OF_BOOKING,
    AgendaEvent,
    Attendance,
    EventRoom,
    EventRoomState,
    Note,
)
from app.references.service import ReferenceService
from app.suites.events import Event, EventStatus, Person
from app.suites.protocol import SuiteName

_PEOPLE = frozenset({AgendaPart.ATTENDEES, AgendaPart.MEMBERS})


class AgendaJoin:
    """Turns events that one member may see into agenda events, showing as much of where others work as they may see."""

    def __init__(self, references: ReferenceService) -> None:
        self._references = references

    async def join(
        self,
        organisation_id: UUID,
        viewer_id: UUID,
        suite: SuiteName,
        events: Sequence[Event],
        parts: AgendaParts = EVERYTHING,
    ) -> list[AgendaEvent]:
        """Each event with what is ours, in the same order; of parts that nobody asked for there is nothing in it."""
        if not events:
            return []
        shows_rooms, shows_people = AgendaPart.ROOMS in parts, not _PEOPLE.isdisjoint(parts)
        hashes, rooms = await self._rooms(organisation_id, suite, events) if shows_rooms else ({}, NO_ROOMS)
        people = await self._people(organisation_id, viewer_id, events, parts)
        lasting, own = {}, NO_DATA
        if AgendaPart.OWN_DATA in parts:
            lasting = self._references.lasting_hashes(organisation_id, suite, events, hashes)
            own = await queries.own_data(organisation_id, lasting.values())
        joined = []
        for event in events:
            booked = rooms.booked.get(hashes.get(event.shared_key, ""), ())
            data = own.get(lasting.get(event.lasting_key, ""), ())
            joined.append(
                AgendaEvent(
                    suite=suite,
                    viewer_id=viewer_id,
                    event=event,
                    event_reference_id=_reference(booked, data),
                    rooms=_rooms(event, rooms, booked, viewer_id) if shows_rooms else (),
                    attendees=people.attendees(event) if shows_people else (),
                    organiser_location=people.organiser_location(event),
                    attendances=tuple(
                        Attendance(datum.member, datum.in_person) for datum in data if datum.in_person is not None
                    ),
                    notes=self._notes(organisation_id, data),
                )
            )
        return joined

    async def _rooms(
        self, organisation_id: UUID, suite: SuiteName, events: Sequence[Event]
    ) -> tuple[Mapping[str, str], RoomsAndBookings]:
        """The hashes of the events, and what is known of rooms under them and by address."""
        hashes = self._references.event_hashes(organisation_id, suite, events)
        addresses = {entry.room.address for event in events for entry in event.rooms}
        return hashes, await queries.rooms_with_bookings(organisation_id, addresses, hashes.values())

    async def _people(
        self, organisation_id: UUID, viewer_id: UUID, events: Sequence[Event], parts: AgendaParts
    ) -> People:
        shows_whereabouts = AgendaPart.WHEREABOUTS in parts
        if not shows_whereabouts and AgendaPart.MEMBERS not in parts:
            return NOBODY
        return await people_on(organisation_id, viewer_id, events, whereabouts=shows_whereabouts)

    def _notes(self, organisation_id: UUID, data: Sequence[OwnDatum]) -> tuple[Note, ...]:
        opened = (
            (datum.member, self._references.open_note(organisation_id, datum.note_id, datum.sealed_note))
            for datum in data
            if datum.note_id is not None and datum.sealed_note is not None
        )
        return tuple(Note(member, text) for member, text in opened if text is not None)


def _reference(booked: Sequence[BookedRoom], data: Sequence[OwnDatum]) -> UUID | None:
    if booked:
        return booked[0].event_reference_id
    return data[0].event_reference_id if data else None


def _rooms(
    event: Event, rooms: RoomsAndBookings, booked: Sequence[BookedRoom], viewer_id: UUID
) -> tuple[EventRoom, ...]:
    """The suite's rooms in its order, then those booked through us that it does not list any more."""
    if not booked and not event.rooms:
        return ()
    is_cancelled = event.status is EventStatus.CANCELLED
    ours = {entry.room.address: entry for entry in booked}
    people = {entry.room.address: entry.room for entry in event.rooms}
    answers = {entry.room.address: STATE_OF_ANSWER[entry.answer] for entry in event.rooms}
    found = []
    for address in (*people, *(address for address in ours if address not in people)):
        booking = ours.get(address)
        room = rooms.by_address.get(address)
        state = STATE_OF_BOOKING[booking.state] if booking else answers[address]
        found.append(
            EventRoom(
                room=room,
                person=people.get(address) or Person(address, room.name if room else address),
                state=EventRoomState.CANCELLED if is_cancelled else state,
                reason=booking.reason if booking else None,
                booking_id=booking.booking_id if booking and booking.member_id == viewer_id else None,
            )
        )
    return tuple(found)
