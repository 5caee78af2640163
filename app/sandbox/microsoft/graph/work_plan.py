"""Where the caller plans to work: the view of their own plan, never anybody else's.

https://learn.microsoft.com/graph/api/workhoursandlocationssetting-occurrencesview
"""

from datetime import timedelta
from typing import Any

from app.sandbox.microsoft.graph.errors import access_denied, invalid_request
from app.sandbox.microsoft.graph.http import Access, GraphCall, GraphReply
from app.sandbox.microsoft.graph.times import read_window
from app.sandbox.microsoft.mailboxes.items import WallTime
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.microsoft.mailboxes.work_plan import PlannedWork, WorkLocationType

WORK_PLAN_READ = Access(frozenset({"Calendars.Read", "Calendars.ReadWrite"}))
"""No application has it: a plan is read with its owner's consent alone."""
OCCURRENCES = "/settings/workHoursAndLocations/occurrencesView(startDateTime={start},endDateTime={end})"
LONGEST_VIEW = timedelta(days=366)


async def occurrences_view(call: GraphCall, box: Mailbox) -> GraphReply:
    """GET …/settings/workHoursAndLocations/occurrencesView(…): the plan of a window, in order of time."""
    if not box.has_work_plan:
        raise access_denied()
    start, end = read_window(_text(call, "start"), _text(call, "end"), LONGEST_VIEW)
    found = [one for one in box.work_plan if one.start.instant < end and one.end.instant > start]
    found.sort(key=lambda one: one.start.instant)
    context = f"{call.base}/$metadata#Collection(microsoft.graph.workPlanOccurrence)"
    return GraphReply({"@odata.context": context, "value": [render_planned(one) for one in found]})


def render_planned(one: PlannedWork) -> dict[str, Any]:
    """A part of a plan as Graph shows it: on the clocks of the zone in which it was planned."""
    is_off = one.type is WorkLocationType.TIME_OFF
    return {
        "id": one.id,
        "recurrenceId": one.recurrence_id,
        "start": _wall(one.start),
        "end": _wall(one.end),
        "workLocationType": one.type.value,
        "placeId": one.place_id,
        "timeOffDetails": {"isAllDay": True, "subject": None} if is_off else None,
    }


def _wall(moment: WallTime) -> dict[str, str]:
    return {"dateTime": moment.local.isoformat(timespec="microseconds") + "0", "timeZone": moment.zone}


def _text(call: GraphCall, name: str) -> str:
    """A parameter of the function, which OData writes between apostrophes. Raises GraphError."""
    value = call.parameter(name)
    if len(value) < 2 or not value.startswith("'") or not value.endswith("'"):
        raise invalid_request("The parameters of occurrencesView are texts between apostrophes.")
    return value[1:-1]
