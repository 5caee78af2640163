"""How a write reaches every copy: guests and rooms get theirs, all are stamped, and listeners are told.

https://developers.google.com/workspace/calendar/api/concepts/sharing#inviting_attendees_to_events
"""

from collections.abc import Callable
from dataclasses import replace

from app.sandbox.google.calendars.calendar import StoredCalendar
from app.sandbox.google.calendars.changes import ChangeFeed
from app.sandbox.google.calendars.meetings import Answer, Attendee, Copy, Meeting, Own
from app.sandbox.google.calendars.registry import CalendarRegistry

Answered = Callable[[Meeting, str | None, Attendee], None]


class PostOffice:
    """Hands out copies."""

    def __init__(self, registry: CalendarRegistry, feed: ChangeFeed) -> None:
        self._registry = registry
        self._feed = feed
        self._listeners: list[Answered] = []

    def listen(self, listener: Answered) -> None:
        """Call ``listener`` after every answer of a guest or a room, once it is in every copy."""
        self._listeners.append(listener)

    def publish(self, meeting: Meeting, key: str | None = None, *, own: Own | None = None) -> None:
        """The whole, or one instance, was written: bring every copy up to date, and tell.

        ``own`` goes with the organiser's copy when it is new.
        """
        stamp = self._feed.stamp()
        wanted = {meeting.home, *meeting.invited(), *meeting.copies}
        told = []
        for calendar_id in sorted(wanted):
            calendar = self._registry.calendar(calendar_id)
            if calendar is None or not _has_room_for(calendar, meeting):
                continue
            copy = meeting.copies.get(calendar_id)
            if copy is None:
                copy = Copy(meeting=meeting, calendar_id=calendar_id, is_room=calendar.is_room, stamp=stamp)
                copy.own = own if own and copy.is_home else Own(transparent=bool(own and own.transparent))
                meeting.copies[calendar_id] = copy
            copy.note(key, stamp)
            calendar.shelf.put(copy)
            told.append(calendar_id)
        for calendar_id in told:
            self._feed.changed(calendar_id)

    def touch(self, calendar: StoredCalendar, copy: Copy, key: str | None) -> None:
        """Only this copy was written."""
        copy.note(key, self._feed.stamp())
        calendar.shelf.put(copy)
        self._feed.changed(calendar.id)

    def answer(self, meeting: Meeting, key: str | None, changed: Attendee) -> None:
        """Write a guest's or a room's entry into the whole or one instance, and publish it.

        Instances that said the same as the whole go on doing so.
        """
        content = meeting.at(key)
        before = content.attendee(changed.email) if content else None
        if content is None or before is None:
            return
        meeting.put(key, content.with_attendee(changed))
        if key is None:
            for other, exception in meeting.exceptions.items():
                entry = exception.attendee(changed.email)
                if entry is not None and entry.answer is before.answer:
                    answered = replace(entry, answer=changed.answer, comment=changed.comment)
                    meeting.exceptions[other] = exception.with_attendee(answered)
        self.publish(meeting, key)
        for listener in self._listeners:
            listener(meeting, key, changed)


def reset(attendee: Attendee) -> Attendee:
    """An entry as it is before anyone has answered."""
    return replace(attendee, answer=Answer.NEEDS_ACTION, comment=None)


def _has_room_for(calendar: StoredCalendar, meeting: Meeting) -> bool:
    """Ids are unique in a calendar, so a guest whose calendar has another meeting of that id gets no copy."""
    present = calendar.shelf.copy(meeting.id)
    return present is None or present.meeting is meeting
