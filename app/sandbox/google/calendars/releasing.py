"""Rooms that Google takes off an event because its guests have gone.

https://support.google.com/a/answer/9047638
"""

from collections.abc import Callable
from datetime import UTC, timedelta

from app.sandbox.clock import SandboxClock
from app.sandbox.google.calendars.meetings import Answer, Attendee, Content, Meeting
from app.sandbox.google.calendars.registry import CalendarRegistry
from app.sandbox.google.calendars.resources import ResourceStore

TOO_SOON = timedelta(minutes=30)
"""A meeting that begins within this time keeps its rooms."""
TOO_LONG = timedelta(hours=3)
"""So does one that lasts longer."""


class Releasing:
    """Looks at a meeting whenever a guest has declined; ``release`` takes a room, by address, off an event, by id."""

    def __init__(
        self,
        clock: SandboxClock,
        registry: CalendarRegistry,
        resources: ResourceStore,
        release: Callable[[str, str], bool],
    ) -> None:
        self._clock = clock
        self._registry = registry
        self._resources = resources
        self._release = release

    def on_answer(self, meeting: Meeting, key: str | None, answered: Attendee) -> None:
        """A guest or a room has answered, for the whole (None) or for one instance."""
        content = meeting.at(key)
        if content is None or answered.resource or answered.answer is not Answer.DECLINED:
            return
        if not self._may_be_released(meeting, content):
            return
        for entry in content.attendees:
            resource = self._resources.get(entry.email)
            if resource is not None and resource.released_when_empty and entry.answer is Answer.ACCEPTED:
                self._release(entry.email, meeting.id if key is None else f"{meeting.id}_{key}")

    def _may_be_released(self, meeting: Meeting, content: Content) -> bool:
        home = self._registry.calendar(meeting.home)
        guests = {one.email for one in content.attendees if not one.resource} - {meeting.home}
        if home is None or not home.is_primary or not guests or content.cancelled:
            return False
        start, end = content.start.instant(UTC), content.end.instant(UTC)
        if end - start > TOO_LONG or start - self._clock.now() < TOO_SOON:
            return False
        declined = {one.email for one in content.attendees if one.answer is Answer.DECLINED}
        return len({meeting.home, *guests} - declined) <= 1
