"""What a room makes of a request: its rules in the order in which Exchange's booking attendant looks at them.

https://learn.microsoft.com/powershell/module/exchange/set-calendarprocessing
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from app.sandbox.clock import SandboxClock
from app.sandbox.microsoft.mailboxes.items import CopyState, Entry, Invitation, Item, Response, ShowAs, Target
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.microsoft.mailboxes.registry import MailboxRegistry
from app.sandbox.microsoft.mailboxes.rooms import BookingType, RoomBehaviour, RoomPolicy
from app.sandbox.microsoft.mailboxes.zones import find_zone

WORK_BEGINS, WORK_ENDS = time(8), time(17)
"""The working hours of every room, from Monday to Friday in its own zone, as getSchedule tells them."""
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Decision:
    """What a room makes of a request; ``response`` is None when it will not answer.

    ``last_date`` is where the room's own calendar ends a series that it accepted without looking at the rest.
    """

    response: Response | None
    declined_dates: frozenset[date] = frozenset()
    last_date: date | None = None


_DECLINED = Decision(Response.DECLINED)


class Deciding:
    """Decides for every room by its policy."""

    def __init__(self, clock: SandboxClock, registry: MailboxRegistry) -> None:
        self._clock = clock
        self._registry = registry

    def decide(self, box: Mailbox, target: Target) -> Decision:
        """The answer of the room with this mailbox to a meeting, or to one date of it."""
        policy, room = self._registry.policy(box.address), self._registry.room(box.address)
        if policy.behaviour is RoomBehaviour.SILENT:
            return Decision(None)
        welcome = _welcome(policy, target.invitation.organizer.address)
        reserved = room is not None and room.booking_type is BookingType.RESERVED
        if welcome is Response.DECLINED or reserved or not _fits(policy, box, target.invitation):
            return _DECLINED
        if target.day is None and target.root.is_series:
            return self._decide_series(box, target.root, policy, welcome)
        says, now = target.invitation, self._clock.now()
        if says.ends_at <= now or says.starts_at > now + policy.booking_window:
            return _DECLINED
        if not policy.allows_conflicts and _taken(box, target.root.meeting, target.entry()):
            return _DECLINED
        return Decision(welcome)

    def _decide_series(self, box: Mailbox, series: Item, policy: RoomPolicy, welcome: Response) -> Decision:
        now = self._clock.now()
        horizon = (now + policy.booking_window).date()
        reaches_beyond = series.dates is None or series.dates.around(horizon)[1] is not None
        if series.dates is None or not policy.allows_series or (reaches_beyond and policy.enforces_horizon):
            return _DECLINED
        days = [day for day in series.dates.between(now.date(), horizon) if day not in series.removed]
        entries = [(day, Target(series, day).entry()) for day in days]
        coming = [(day, entry) for day, entry in entries if entry.end > now]
        conflicts = {day for day, entry in coming if _taken(box, series.meeting, entry)}
        if policy.allows_conflicts:
            conflicts = set()
        if not coming or not policy.tolerates(len(conflicts), len(coming)):
            return _DECLINED
        return Decision(welcome, frozenset(conflicts), horizon if reaches_beyond else None)


def _welcome(policy: RoomPolicy, organiser: str) -> Response:
    """What a request that fits is answered: by what this organiser may do with the room."""
    address = organiser.lower()
    if policy.behaviour is RoomBehaviour.DECLINE_ALL:
        return Response.DECLINED
    if policy.behaviour is RoomBehaviour.APPROVAL:
        return Response.TENTATIVELY_ACCEPTED
    if policy.all_book_in_policy or address in policy.book_in_policy:
        return Response.ACCEPTED
    may_ask = policy.all_request_in_policy or address in policy.request_in_policy
    return Response.TENTATIVELY_ACCEPTED if may_ask else Response.DECLINED


def _fits(policy: RoomPolicy, box: Mailbox, says: Invitation) -> bool:
    length = says.ends_at - says.starts_at
    if not policy.minimum_duration <= length <= policy.maximum_duration:
        return False
    return not policy.only_in_working_hours or _in_working_hours(box, says.starts_at, says.ends_at)


def _in_working_hours(box: Mailbox, start: datetime, end: datetime) -> bool:
    zone = find_zone(box.time_zone)
    begins, ends = start.astimezone(zone), end.astimezone(zone)
    within = begins.date() == ends.date() and begins.time() >= WORK_BEGINS and ends.time() <= WORK_ENDS
    return within and begins.weekday() < _SATURDAY


def _taken(box: Mailbox, meeting: str, wanted: Entry) -> bool:
    return any(
        entry.item.meeting != meeting
        and entry.item.show_as is not ShowAs.FREE
        and entry.item.state is CopyState.STANDING
        for entry in box.view(wanted.start, wanted.end)
    )
