"""Google's event as our event.

https://developers.google.com/workspace/calendar/api/v3/reference/events ; Google leaves out what is empty or false. An
item that cannot be read raises `Unreadable` and is left out; it never spoils the others.

How a changed date of a series is told from the others: a date that follows its series bears the version (`etag`) of the
series, one that was changed has a version of its own. No two writes leave the same version behind.
"""

import re
from collections import Counter
from collections.abc import Iterable
from html import unescape
from uuid import UUID

import structlog

from app.suites.events import (
    Event,
    EventKind,
    EventStatus,
    EventTime,
    Response,
    Sensitivity,
    ShowAs,
)
from app.suites.google_workspace.api import Wire
from app.suites.google_workspace.calendars import PRIMARY, mailbox_id
from app.suites.google_workspace.guests import invited, own_answer, person
from app.suites.google_workspace.times import UTC_NAME, Unreadable, event_time, known_zone, local
from app.suites.windows import first_moment

MAX_PREVIEW = 255
CONTENT_PROPERTY = "hybridMeetingsContent"
"""Our own private extended property, which tells that we made an event, and from which content
(https://developers.google.com/workspace/calendar/api/guides/extended-properties)."""
ENTRY_PROPERTY = "hybridMeetingsEntry"
"""The same on a day that we wrote into somebody's calendar to say where they work: no meeting."""
MEETING_TYPES = ("default", "outOfOffice", "focusTime", "fromGmail")
"""Where somebody works and whose birthday it is are entries of a calendar too, but no meetings."""

_FIELDS = (
    "id",
    "etag",
    "status",
    "eventType",
    "iCalUID",
    "recurringEventId",
    "originalStartTime",
    "recurrence",
    "summary",
    "description",
    "location",
    "start",
    "end",
    "visibility",
    "transparency",
    "organizer(email,displayName,self)",
    "hangoutLink",
    "conferenceData(entryPoints(entryPointType,uri))",
    "htmlLink",
    "extendedProperties(private)",
)
EVENT_FIELDS = ",".join((*_FIELDS, "attendees(email,displayName,optional,resource,responseStatus,organizer,self)"))
LIST_FIELDS = f"nextPageToken,timeZone,items({EVENT_FIELDS})"
WHOLE_FIELDS = ",".join((*_FIELDS, "attendees,attendeesOmitted"))
"""For a change of the guests, who are written back as a whole."""

_STATUSES = {status.value.lower(): status for status in EventStatus}
_SENSITIVITIES = {"private": Sensitivity.PRIVATE, "confidential": Sensitivity.CONFIDENTIAL}
_COMMAND_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_TAG = re.compile(r"</?([a-z][a-z0-9]*)(?:\s[^<>]*)?/?>", re.ASCII | re.IGNORECASE)
_LINES = frozenset({"br", "p", "div", "li", "ul", "ol", "tr", "h1", "h2", "h3"})
_MOST_READ = 4_000
"""Characters of a description that are looked at for its beginning."""

_log = structlog.get_logger(__name__)


def readable_events(
    values: Iterable[object], calendar_id: str = PRIMARY, time_zone: object = None, series_version: object = None
) -> list[Event]:
    """The meetings that can be read; other ones are left out and counted in the log, cancelled ones just left out.

    `time_zone` is the calendar's, `series_version` that of the series where all of them belong to one.
    """
    wires = [wire for wire in values if not isinstance(wire, dict) or _is_meeting(wire)]
    versions = frozenset({series_version}) if isinstance(series_version, str) else _series_versions(wires)
    events, unreadable = [], 0
    for wire in wires:
        try:
            events.append(event(wire, calendar_id, time_zone, versions))
        except Unreadable:
            unreadable += 1
    if unreadable:
        _log.warning("events of the suite cannot be read", count=unreadable)
    return events


def event(
    value: object,
    calendar_id: str = PRIMARY,
    time_zone: object = None,
    series_versions: frozenset[str] = frozenset(),
) -> Event:
    """One event. `series_versions` holds the versions that are known to be a series', not a single date's.

    Raises Unreadable.
    """
    if not isinstance(value, dict):
        raise Unreadable("event")
    event_id = _required(value, "id")
    start, end = event_time(value.get("start"), "start", time_zone), event_time(value.get("end"), "end", time_zone)
    original = _original_start(value)
    master = _text(value.get("recurringEventId"))
    organiser = _object(value.get("organizer"))
    is_organiser = organiser.get("self") is True
    people, rooms = invited(value.get("attendees"))
    return Event(
        mailbox_id=mailbox_id(event_id, calendar_id),
        shared_key=_shared_key(value, event_id, master, original),
        series_mailbox_id=None if master is None else mailbox_id(master, calendar_id),
        version=_text(value.get("etag")) or "",
        kind=_kind(value, start, original, series_versions),
        status=_STATUSES.get(_text(value.get("status")) or "", EventStatus.CONFIRMED),
        subject=_text(value.get("summary")) or "",
        start=start,
        end=end,
        is_all_day=start.date is not None,
        original_start=None if original is None or master is None else first_moment(original),
        sensitivity=_SENSITIVITIES.get(_text(value.get("visibility")) or "", Sensitivity.NORMAL),
        show_as=_show_as(value),
        organiser=person(organiser),
        is_organiser=is_organiser,
        response=Response.ORGANISER if is_organiser else own_answer(value.get("attendees")),
        attendees=people,
        rooms=rooms,
        location=_text(value.get("location")),
        online_meeting_url=_online_meeting_url(value),
        web_url=_web_address(value.get("htmlLink")),
        body_preview=_preview(_text(value.get("description")) or ""),
        command_id=_command_id(value, event_id),
        day_key=None if original is None or master is None else _day_key(value, original, start),
    )


