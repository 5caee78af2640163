"""Our new event, and our changes to one, as Google writes them.

https://developers.google.com/workspace/calendar/api/guides/create-events ; a room is booked by being invited as a
resource, its name in the location books nothing and is only shown. Guests are replaced as a whole, so all others are
sent back as they were. Google calls a room by a name of its own: under which name we put one into the location, the
event itself remembers, so that it can be taken out again. By that a room is known, too, that Google takes for a person,
as it does with every address that is none of its resources'.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

import orjson

from app.suites.errors import InvalidRequest
from app.suites.events import Event, NewEvent, NewTime, Person, Response, RoomsChange
from app.suites.google_workspace.api import Wire
from app.suites.google_workspace.guests import is_room
from app.suites.google_workspace.mapping import CONTENT_PROPERTY, private_properties
from app.suites.google_workspace.recurrence import rrule
from app.suites.google_workspace.times import local

_WRITABLE = ("email", "id", "displayName", "optional", "resource", "responseStatus", "comment", "additionalGuests")
_ANSWERS = {
    Response.ACCEPTED: "accepted",
    Response.TENTATIVELY_ACCEPTED: "tentative",
    Response.DECLINED: "declined",
}


def new_event(event: NewEvent, command_id: UUID) -> Wire:
    """What to send for a new event; its id is the command's, so that no command makes two.

    Raises InvalidRequest where its zone or recurrence makes no sense.
    """
    start, end = local(event.start, event.time_zone), local(event.end, event.time_zone)
    wire: Wire = {
        "id": command_id.hex,
        "summary": event.subject,
        "start": {"dateTime": start.isoformat(), "timeZone": event.time_zone},
        "end": {"dateTime": end.isoformat(), "timeZone": event.time_zone},
        "attendees": [_invitation(guest) for guest in event.attendees] + [_room(room) for room in event.rooms],
    }
    if event.rooms:
        wire["location"] = ", ".join(room.name for room in event.rooms)
    if event.body is not None:
        wire["description"] = event.body
    if event.online_meeting:
        solution = {"requestId": command_id.hex, "conferenceSolutionKey": {"type": "hangoutsMeet"}}
        wire["conferenceData"] = {"createRequest": solution}
    if event.recurrence is not None:
        wire["recurrence"] = [rrule(event.recurrence, start.date(), event.time_zone)]
    ours = {CONTENT_PROPERTY: fingerprint(wire)} | {_name_property(room.address): room.name for room in event.rooms}
    return wire | {"extendedProperties": {"private": ours}}


def fingerprint(wire: Wire) -> str:
    """What tells the content of one command from any other; nothing of the content can be read from it."""
    return sha256(orjson.dumps(wire, option=orjson.OPT_SORT_KEYS)).hexdigest()


def rooms_patch(wire: Wire, change: RoomsChange) -> Wire | None:
    """What to change of an event just read, so that these rooms come and those go; None where that is so already.

    Raises InvalidRequest where Google did not name all guests: writing those it named would send the others away.
    """
    if wire.get("attendeesOmitted") is True:
        raise InvalidRequest("AttendeesOmitted")
    guests, written = _guests(wire), private_properties(wire)
    present = {_address(guest) for guest in guests if _is_room(guest, written)}
    leaving = change.remove & present
    coming = [room for room in change.add if room.address.lower() not in present - leaving]
    if not leaving and not coming:
        return None
    names = [
        [written.get(_name_property(_address(guest))), guest.get("displayName")]
        for guest in guests
        if _address(guest) in leaving
    ]
    forgotten = {_name_property(address): None for address in leaving if _name_property(address) in written}
    return {
        "attendees": [_kept(guest) for guest in guests if _address(guest) not in leaving]
        + [_room(room) for room in coming],
        "location": _location(wire.get("location"), names, [room.name for room in coming]),
        "extendedProperties": {"private": forgotten | {_name_property(room.address): room.name for room in coming}},
    }


def time_patch(event: Event, time: NewTime) -> Wire | None:
    """What to change of an event just read, so that it takes place then; None where it does already.

    Raises InvalidRequest.
    """
    if (event.start.date_time, event.end.date_time) == (time.start, time.end):
        return None
    return {
        name: {"dateTime": local(moment, time.time_zone).isoformat(), "timeZone": time.time_zone}
        for name, moment in (("start", time.start), ("end", time.end))
    }


def answer_patch(wire: Wire, response: Response, comment: str | None) -> Wire:
    """What to change of somebody's own copy, just read, so that it holds their answer.

    Raises InvalidRequest for what is no answer, and where they are not among the guests.
    """
    status = _ANSWERS.get(response)
    if status is None:
        raise InvalidRequest("NotAnAnswer")
    guests = _guests(wire)
    if not any(guest.get("self") is True for guest in guests):
        raise InvalidRequest("NotInvited")
    own: Wire = {"responseStatus": status}
    if comment is not None:
        own["comment"] = comment
    patch: Wire = {"attendees": [_kept(guest) | (own if guest.get("self") is True else {}) for guest in guests]}
    return patch | ({"attendeesOmitted": True} if wire.get("attendeesOmitted") is True else {})


def _invitation(guest: Person) -> Wire:
    return {"email": guest.address, "displayName": guest.name}


def _room(room: Person) -> Wire:
    return _invitation(room) | {"resource": True}


def _kept(guest: Wire) -> Wire:
    return {member: guest[member] for member in _WRITABLE if member in guest}


def _guests(wire: Wire) -> list[Wire]:
    """The guests of an event that have the form of one."""
    value = wire.get("attendees")
    return [guest for guest in value if isinstance(guest, dict)] if isinstance(value, list) else []


def _is_room(guest: Wire, written: Wire) -> bool:
    return is_room(_address(guest), guest.get("resource")) or _name_property(_address(guest)) in written


def _address(guest: Wire) -> str:
    address = guest.get("email")
    return address.lower() if isinstance(address, str) else ""


def _name_property(address: str) -> str:
    """The private property with the name under which we put a room into the location."""
    return "hybridMeetingsRoom" + sha256(address.lower().encode()).hexdigest()[:16]


def _location(value: object, leaving: Sequence[Sequence[object]], coming: Sequence[str]) -> str:
    """The text without the rooms that leave, under any of their names, and with those that come; the rest stays."""
    text = value if isinstance(value, str) else ""
    for names in leaving:
        for name in names:
            if isinstance(name, str) and name:
                text = re.sub(rf"(^|, ){re.escape(name)}(?=, |$)", "", text, count=1).removeprefix(", ")
    return ", ".join(filter(None, [text, *coming]))
