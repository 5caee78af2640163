"""An event as Google shows it: nothing empty, and each viewer sees their own copy.

https://developers.google.com/workspace/calendar/api/v3/reference/events#resource-representations
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from app.sandbox.google.calendars.calendar import AccessRole, StoredCalendar
from app.sandbox.google.calendars.conferences import CONFERENCE_MEMBER, link_of, pending
from app.sandbox.google.calendars.meetings import Answer, Attendee, Copy, Own, Person
from app.sandbox.google.calendars.moments import as_stamp, zone_named
from app.sandbox.google.calendars.occasions import Occasion

MOST_TALLIED_GUESTS = 200
"""Beyond so many guests, answers do not reach the other copies any more."""
VERBATIM = "verbatim"
"""A detail that is shown instead of everything else: an event as some other program left it."""
_ALWAYS_READABLE = "workingLocation"
_PRIVATE = ("private", "confidential")


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """For whom an event is rendered: their role in the calendar, the zone they asked for, how many guests at most."""

    calendar: StoredCalendar
    role: AccessRole
    time_zone: str | None = None
    most_attendees: int | None = None

    @property
    def zone(self) -> tzinfo:
        """In which zone times are shown."""
        return zone_named(self.time_zone or self.calendar.time_zone)


def stub(one: Occasion, viewer: Viewer) -> dict[str, Any]:
    """Something that is not there any more, with no more than is guaranteed."""
    if (verbatim := one.content.details.get(VERBATIM)) is not None:
        return _as_left(one, verbatim)
    shown: dict[str, Any] = {"kind": "calendar#event", "etag": _etag(one), "id": one.id, "status": "cancelled"}
    return shown | _instance(one, viewer.zone)


def render(one: Occasion, viewer: Viewer, *, conference_asked_for: bool = False) -> dict[str, Any]:
    """The whole event as this viewer may see it."""
    content, meeting = one.content, one.copy.meeting
    details = content.details
    if (verbatim := details.get(VERBATIM)) is not None:
        return _as_left(one, verbatim)
    own = one.copy.own_of(one.key)
    status = details.get("status", "confirmed") if one.stands else "cancelled"
    shown: dict[str, Any] = {
        "kind": "calendar#event",
        "etag": _etag(one),
        "id": one.id,
        "status": status,
        "htmlLink": _link(one.id, viewer.calendar.id),
        "created": as_stamp(meeting.created),
        "updated": as_stamp(one.copy.stamp_of(one.key).at),
        "start": content.start.render(viewer.zone),
        "end": content.end.render(viewer.zone),
        **_instance(one, viewer.zone),
        "iCalUID": meeting.ical_uid,
        "sequence": content.sequence,
        "eventType": details.get("eventType", "default"),
    }
    if own.transparent:
        shown["transparency"] = "transparent"
    if not _may_read(details, viewer.role):
        return shown | {"visibility": "private"}
    shown |= _people(one, viewer)
    shown |= {name: value for name, value in details.items() if name not in _APART}
    if meeting.recurrence and one.key is None:
        shown["recurrence"] = list(meeting.recurrence)
    conference = details.get(CONFERENCE_MEMBER)
    if conference is not None:
        shown |= _conference(conference, conference_asked_for)
    return shown | _owned(own, details)


_APART = frozenset({"status", "eventType", "sharedProperties", CONFERENCE_MEMBER})


def _as_left(one: Occasion, verbatim: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": "calendar#event", "etag": _etag(one), **verbatim}


def _may_read(details: Mapping[str, Any], role: AccessRole) -> bool:
    if details.get("eventType") == _ALWAYS_READABLE:
        return True
    if details.get("visibility") in _PRIVATE:
        return role.reaches(AccessRole.WRITER)
    return role.reaches(AccessRole.READER)


def _etag(one: Occasion) -> str:
    return one.copy.stamp_of(one.key).etag


def _link(event_id: str, calendar_id: str) -> str:
    name = base64.urlsafe_b64encode(f"{event_id} {calendar_id}".encode()).decode().rstrip("=")
    return f"https://www.google.com/calendar/event?eid={name}"


def _instance(one: Occasion, zone: tzinfo) -> dict[str, Any]:
    if one.key is None:
        return {}
    original = one.copy.meeting.original_start(one.key)
    return {"recurringEventId": one.copy.meeting.id, "originalStartTime": original.render(zone)}


def _people(one: Occasion, viewer: Viewer) -> dict[str, Any]:
    meeting, content, me = one.copy.meeting, one.content, viewer.calendar.id
    people: dict[str, Any] = {
        "creator": _person(meeting.creator, me),
        "organizer": _person(meeting.organizer, me),
    }
    listed = content.attendees
    is_home = one.copy.is_home
    if not is_home and content.details.get("guestsCanSeeOtherGuests") is False:
        listed = tuple(a for a in listed if a.email == me)
    if viewer.most_attendees is not None and len(listed) > viewer.most_attendees:
        listed = tuple(a for a in listed if a.email == me)
    if len(listed) < len(content.attendees):
        people["attendeesOmitted"] = True
    tallied = is_home or len(content.attendees) <= MOST_TALLIED_GUESTS
    if listed:
        people["attendees"] = [_attendee(a, one.copy, me, tallied or a.email == me) for a in listed]
    return people


def _person(person: Person, me: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"email": person.email}
    if person.display_name:
        shown["displayName"] = person.display_name
    return shown | ({"self": True} if person.email == me else {})


def _attendee(attendee: Attendee, copy: Copy, me: str, tallied: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"email": attendee.email}
    if attendee.display_name:
        shown["displayName"] = attendee.display_name
    marks = {
        "organizer": attendee.email == copy.meeting.organizer.email,
        "self": attendee.email == me,
        "resource": attendee.resource,
        "optional": attendee.optional,
    }
    shown |= {name: True for name, holds in marks.items() if holds}
    shown["responseStatus"] = (attendee.answer if tallied else Answer.NEEDS_ACTION).value
    if attendee.comment:
        shown["comment"] = attendee.comment
    return shown | ({"additionalGuests": attendee.additional_guests} if attendee.additional_guests else {})


def _conference(conference: Mapping[str, Any], asked_for: bool) -> dict[str, Any]:
    if asked_for:
        return {CONFERENCE_MEMBER: pending(conference)}
    link = link_of(conference)
    return {CONFERENCE_MEMBER: dict(conference)} | ({"hangoutLink": link} if link else {})


def _owned(own: Own, details: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"reminders": dict(own.reminders) if own.reminders is not None else {"useDefault": True}}
    if own.color_id:
        shown["colorId"] = own.color_id
    kinds = {"private": dict(own.private), "shared": dict(details.get("sharedProperties", {}))}
    properties = {name: values for name, values in kinds.items() if values}
    return shown | ({"extendedProperties": properties} if properties else {})
