"""The booking attendant: how and when a room answers.

https://learn.microsoft.com/powershell/module/exchange/set-calendarprocessing
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from app.sandbox.attendance import Attendant
from app.sandbox.clock import SandboxClock
from app.sandbox.microsoft.mailboxes.answers import Answers
from app.sandbox.microsoft.mailboxes.changes import ChangeFeed
from app.sandbox.microsoft.mailboxes.deciding import Deciding, Decision
from app.sandbox.microsoft.mailboxes.ids import compose
from app.sandbox.microsoft.mailboxes.items import (
    Answer,
    Body,
    CopyRole,
    Invitation,
    Response,
    Sensitivity,
    ShowAs,
    Target,
)
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.microsoft.mailboxes.post import PostOffice, RoomRequest, carve_out, new_copy, seen_by
from app.sandbox.microsoft.mailboxes.recurrence import RangeType
from app.sandbox.microsoft.mailboxes.registry import MailboxRegistry
from app.sandbox.truth import AnswerLog, GivenAnswer


class BookingAttendant(Attendant[RoomRequest]):
    """Answers room requests."""

    def __init__(
        self,
        clock: SandboxClock,
        registry: MailboxRegistry,
        feed: ChangeFeed,
        post: PostOffice,
        answers: Answers,
    ) -> None:
        super().__init__(clock)
        self.log = AnswerLog()
        self._deciding = Deciding(clock, registry)
        self._accepted: list[Callable[[RoomRequest], None]] = []
        self._registry = registry
        self._feed = feed
        self._post = post
        self._answers = answers

    def listen(self, listener: Callable[[RoomRequest], None]) -> None:
        """Call ``listener`` with every request that a room accepts from now on."""
        self._accepted.append(listener)

    def answer(self, request: RoomRequest, response: Response) -> bool:
        """Answer as a person in charge of the room would, whatever its rules; False when there is no such request."""
        self._forget(request)
        return self._carry_out(request, Decision(response))

    def _answer(self, request: RoomRequest) -> None:
        organiser = self._registry.organisers.get(request.meeting)
        target = organiser.target_of(request.meeting, request.occurrence) if organiser else None
        box = self._registry.at(organiser.tenant_id, request.room) if organiser else None
        if target is None or box is None:
            return
        self._carry_out(request, self._deciding.decide(box, target))

    def _carry_out(self, request: RoomRequest, decision: Decision) -> bool:
        organiser = self._registry.organisers.get(request.meeting)
        target = organiser.target_of(request.meeting, request.occurrence) if organiser else None
        if organiser is None or target is None or target.invitation.attendee(request.room) is None:
            return False
        box = self._registry.at(organiser.tenant_id, request.room)
        if box is None:
            return False
        if decision.response is Response.DECLINED:
            self._unbook(box, target)
        else:
            self._book(box, target, decision)
        if decision.response is None:
            return True
        self._tally(organiser, target, request, decision, decision.response)
        for listener in self._accepted if decision.response is Response.ACCEPTED else ():
            listener(request)
        return True

    def _tally(
        self, organiser: Mailbox, target: Target, request: RoomRequest, decision: Decision, response: Response
    ) -> None:
        """Tell the organiser: first the answer to the whole, then the dates that are declined in spite of it."""
        answer = Answer(response, self._clock.now())
        waiting = self.waiting() if target.day is None and target.root.is_series else ()
        skipped = {r.occurrence for r in waiting if (r.meeting, r.room) == (request.meeting, request.room)}
        self._note(organiser, target, request.room, answer)
        self._answers.tally(
            request.meeting, target.day, request.room, answer, except_on={day for day in skipped if day is not None}
        )
        declined = replace(answer, response=Response.DECLINED)
        for day in sorted(decision.declined_dates):
            self._note(organiser, Target(target.root, day), request.room, declined)
            self._answers.tally(request.meeting, day, request.room, declined)

    def _note(self, organiser: Mailbox, target: Target, room: str, answer: Answer) -> None:
        entry = target.invitation.attendee(room)
        self.log.note(
            GivenAnswer(
                at=answer.at or self._clock.now(),
                organizer=organiser.address,
                event_id=compose(target.root.ids.immutable, None),
                room=room,
                occurrence=target.day or target.root.occurrence,
                was=entry.answer.response.value if entry else Response.NONE.value,
                answer=answer.response.value,
            )
        )

    def clear(self) -> None:
        """Forget every waiting request and every answer that was given."""
        super().clear()
        self.log.clear()

    # The room's own calendar

    def _book(self, box: Mailbox, target: Target, decision: Decision) -> None:
        says = _until(_as_the_room_keeps_it(box, target.invitation), decision.last_date)
        root = box.copy_of(target.root.meeting, target.day) or box.copy_of(target.root.meeting)
        if root is None:
            root = new_copy(
                box,
                meeting=target.root.meeting,
                invitation=says,
                now=self._clock.now(),
                made_at=target.root.meeting_created_at,
                role=CopyRole.ATTENDEE,
            )
            root.occurrence = target.day
            box.add(root)
        item = root
        if target.day is not None and root.occurrence is None:
            item = carve_out(root, target.day)
            root.removed.discard(target.day)
        item.apply(says)
        accepted = decision.response is Response.ACCEPTED
        item.answer = Answer(decision.response or Response.NOT_RESPONDED, self._clock.now())
        item.show_as = ShowAs.BUSY if accepted else ShowAs.TENTATIVE
        if target.day is None:
            root.removed = set(target.root.removed) | decision.declined_dates
            root.exceptions.clear()
            for day, exception in target.root.exceptions.items():
                if exception.invitation.attendee(box.address) is not None:
                    carve_out(root, day).apply(_as_the_room_keeps_it(box, exception.invitation))
        box.reindex(root)
        self._feed.updated(box, item)

    def _unbook(self, box: Mailbox, target: Target) -> None:
        kept = box.target_of(target.root.meeting, target.day)
        if kept is not None:
            self._post.free(box, kept)


def _as_the_room_keeps_it(box: Mailbox, invitation: Invitation) -> Invitation:
    """A room's calendar shows the organiser's name, no text and no private flag."""
    return replace(
        seen_by(box.address, invitation),
        subject=invitation.organizer.name,
        body=Body(),
        sensitivity=Sensitivity.NORMAL,
    )


def _until(invitation: Invitation, last: date | None) -> Invitation:
    """The same, cut off after a date where one is given: the room's calendar ends there, and nobody is told."""
    if last is None or invitation.recurrence is None:
        return invitation
    cut = replace(invitation.recurrence.range, type=RangeType.END_DATE, end_date=last, number_of_occurrences=0)
    return replace(invitation, recurrence=replace(invitation.recurrence, range=cut))