def content_of(wire: Wire) -> str | None:
    """The fingerprint that we put on an event when we made it."""
    return _text(private_properties(wire).get(CONTENT_PROPERTY))


def private_properties(wire: Wire) -> Wire:
    """What applications put on this copy of the event, unseen by people."""
    return _object(_object(wire.get("extendedProperties")).get("private"))


def is_entry(wire: Wire) -> bool:
    """Whether we wrote it to say where somebody works."""
    return ENTRY_PROPERTY in private_properties(wire)


def is_cancelled(wire: Wire) -> bool:
    """Whether the event is deleted: Google still answers it, with little more than its id."""
    return wire.get("status") == "cancelled"


def _is_meeting(wire: Wire) -> bool:
    is_other = _text(wire.get("eventType")) in {"workingLocation", "birthday"}
    return not (is_other or is_cancelled(wire) or is_entry(wire))


def _series_versions(wires: Iterable[object]) -> frozenset[str]:
    """The versions that several dates of one series share."""
    borne = Counter(
        (wire.get("recurringEventId"), wire["etag"])
        for wire in wires
        if isinstance(wire, dict)
        and isinstance(wire.get("etag"), str)
        and isinstance(wire.get("recurringEventId"), str)
    )
    return frozenset(version for (_, version), count in borne.items() if count > 1)


def _kind(wire: Wire, start: EventTime, original: EventTime | None, series_versions: frozenset[str]) -> EventKind:
    if _text(wire.get("recurringEventId")) is None:
        return EventKind.SERIES if wire.get("recurrence") else EventKind.SINGLE
    if original is not None and (start.date, start.date_time) != (original.date, original.date_time):
        return EventKind.EXCEPTION
    if series_versions and _text(wire.get("etag")) not in series_versions:
        return EventKind.EXCEPTION
    return EventKind.OCCURRENCE


def _shared_key(wire: Wire, event_id: str, master: str | None, original: EventTime | None) -> str:
    """Copies of an event share `iCalUID`, and so do all dates of a series: those are told apart by their first time."""
    uid = _text(wire.get("iCalUID"))
    if uid is None:
        return event_id
    if master is None:
        return uid
    if original is None:
        return f"{uid} {event_id}"
    return f"{uid} {(original.date or first_moment(original)).isoformat()}"


def _day_key(wire: Wire, original: EventTime, start: EventTime) -> str | None:
    """A series that moves to another hour has other first times, on the same days of its own zone.

    Of how an answer writes the moment nothing is taken: its offset is that of whoever looks.
    """
    uid = _text(wire.get("iCalUID"))
    if uid is None or original.date_time is None:
        return None
    zone = known_zone(_object(wire.get("originalStartTime")).get("timeZone")) or start.time_zone
    return f"{uid} {local(original.date_time, zone).date().isoformat()}"


def _original_start(wire: Wire) -> EventTime | None:
    value = wire.get("originalStartTime")
    return None if value is None else event_time(value, "originalStartTime", UTC_NAME)


def _show_as(wire: Wire) -> ShowAs:
    if wire.get("transparency") == "transparent":
        return ShowAs.FREE
    if wire.get("eventType") == "outOfOffice":
        return ShowAs.OUT_OF_OFFICE
    return ShowAs.TENTATIVE if wire.get("status") == "tentative" else ShowAs.BUSY


def _online_meeting_url(wire: Wire) -> str | None:
    entries = _object(wire.get("conferenceData")).get("entryPoints")
    joined = (
        _web_address(entry.get("uri"))
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and entry.get("entryPointType") == "video"
    )
    return _web_address(wire.get("hangoutLink")) or next(filter(None, joined), None)


def _preview(description: str) -> str:
    """The beginning of the text; Google's own pages write it as HTML, others as they like."""
    text = _TAG.sub(lambda tag: "\n" if tag[1].lower() in _LINES else "", description[:_MOST_READ])
    lines = (line.strip() for line in unescape(text).splitlines())
    return "\n".join(line for line in lines if line)[:MAX_PREVIEW]


def _command_id(wire: Wire, event_id: str) -> str | None:
    if content_of(wire) is None or not _COMMAND_ID.fullmatch(event_id):
        return None
    return str(UUID(event_id))


def _web_address(value: object) -> str | None:
    """An address a browser may open; other schemes in somebody's invitation are not passed on."""
    text = _text(value)
    return text if text is not None and text.lower().startswith(("https://", "http://")) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _object(value: object) -> Wire:
    return value if isinstance(value, dict) else {}


def _required(wire: Wire, field: str) -> str:
    text = _text(wire.get(field))
    if text is None:
        raise Unreadable(field)
    return text
