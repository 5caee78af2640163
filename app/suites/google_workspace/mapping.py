"""Google's event as our event.

https://developers.google.com/workspace/calendar/api/v3/reference/events ; Google leaves out what is empty or false. An
item that cannot be read raises `Unreadable` and is left out; it never spoils the others.

How a changed date of a series is told from the others: a date that follows its series bears the version (`etag`) of the
series, one that was changed has a version of its own. No two writes leave the same version behind.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from html import unescape
from uuid import UUID

import msgspec
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
from app.suites.google_workspace import wire as google
from app.suites.google_workspace.api import Wire
from app.suites.google_workspace.calendars import PRIMARY, mailbox_id
from app.suites.google_workspace.guests import invited, own_answer, person
from app.suites.google_workspace.times import UTC_NAME, Unreadable, event_time, known_zone, local
from app.suites.typed import Misshapen, Shape
from app.suites.windows import first_moment

MAX_PREVIEW = 255
CONTENT_PROPERTY = "hybridMeetingsContent"
"""Our own private extended property, which tells that we made an event, and from which content
(https://developers.google.com/workspace/calendar/api/guides/extended-properties)."""
ENTRY_PROPERTY = "hybridMeetingsEntry"
"""The same on a day that we wrote into somebody's calendar to say where they work: no meeting."""
MEETING_TYPES = ("default", "outOfOffice", "focusTime", "fromGmail")
"""Where somebody works and whose birthday it is are entries of a calendar too, but no meetings."""

_NO_MEETINGS = frozenset({"workingLocation", "birthday"})
_CANCELLED = "cancelled"
_STATUSES = {status.value.lower(): status for status in EventStatus}
_SENSITIVITIES = {"private": Sensitivity.PRIVATE, "confidential": Sensitivity.CONFIDENTIAL}
_COMMAND_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_TAG = re.compile(r"</?([a-z][a-z0-9]*)(?:\s[^<>]*)?/?>", re.ASCII | re.IGNORECASE)
_LINES = frozenset({"br", "p", "div", "li", "ul", "ol", "tr", "h1", "h2", "h3"})
_MOST_READ = 4_000
"""Characters of a description that are looked at for its beginning."""

_EVENT = Shape(google.Event)

_log = structlog.get_logger(__name__)


def readable_events(texts: Iterable[msgspec.Raw], calendar_id: str = PRIMARY, time_zone: object = None) -> list[Event]:
    """The meetings that can be read; other ones are left out and counted in the log, cancelled ones just left out.

    `time_zone` is the calendar's. Of dates only those are told as exceptions that have another time; see `told_apart`.
    """
    events, unreadable = [], 0
    for text in texts:
        try:
            wire = _EVENT.of_json(text)
            if _is_meeting(wire):
                events.append(_event(wire, calendar_id, time_zone))
        except (Misshapen, Unreadable):
            unreadable += 1
    if unreadable:
        _log.warning("events of the suite cannot be read", count=unreadable)
    return events


def told_apart(events: Sequence[Event], series_version: object = None) -> list[Event]:
    """The same events, with all of those dates told as exceptions that have a version of their own.

    `series_version` is that of the series where all of them belong to one; else a version that several dates of one
    series share is that of their series. Of a series whose version is not known nothing is told.
    """
    if isinstance(series_version, str):
        versions = {event.series_mailbox_id: {series_version} for event in events}
    else:
        versions = _shared_versions(events)
    return [
        replace(event, kind=EventKind.EXCEPTION)
        if event.kind is EventKind.OCCURRENCE
        and event.series_mailbox_id in versions
        and event.version not in versions[event.series_mailbox_id]
        else event
        for event in events
    ]


def event(value: object, calendar_id: str = PRIMARY, time_zone: object = None) -> Event:
    """One event that is decoded already. Raises Unreadable."""
    try:
        return _event(_EVENT.of_value(value), calendar_id, time_zone)
    except Misshapen:
        raise Unreadable("event") from None


def _event(wire: google.Event, calendar_id: str, time_zone: object) -> Event:
    event_id, master = wire.id, wire.recurring_event_id or None
    if not event_id:
        raise Unreadable("id")
    start, end = event_time(wire.start, "start", time_zone), event_time(wire.end, "end", time_zone)
    original = _original_start(wire)
    is_organiser = wire.organizer is not None and wire.organizer.self is True
    people, rooms = invited(wire.attendees or ())
    return Event(
        mailbox_id=mailbox_id(event_id, calendar_id),
        shared_key=_shared_key(wire, event_id, original),
        series_mailbox_id=None if master is None else mailbox_id(master, calendar_id),
        version=wire.etag or "",
        kind=_kind(wire, start, original),
        status=_STATUSES.get(wire.status or "", EventStatus.CONFIRMED),
        subject=wire.summary or "",
        start=start,
        end=end,
        is_all_day=start.date is not None,
        original_start=None if original is None or master is None else first_moment(original),
        sensitivity=_SENSITIVITIES.get(wire.visibility or "", Sensitivity.NORMAL),
        show_as=_show_as(wire),
        organiser=person(wire.organizer),
        is_organiser=is_organiser,
        response=Response.ORGANISER if is_organiser else own_answer(wire.attendees or ()),
        attendees=people,
        rooms=rooms,
        location=wire.location or None,
        online_meeting_url=_online_meeting_url(wire),
        web_url=_web_address(wire.html_link),
        body_preview=_preview(wire.description) if wire.description else "",
        command_id=_command_id(wire, event_id),
        day_key=None if original is None or master is None else _day_key(wire, original, start),
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
    return wire.get("status") == _CANCELLED


def _private(wire: google.Event) -> Mapping[str, object]:
    return (wire.extended_properties and wire.extended_properties.private) or {}


def _is_meeting(wire: google.Event) -> bool:
    is_other = wire.event_type in _NO_MEETINGS or wire.status == _CANCELLED
    return not is_other and ENTRY_PROPERTY not in _private(wire)


def _shared_versions(events: Iterable[Event]) -> dict[str | None, set[str]]:
    """The versions that several dates of one series share, by series."""
    dates = ((event.series_mailbox_id, event.version) for event in events if event.series_mailbox_id is not None)
    shared: dict[str | None, set[str]] = {}
    for (series, version), count in Counter(dates).items():
        if count > 1:
            shared.setdefault(series, set()).add(version)
    return shared


def _kind(wire: google.Event, start: EventTime, original: EventTime | None) -> EventKind:
    if not wire.recurring_event_id:
        return EventKind.SERIES if wire.recurrence else EventKind.SINGLE
    is_moved = original is not None and (start.date, start.date_time) != (original.date, original.date_time)
    return EventKind.EXCEPTION if is_moved else EventKind.OCCURRENCE


def _original_start(wire: google.Event) -> EventTime | None:
    value = wire.original_start_time
    return None if value is None else event_time(value, "originalStartTime", UTC_NAME)


def _shared_key(wire: google.Event, event_id: str, original: EventTime | None) -> str:
    """Copies of an event share `iCalUID`, and so do all dates of a series: those are told apart by their first time."""
    uid = wire.i_cal_uid
    if not uid:
        return event_id
    if not wire.recurring_event_id:
        return uid
    if original is None:
        return f"{uid} {event_id}"
    return f"{uid} {(original.date or first_moment(original)).isoformat()}"


def _day_key(wire: google.Event, original: EventTime, start: EventTime) -> str | None:
    """A series that moves to another hour has other first times, on the same days of its own zone.

    Of how an answer writes the moment nothing is taken: its offset is that of whoever looks.
    """
    if not wire.i_cal_uid or original.date_time is None:
        return None
    zone = known_zone(wire.original_start_time and wire.original_start_time.time_zone) or start.time_zone
    return f"{wire.i_cal_uid} {local(original.date_time, zone).date().isoformat()}"


def _show_as(wire: google.Event) -> ShowAs:
    if wire.transparency == "transparent":
        return ShowAs.FREE
    if wire.event_type == "outOfOffice":
        return ShowAs.OUT_OF_OFFICE
    return ShowAs.TENTATIVE if wire.status == "tentative" else ShowAs.BUSY


def _online_meeting_url(wire: google.Event) -> str | None:
    url = _web_address(wire.hangout_link)
    if url is not None or wire.conference_data is None:
        return url
    entries = wire.conference_data.entry_points or ()
    joined = (_web_address(entry.uri) for entry in entries if entry.entry_point_type == "video")
    return next(filter(None, joined), None)


def _preview(description: str) -> str:
    """The beginning of the text; Google's own pages write it as HTML, others as they like."""
    text = description[:_MOST_READ]
    if "<" in text:
        text = _TAG.sub(lambda tag: "\n" if tag[1].lower() in _LINES else "", text)
    lines = (line.strip() for line in unescape(text).splitlines())
    return "\n".join(line for line in lines if line)[:MAX_PREVIEW]


def _command_id(wire: google.Event, event_id: str) -> str | None:
    if _text(_private(wire).get(CONTENT_PROPERTY)) is None or not _COMMAND_ID.fullmatch(event_id):
        return None
    return str(UUID(event_id))


def _web_address(text: str | None) -> str | None:
    """An address a browser may open; other schemes in somebody's invitation are not passed on."""
    return text if text and text.lower().startswith(("https://", "http://")) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _object(value: object) -> Wire:
    return value if isinstance(value, dict) else {}
