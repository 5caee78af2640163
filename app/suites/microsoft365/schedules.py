"""Free and busy times of rooms and people, by Graph's getSchedule.

https://learn.microsoft.com/graph/api/calendar-getschedule ; an address that cannot be told is the trouble of one entry,
inside an answer of status 200.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from app.suites.events import Availability, BusyInterval, ScheduleOfAddress
from app.suites.microsoft365.mapping import Unreadable, utc

BATCH = 100
"""How many addresses one call may name: Exchange refuses the next one."""
DOCUMENTED_BATCH = 20
"""How many its documentation promises, for a server that takes no more."""
TOO_MANY = "ErrorMailboxDataArrayTooBig"
"""How it refuses."""
SLOT = timedelta(minutes=15)

_NOT_TAKEN = frozenset({"free", "workingElsewhere"})
_TENTATIVE = "tentative"
_TAKEN_DIGITS = {"1": True, "2": False, "3": False}
"""Digits of `availabilityView` that mean taken, and whether only tentatively."""


def batches(addresses: Sequence[str], size: int = BATCH) -> Iterator[Sequence[str]]:
    """The addresses, each once, in calls of this size."""
    distinct = list(dict.fromkeys(addresses))
    for first in range(0, len(distinct), size):
        yield distinct[first : first + size]


def request(addresses: Sequence[str], start: datetime, end: datetime) -> dict[str, object]:
    """The body that asks for these addresses in this window."""
    return {
        "schedules": list(addresses),
        "startTime": {"dateTime": _utc_text(start), "timeZone": "UTC"},
        "endTime": {"dateTime": _utc_text(end), "timeZone": "UTC"},
        "availabilityViewInterval": int(SLOT.total_seconds() // 60),
    }


def schedules(
    answers: Sequence[object], addresses: Sequence[str], start: datetime, end: datetime
) -> list[ScheduleOfAddress]:
    """One entry for each address asked, in that order; UNKNOWN where the answers do not hold it."""
    told: dict[str, ScheduleOfAddress] = {}
    for answer in answers:
        name = answer.get("scheduleId") if isinstance(answer, dict) else None
        if isinstance(answer, dict) and isinstance(name, str):
            told[name.lower()] = _schedule(name.lower(), answer, start, end)
    return [told.get(address.lower(), _unknown(address.lower(), "Missing")) for address in addresses]


def _schedule(address: str, answer: dict[str, object], start: datetime, end: datetime) -> ScheduleOfAddress:
    error = answer.get("error")
    if error is not None:
        code = error.get("responseCode") if isinstance(error, dict) else None
        return _unknown(address, code if isinstance(code, str) and len(code) <= 64 else "Unknown")
    listed = answer.get("scheduleItems")
    view = answer.get("availabilityView")
    try:
        busy = [_interval(item) for item in listed if not _is_free(item)] if isinstance(listed, list) else []
    except Unreadable:
        return _unknown(address, "Malformed")
    if not busy and isinstance(view, str):
        busy = list(_from_view(view, start))
    taken = sorted((slot for slot in busy if slot.start < end and slot.end > start), key=lambda slot: slot.start)
    return ScheduleOfAddress(address, Availability.BUSY if taken else Availability.FREE, tuple(taken))


def _is_free(item: object) -> bool:
    return isinstance(item, dict) and item.get("status") in _NOT_TAKEN


def _interval(item: object) -> BusyInterval:
    if not isinstance(item, dict):
        raise Unreadable("scheduleItems")
    return BusyInterval(utc(item.get("start")), utc(item.get("end")), item.get("status") == _TENTATIVE)


def _from_view(view: str, start: datetime) -> Iterator[BusyInterval]:
    """Taken slots where a calendar's owner shares only digits: runs of the same digit become one interval."""
    first = 0
    for index in range(1, len(view) + 1):
        if index < len(view) and view[index] == view[first]:
            continue
        if view[first] in _TAKEN_DIGITS:
            begins = start.astimezone(UTC)
            yield BusyInterval(begins + first * SLOT, begins + index * SLOT, _TAKEN_DIGITS[view[first]])
        first = index


def _unknown(address: str, code: str) -> ScheduleOfAddress:
    return ScheduleOfAddress(address, Availability.UNKNOWN, (), code)


def _utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
