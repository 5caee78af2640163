"""What Google asks of working locations: an edition that has them, and entries of their own form.

https://developers.google.com/workspace/calendar/api/guides/working-hours-and-location
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from app.sandbox.google.calendar_api.errors import forbidden, invalid
from app.sandbox.google.calendar_api.http import GoogleCall
from app.sandbox.google.calendars.calendar import StoredCalendar

EVENT_TYPE = "workingLocation"


def check_edition(call: GoogleCall) -> None:
    """GoogleError (403) for somebody whose edition has no working locations."""
    customer_id = call.user.customer_id
    customer = call.state.google.directory.customer(customer_id) if customer_id else None
    if customer is None or not customer.working_locations:
        raise forbidden("Working locations are not available to this user.")


def check_entry(call: GoogleCall, calendar: StoredCalendar, body: Mapping[str, Any]) -> None:
    """GoogleError (400, 403) for a body that is no working location of the form Google takes."""
    check_edition(call)
    if calendar.id.lower() != call.user.address.lower():
        raise invalid("Working locations can only be created on primary calendars.", "eventType")
    if not isinstance(body.get("workingLocationProperties"), Mapping):
        raise invalid("Missing working location properties.", "workingLocationProperties")
    if body.get("visibility") != "public":
        raise invalid("Working locations must be public.", "visibility")
    if body.get("transparency") != "transparent":
        raise invalid("Working locations must be transparent.", "transparency")
    if body.get("attendees"):
        raise invalid("Working locations have no attendees.", "attendees")
    if not _is_one_day_or_timed(body):
        raise invalid("Working locations of whole days last exactly one day.", "end")


def _is_one_day_or_timed(body: Mapping[str, Any]) -> bool:
    start, end = (body.get(name) for name in ("start", "end"))
    days = [moment.get("date") for moment in (start, end) if isinstance(moment, Mapping)]
    if not any(days):
        return True
    try:
        first, last = (date.fromisoformat(day) for day in days if isinstance(day, str))
    except ValueError:
        return False
    return last - first == timedelta(days=1)
