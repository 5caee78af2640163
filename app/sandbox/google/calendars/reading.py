"""An event as somebody sends it, read and checked.

https://developers.google.com/workspace/calendar/api/v3/reference/events#resource-representations
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from app.sandbox.google.calendar_api.errors import GoogleError, empty_time_range, invalid, required
from app.sandbox.google.calendars.meetings import Answer, Attendee, Content, Own
from app.sandbox.google.calendars.moments import Moment, read_moment
from app.sandbox.google.calendars.properties import read_properties

LONGEST_REMINDER = 40320
MOST_REMINDERS = 5
EVENT_TYPES = frozenset({"default", "workingLocation", "outOfOffice", "focusTime", "birthday", "fromGmail"})
_CLIENT_ID = re.compile(r"[a-v0-9]{5,1024}", re.ASCII)
_TEXTS = ("summary", "description", "location")
_FLAGS = {
    "anyoneCanAddSelf": False,
    "guestsCanModify": False,
    "guestsCanInviteOthers": True,
    "guestsCanSeeOtherGuests": True,
}
"""Members that are left out as long as they have these values."""
_CHOICES = {
    "visibility": (frozenset({"default", "public", "private", "confidential"}), "default"),
    "status": (frozenset({"confirmed", "tentative", "cancelled"}), "confirmed"),
    "eventType": (EVENT_TYPES, "default"),
}
_OBJECTS = (
    "source",
    "workingLocationProperties",
    "outOfOfficeProperties",
    "focusTimeProperties",
    "birthdayProperties",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A body that was read: what is everybody's, what is the copy's own, and the lines of its series."""

    content: Content
    own: Own
    recurrence: tuple[str, ...]


def read_client_id(body: Mapping[str, Any]) -> str | None:
    """The id that the caller chose, None when there is none. Raises GoogleError (400)."""
    given = body.get("id")
    if given is None:
        return None
    if not isinstance(given, str) or _CLIENT_ID.fullmatch(given) is None:
        raise invalid("Invalid resource id value.", "id")
    return given


def read_event(body: Mapping[str, Any], time_zone: str) -> Draft:
    """The event in a body, in a calendar of this zone; members that Google alone writes are passed over.

    Raises GoogleError (400).
    """
    start, end = read_moment(body.get("start"), "start", time_zone), read_moment(body.get("end"), "end", time_zone)
    _check_span(start, end)
    recurrence = _recurrence(body)
    sequence = body.get("sequence") or 0
    if not isinstance(sequence, int):
        raise invalid("Invalid sequence value.", "sequence")
    details = _details(body)
    content = Content(
        start=start,
        end=end,
        attendees=_attendees(body.get("attendees")),
        details={name: value for name, value in details.items() if (name, value) != ("status", "cancelled")},
        sequence=sequence,
        cancelled=details.get("status") == "cancelled",
    )
    return Draft(content=content, own=_own(body), recurrence=recurrence)


def _check_span(start: Moment, end: Moment) -> None:
    if (start.day is None) != (end.day is None):
        raise invalid("Start and end times must either both be date or both be dateTime.", "end")
    if start.day is not None and end.day is not None:
        if end.day <= start.day:
            raise empty_time_range()
    elif end.instant(UTC) < start.instant(UTC):  # not by the wall, which shows the hour that comes twice alike
        raise empty_time_range()


def _recurrence(body: Mapping[str, Any]) -> tuple[str, ...]:
    lines = body.get("recurrence") or []
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise invalid("Invalid recurrence rule.", "recurrence")
    if lines:
        for name in ("start", "end"):
            if body[name].get("dateTime") and not body[name].get("timeZone"):
                raise required(name, f"Missing time zone definition for {name} time.")
    return tuple(lines)


