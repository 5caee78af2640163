"""Which room took whose place on an event, where a suite swaps rooms by itself.

A declined or released room may be replaced by a similar one, without anybody's doing
(https://support.google.com/calendar/answer/16107253): its entry goes and another's comes. Nothing on the event says
which came for which, so a match is made only where there is no other way to read it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.bookings.status import BookingState
from app.suites.events import Event, Response, RoomAnswer, RoomInvitation

_ANSWER_OF_PERSON = {
    Response.ORGANISER: RoomAnswer.ACCEPTED,
    Response.ACCEPTED: RoomAnswer.ACCEPTED,
    Response.TENTATIVELY_ACCEPTED: RoomAnswer.AWAITING_APPROVAL,
    Response.DECLINED: RoomAnswer.DECLINED,
    Response.NOT_RESPONDED: RoomAnswer.PENDING,
}


@dataclass(frozen=True, slots=True)
class KnownRoom:
    """A room that the organisation lists."""

    id: UUID
    address: str
    building: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """A room that one live booking of ours has on an event, as far as we have seen."""

    booking_id: UUID
    room: KnownRoom
    state: BookingState


@dataclass(frozen=True, slots=True)
class EventRooms:
    """What is ours on one event."""

    holdings: Sequence[Holding] = ()
    listed: Mapping[str, KnownRoom] = field(default_factory=dict)
    """The organisation's rooms among those on the event, by address."""

    def is_held(self, room: KnownRoom) -> bool:
        """Whether a live booking has this room on the event."""
        return any(holding.room.id == room.id for holding in self.holdings)


def answer_of(event: Event, room_address: str) -> RoomAnswer | None:
    """What the event says of the room, even where it lost its flag of being one; None where it is not invited."""
    for entry in event.rooms:
        if entry.room.address == room_address:
            return entry.answer
    for attendee in event.attendees:
        if attendee.person.address == room_address:
            return _ANSWER_OF_PERSON[attendee.response]
    return None


def under_another_address(event: Event, room: KnownRoom, rooms: EventRooms) -> RoomInvitation | None:
    """The room's entry where the event knows it by an alias, or by an address that it had before.

    The one entry that bears its name under an address which no room of the organisation has.
    """
    aliases = [
        entry
        for entry in event.rooms
        if room.name is not None and entry.room.name == room.name and entry.room.address not in rooms.listed
    ]
    return aliases[0] if len(aliases) == 1 else None


def is_another_there(event: Event, rooms: EventRooms) -> bool:
    """Whether a room that the organisation lists stands there without a booking of ours."""
    held = {holding.room.address for holding in rooms.holdings}
    return any(entry.room.address in rooms.listed and entry.room.address not in held for entry in event.rooms)


def replacements(event: Event, rooms: EventRooms) -> Mapping[UUID, KnownRoom]:
    """The room that came for each booking whose room went, by booking; empty where that cannot be told.

    One room went and one came; or as many came as went, in as many buildings, one each. A room that has declined takes
    nobody's place, and a booking that was turned down already waits until the others have found theirs.
    """
    held = {holding.room.address for holding in rooms.holdings}
    came = [
        rooms.listed[entry.room.address]
        for entry in event.rooms
        if entry.room.address in rooms.listed
        and entry.room.address not in held
        and entry.answer is not RoomAnswer.DECLINED
    ]
    went = [holding for holding in rooms.holdings if answer_of(event, holding.room.address) is None]
    went = [holding for holding in went if holding.state is not BookingState.REJECTED] or went
    if len(went) != len(came):
        return {}
    if len(went) == 1:
        return {went[0].booking_id: came[0]}
    by_building = {room.building: room for room in came}
    buildings = {holding.room.building for holding in went}
    if None in buildings or buildings != by_building.keys() or len(buildings) < len(went):
        return {}
    return {holding.booking_id: by_building[holding.room.building] for holding in went}
