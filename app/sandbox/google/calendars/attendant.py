"""How and when a room answers: by whether it is free, and by whether the inviter may book it.

https://support.google.com/a/answer/1034381 and
https://developers.google.com/workspace/calendar/api/concepts/domain
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from app.sandbox.attendance import DEFAULT_DELAY, Attendant
from app.sandbox.clock import SandboxClock
from app.sandbox.google.calendar_api.errors import GoogleError
from app.sandbox.google.calendars.meetings import Answer, Attendee, Content, Meeting
from app.sandbox.google.calendars.occasions import Occasion, Window, busy, instances
from app.sandbox.google.calendars.post import PostOffice
from app.sandbox.google.calendars.registry import CalendarRegistry
from app.sandbox.google.calendars.replacement import similar, swapped, without_room
from app.sandbox.google.calendars.resources import Resource, ResourceBehaviour, ResourceStore
from app.sandbox.google.calendars.scheduling import RoomRequest, Scheduling
from app.sandbox.google.calendars.truth import day_of
from app.sandbox.google.directory import GoogleDirectory
from app.sandbox.truth import AnswerLog, GivenAnswer

MOST_CONFLICTS = 8
"""In so many instances of a series a room may be taken and still accept the series."""
RELEASED, REPLACED = "released", "replaced"
"""What the log says of a room that was taken off an event."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a room makes of a request; ``answer`` is None while somebody in charge has yet to decide."""

    answer: Answer | None
    declined_keys: tuple[str, ...] = ()


_DECLINED = Decision(Answer.DECLINED)


