"""What an organiser does with a meeting: create, change, call off. And what anyone does with their own copy."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from app.sandbox.clock import SandboxClock
from app.sandbox.microsoft.mailboxes.changes import ChangeFeed
from app.sandbox.microsoft.mailboxes.items import (
    UNANSWERED,
    Attendee,
    CopyRole,
    Invitation,
    Item,
    OwnData,
    ShowAs,
    Target,
)
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.microsoft.mailboxes.post import Asking, PostOffice, carve_out, new_copy, seen_by
from app.sandbox.microsoft.mailboxes.registry import MailboxRegistry

_TIMES = frozenset({"start", "end", "is_all_day", "recurrence", "original_start_zone", "original_end_zone"})
_MEETINGS = uuid.UUID("9d3c2b1e-7a4f-5c6d-8e9f-0a1b2c3d4e5f")


class NotOrganizerError(Exception):
    """Only the organiser may do this."""


class OccurrenceCrossingBoundaryError(Exception):
    """An occurrence may not pass, nor share the day of, its neighbour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to be written: fields of the invitation, fields of the copy's own data, and how its time shows."""

    invitation: Mapping[str, Any] = field(default_factory=dict)
    own: Mapping[str, Any] = field(default_factory=dict)
    show_as: ShowAs | None = None


class Scheduling:
    """Meetings between mailboxes."""

    def __init__(self, clock: SandboxClock, registry: MailboxRegistry, feed: ChangeFeed, post: PostOffice) -> None:
        self._clock = clock
        self._registry = registry
        self._feed = feed
        self._post = post
        self._meetings = 0

    def create(
        self,
        box: Mailbox,
        invitation: Invitation,
        own: OwnData | None = None,
        fingerprint: bytes = b"",
        calendar_id: str | None = None,
    ) -> Item:
        """Put a meeting into its organiser's calendar (the default one) and send the invitations."""
        item = self.place(box, invitation, own, fingerprint, calendar_id=calendar_id)
        self._post.deliver(box, Target(item), Asking.ANEW)
        return item

    def place(
        self,
        box: Mailbox,
        invitation: Invitation,
        own: OwnData | None = None,
        fingerprint: bytes = b"",
        created_at: datetime | None = None,
        calendar_id: str | None = None,
    ) -> Item:
        """Put a meeting into its organiser's calendar without telling anyone on it."""
        now = created_at or self._clock.now()
        item = new_copy(
            box,
            meeting=self._new_meeting(box),
            invitation=invitation,
            now=now,
            made_at=now,
            role=CopyRole.ORGANISER,
        )
        item.own = own or OwnData()
        item.calendar_id = calendar_id or box.calendar.id
        self._registry.organisers[item.meeting] = box
        box.add(item, fingerprint)
        self._feed.created(box, item)
        return item

    def receive(self, box: Mailbox, invitation: Invitation, created_at: datetime | None = None) -> Item:
        """Put an invitation from outside the tenant into a calendar."""
        now = created_at or self._clock.now()
        says = seen_by(box.address, invitation)
        item = new_copy(
            box,
            meeting=self._new_meeting(box),
            invitation=says,
            now=now,
            made_at=now,
            role=CopyRole.ATTENDEE,
        )
        box.add(item)
        self._feed.created(box, item)
        return item

    def change(self, box: Mailbox, target: Target, changes: Changes) -> Target:
        """Write changes; an organiser's reach the attendees, an attendee's stay in their own copy.

        Another time makes every answer void and asks the rooms again; for a series it also discards its
        exceptions. Raises OccurrenceCrossingBoundaryError.
        """
        before = target.invitation
        after = replace(before, **changes.invitation)
        retimed = _times(before) != _times(after)
        if target.day is not None and retimed:
            _check_neighbours(target.root, target.day, after)
        if target.root.is_organizer:
            after = replace(after, attendees=_with_known_answers(after, before, forget=retimed))
        item = carve_out(target.root, target.day) if target.day else target.root
        item.apply(after)
        _write_own(item, changes)
        if target.day is None:
            self._pass_on_to_exceptions(item, changes, retimed=retimed)
        box.reindex(target.root)
        self._feed.updated(box, item)
        if target.root.is_organizer and changes.invitation:
            asking = Asking.ANEW if retimed else Asking.NEWCOMERS
            self._post.deliver(box, target, asking, before)
            for day in target.root.exceptions if target.day is None else ():
                self._post.deliver(box, Target(target.root, day), Asking.NEWCOMERS, before)
        return target

    def cancel(self, box: Mailbox, target: Target) -> None:
        """Call a meeting, or one date of it, off for everybody. Raises NotOrganizerError."""
        root = target.root
        if not root.is_organizer:
            raise NotOrganizerError
        for attendee in target.invitation.attendees:
            self._post.withdraw(box, attendee.person.address, root.meeting, target.day)
        if target.day is None:
            for day, exception in root.exceptions.items():
                for attendee in exception.invitation.attendees:
                    self._post.withdraw(box, attendee.person.address, root.meeting, day)
            self._registry.organisers.pop(root.meeting, None)
        self._post.free(box, target)

    def remove(self, box: Mailbox, target: Target) -> None:
        """Delete from a calendar: an organiser calls the meeting off, an attendee just loses their copy."""
        if target.root.is_organizer:
            self.cancel(box, target)
        else:
            self._post.free(box, target)

    def _pass_on_to_exceptions(self, series: Item, changes: Changes, *, retimed: bool) -> None:
        if retimed:
            series.exceptions.clear()
            series.removed.clear()
            return
        shared = {name: value for name, value in changes.invitation.items() if name not in _TIMES}
        for exception in series.exceptions.values():
            before = exception.invitation
            after = replace(before, **shared)
            exception.apply(replace(after, attendees=_with_known_answers(after, before, forget=False)))
            _write_own(exception, changes)

    def clear(self) -> None:
        """Begin numbering meetings anew."""
        self._meetings = 0

    def _new_meeting(self, box: Mailbox) -> str:
        self._meetings += 1
        return uuid.uuid5(_MEETINGS, f"{box.oid} {self._meetings}").hex


def _times(invitation: Invitation) -> tuple[object, ...]:
    return (
        invitation.starts_at,
        invitation.ends_at,
        invitation.is_all_day,
        invitation.recurrence,
    )


def _with_known_answers(after: Invitation, before: Invitation, *, forget: bool) -> tuple[Attendee, ...]:
    def known(attendee: Attendee) -> Attendee:
        earlier = None if forget else before.attendee(attendee.person.address)
        return replace(
            attendee,
            answer=earlier.answer if earlier else UNANSWERED,
            proposed=earlier.proposed if earlier else None,
        )

    return tuple(known(attendee) for attendee in after.attendees)


def _write_own(item: Item, changes: Changes) -> None:
    for name, value in changes.own.items():
        setattr(item.own, name, value)
    if changes.show_as is not None:
        item.show_as = changes.show_as


def _check_neighbours(series: Item, day: date, after: Invitation) -> None:
    if series.dates is None:
        return
    previous, following = series.dates.around(day)
    zone = series.invitation.start.zone
    first = after.start.in_zone(zone).local.date()
    last = (after.end.in_zone(zone).local - timedelta(microseconds=1)).date()
    if (previous and first <= _day_of(series, previous, zone)) or (
        following and last >= _day_of(series, following, zone)
    ):
        raise OccurrenceCrossingBoundaryError


def _day_of(series: Item, day: date, zone: str) -> date:
    exception = series.exceptions.get(day)
    return exception.invitation.start.in_zone(zone).local.date() if exception else day
