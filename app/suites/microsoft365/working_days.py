"""Where people work, as Microsoft tells it: a plan of its own beside the calendar, which only its owner may read.

https://learn.microsoft.com/graph/api/resources/workplanoccurrence . It names a building by an id alone, and says a day
by its working hours: what is the only thing on a day is meant for the whole of it. What we write ourselves is an
ordinary event of one whole day, which a category of ours tells from a meeting.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.suites.microsoft365.mapping import ENTRY_CATEGORY, FIRST_YEAR, LAST_YEAR, Unreadable, Wire
from app.suites.microsoft365.time_zones import UTC_NAME, iana_name, windows_name
from app.suites.microsoft365.writing import COMMAND_PROPERTY
from app.suites.working_days import Told, WorkingDay, WorkingKind, WorkingLocation, counting

_KINDS = {"office": WorkingKind.OFFICE, "remote": WorkingKind.REMOTE, "timeOff": WorkingKind.NOT_WORKING}
_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_ONE_DAY = timedelta(days=1)


def plan_path(first: date, last: date) -> str:
    """The call that tells of these days, with a day more on either side: the plan is asked for in UTC."""
    start = datetime.combine(first - _ONE_DAY, time())
    end = datetime.combine(last + 2 * _ONE_DAY, time())
    window = f"startDateTime='{start.isoformat()}Z',endDateTime='{end.isoformat()}Z'"
    return f"/me/settings/workHoursAndLocations/occurrencesView({window})"


def locations(values: Iterable[object], first: date, last: date) -> list[WorkingLocation]:
    """What counts on these days, both inclusive; what says nothing, or cannot be read, is left out."""
    told = []
    for value in values:
        try:
            entry = _told(value)
        except Unreadable:
            continue
        if entry is not None and first <= entry.location.day <= last:
            told.append(entry)
    found = counting(told)
    on_day = Counter(location.day for location in found)
    return [replace(entry, start=None, end=None) if on_day[entry.day] == 1 else entry for entry in found]


def new_day(day: WorkingDay, command_id: UUID) -> Wire:
    """What to send for a whole day. Midnight is told in the zone where the day is spent, or it would lie across two."""
    zone = windows_name(day.time_zone) or UTC_NAME
    start, end = (datetime.combine(moment, time()).isoformat() for moment in (day.day, day.day + _ONE_DAY))
    return {
        "subject": day.subject,
        "isAllDay": True,
        "start": {"dateTime": start, "timeZone": zone},
        "end": {"dateTime": end, "timeZone": zone},
        "showAs": "free",
        "isReminderOn": False,
        "categories": [ENTRY_CATEGORY],
        "transactionId": str(command_id),
        "singleValueExtendedProperties": [{"id": COMMAND_PROPERTY, "value": str(command_id)}],
    }


def _told(value: object) -> Told | None:
    """One occurrence of the plan; None where it says nothing of the place. Raises Unreadable."""
    if not isinstance(value, dict):
        raise Unreadable("occurrence")
    name = value.get("workLocationType")
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        return None
    start, zone = _moment(value.get("start"))
    end, _ = _moment(value.get("end"))
    place = value.get("placeId")
    location = WorkingLocation(
        day=start.astimezone(ZoneInfo(zone)).date(),
        time_zone=zone,
        kind=kind,
        start=start,
        end=end,
        place_id=place if isinstance(place, str) and place else None,
    )
    return Told(location=location, is_single=not value.get("recurrenceId"), changed_at=_NEVER)


def _moment(value: object) -> tuple[datetime, str]:
    """An instant in UTC, and the IANA name of the zone it was told in. Raises Unreadable."""
    text = value.get("dateTime") if isinstance(value, dict) else None
    zone = value.get("timeZone") if isinstance(value, dict) else None
    name = iana_name(zone if isinstance(zone, str) else None)
    try:
        local = datetime.fromisoformat(text[:19]) if isinstance(text, str) else None
    except ValueError:
        local = None
    if local is None or not FIRST_YEAR <= local.year <= LAST_YEAR:
        raise Unreadable("dateTime")
    return local.replace(tzinfo=ZoneInfo(name)).astimezone(UTC), name
