"""Where people work, as Google writes it: entries of a kind of their own in the primary calendar.

https://developers.google.com/workspace/calendar/api/guides/working-hours-and-location . Not every edition has them.
Where it has not we write an ordinary whole day, which a property of ours tells from a meeting.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.suites.events import EventTime
from app.suites.google_workspace.api import Wire
from app.suites.google_workspace.mapping import ENTRY_PROPERTY, is_cancelled, is_entry
from app.suites.google_workspace.times import UTC_NAME, Unreadable, event_time, instant
from app.suites.google_workspace.wire import EventDateTime
from app.suites.typed import Misshapen, Shape
from app.suites.working_days import Told, WorkingDay, WorkingKind, WorkingLocation, counting

EVENT_TYPE = "workingLocation"
LIST_FIELDS = (
    "nextPageToken,timeZone,items(id,status,start,end,recurringEventId,updated,workingLocationProperties,"
    "extendedProperties(private))"
)

_KINDS = {
    "homeOffice": WorkingKind.REMOTE,
    "officeLocation": WorkingKind.OFFICE,
    "customLocation": WorkingKind.ELSEWHERE,
}
_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_ONE_DAY = timedelta(days=1)
_TIME = Shape(EventDateTime)


def locations(values: Iterable[object], calendar_zone: object, first: date, last: date) -> list[WorkingLocation]:
    """What counts on these days, both inclusive; what cannot be read, and what we wrote ourselves, is left out."""
    told: list[Told] = []
    for value in values:
        if not isinstance(value, dict) or is_cancelled(value) or is_entry(value):
            continue
        try:
            told += _told(value, calendar_zone)
        except Unreadable:
            continue
    return counting(entry for entry in told if first <= entry.location.day <= last)


def new_day(day: WorkingDay, command_id: UUID) -> Wire:
    """What to send for a working location of one whole day; its id is the command's, so that no command makes two."""
    place: Wire = {"type": "homeOffice", "homeOffice": {}}
    if day.place is not None:
        place = {"type": "officeLocation", "officeLocation": {"label": day.place}}
    return _whole_day(day, command_id) | {
        "eventType": EVENT_TYPE,
        "visibility": "public",
        "workingLocationProperties": place,
    }


def ordinary_day(day: WorkingDay, command_id: UUID) -> Wire:
    """The same as an ordinary event, for an edition without working locations."""
    return _whole_day(day, command_id)


def _whole_day(day: WorkingDay, command_id: UUID) -> Wire:
    return {
        "id": command_id.hex,
        "summary": day.subject,
        "start": {"date": day.day.isoformat()},
        "end": {"date": (day.day + _ONE_DAY).isoformat()},
        "transparency": "transparent",
        "reminders": {"useDefault": False},
        "extendedProperties": {"private": {ENTRY_PROPERTY: "shift"}},
    }


def _told(wire: Wire, calendar_zone: object) -> list[Told]:
    place = _object(wire.get("workingLocationProperties"))
    name = place.get("type")
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None or not isinstance(name, str):
        raise Unreadable("workingLocationProperties")
    details = _object(place.get(name))
    start, end = _edge(wire, "start", calendar_zone), _edge(wire, "end", None)
    zone = start.time_zone or UTC_NAME

    def told(day: date, begins: datetime | None = None, ends: datetime | None = None) -> Told:
        return Told(
            location=WorkingLocation(
                day=day,
                time_zone=zone,
                kind=kind,
                start=begins,
                end=ends,
                label=_text(details.get("label")),
                place_id=_text(details.get("buildingId")),
            ),
            is_single=_text(wire.get("recurringEventId")) is None,
            changed_at=_changed_at(wire),
        )

    if start.date is not None and end.date is not None:
        return [told(start.date + n * _ONE_DAY) for n in range((end.date - start.date).days)]
    if start.date_time is None or end.date_time is None:
        raise Unreadable("end")
    return [told(start.date_time.astimezone(ZoneInfo(zone)).date(), start.date_time, end.date_time)]


def _edge(wire: Wire, field: str, calendar_zone: object) -> EventTime:
    try:
        return event_time(_TIME.of_value(wire.get(field)), field, calendar_zone)
    except Misshapen:
        raise Unreadable(field) from None


def _changed_at(wire: Wire) -> datetime:
    try:
        return instant(wire.get("updated"), "updated")
    except Unreadable:
        return _NEVER


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _object(value: object) -> Wire:
    return value if isinstance(value, dict) else {}
