"""Graph's event as our event.

https://learn.microsoft.com/graph/api/resources/event ; what Exchange returns holds nulls nearly everywhere, seven
decimals, years 1 and 9999. An item that cannot be read raises `Unreadable` and is left out; it never spoils the others.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime

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
from app.suites.microsoft365.time_zones import iana_name

EVENT_FIELDS = ",".join(
    (
        "id",
        "iCalUId",
        "seriesMasterId",
        "changeKey",
        "type",
        "isCancelled",
        "subject",
        "start",
        "end",
        "originalStart",
        "originalStartTimeZone",
        "originalEndTimeZone",
        "isAllDay",
        "sensitivity",
        "showAs",
        "organizer",
        "isOrganizer",
        "responseStatus",
        "attendees",
        "location",
        "onlineMeeting",
        "onlineMeetingUrl",
        "webLink",
        "bodyPreview",
        "transactionId",
        "categories",
    )
)
ENTRY_CATEGORY = "Hybrid Meetings shift"
"""On a day that we wrote into somebody's calendar to say where they work: no meeting."""

FIRST_YEAR, LAST_YEAR = 1601, 9998
"""Years outside are markers of Exchange's, not times of meetings."""
MAX_PREVIEW = 255

_KINDS = {
    "singleInstance": EventKind.SINGLE,
    "occurrence": EventKind.OCCURRENCE,
    "exception": EventKind.EXCEPTION,
    "seriesMaster": EventKind.SERIES,
}
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

_log = structlog.get_logger(__name__)

Wire = dict[str, object]


class Unreadable(Exception):
    """An item of Graph's lacks what we cannot do without; the message names the field, never its content."""


def readable_events(values: Iterable[object]) -> list[Event]:
    """The meetings that can be read; each other one is left out and counted in the log, our own days just left out."""
    events = []
    for value in values:
        if isinstance(value, dict) and _is_entry(value):
            continue
        try:
            events.append(event(value))
        except Unreadable as error:
            _log.warning("an event of the suite cannot be read", field=str(error))
    return events


def event(value: object) -> Event:
    """One event. Raises Unreadable."""
    wire = _object(value, "event")
    is_organiser = wire.get("isOrganizer") is True
    organiser = person(wire.get("organizer"))
    kind = _KINDS.get(_text(wire.get("type")) or "singleInstance", EventKind.SINGLE)
    is_all_day = wire.get("isAllDay") is True
    mailbox_id = _required(wire, "id")
    start, end = _time(wire, "start", is_all_day), _time(wire, "end", is_all_day)
    people, rooms = _invited(wire.get("attendees"), organiser, is_organiser=is_organiser)
    return Event(
        mailbox_id=mailbox_id,
        shared_key=_text(wire.get("iCalUId")) or mailbox_id,
        series_mailbox_id=_text(wire.get("seriesMasterId")),
        version=_text(wire.get("@odata.etag")) or f'W/"{_text(wire.get("changeKey")) or ""}"',
        kind=kind,
        status=EventStatus.CANCELLED if wire.get("isCancelled") is True else EventStatus.CONFIRMED,
        subject=_text(wire.get("subject")) or "",
        start=start,
        end=end,
        is_all_day=is_all_day,
        original_start=_original_start(wire, kind),
        sensitivity=_SENSITIVITIES.get(_text(wire.get("sensitivity")) or "", Sensitivity.NORMAL),
        show_as=_SHOW_AS.get(_text(wire.get("showAs")) or "", ShowAs.UNKNOWN),
        organiser=organiser,
        is_organiser=is_organiser,
        response=Response.ORGANISER if is_organiser else _response(wire.get("responseStatus")),
        attendees=people,
        rooms=rooms,
        location=_location(wire.get("location")),
        online_meeting_url=_online_meeting_url(wire),
        web_url=_web_address(wire.get("webLink")),
        body_preview=(_text(wire.get("bodyPreview")) or "")[:MAX_PREVIEW],
        command_id=_text(wire.get("transactionId")),
    )


def utc(value: object) -> datetime:
    """Graph's text and zone as an instant, where UTC was asked for. Raises Unreadable."""
    wire = _object(value, "dateTime")
    return _instant(_required(wire, "dateTime"), _text(wire.get("timeZone")))