def _details(body: Mapping[str, Any]) -> dict[str, Any]:
    details: dict[str, Any] = {}
    for name in _TEXTS:
        if (text := _text(body, name)) is not None:
            details[name] = text
    for name, default in _FLAGS.items():
        value = body.get(name)
        if value is not None and not isinstance(value, bool):
            raise invalid(f"Invalid {name} value.", name)
        if value is not None and value is not default:
            details[name] = value
    for name, (choices, usual) in _CHOICES.items():
        chosen = _text(body, name) or usual
        if chosen not in choices:
            raise invalid(f"Invalid {name} value.", name)
        if chosen != usual:
            details[name] = chosen
    for name in _OBJECTS:
        if (value := _object(body, name)) is not None:
            details[name] = value
    if attachments := body.get("attachments"):
        details["attachments"] = attachments
    shared = read_properties((_object(body, "extendedProperties") or {}).get("shared"))
    return details | ({"sharedProperties": shared} if shared else {})


def _own(body: Mapping[str, Any]) -> Own:
    transparency = _text(body, "transparency") or "opaque"
    if transparency not in ("opaque", "transparent"):
        raise invalid("Invalid transparency value.", "transparency")
    return Own(
        transparent=transparency == "transparent",
        color_id=_text(body, "colorId"),
        reminders=_reminders(body),
        private=read_properties((_object(body, "extendedProperties") or {}).get("private")),
    )


def _reminders(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    reminders = _object(body, "reminders")
    overrides = (reminders or {}).get("overrides") or []
    if reminders is None:
        return None
    uses_default = bool(reminders.get("useDefault"))
    if uses_default and overrides:
        raise GoogleError(
            400, "cannotUseDefaultRemindersAndSpecifyOverride", "Cannot specify both default reminders and overrides."
        )
    if not isinstance(overrides, list) or len(overrides) > MOST_REMINDERS:
        raise invalid("Invalid reminders.", "reminders")
    for one in overrides:
        minutes = one.get("minutes") if isinstance(one, dict) else None
        if not isinstance(minutes, int) or not 0 <= minutes <= LONGEST_REMINDER:
            raise invalid("Invalid reminder minutes.", "reminders")
        if one.get("method") not in ("email", "popup"):
            raise invalid("Invalid reminder method.", "reminders")
    return {"useDefault": uses_default} | ({"overrides": overrides} if overrides else {})


def _attendees(listed: Any) -> tuple[Attendee, ...]:
    if listed is not None and not isinstance(listed, list):
        raise invalid("Invalid attendees.", "attendees")
    read: dict[str, Attendee] = {}
    for one in listed or ():
        entry = _attendee(one)
        read.setdefault(entry.email, entry)
    return tuple(read.values())


def _attendee(entry: Any) -> Attendee:
    if not isinstance(entry, dict):
        raise invalid("Invalid attendees.", "attendees")
    email = entry.get("email")
    if not email:
        raise required("attendees", "Missing attendee email.")
    if not isinstance(email, str) or re.fullmatch(r"[^@\s]+@[^@\s]+", email.strip()) is None:
        raise invalid("Invalid attendee email.", "attendees")
    try:
        answer = Answer(entry.get("responseStatus") or Answer.NEEDS_ACTION)
    except ValueError as error:
        raise invalid("Invalid attendee response status.", "attendees") from error
    guests = entry.get("additionalGuests") or 0
    return Attendee(
        email=email.strip().lower(),
        answer=answer,
        display_name=_text(entry, "displayName"),
        comment=_text(entry, "comment"),
        optional=entry.get("optional") is True,
        resource=entry.get("resource") is True,
        additional_guests=guests if isinstance(guests, int) else 0,
    )


def _text(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise invalid(f"Invalid {name} value.", name)
    return value or None


def _object(body: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise invalid(f"Invalid {name} value.", name)
    return value


def same_shared(one: Content, other: Content) -> bool:
    """Whether two contents say the same to everybody, answers and comments of guests aside."""
    return _bare(one) == _bare(other)


def _bare(content: Content) -> Content:
    bare = sorted(
        (replace(a, answer=Answer.NEEDS_ACTION, comment=None, additional_guests=0) for a in content.attendees),
        key=lambda a: a.email,
    )
    return replace(content, attendees=tuple(bare), sequence=0)
