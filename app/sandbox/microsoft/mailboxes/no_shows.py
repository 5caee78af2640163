"""Rooms that are given back because nobody checked in: a while after the start the room declines what it accepted.

https://learn.microsoft.com/exchange/policy-and-compliance/places/auto-release
"""

from datetime import date, datetime, timedelta

from app.sandbox.attendance import Attendant
from app.sandbox.clock import SandboxClock
from app.sandbox.microsoft.mailboxes.attendant import BookingAttendant
from app.sandbox.microsoft.mailboxes.items import Response, Target
from app.sandbox.microsoft.mailboxes.post import RoomRequest
from app.sandbox.microsoft.mailboxes.registry import MailboxRegistry

_A_DAY_AROUND_THE_WORLD = timedelta(days=2)
_LOOKS_AHEAD = timedelta(days=400)


class NoShows(Attendant[RoomRequest]):
    """Waits for people to check in; of a series always the next date is waited for."""

    def __init__(self, clock: SandboxClock, registry: MailboxRegistry, attendant: BookingAttendant) -> None:
        super().__init__(clock)
        self._registry = registry
        self._attendant = attendant
        attendant.listen(self.expect)

    def expect(self, request: RoomRequest) -> None:
        """Wait for the people of a booking, where the room gives back what nobody comes to."""
        self._expect(request, self._clock.now())

    def check_in(self, request: RoomRequest) -> bool:
        """Somebody is there: the room stays theirs. False when nobody was waited for."""
        if request not in self.waiting():
            return False
        self._forget(request)
        self._expect_following(request)
        return True

    def _answer(self, request: RoomRequest) -> None:
        if self._registry.room(request.room) and self._registry.policy(request.room).released_after is not None:
            self._attendant.answer(request, Response.DECLINED)
            self._expect_following(request)

    def _expect(self, request: RoomRequest, after: datetime) -> None:
        room = self._registry.room(request.room)
        patience = self._registry.policy(request.room).released_after if room else None
        coming = self._coming(request, after) if patience is not None else None
        if coming is None or patience is None:
            return
        day, start = coming
        self.ask(RoomRequest(request.meeting, day, request.room), at=start + patience)

    def _expect_following(self, request: RoomRequest) -> None:
        this = self._target(request) if request.occurrence is not None else None
        if this is not None:
            self._expect(RoomRequest(request.meeting, None, request.room), this.invitation.starts_at)

    def _coming(self, request: RoomRequest, after: datetime) -> tuple[date | None, datetime] | None:
        """When a booking, or the first date of it after a moment, starts; None when none is left."""
        target = self._target(request)
        if target is None:
            return None
        if target.day is not None or target.root.dates is None:
            starts = target.invitation.starts_at
            return (request.occurrence, starts) if starts > after else None
        first = (after - _A_DAY_AROUND_THE_WORLD).date()
        for day in target.root.dates.between(first, first + _LOOKS_AHEAD):
            says = Target(target.root, day).invitation
            if day not in target.root.removed and says.attendee(request.room) and says.starts_at > after:
                return day, says.starts_at
        return None

    def _target(self, request: RoomRequest) -> Target | None:
        organiser = self._registry.organisers.get(request.meeting)
        return organiser.target_of(request.meeting, request.occurrence) if organiser else None
