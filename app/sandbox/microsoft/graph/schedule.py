"""Free and busy: getSchedule.

https://learn.microsoft.com/graph/api/calendar-getschedule
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from app.sandbox.microsoft.graph.errors import GraphError, bad_request, invalid_property
from app.sandbox.microsoft.graph.http import GraphCall, GraphReply
from app.sandbox.microsoft.graph.times import read_wall, wire_local, wire_wall
from app.sandbox.microsoft.mailboxes.items import CopyState, Entry, Sensitivity, ShowAs
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.microsoft.mailboxes.zones import windows_name

MAXIMUM_SCHEDULES = 100
LONGEST_WINDOW = timedelta(days=62)
MAXIMUM_ITEMS = 1000
_DEFAULT_INTERVAL, _LEAST_INTERVAL, _GREATEST_INTERVAL = 30, 5, 1440
_DIGITS = {ShowAs.TENTATIVE: "1", ShowAs.BUSY: "2", ShowAs.OUT_OF_OFFICE: "3"}
_PARAMETERS = frozenset({"schedules", "starttime", "endtime", "availabilityviewinterval"})


async def get_schedule(call: GraphCall, box: Mailbox) -> GraphReply:
    """POST …/calendar/getSchedule."""
    given = {name.lower(): value for name, value in (await call.json()).items()}
    if unknown := given.keys() - _PARAMETERS:
        raise bad_request("RequestBodyRead", f"The parameter '{min(unknown)}' is not a valid parameter.")
    addresses = _addresses(given.get("schedules"))
    start, end = read_wall(given.get("starttime"), "startTime"), read_wall(given.get("endtime"), "endTime")
    interval = _interval(given)
    if end.instant <= start.instant:
        raise bad_request("ErrorInvalidTimeInterval", "The time interval is invalid: it ends before it starts.")
    length = end.instant - start.instant
    if length > LONGEST_WINDOW:
        raise bad_request(
            "ErrorTimeIntervalTooBig",
            "The requested time duration specified for FreeBusyViewOptions.TimeWindow is too long. The allowed "
            f"limit = {LONGEST_WINDOW.days} days; the actual limit = {-(-length // timedelta(days=1))} days.",
        )
    value = [_schedule(call, box, a, start.instant, end.instant, interval) for a in addresses]
    context = f"{call.base}/$metadata#Collection(microsoft.graph.scheduleInformation)"
    return GraphReply({"@odata.context": context, "value": value})


def _addresses(value: Any) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        raise invalid_property("The parameter 'schedules' needs a list of addresses.")
    if len(value) > MAXIMUM_SCHEDULES:
        raise bad_request(
            "ErrorMailboxDataArrayTooBig",
            f"There are too many target users in the request: allowed size = {MAXIMUM_SCHEDULES}; the actual "
            f"size = {len(value)}.",
        )
    return value


def _interval(given: dict[str, Any]) -> timedelta:
    value = given.get("availabilityviewinterval", _DEFAULT_INTERVAL)
    if value is None:
        raise GraphError(500, "ErrorInternalServerError", "An internal server error occurred.")
    if not isinstance(value, int) or not _LEAST_INTERVAL <= value <= _GREATEST_INTERVAL:
        raise bad_request(
            "ErrorInvalidMergedFreeBusyInterval",
            f"The merged free/busy interval must be from {_LEAST_INTERVAL} to {_GREATEST_INTERVAL} minutes.",
        )
    return timedelta(minutes=value)


def _schedule(
    call: GraphCall, caller: Mailbox, address: str, start: datetime, end: datetime, interval: timedelta
) -> dict[str, Any]:
    box = call.state.mailboxes.registry.at(caller.tenant_id, address)
    if box is None:
        return _failure(address, f"Unable to resolve e-mail address {address} to an Active Directory object.", "5009")
    entries = [e for e in box.view(start, end) if e.item.state is CopyState.STANDING]
    if len(entries) >= MAXIMUM_ITEMS:
        return _failure(address, "The result set contains too many calendar entries.", "5039")
    detailed = box is caller or box.shares_details
    return {
        "scheduleId": address,
        "availabilityView": availability_view(entries, start, end, interval),
        "scheduleItems": [_item(call, e, detailed=detailed) for e in entries],
        "workingHours": {
            "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "startTime": "08:00:00.0000000",
            "endTime": "17:00:00.0000000",
            "timeZone": {"name": windows_name(box.time_zone)},
        },
    }


def availability_view(entries: Sequence[Entry], start: datetime, end: datetime, interval: timedelta) -> str:
    """One digit per slot: the highest status that overlaps it; what is free or worked elsewhere counts as 0."""
    slots = ["0"] * -(-(end - start) // interval)
    for entry in entries:
        digit = _DIGITS.get(entry.item.show_as, "0")
        first = max(0, (entry.start - start) // interval)
        last = min(len(slots), -(-(entry.end - start) // interval))
        for slot in range(first, last):
            slots[slot] = max(slots[slot], digit)
    return "".join(slots)


def _item(call: GraphCall, entry: Entry, *, detailed: bool) -> dict[str, Any]:
    says = entry.invitation
    start, end = (wire_wall(moment, call.preferences) for moment in (entry.start, entry.end))
    if says.is_all_day:
        start, end = (wire_local(w.local, call.preferences) for w in (says.start, says.end))
    shown: dict[str, Any] = {"status": entry.item.show_as.value, "start": start, "end": end}
    if detailed and says.sensitivity in (Sensitivity.NORMAL, Sensitivity.PERSONAL):
        location = says.locations[0].display_name if says.locations else ""
        shown |= {"isPrivate": False, "subject": says.subject, "location": location}
    return shown


def _failure(address: str, message: str, code: str) -> dict[str, Any]:
    return {
        "scheduleId": address,
        "availabilityView": "",
        "error": {"message": message, "responseCode": code},
    }
