"""How an answer shows events: parameters that every reading call has.

https://developers.google.com/workspace/calendar/api/v3/reference/events/get
"""

from collections.abc import Mapping

from app.sandbox.google.calendar_api.http import GoogleCall
from app.sandbox.google.calendar_api.parameters import BOOLEAN, POSITIVE, TEXT, Parameter
from app.sandbox.google.calendars.calendar import StoredCalendar
from app.sandbox.google.calendars.moments import zone_named
from app.sandbox.google.calendars.rendering import Viewer

EVENTS = "/calendar/v3/calendars/{calendarId}/events"
EVENT = EVENTS + "/{eventId}"
ABOUT_SHOWING: Mapping[str, Parameter] = {
    "alwaysIncludeEmail": BOOLEAN,
    "maxAttendees": POSITIVE,
    "timeZone": TEXT,
}


def viewer_of(call: GoogleCall, calendar: StoredCalendar) -> Viewer:
    """The caller, as somebody who looks at this calendar. Raises GoogleError (400) for an unknown zone."""
    time_zone = call.query.text("timeZone")
    if time_zone is not None:
        zone_named(time_zone)
    return Viewer(
        calendar=calendar,
        role=call.role(calendar),
        time_zone=time_zone,
        most_attendees=call.query.number("maxAttendees"),
    )
