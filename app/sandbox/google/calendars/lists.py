"""What somebody sees at the left of their calendar: their own calendars, and others they have subscribed to.

https://developers.google.com/workspace/calendar/api/concepts/events-calendars#calendar_and_calendar_list
"""

from app.sandbox.google.calendars.calendar import AccessRole, StoredCalendar
from app.sandbox.google.calendars.registry import CalendarRegistry
from app.sandbox.google.directory import User


class CalendarLists:
    """Subscriptions by person."""

    def __init__(self, registry: CalendarRegistry) -> None:
        self._registry = registry
        self._subscribed: dict[str, list[str]] = {}

    def subscribe(self, user: User, calendar: StoredCalendar) -> None:
        """Put a calendar that is not theirs on somebody's list."""
        self._subscribed.setdefault(user.sub, []).append(calendar.id)

    def of(self, user: User) -> list[tuple[StoredCalendar, AccessRole]]:
        """Their own calendars and those they have subscribed to and may still see, each with what they may there."""
        owned = [(one, AccessRole.OWNER) for one in self._registry.calendars_of(user.sub)]
        others = [self._registry.calendar(key) for key in self._subscribed.get(user.sub, ())]
        seen = [(one, self._registry.access(one, user)) for one in others if one is not None]
        return owned + [(one, role) for one, role in seen if role is not AccessRole.NONE]

    def clear(self) -> None:
        """Forget every subscription."""
        self._subscribed.clear()
