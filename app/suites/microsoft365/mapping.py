"""Graph's event as our event.

https://learn.microsoft.com/graph/api/resources/event ; what Exchange returns holds nulls nearly everywhere, seven
decimals, years 1 and 9999. An item that cannot be read raises `Unreadable` and is left out; it never spoils the others.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime

import msgspec
import structlog

from app.suites.events import (
    Attendee,
    AttendeeKind,
    Event,
    EventKind,
    EventStatus,
    EventTime,
    Person,
    Response,
    RoomAnswer,
    RoomInvitation,
    Sensitivity,
    ShowAs,
)
from app.suites.microsoft365 import wire as graph
from app.suites.microsoft365.time_zones import UTC_NAME, iana_name
from app.suites.typed import Misshapen, Shape

ENTRY_CATEGORY = "Hybrid Meetings shift"
"""On a day that we wrote into somebody's calendar to say where they work: no meeting."""

FIRST_YEAR, LAST_YEAR = 1601, 9998
"""Years outside are markers of Exchange's, not times of meetings."""
MAX_PREVIEW = 255
_MICROSECONDS = len("2026-11-12T13:00:00.000000")

_KINDS = {
    "singleInstance": EventKind.SINGLE,
    "occurrence": EventKind.OCCURRENCE,
    "exception": EventKind.EXCEPTION,
    "seriesMaster": EventKind.SERIES,
}
_DATES = frozenset({EventKind.OCCURRENCE, EventKind.EXCEPTION})
_SENSITIVITIES = {value.value.lower(): value for value in Sensitivity}
_SHOW_AS = {
    "free": ShowAs.FREE,
    "tentative": ShowAs.TENTATIVE,
    "busy": ShowAs.BUSY,
    "oof": ShowAs.OUT_OF_OFFICE,
    "workingElsewhere": ShowAs.WORKING_ELSEWHERE,
}
_RESPONSES = {
    "organizer": Response.ORGANISER,
    "accepted": Response.ACCEPTED,
    "tentativelyAccepted": Response.TENTATIVELY_ACCEPTED,
    "declined": Response.DECLINED,
}
_ROOM_ANSWERS = {
    "organizer": RoomAnswer.ACCEPTED,
    "accepted": RoomAnswer.ACCEPTED,
    "tentativelyAccepted": RoomAnswer.AWAITING_APPROVAL,
    "declined": RoomAnswer.DECLINED,
}

_EVENT = Shape(graph.Event)
_TIME = Shape(graph.DateTimeTimeZone)

_log = structlog.get_logger(__name__)

Wire = dict[str, object]


class Unreadable(Exception):
    """An item of Graph's lacks what we cannot do without; the message names the field, never its content."""


def readable_events(texts: Iterable[msgspec.Raw]) -> list[Event]:
    """The meetings that can be read; each other one is left out and counted in the log, our own days just left out."""
    events = []
    for text in texts:
        try:
            wire = _EVENT.of_json(text)
            if not wire.categories or ENTRY_CATEGORY not in wire.categories:
                events.append(_event(wire))
        except Misshapen:
            _log.warning("an event of the suite cannot be read", field="event")
        except Unreadable as error:
            _log.warning("an event of the suite cannot be read", field=str(error))
    return events


def event(value: object) -> Event:
    """One event that is decoded already. Raises Unreadable."""
    try:
        return _event(_EVENT.of_value(value))
    except Misshapen:
        raise Unreadable("event") from None


