"""What rooms answered in truth: read from the organisers' tallies and from the rooms' own calendars."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

from app.sandbox.microsoft.mailboxes.ids import compose
from app.sandbox.microsoft.mailboxes.items import CopyState, Item, ShowAs, Target
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.microsoft.mailboxes.registry import MailboxRegistry
from app.sandbox.truth import MOST_DATES, BookingTruth, DateTruth, RoomTruth

_AS_FAR_AS = timedelta(days=5 * 365)


def bookings(registry: MailboxRegistry, organizers: frozenset[str] = frozenset()) -> Iterator[BookingTruth]:
    """Every organiser's event that has a room on it, as a whole or on one of its dates."""
    for meeting, box in tuple(registry.organisers.items()):
        if organizers and box.address.lower() not in organizers:
            continue
        item = box.copy_of(meeting)
        if item is not None and (rooms := _rooms_of(registry, item)):
            yield _booking(registry, box, item, rooms)


def _rooms_of(registry: MailboxRegistry, item: Item) -> list[str]:
    invited = [a.person.address for one in (item, *item.exceptions.values()) for a in one.invitation.attendees]
    return [address for address in dict.fromkeys(invited) if registry.room(address) is not None]


def _booking(registry: MailboxRegistry, box: Mailbox, item: Item, rooms: list[str]) -> BookingTruth:
    return BookingTruth(
        organizer=box.address,
        event_id=compose(item.ids.immutable, None),
        other_id=compose(item.ids.default, None),
        subject=item.invitation.subject,
        start=item.invitation.starts_at,
        end=item.invitation.ends_at,
        is_cancelled=item.state is CopyState.CANCELLED,
        is_series=item.is_series,
        rooms=tuple(_room(registry.at(box.tenant_id, address), item, address) for address in rooms),
    )


def _room(box: Mailbox | None, item: Item, address: str) -> RoomTruth:
    entry = item.invitation.attendee(address)
    dates: dict[date, DateTruth] = {}
    for day in _dates(item):
        on_the_day = Target(item, day).invitation.attendee(address)
        if on_the_day is not None:
            answer = on_the_day.answer.response.value
            dates[day] = DateTruth(answer=answer, holds=_holds(box, item.meeting, day))
    return RoomTruth(
        address=address,
        answer=entry.answer.response.value if entry else "none",
        answered_at=entry.answer.at if entry else None,
        holds=_holds(box, item.meeting, item.occurrence),
        dates=dates,
    )


def _dates(item: Item) -> Iterator[date]:
    if item.dates is None or item.invitation.recurrence is None:
        return iter(())
    first = item.invitation.recurrence.range.start_date
    standing = (day for day in item.dates.between(first, first + _AS_FAR_AS) if day not in item.removed)
    return islice(standing, MOST_DATES)


def _holds(box: Mailbox | None, meeting: str, day: date | None) -> bool:
    kept = box.target_of(meeting, day) if box else None
    if kept is None:
        return False
    return kept.item.state is CopyState.STANDING and kept.item.show_as is not ShowAs.FREE
