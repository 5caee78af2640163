"""Reading events from requests: what a create or a patch wants to write.

https://learn.microsoft.com/graph/api/user-post-events
"""

import html
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

from app.sandbox.microsoft.graph.errors import invalid_property, invalid_request, unreadable
from app.sandbox.microsoft.graph.filters import normal_property_id
from app.sandbox.microsoft.graph.read_recurrence import read_choice, read_recurrence
from app.sandbox.microsoft.graph.render import PROPERTIES, RELATIONS
from app.sandbox.microsoft.graph.times import read_wall
from app.sandbox.microsoft.mailboxes.items import (
    Attendee,
    AttendeeType,
    Body,
    BodyType,
    Importance,
    Invitation,
    Location,
    OnlineMeeting,
    OwnData,
    Person,
    Sensitivity,
    ShowAs,
    WallTime,
)
from app.sandbox.microsoft.mailboxes.recurrence import OccurrenceDates, Recurrence
from app.sandbox.microsoft.mailboxes.scheduling import Changes

MAXIMUM_SUBJECT = 255
MAXIMUM_ATTENDEES = 500
_WRITABLE = frozenset(PROPERTIES) | frozenset(RELATIONS) | {"id", "calendar", "instances"}
_MIDNIGHT = "The Event.Start and Event.End properties of an all-day event need to be set to midnight."


def fingerprint(body: dict[str, Any]) -> bytes:
    """What two requests with the same content share, whatever their transaction id."""
    content = {name: value for name, value in body.items() if name != "transactionId"}
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def read_new_event(body: dict[str, Any], organizer: Person) -> tuple[Invitation, OwnData]:
    """An event to create. Raises GraphError, UnknownTimeZoneError."""
    _check_names(body)
    for name in ("start", "end"):
        if body.get(name) is None:
            raise invalid_property(f"The property '{name}' is required.")
    start, end = read_wall(body["start"], "start"), read_wall(body["end"], "end")
    empty = Invitation(
        subject="",
        start=start,
        end=end,
        organizer=organizer,
        original_start_zone=start.zone,
        original_end_zone=end.zone,
    )
    changes = read_changes(body, empty)
    invitation = replace(empty, **changes.invitation)
    if changes.show_as is not None:
        invitation = replace(invitation, show_as=changes.show_as)
    own = replace(OwnData(transaction_id=_transaction_id(body)), **changes.own)
    return invitation, own


def read_changes(body: dict[str, Any], before: Invitation) -> Changes:
    """What a body changes in an event. Raises GraphError, UnknownTimeZoneError."""
    _check_names(body)
    invitation: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for name, value in body.items():
        if name in _INVITATION_READERS:
            field, read = _INVITATION_READERS[name]
            invitation[field] = read(value, name)
        elif name in _OWN_READERS:
            field, read = _OWN_READERS[name]
            own[field] = read(value, name)
    if {"start", "end", "isAllDay", "recurrence"} & body.keys():
        invitation |= _times(body, before)
    if body.get("isOnlineMeeting") is True and before.online_meeting is None:
        invitation["online_meeting"] = meeting = _online_meeting()
        invitation["body"] = _with_join_block(invitation.get("body", before.body), meeting)
    show_as = read_choice(ShowAs, body["showAs"], "showAs") if body.get("showAs") is not None else None
    if show_as is not None:
        invitation["show_as"] = show_as
    return Changes(invitation=invitation, own=own, show_as=show_as)


def _times(body: dict[str, Any], before: Invitation) -> dict[str, Any]:
    start = read_wall(body["start"], "start") if body.get("start") else before.start
    end = read_wall(body["end"], "end") if body.get("end") else before.end
    times: dict[str, Any] = {}
    if body.get("start"):
        times["original_start_zone"] = start.zone
    if body.get("end"):
        times["original_end_zone"] = end.zone
    is_all_day = _flag(body["isAllDay"], "isAllDay") if "isAllDay" in body else before.is_all_day
    if is_all_day:
        _check_all_day(start, end)
    recurrence = _recurrence(body, before, start)
    zone = recurrence.range.time_zone if recurrence and recurrence.range.time_zone else start.zone
    if not is_all_day:
        start, end = start.in_zone(zone), end.in_zone(zone)
    if end.instant < start.instant:
        raise invalid_request("The end of the event is before its start.")
    if recurrence is not None:
        start, end = _on_first_date(recurrence, start, end)
    return times | {"start": start, "end": end, "is_all_day": is_all_day, "recurrence": recurrence}