def _is_entry(wire: Wire) -> bool:
    """Whether we wrote it to say where somebody works."""
    categories = wire.get("categories")
    return isinstance(categories, list) and ENTRY_CATEGORY in categories


def _time(wire: Wire, field: str, is_all_day: bool) -> EventTime:
    value = _object(wire.get(field), field)
    original = _text(wire.get("originalStartTimeZone" if field == "start" else "originalEndTimeZone"))
    if not is_all_day:
        return EventTime(time_zone=iana_name(original), date_time=utc(value))
    # An all-day event floats: midnight in whatever zone was asked for. Its date is cut off, never converted.
    try:
        day = date.fromisoformat(_required(value, "dateTime")[:10])
    except ValueError:
        raise Unreadable(field) from None
    return EventTime(time_zone=iana_name(original), date=_sensible(day, field))


def _instant(text: str, time_zone: str | None) -> datetime:
    if iana_name(time_zone) != "UTC":
        raise Unreadable("timeZone")
    whole, _, fraction = text.removesuffix("Z").partition(".")
    try:
        moment = datetime.fromisoformat(f"{whole}.{fraction[:6]}" if fraction else whole)
    except ValueError:
        raise Unreadable("dateTime") from None
    _sensible(moment.date(), "dateTime")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _sensible(day: date, field: str) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Unreadable(field)
    return day


def _original_start(wire: Wire, kind: EventKind) -> datetime | None:
    text = _text(wire.get("originalStart"))
    if text is None or kind not in {EventKind.OCCURRENCE, EventKind.EXCEPTION}:
        return None
    return _instant(text, "UTC")


def _invited(
    value: object, organiser: Person | None, *, is_organiser: bool
) -> tuple[tuple[Attendee, ...], tuple[RoomInvitation, ...]]:
    """People and rooms. Only the organiser's copy tallies answers; in any other, a room's answer is unknown."""
    people, rooms = [], []
    for entry in value if isinstance(value, list) else ():
        invited = person(entry)
        if invited is None:
            continue
        status = entry.get("status")
        if entry.get("type") == "resource":
            answer = _ROOM_ANSWERS.get(_answer(status), RoomAnswer.PENDING) if is_organiser else RoomAnswer.UNKNOWN
            rooms.append(RoomInvitation(invited, answer))
            continue
        is_host = organiser is not None and invited.address == organiser.address
        kind = AttendeeKind.OPTIONAL if entry.get("type") == "optional" else AttendeeKind.REQUIRED
        people.append(Attendee(invited, kind, Response.ORGANISER if is_host else _response(status)))
    return tuple(people), tuple(rooms)


def person(value: object) -> Person | None:
    """Whoever stands in an `emailAddress`; None without an address, which a broken organiser may lack."""
    email = value.get("emailAddress") if isinstance(value, dict) else None
    address = _text(email.get("address")) if isinstance(email, dict) else None
    if not isinstance(email, dict) or address is None:
        return None
    return Person(address.lower(), _text(email.get("name")) or address)


def _answer(status: object) -> str:
    return (_text(status.get("response")) if isinstance(status, dict) else None) or "none"


def _response(status: object) -> Response:
    return _RESPONSES.get(_answer(status), Response.NOT_RESPONDED)


def _location(value: object) -> str | None:
    return _text(value.get("displayName")) if isinstance(value, dict) else None


def _online_meeting_url(wire: Wire) -> str | None:
    meeting = wire.get("onlineMeeting")
    joined = _web_address(meeting.get("joinUrl")) if isinstance(meeting, dict) else None
    return joined or _web_address(wire.get("onlineMeetingUrl"))


def _web_address(value: object) -> str | None:
    """An address a browser may open; other schemes in somebody's invitation are not passed on."""
    text = _text(value)
    return text if text is not None and text.lower().startswith(("https://", "http://")) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _required(wire: Wire, field: str) -> str:
    text = _text(wire.get(field))
    if text is None:
        raise Unreadable(field)
    return text


def _object(value: object, field: str) -> Wire:
    if not isinstance(value, dict):
        raise Unreadable(field)
    return value
