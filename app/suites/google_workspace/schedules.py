"""Free and busy times of rooms and people, by Google's freeBusy.

https://developers.google.com/workspace/calendar/api/v3/reference/freebusy/query ; an address that cannot be told, or
that may not be seen, is the trouble of one entry, inside an answer of status 200. Only taken times are told: neither
what they are nor whether they are tentative.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from app.suites.events import Availability, BusyInterval, ScheduleOfAddress
from app.suites.google_workspace.api import Wire
from app.suites.google_workspace.times import Unreadable, instant, utc_text

BATCH = 50
"""How many calendars one call may name."""
LONGEST_WINDOW = timedelta(days=60)
"""Google refuses a longer one as `timeRangeTooLong`, and does not say from when on."""


def requests(addresses: Sequence[str], start: datetime, end: datetime) -> Iterator[Wire]:
    """The bodies that ask for these addresses, each once, in calls of a size that Google takes."""
    distinct = list(dict.fromkeys(address.lower() for address in addresses))
    for first in range(0, len(distinct), BATCH):
        for begins, ends in _windows(start, end):
            yield {
                "timeMin": utc_text(begins),
                "timeMax": utc_text(ends),
                "calendarExpansionMax": BATCH,
                "items": [{"id": address} for address in distinct[first : first + BATCH]],
            }


def schedules(
    answers: Sequence[Wire], addresses: Sequence[str], start: datetime, end: datetime
) -> list[ScheduleOfAddress]:
    """One entry for each address asked, in that order; UNKNOWN where any answer could not tell it."""
    told: defaultdict[str, list[object]] = defaultdict(list)
    for answer in answers:
        calendars = answer.get("calendars")
        for name, entry in calendars.items() if isinstance(calendars, dict) else ():
            told[name.lower()].append(entry)
    wanted = len(list(_windows(start, end)))
    return [_schedule(address.lower(), told[address.lower()], wanted, start, end) for address in addresses]


def _schedule(address: str, told: list[object], wanted: int, start: datetime, end: datetime) -> ScheduleOfAddress:
    if len(told) < wanted:
        return _unknown(address, "Missing")
    try:
        for entry in told:
            if (code := _failure(entry)) is not None:
                return _unknown(address, code)
        busy = _merged(sorted((slot for entry in told for slot in _slots(entry)), key=lambda slot: slot.start))
    except Unreadable:
        return _unknown(address, "Malformed")
    taken = tuple(slot for slot in busy if slot.start < end and slot.end > start)
    return ScheduleOfAddress(address, Availability.BUSY if taken else Availability.FREE, taken)


def _failure(entry: object) -> str | None:
    """Why Google could not tell a calendar; `notFound` is also said of one that may not be seen."""
    if not isinstance(entry, dict):
        raise Unreadable("calendars")
    errors = entry.get("errors")
    if not errors:
        return None
    first = errors[0] if isinstance(errors, list) else None
    code = first.get("reason") if isinstance(first, dict) else None
    return code if isinstance(code, str) and len(code) <= 64 else "Unknown"


def _slots(entry: object) -> Iterator[BusyInterval]:
    busy = entry.get("busy", []) if isinstance(entry, dict) else None
    if not isinstance(busy, list):
        raise Unreadable("busy")
    for slot in busy:
        if not isinstance(slot, dict):
            raise Unreadable("busy")
        yield BusyInterval(instant(slot.get("start"), "busy"), instant(slot.get("end"), "busy"), is_tentative=False)


def _merged(slots: Sequence[BusyInterval]) -> list[BusyInterval]:
    """Slots that overlap or touch as one: a meeting across the edge of two windows comes in two pieces."""
    merged: list[BusyInterval] = []
    for slot in slots:
        if merged and slot.start <= merged[-1].end:
            slot = BusyInterval(merged[-1].start, max(merged.pop().end, slot.end), is_tentative=False)
        merged.append(slot)
    return merged


def _windows(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    begins = start
    while end - begins > LONGEST_WINDOW:
        yield begins, begins + LONGEST_WINDOW
        begins += LONGEST_WINDOW
    yield begins, end


def _unknown(address: str, code: str) -> ScheduleOfAddress:
    return ScheduleOfAddress(address, Availability.UNKNOWN, (), code)
