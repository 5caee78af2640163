"""How control calls name people, by address, and events: by id, and one date of a series by its day."""

from datetime import UTC, date, datetime, time, timedelta

from app.sandbox.control.routing import ControlError
from app.sandbox.google.calendar_api.errors import GoogleError
from app.sandbox.google.calendars.calendar import StoredCalendar
from app.sandbox.google.calendars.scheduling import Scheduling
from app.sandbox.google.directory import User
from app.sandbox.state import SandboxState


def user_at(state: SandboxState, address: str) -> User:
    """Whoever has this address. Raises ControlError."""
    found = state.google.directory.user_by_address(address)
    if found is None:
        raise ControlError(f"no mailbox '{address}'", 404)
    return found


def instance_on(calendar: StoredCalendar, event_id: str, day: date) -> str:
    """The id of the instance that should be on this day, in the calendar's zone. Raises ControlError."""
    try:
        meeting = Scheduling.find(calendar, event_id).copy.meeting
    except GoogleError:
        raise ControlError(f"no event '{event_id}'", 404) from None
    around = datetime.combine(day, time(), UTC)
    slots = meeting.series.slots(around - timedelta(days=1), around + timedelta(days=2)) if meeting.series else ()
    for slot in slots:
        if (slot.start.day or slot.start.instant(calendar.shelf.zone).astimezone(calendar.shelf.zone).date()) == day:
            return f"{meeting.id}_{slot.key}"
    raise ControlError(f"the series has no occurrence on {day}", 404)
