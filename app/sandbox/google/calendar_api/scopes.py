"""The scopes that open each call: any one of a set.

https://developers.google.com/workspace/calendar/api/auth
"""

_PREFIX = "https://www.googleapis.com/auth/"


def scopes(*names: str) -> frozenset[str]:
    """Scopes in their long spelling, from what follows the common beginning."""
    return frozenset(_PREFIX + name for name in names)


EVENTS_READ = scopes(
    "calendar",
    "calendar.app.created",
    "calendar.events",
    "calendar.events.freebusy",
    "calendar.events.owned",
    "calendar.events.owned.readonly",
    "calendar.events.public.readonly",
    "calendar.events.readonly",
    "calendar.readonly",
)
EVENTS_WRITE = scopes("calendar", "calendar.app.created", "calendar.events", "calendar.events.owned")
EVENTS_MOVE = scopes("calendar", "calendar.events", "calendar.events.owned")
CALENDARS_READ = scopes(
    "calendar", "calendar.app.created", "calendar.calendars", "calendar.calendars.readonly", "calendar.readonly"
)

ON_EVERY_CALENDAR = scopes("calendar", "calendar.readonly", "calendar.events", "calendar.events.readonly")
"""With one of these, events are read on every calendar that the person may read."""

ON_OWN_CALENDARS = scopes("calendar.events.owned", "calendar.events.owned.readonly")
"""These reach only the calendars that the person owns."""

FREE_AND_BUSY_ONLY = scopes("calendar.events.freebusy")
"""This shows times, and no more."""