def _recurrence(body: dict[str, Any], before: Invitation, start: WallTime) -> Recurrence | None:
    if "recurrence" in body:
        return None if body["recurrence"] is None else read_recurrence(body["recurrence"], start)
    kept = before.recurrence
    day = start.local.date()
    if kept is None or day == before.start.local.date():
        return kept
    return replace(kept, range=replace(kept.range, start_date=day))


def _on_first_date(recurrence: Recurrence, start: WallTime, end: WallTime) -> tuple[WallTime, WallTime]:
    first = OccurrenceDates(recurrence).first()
    if first is None:
        raise invalid_property("The recurrence has no occurrence within its range.")
    begins = start.on(first)
    return begins, WallTime(begins.local + (end.local - start.local), end.zone)


def _check_all_day(start: WallTime, end: WallTime) -> None:
    midnights = (moment.local.time().isoformat() == "00:00:00" for moment in (start, end))
    if not all(midnights) or start.zone.lower() != end.zone.lower():
        raise invalid_request(_MIDNIGHT)
    if end.local <= start.local:
        raise invalid_request("The duration of an all-day event must be at least 24 hours.")


def _check_names(body: dict[str, Any]) -> None:
    for name in body:
        if "@" not in name and name not in _WRITABLE:
            raise unreadable(
                f"The property '{name}' does not exist on type 'microsoft.graph.event'. Make sure to only use "
                "property names that are defined by the type."
            )


def _transaction_id(body: dict[str, Any]) -> str | None:
    value = body.get("transactionId")
    if value is not None and (not isinstance(value, str) or not value):
        raise invalid_property("The transactionId must be a text.")
    return value


def _online_meeting() -> OnlineMeeting:
    thread = uuid.uuid4().hex
    number = str(uuid.uuid4().int)[:9]
    return OnlineMeeting(
        f"https://teams.example/l/meetup-join/19%3ameeting_{thread}%40thread.v2/0", conference_id=number
    )


def _with_join_block(body: Body, meeting: OnlineMeeting) -> Body:
    if body.type is BodyType.TEXT:
        return replace(body, content=f"{body.content}\r\n\r\nJoin: {meeting.join_url}")
    link = f'<div><a href="{html.escape(meeting.join_url)}">Join the meeting</a></div>'
    content = body.content.replace("</body>", f"{link}</body>", 1)
    return replace(body, content=content if content != body.content else body.content + link)


# Readers of single values


def _subject(value: Any, name: str) -> str:
    text = _text(value, name)
    if len(text) > MAXIMUM_SUBJECT:
        raise invalid_property(f"The subject is longer than {MAXIMUM_SUBJECT} characters.")
    return text


