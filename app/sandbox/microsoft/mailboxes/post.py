"""How an invitation reaches the others: people get copies of their own, rooms are asked.

An attendee's copy never learns what the others answered: only the organiser's tallies.
https://learn.microsoft.com/graph/api/resources/responsestatus
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum, auto

from app.sandbox.clock import SandboxClock
from app.sandbox.microsoft.mailboxes.changes import ChangeFeed
from app.sandbox.microsoft.mailboxes.items import (
    UNANSWERED,
    Answer,
    CopyRole,
    CopyState,
    Invitation,
    Item,
    OwnData,
    Response,
    ShowAs,
    Target,
)
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.microsoft.mailboxes.recurrence import OccurrenceDates
from app.sandbox.microsoft.mailboxes.registry import MailboxRegistry

CANCELLED_PREFIX = "Canceled: "


class Asking(Enum):
    """Whether the recipients have to answer (again)."""

    ANEW = auto()
    NEWCOMERS = auto()


@dataclass(frozen=True, slots=True)
class RoomRequest:
    """A room invited to a meeting, or to one date of it."""

    meeting: str
    occurrence: date | None
    room: str


def carve_out(root: Item, day: date) -> Item:
    """The exception of a series on this date, made from the series when there is none yet."""
    existing = root.exceptions.get(day)
    if existing is not None:
        return existing
    exception = Item(
        ids=root.ids,
        meeting=root.meeting,
        role=root.role,
        invitation=root.invitation.at(day),
        answer=root.answer,
        created_at=root.created_at,
        modified_at=root.modified_at,
        meeting_created_at=root.meeting_created_at,
        show_as=root.show_as,
        calendar_id=root.calendar_id,
        own=OwnData(
            categories=root.own.categories,
            is_reminder_on=root.own.is_reminder_on,
            reminder_minutes=root.own.reminder_minutes,
            extended_properties=dict(root.own.extended_properties),
            extensions=deepcopy(root.own.extensions),
        ),
        state=root.state,
        occurrence=day,
        master=root,
    )
    root.exceptions[day] = exception
    return exception


def drop_date(root: Item, day: date) -> None:
    """Take one date out of a series."""
    root.exceptions.pop(day, None)
    root.removed.add(day)


def new_copy(
    box: Mailbox, *, meeting: str, invitation: Invitation, now: datetime, made_at: datetime, role: CopyRole
) -> Item:
    """A fresh copy of a meeting for this mailbox, not put in yet."""
    return Item(
        ids=box.mint.item(),
        meeting=meeting,
        role=role,
        invitation=invitation,
        answer=Answer(Response.ORGANIZER if role is CopyRole.ORGANISER else Response.NOT_RESPONDED),
        created_at=now,
        modified_at=now,
        meeting_created_at=made_at,
        show_as=invitation.show_as if role is CopyRole.ORGANISER else undecided(invitation),
        calendar_id=box.calendar.id,
        dates=OccurrenceDates(invitation.recurrence) if invitation.recurrence else None,
    )


def undecided(invitation: Invitation) -> ShowAs:
    """How an invitation shows before it is answered."""
    return ShowAs.FREE if invitation.show_as is ShowAs.FREE else ShowAs.TENTATIVE


def seen_by(address: str, invitation: Invitation) -> Invitation:
    """What an attendee's copy says: nobody's answers, and of hidden attendees only themselves."""
    wanted = address.lower()
    return replace(
        invitation,
        attendees=tuple(
            replace(a, answer=UNANSWERED, proposed=None)
            for a in invitation.attendees
            if not invitation.hide_attendees or a.key == wanted
        ),
    )


class PostOffice:
    """Brings invitations, changes and cancellations to the attendees inside the organiser's tenant."""

    def __init__(
        self,
        clock: SandboxClock,
        registry: MailboxRegistry,
        feed: ChangeFeed,
        ask_room: Callable[[RoomRequest], None],
    ) -> None:
        self._clock = clock
        self._registry = registry
        self._feed = feed
        self._ask_room = ask_room

    def deliver(self, organiser: Mailbox, target: Target, asking: Asking, before: Invitation | None = None) -> None:
        """Bring the meeting as it is now to everybody on it, and call it off for those who were on it before."""
        says = target.invitation
        for attendee in says.attendees:
            box = self._registry.at(organiser.tenant_id, attendee.person.address)
            if box is None or box is organiser:
                continue
            if self._registry.room(box.address) is None:
                self._bring(box, target, asking)
            elif asking is Asking.ANEW or before is None or before.attendee(attendee.key) is None:
                is_known_by_it = attendee.key == box.address.lower()
                address = box.address if is_known_by_it else attendee.person.address
                self._ask_room(RoomRequest(target.root.meeting, target.day, address))
        for attendee in before.attendees if before else ():
            if says.attendee(attendee.person.address) is None:
                self.withdraw(organiser, attendee.person.address, target.root.meeting, target.day)

    def withdraw(self, organiser: Mailbox, address: str, meeting: str, occurrence: date | None) -> None:
        """Call a meeting, or one date of it, off for one attendee."""
        box = self._registry.at(organiser.tenant_id, address)
        if box is None or box is organiser:
            return
        target = box.target_of(meeting, occurrence)
        if target is None:
            return
        if self._registry.room(address) is not None:
            self.free(box, target)
            return
        item = carve_out(target.root, target.day) if target.day else target.root
        for cancelled in (item, *item.exceptions.values()):
            cancelled.state, cancelled.show_as = CopyState.CANCELLED, ShowAs.FREE
            subject = cancelled.invitation.subject
            if not subject.startswith(CANCELLED_PREFIX):
                cancelled.apply(replace(cancelled.invitation, subject=CANCELLED_PREFIX + subject))
        self._feed.updated(box, item)

    def free(self, box: Mailbox, target: Target) -> None:
        """Take a meeting, or one date of it, out of a calendar."""
        if target.day is None:
            box.remove(target.root)
            self._feed.deleted(box, target.root)
        else:
            drop_date(target.root, target.day)
            self._feed.updated(box, target.root)

    def _bring(self, box: Mailbox, target: Target, asking: Asking) -> None:
        says = seen_by(box.address, target.invitation)
        meeting, day = target.root.meeting, target.day
        root = box.copy_of(meeting, day) or box.copy_of(meeting)
        if root is None:
            self._create(box, target, says)
            return
        lone = root.occurrence is not None
        item = carve_out(root, day) if day is not None and not lone else root
        item.apply(says)
        if item.state is CopyState.CANCELLED or asking is Asking.ANEW:
            item.answer, item.show_as = Answer(Response.NOT_RESPONDED), undecided(says)
        item.state = CopyState.STANDING
        if day is not None:
            root.removed.discard(day)
        elif asking is Asking.ANEW:
            root.exceptions.clear()
            root.removed.clear()
        box.reindex(root)
        self._feed.updated(box, root)

    def _create(self, box: Mailbox, target: Target, says: Invitation) -> None:
        item = new_copy(
            box,
            meeting=target.root.meeting,
            invitation=says,
            now=self._clock.now(),
            made_at=target.root.meeting_created_at,
            role=CopyRole.ATTENDEE,
        )
        item.occurrence = target.day
        if target.day is None:
            item.removed = set(target.root.removed)
        box.add(item)
        self._feed.created(box, item)