class RoomAttendant(Attendant[RoomRequest]):
    """Answers for rooms."""

    def __init__(
        self,
        clock: SandboxClock,
        directory: GoogleDirectory,
        registry: CalendarRegistry,
        resources: ResourceStore,
        post: PostOffice,
    ) -> None:
        super().__init__(clock)
        self.log = AnswerLog()
        self._directory = directory
        self._registry = registry
        self._resources = resources
        self._post = post

    def answer(self, room_email: str, event_id: str, response: Answer) -> bool:
        """Answer as somebody in charge of the room would, whatever its rules; False when it was not asked."""
        one = self._asked(room_email, event_id)
        if one is None:
            return False
        self._forget(RoomRequest(one.copy.meeting, one.key, room_email.lower()))
        self._write(one, room_email.lower(), Decision(response))
        return True

    def replace(self, room_email: str, event_id: str, by_email: str) -> bool:
        """Put another room in the place of one, as Google does by itself; False when there is no such booking."""
        one, by = self._asked(room_email, event_id), self._resources.get(by_email)
        old = self._resources.get(room_email)
        if one is None or old is None or by is None:
            return False
        self._swap(one, old, by)
        return True

    def release(self, room_email: str, event_id: str) -> bool:
        """Take a room off an event, as Google does when the guests have gone; False when it was not on it."""
        one, old = self._asked(room_email, event_id), self._resources.get(room_email)
        if one is None or old is None:
            return False
        entry = one.content.attendee(old.email.lower())
        if entry is not None:
            self._note(one.copy.meeting, one.key, entry, RELEASED)
        self._rewrite(one, lambda content: without_room(content, old))
        return True

    def clear(self) -> None:
        """Forget every waiting request and every answer given, and wait as long as at first."""
        super().clear()
        self.log.clear()
        self.delay = DEFAULT_DELAY

    # Carrying out

    def _answer(self, request: RoomRequest) -> None:
        one, resource = self._asked_of(request), self._resources.get(request.room)
        if one is None or resource is None:
            return
        decision = self._decide(one, resource)
        by = self._substitute(one, resource) if decision.answer is Answer.DECLINED else None
        if by is not None:
            self._swap(one, resource, by)
            return
        self._write(one, request.room, decision)

    def _substitute(self, one: Occasion, resource: Resource) -> Resource | None:
        """Another room that would take all of it, where the administrators let Google look for one."""
        candidates = similar(self._resources, resource) if resource.replaced_by_similar else ()
        guests = _guests(one.content)
        return next(
            (
                other
                for other in candidates
                if other.email.lower() not in guests and self._decide(one, other) == Decision(Answer.ACCEPTED)
            ),
            None,
        )

    def _asked_of(self, request: RoomRequest) -> Occasion | None:
        content, copy = request.meeting.at(request.key), request.meeting.copies.get(request.room)
        if content is None or copy is None or content.cancelled or request.meeting.content.cancelled:
            return None
        return Occasion(copy, request.key, content) if content.attendee(request.room) else None

    def _asked(self, room_email: str, event_id: str) -> Occasion | None:
        calendar = self._registry.calendar(room_email)
        try:
            one = Scheduling.find(calendar, event_id) if calendar is not None else None
        except GoogleError:
            return None
        return self._asked_of(RoomRequest(one.copy.meeting, one.key, room_email.lower())) if one else None

    def _write(self, one: Occasion, room: str, decision: Decision) -> None:
        if decision.answer is None:
            return
        for key, answer in ((one.key, decision.answer), *((key, Answer.DECLINED) for key in decision.declined_keys)):
            content = one.copy.meeting.at(key)
            entry = content.attendee(room) if content else None
            if entry is not None:
                self._note(one.copy.meeting, key, entry, answer.value)
                self._post.answer(one.copy.meeting, key, replace(entry, answer=answer))

    def _swap(self, one: Occasion, old: Resource, by: Resource) -> None:
        entry = one.content.attendee(old.email.lower())
        if entry is not None:
            self._note(one.copy.meeting, one.key, entry, REPLACED)
            self._note(one.copy.meeting, one.key, Attendee(email=by.email.lower()), Answer.ACCEPTED.value)
        self._rewrite(one, lambda content: swapped(content, old, by))

    def _note(self, meeting: Meeting, key: str | None, entry: Attendee, answer: str) -> None:
        self.log.note(
            GivenAnswer(
                at=self._clock.now(),
                organizer=meeting.home,
                event_id=meeting.id,
                room=entry.email,
                occurrence=day_of(meeting.original_start(key)) if key is not None else None,
                was=entry.answer.value,
                answer=answer,
            )
        )

    def _rewrite(self, one: Occasion, change: Callable[[Content], Content]) -> None:
        meeting = one.copy.meeting
        meeting.put(one.key, change(one.content))
        if one.key is None:
            meeting.exceptions.update({key: change(content) for key, content in meeting.exceptions.items()})
        self._post.publish(meeting, one.key)

    # Deciding

    def _decide(self, one: Occasion, resource: Resource) -> Decision:
        if not self._may_book(one, resource):
            return _DECLINED
        if resource.behaviour is ResourceBehaviour.MANUAL:
            return Decision(None)
        if resource.behaviour is ResourceBehaviour.ADD_ALL:
            return Decision(Answer.ACCEPTED)
        if one.key is None and one.copy.meeting.series is not None:
            return self._decide_series(one, resource)
        return _DECLINED if self._is_taken(one, resource) else Decision(Answer.ACCEPTED)

    def _decide_series(self, one: Occasion, resource: Resource) -> Decision:
        now, zone = self._clock.now(), self._zone(resource)
        coming = [
            instance
            for instance in instances(one.copy, Window(first=now), zone, now)
            if not instance.content.cancelled and one.copy.calendar_id in _guests(instance.content)
        ]
        conflicts = tuple(instance.key for instance in coming if instance.key and self._is_taken(instance, resource))
        if len(conflicts) > MOST_CONFLICTS or 2 * len(conflicts) > len(coming):
            return _DECLINED
        return Decision(Answer.ACCEPTED, conflicts)

    def _may_book(self, one: Occasion, resource: Resource) -> bool:
        inviter = self._directory.user(one.copy.meeting.inviter_sub)
        if inviter is None or resource.behaviour is ResourceBehaviour.DECLINE_ALL:
            return False
        if resource.bookable_by is not None:
            return inviter.address.lower() in {address.lower() for address in resource.bookable_by}
        return inviter.customer_id == resource.customer_id

    def _is_taken(self, one: Occasion, resource: Resource) -> bool:
        calendar = self._registry.calendar(resource.email)
        if calendar is None:
            return True
        start, end = one.span(calendar.shelf.zone)
        return bool(busy(calendar.shelf, start, end, self._clock.now(), but=one.copy.meeting))

    def _zone(self, resource: Resource) -> tzinfo:
        calendar = self._registry.calendar(resource.email)
        return calendar.shelf.zone if calendar else UTC


def _guests(content: Content) -> set[str]:
    return {one.email for one in content.attendees}