def _text(value: Any, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise unreadable(f"Cannot convert the value of '{name}' to the expected type 'Edm.String'.")
    return value


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise unreadable(f"Cannot convert the value of '{name}' to the expected type 'Edm.Boolean'.")
    return value


def _body(value: Any, name: str) -> Body:
    if value is None:
        return Body()
    if not isinstance(value, dict):
        raise unreadable(f"The value of '{name}' is not an object.")
    kind = read_choice(BodyType, value.get("contentType") or "text", "body.contentType")
    content = _text(value.get("content"), "body.content")
    if kind is BodyType.HTML and content and "<html" not in content.lower():
        content = f"<html>\r\n<head></head>\r\n<body>\r\n{content}\r\n</body>\r\n</html>"
    return Body(content, kind)


def _person(value: Any, name: str) -> Person:
    given = value.get("emailAddress") if isinstance(value, dict) else None
    address = given.get("address") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(address, str) or not _is_address(address):
        raise invalid_property(f"'{name}' needs an emailAddress with a valid address.")
    return Person(_text(given.get("name"), name) or address, address)


def _is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(at and local and domain) and " " not in text and len(text) <= 320


def _attendees(value: Any, name: str) -> tuple[Attendee, ...]:
    if not isinstance(value, list):
        raise unreadable(f"The value of '{name}' is not a list.")
    if len(value) > MAXIMUM_ATTENDEES:
        raise invalid_request(f"An event cannot have more than {MAXIMUM_ATTENDEES} attendees.")
    by_address: dict[str, Attendee] = {}
    for one in value:
        attendee = Attendee(_person(one, name), read_choice(AttendeeType, one.get("type") or "required", "type"))
        by_address.setdefault(attendee.key, attendee)
    return tuple(by_address.values())


def _one_location(value: Any, name: str) -> Location:
    if not isinstance(value, dict):
        raise unreadable(f"The value of '{name}' is not an object.")
    details = {
        key: value[key]
        for key in ("address", "coordinates", "locationUri", "uniqueId", "uniqueIdType")
        if value.get(key) is not None
    }
    return Location(
        display_name=_text(value.get("displayName"), name),
        type=_text(value.get("locationType"), name) or "default",
        address=_text(value.get("locationEmailAddress"), name) or None,
        details=details,
    )


def _location(value: Any, name: str) -> tuple[Location, ...]:
    if value is None or value == {}:
        return ()
    place = _one_location(value, name)
    return (place,) if place.display_name or place.address else ()


def _locations(value: Any, name: str) -> tuple[Location, ...]:
    if not isinstance(value, list):
        raise unreadable(f"The value of '{name}' is not a list.")
    return tuple(_one_location(one, name) for one in value)


def _categories(value: Any, name: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise unreadable(f"The value of '{name}' is not a list.")
    return tuple(_text(one, name) for one in value)


def _minutes(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise unreadable(f"Cannot convert the value of '{name}' to the expected type 'Edm.Int32'.")
    return value


def _extended_properties(value: Any, name: str) -> dict[str, str]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise unreadable(f"The value of '{name}' is not a list of objects.")
    return {normal_property_id(_text(one.get("id"), f"{name}.id")): _text(one.get("value"), name) for one in value}


def _extensions(value: Any, name: str) -> dict[str, dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise unreadable(f"The value of '{name}' is not a list of objects.")
    found: dict[str, dict[str, Any]] = {}
    for one in value:
        extension = _text(one.get("extensionName"), name)
        if not extension:
            raise invalid_property("An open extension needs an extensionName.")
        found[extension] = {
            key: content for key, content in one.items() if "@" not in key and key not in ("extensionName", "id")
        }
    return found


Reader = Callable[[Any, str], Any]

_INVITATION_READERS: dict[str, tuple[str, Reader]] = {
    "subject": ("subject", _subject),
    "body": ("body", _body),
    "location": ("locations", _location),
    "locations": ("locations", _locations),
    "attendees": ("attendees", _attendees),
    "sensitivity": ("sensitivity", lambda value, name: read_choice(Sensitivity, value, name)),
    "importance": ("importance", lambda value, name: read_choice(Importance, value, name)),
    "hideAttendees": ("hide_attendees", _flag),
    "responseRequested": ("response_requested", _flag),
    "allowNewTimeProposals": ("allow_new_time_proposals", _flag),
}
_OWN_READERS: dict[str, tuple[str, Reader]] = {
    "categories": ("categories", _categories),
    "isReminderOn": ("is_reminder_on", _flag),
    "reminderMinutesBeforeStart": ("reminder_minutes", _minutes),
    "singleValueExtendedProperties": ("extended_properties", _extended_properties),
    "extensions": ("extensions", _extensions),
}
