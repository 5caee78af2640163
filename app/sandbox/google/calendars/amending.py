"""A changed event: what a partial body makes of what was there, and what becomes of a series' changed instances.

https://developers.google.com/workspace/calendar/api/guides/performance#patch
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.sandbox.google.calendars.conferences import CONFERENCE_MEMBER
from app.sandbox.google.calendars.meetings import Attendee, Content, Copy, Meeting
from app.sandbox.google.calendars.moments import Moment, zone_named


def writable(copy: Copy, key: str | None, content: Content) -> dict[str, Any]:
    """What a caller could have sent to get this copy: the ground that a partial change is laid on."""
    details, own = dict(content.details), copy.own_of(key)
    shared = details.pop("sharedProperties", {})
    details.pop(CONFERENCE_MEMBER, None)
    body: dict[str, Any] = {
        **details,
        "start": _sent(content.start),
        "end": _sent(content.end),
        "attendees": [_entry(one) for one in content.attendees],
        "extendedProperties": {"private": dict(own.private), "shared": dict(shared)},
        "transparency": "transparent" if own.transparent else "opaque",
        "colorId": own.color_id,
        "reminders": dict(own.reminders) if own.reminders is not None else None,
        "sequence": content.sequence,
    }
    if content.cancelled:
        body["status"] = "cancelled"
    if key is None:
        body["recurrence"] = list(copy.meeting.recurrence)
    return body


def merged(present: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """A partial change applied: objects member by member, arrays whole; null clears."""
    result = dict(present)
    for name, value in change.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            below = present.get(name)
            result[name] = merged(below if isinstance(below, Mapping) else {}, value)
        else:
            result[name] = value
    return result


def carry_over(meeting: Meeting, before: Content, after: Content) -> None:
    """Let changed instances follow the whole wherever they did not differ from it."""
    for key, exception in meeting.exceptions.items():
        details = dict(exception.details)
        for name in {*before.details, *after.details}:
            if details.get(name) == before.details.get(name):
                details.pop(name, None)
                if name in after.details:
                    details[name] = after.details[name]
        followed = replace(exception, details=details, attendees=_followed(exception, before, after))
        slot = meeting.series.slot(key) if meeting.series else None
        if slot is not None and exception.start == slot.start and _length(exception) == _length(before):
            followed = replace(followed, end=slot.end)
        meeting.exceptions[key] = followed


def _followed(exception: Content, before: Content, after: Content) -> tuple[Attendee, ...]:
    dropped = {one.email for one in before.attendees} - {one.email for one in after.attendees}
    known = {one.email for one in (*before.attendees, *exception.attendees)}
    kept = [_as_the_whole(one, before, after) for one in exception.attendees if one.email not in dropped]
    return (*kept, *(one for one in after.attendees if one.email not in known))


def _as_the_whole(entry: Attendee, before: Content, after: Content) -> Attendee:
    return after.attendee(entry.email) or entry if entry == before.attendee(entry.email) else entry


def _length(content: Content) -> object:
    zone = zone_named("UTC")
    return content.end.instant(zone) - content.start.instant(zone)


def _sent(moment: Moment) -> dict[str, str]:
    return moment.render(zone_named(moment.zone or "UTC"))


def _entry(attendee: Attendee) -> dict[str, Any]:
    return {
        "email": attendee.email,
        "displayName": attendee.display_name,
        "responseStatus": attendee.answer.value,
        "comment": attendee.comment,
        "optional": attendee.optional,
        "resource": attendee.resource,
        "additionalGuests": attendee.additional_guests,
    }
