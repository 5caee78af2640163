"""Our new event, and our changes to one, as Graph writes them.

https://learn.microsoft.com/graph/api/user-post-events ; a room is booked by being invited as a resource, its place in
the location books nothing and is only shown.
"""

from datetime import date
from uuid import UUID

from app.suites.events import Event, NewEvent, NewTime, Person, RoomsChange
from app.suites.microsoft365.mapping import Wire
from app.suites.microsoft365.recurrence import patterned_recurrence
from app.suites.microsoft365.time_zones import wall_time

COMMAND_PROPERTY = "String {5b0e6a1c-94d7-4f0e-8f4e-0c6d1a6f3b52} Name HybridMeetingsCommand"
"""Our own single-value extended property, which finds an event again after a lost answer
(https://learn.microsoft.com/graph/api/resources/extended-properties-overview)."""


def new_event(event: NewEvent, command_id: UUID) -> Wire:
    """What to send for a new event; raises InvalidRequest where its recurrence makes no sense."""
    start, time_zone = wall_time(event.start, event.time_zone)
    end, end_zone = wall_time(event.end, event.time_zone)
    wire: Wire = {
        "subject": event.subject,
        "start": {"dateTime": start, "timeZone": time_zone},
        "end": {"dateTime": end, "timeZone": end_zone},
        "attendees": [invitation(person, "required") for person in event.attendees]
        + [invitation(room, "resource") for room in event.rooms],
        "transactionId": str(command_id),
        "singleValueExtendedProperties": [{"id": COMMAND_PROPERTY, "value": str(command_id)}],
    }
    if event.rooms:
        wire["locations"] = [room_location(room) for room in event.rooms]
    if event.body is not None:
        wire["body"] = {"contentType": "text", "content": event.body}
    if event.online_meeting:
        wire |= {"isOnlineMeeting": True, "onlineMeetingProvider": "teamsForBusiness"}
    if event.recurrence is not None:
        wire["recurrence"] = patterned_recurrence(event.recurrence, date.fromisoformat(start[:10]), time_zone)
    return wire


def invitation(person: Person, kind: str) -> Wire:
    """An attendee to send; `kind` is Graph's attendee type."""
    return {"type": kind, "emailAddress": {"address": person.address, "name": person.name}}


def room_location(room: Person) -> Wire:
    """The room as a place of the event, as Outlook shows it."""
    return {"displayName": room.name, "locationType": "conferenceRoom", "locationEmailAddress": room.address}


def rooms_patch(wire: Wire, change: RoomsChange) -> Wire | None:
    """What to change of an event just read, so that these rooms come and those go; None where that is so already.

    Attendees and places are replaced as a whole, so all others are sent back as they were.
    """
    invited = [entry for entry in _entries(wire.get("attendees")) if _address_of(entry)]
    present = {_address_of(entry) for entry in invited if entry.get("type") == "resource"}
    leaving = change.remove & present
    coming = [room for room in change.add if room.address.lower() not in present - leaving]
    if not leaving and not coming:
        return None
    kept = [
        {"type": entry.get("type"), "emailAddress": entry.get("emailAddress")}
        for entry in invited
        if _address_of(entry) not in leaving
    ]
    places = [place for place in _entries(wire.get("locations")) if _place_address(place) not in leaving]
    return {
        "attendees": kept + [invitation(room, "resource") for room in coming],
        "locations": places + [room_location(room) for room in coming],
    }


def time_patch(event: Event, time: NewTime) -> Wire | None:
    """What to change of an event just read, so that it takes place then; None where it does already.

    A series keeps its recurrence, which Exchange counts from the day of its first date. Raises InvalidRequest.
    """
    if (event.start.date_time, event.end.date_time) == (time.start, time.end):
        return None
    start, start_zone = wall_time(time.start, time.time_zone)
    end, end_zone = wall_time(time.end, time.time_zone)
    return {
        "start": {"dateTime": start, "timeZone": start_zone},
        "end": {"dateTime": end, "timeZone": end_zone},
    }


def _entries(value: object) -> list[Wire]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _address_of(attendee: Wire) -> str:
    email = attendee.get("emailAddress")
    address = email.get("address") if isinstance(email, dict) else None
    return address.lower() if isinstance(address, str) else ""


def _place_address(place: Wire) -> str:
    return str(place.get("locationEmailAddress") or "").lower()
