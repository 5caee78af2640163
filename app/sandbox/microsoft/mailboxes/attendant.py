"""The booking attendant: how and when a room answers.

https://learn.microsoft.com/powershell/module/exchange/set-calendarprocessing
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from app.sandbox.attendance import Attendant
from app.sandbox.clock import SandboxClock
from app.sandbox.microsoft.mailboxes.answers import Answers
from app.sandbox.microsoft.mailboxes.changes import ChangeFeed
from app.sandbox.microsoft.mailboxes.ids import compose
from app.sandbox.microsoft.mailboxes.items import (
    Answer,
    Body,
    CopyRole,
    CopyState,
    Entry,
    Invitation,
    Response,
    Sensitivity,
    ShowAs,
    Target,
)
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.microsoft.mailboxes.post import PostOffice, RoomRequest, carve_out, new_copy, seen_by
from app.sandbox.microsoft.mailboxes.registry import MailboxRegistry
from app.sandbox.microsoft.mailboxes.rooms import BookingType, RoomBehaviour, RoomPolicy
from app.sandbox.truth import AnswerLog, GivenAnswer


@dataclass(frozen=True, slots=True)
class Decision:
    """What a room makes of a request; ``response`` is None when it will not answer."""

    response: Response | None
    declined_dates: frozenset[date] = frozenset()


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
        self._registry = registry
        self._feed = feed
        self._post = post
        self._answers = answers

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
        self._carry_out(request, self._decide(box, target))

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

    # Deciding

    def _decide(self, box: Mailbox, target: Target) -> Decision:
        policy, room = self._registry.policy(box.address), self._registry.room(box.address)
        if policy.behaviour is RoomBehaviour.SILENT:
            return Decision(None)
        declined = Decision(Response.DECLINED)
        if policy.behaviour is RoomBehaviour.DECLINE_ALL:
            return declined
        if room is not None and room.booking_type is BookingType.RESERVED:
            return declined
        says, now = target.invitation, self._clock.now()
        if says.ends_at - says.starts_at > policy.maximum_duration:
            return declined
        if target.day is None and target.root.is_series:
            return self._decide_series(box, target, policy, now)
        if says.ends_at <= now or says.starts_at > now + policy.booking_window:
            return declined
        if _taken(box, target.root.meeting, target.entry()):
            return declined
        return Decision(_welcome(policy))

    def _decide_series(self, box: Mailbox, target: Target, policy: RoomPolicy, now: datetime) -> Decision:
        declined = Decision(Response.DECLINED)
        series, horizon = target.root, (now + policy.booking_window).date()
        if not policy.allows_series or series.dates is None or series.dates.around(horizon)[1] is not None:
            return declined
        days = [d for d in series.dates.between(now.date(), horizon) if d not in series.removed]
        entries = [(day, Target(series, day).entry()) for day in days]
        coming = [(day, entry) for day, entry in entries if entry.end > now]
        conflicts = {day for day, entry in coming if _taken(box, series.meeting, entry)}
        if not coming or not policy.tolerates(len(conflicts), len(coming)):
            return declined
        return Decision(_welcome(policy), frozenset(conflicts))

    # The room's own calendar

    def _book(self, box: Mailbox, target: Target, decision: Decision) -> None:
        says = _as_the_room_keeps_it(box, target.invitation)
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


def _welcome(policy: RoomPolicy) -> Response:
    waits = policy.behaviour is RoomBehaviour.APPROVAL
    return Response.TENTATIVELY_ACCEPTED if waits else Response.ACCEPTED


def _taken(box: Mailbox, meeting: str, wanted: Entry) -> bool:
    return any(
        entry.item.meeting != meeting
        and entry.item.show_as is not ShowAs.FREE
        and entry.item.state is CopyState.STANDING
        for entry in box.view(wanted.start, wanted.end)
    )


def _as_the_room_keeps_it(box: Mailbox, invitation: Invitation) -> Invitation:
    """A room's calendar shows the organiser's name, no text and no private flag."""
    return replace(
        seen_by(box.address, invitation),
        subject=invitation.organizer.name,
        body=Body(),
        sensitivity=Sensitivity.NORMAL,
    )