def _event(wire: graph.Event) -> Event:
    is_organiser = wire.is_organizer is True
    organiser = _person(wire.organizer.email_address) if wire.organizer else None
    kind = _KINDS.get(wire.type or "", EventKind.SINGLE)
    is_all_day = wire.is_all_day is True
    mailbox_id = wire.id
    if not mailbox_id:
        raise Unreadable("id")
    people, rooms = _invited(wire.attendees, organiser, is_organiser=is_organiser)
    return Event(
        mailbox_id=mailbox_id,
        shared_key=wire.i_cal_uid or mailbox_id,
        series_mailbox_id=wire.series_master_id or None,
        version=wire.etag or f'W/"{wire.change_key or ""}"',
        kind=kind,
        status=EventStatus.CANCELLED if wire.is_cancelled else EventStatus.CONFIRMED,
        subject=wire.subject or "",
        start=_time(wire.start, wire.original_start_time_zone, "start", is_all_day=is_all_day),
        end=_time(wire.end, wire.original_end_time_zone, "end", is_all_day=is_all_day),
        is_all_day=is_all_day,
        original_start=_instant(wire.original_start) if wire.original_start and kind in _DATES else None,
        sensitivity=_SENSITIVITIES.get(wire.sensitivity or "", Sensitivity.NORMAL),
        show_as=_SHOW_AS.get(wire.show_as or "", ShowAs.UNKNOWN),
        organiser=organiser,
        is_organiser=is_organiser,
        response=Response.ORGANISER if is_organiser else _response(wire.response_status),
        attendees=people,
        rooms=rooms,
        location=(wire.location.display_name or None) if wire.location else None,
        online_meeting_url=_online_meeting_url(wire),
        web_url=_web_address(wire.web_link),
        body_preview=(wire.body_preview or "")[:MAX_PREVIEW],
        command_id=wire.transaction_id or None,
    )


def utc(value: object) -> datetime:
    """Graph's text and zone as an instant, where UTC was asked for. Raises Unreadable."""
    try:
        return _utc(_TIME.of_value(value))
    except Misshapen:
        raise Unreadable("dateTime") from None


def _utc(time: graph.DateTimeTimeZone) -> datetime:
    if not time.date_time:
        raise Unreadable("dateTime")
    if iana_name(time.time_zone) != UTC_NAME:
        raise Unreadable("timeZone")
    return _instant(time.date_time)


def _time(time: graph.DateTimeTimeZone | None, original: str | None, field: str, *, is_all_day: bool) -> EventTime:
    if time is None:
        raise Unreadable(field)
    zone = iana_name(original)
    if not is_all_day:
        return EventTime(zone, _utc(time))
    # An all-day event floats: midnight in whatever zone was asked for. Its date is cut off, never converted.
    try:
        day = date.fromisoformat((time.date_time or "")[:10])
    except ValueError:
        raise Unreadable(field) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Unreadable(field)
    return EventTime(zone, date=day)


def _instant(text: str) -> datetime:
    """A moment in UTC; of its seven decimals, six are read."""
    try:
        moment = datetime.fromisoformat(text[:_MICROSECONDS])
    except ValueError:
        raise Unreadable("dateTime") from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Unreadable("dateTime")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _invited(
    entries: Iterable[graph.Attendee] | None, organiser: Person | None, *, is_organiser: bool
) -> tuple[tuple[Attendee, ...], tuple[RoomInvitation, ...]]:
    """People and rooms. Only the organiser's copy tallies answers; in any other, a room's answer is unknown."""
    people, rooms = [], []
    host = organiser and organiser.address
    for entry in entries or ():
        invited = _person(entry.email_address)
        if invited is None:
            continue
        if entry.type == "resource":
            answer = _ROOM_ANSWERS.get(_answer(entry.status), RoomAnswer.PENDING)
            rooms.append(RoomInvitation(invited, answer if is_organiser else RoomAnswer.UNKNOWN))
            continue
        kind = AttendeeKind.OPTIONAL if entry.type == "optional" else AttendeeKind.REQUIRED
        response = Response.ORGANISER if invited.address == host else _response(entry.status)
        people.append(Attendee(invited, kind, response))
    return tuple(people), tuple(rooms)


def _person(email: graph.EmailAddress | None) -> Person | None:
    """Whoever stands there; None without an address, which a broken organiser may lack."""
    if email is None or not email.address:
        return None
    return Person(email.address.lower(), email.name or email.address)


def _answer(status: graph.ResponseStatus | None) -> str:
    return (status and status.response) or ""


def _response(status: graph.ResponseStatus | None) -> Response:
    return _RESPONSES.get(_answer(status), Response.NOT_RESPONDED)


def _online_meeting_url(wire: graph.Event) -> str | None:
    joined = _web_address(wire.online_meeting.join_url) if wire.online_meeting else None
    return joined or _web_address(wire.online_meeting_url)


def _web_address(text: str | None) -> str | None:
    """An address a browser may open; other schemes in somebody's invitation are not passed on."""
    return text if text and text.lower().startswith(("https://", "http://")) else None
