"""How answers travel: into the attendee's own copy and onto the organiser's tally."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from app.sandbox.clock import SandboxClock
from app.sandbox.microsoft.mailboxes.changes import ChangeFeed
from app.sandbox.microsoft.mailboxes.items import Answer, Item, Response, ShowAs, Target, WallTime
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.microsoft.mailboxes.post import PostOffice, carve_out
from app.sandbox.microsoft.mailboxes.registry import MailboxRegistry

ProposedTime = tuple[WallTime, WallTime]


class IsOrganizerError(Exception):
    """An organiser cannot answer their own invitation."""


class Answers:
    """Answers of people and of rooms."""

    def __init__(self, clock: SandboxClock, registry: MailboxRegistry, feed: ChangeFeed, post: PostOffice) -> None:
        self._clock = clock
        self._registry = registry
        self._feed = feed
        self._post = post

    def respond(
        self,
        box: Mailbox,
        target: Target,
        response: Response,
        *,
        tell_organiser: bool = True,
        proposed: ProposedTime | None = None,
    ) -> None:
        """Answer an invitation from one's own copy. A declined copy leaves the calendar unless the mailbox keeps it.

        Raises IsOrganizerError.
        """
        root = target.root
        if root.is_organizer:
            raise IsOrganizerError
        meeting, occurrence = root.meeting, target.day or root.occurrence
        answer = Answer(response, self._clock.now())
        if response is Response.DECLINED and not box.keeps_declined_events:
            self._post.free(box, target)
        else:
            item = carve_out(root, target.day) if target.day else root
            for answered in (item, *item.exceptions.values()):
                answered.answer = answer
                answered.show_as = _shown_as(answered, response)
            self._feed.updated(box, item)
        if tell_organiser:
            self.tally(meeting, occurrence, box.address, answer, proposed=proposed)

    def tally(
        self,
        meeting: str,
        occurrence: date | None,
        address: str,
        answer: Answer,
        *,
        proposed: ProposedTime | None = None,
        except_on: Collection[date] = (),
    ) -> bool:
        """Enter an answer into the organiser's copy; False when the meeting is gone or the address is not on it.

        Only the default calendar tallies (``isTallyingResponses``); a meeting in another one learns of no answer.
        An answer to a series counts for its exceptions too, save those in ``except_on``.
        """
        box = self._registry.organisers.get(meeting)
        target = box.target_of(meeting, occurrence) if box else None
        if box is None or target is None or target.invitation.attendee(address) is None:
            return False
        if target.root.calendar_id != box.calendar.id:
            return False
        item = carve_out(target.root, target.day) if target.day else target.root
        for day, tallied in [(target.day, item), *item.exceptions.items()]:
            if tallied is item or day not in except_on:
                _enter(tallied, address, answer, proposed)
        self._feed.updated(box, item)
        return True


def _enter(item: Item, address: str, answer: Answer, proposed: ProposedTime | None) -> None:
    says = item.invitation.with_answer(address, answer)
    if proposed is not None:
        wanted = address.lower()
        attendees = tuple(replace(a, proposed=proposed) if a.key == wanted else a for a in says.attendees)
        says = replace(says, attendees=attendees)
    item.apply(says)


def _shown_as(item: Item, response: Response) -> ShowAs:
    if response is Response.ACCEPTED:
        return item.invitation.show_as
    return ShowAs.FREE if response is Response.DECLINED else ShowAs.TENTATIVE
