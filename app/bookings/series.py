"""The dates of a booked series: which there are, and where the room stands on each.

The master's answer does not hold for each date (a room may take a series and decline single dates), so each date is
looked at by itself. Rows hold references and states, never a date.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.agenda.times import instant, is_over
from app.bookings.derivation import ASKED, GONE, Asked, Finding, Standing, finding_of
from app.bookings.event_rooms import known
from app.bookings.models import BookingOccurrence
from app.bookings.replacing import EventRooms, KnownRoom
from app.bookings.status import BookingState, aggregate
from app.bookings.transitions import standing
from app.suites.errors import NotFound
from app.suites.events import Event, EventStatus
from app.suites.protocol import Capabilities, Mailbox

HORIZON = timedelta(days=90)
"""How far ahead a series' dates are kept; later ones join as time goes on."""
FAR_HORIZON = timedelta(days=1800)
"""Where nothing comes within this, a series is over; nearly the longest window that every suite answers."""
MAX_SINGLE_READS = 20
"""Dates that are not among the coming ones are read one by one, so many at a time."""
FEW = 3
"""With more of them, those beyond the horizon are read together first."""


@dataclass(frozen=True, slots=True)
class SeriesReading:
    """A series as its organiser's mailbox shows it now."""

    master: Event
    upcoming: Sequence[Event]
    others: Mapping[str, Event | None]
    """Dates of ours that are not upcoming, by mailbox id; None where the date is gone."""
    is_over: bool


@dataclass(frozen=True, slots=True)
class DateChange:
    """What one date has become."""

    before: Standing | None
    """None for a date that was not known yet."""
    after: Standing
    former_room: KnownRoom
    room: KnownRoom
    """Where rooms were swapped on this date, another than `former_room`."""
    is_own_choice: bool = False
    """Whether the member had asked for the swap."""

    @property
    def is_newly_rejected(self) -> bool:
        was_asked_before = self.before is not None and not self.is_own_choice
        was_rejected = was_asked_before and self.before is not None and self.before.state is BookingState.REJECTED
        return self.after.state is BookingState.REJECTED and not was_rejected


@dataclass(frozen=True, slots=True)
class OccurrenceChanges:
    """What to write of one booking's dates."""

    added: Sequence[tuple[Event, DateChange]]
    changed: Sequence[tuple[BookingOccurrence, DateChange]]
    past: Sequence[BookingOccurrence]
    finding: Finding
    """The whole booking's: the worst of its dates, and the room that the series itself has now where it was swapped."""

    @property
    def dates(self) -> Sequence[DateChange]:
        """Every date that is new or has changed."""
        return [date for _, date in (*self.changed, *self.added)]

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.past)


async def read_series(mailbox: Mailbox, mailbox_id: str, known: Collection[str], now: datetime) -> SeriesReading:
    """Master, coming dates, and those of the `known` (mailbox ids) that are not among them. Raises NotFound.

    A known date beyond the horizon, which the member chose a room for, counts among the coming ones.
    """
    master = await mailbox.event(mailbox_id)
    upcoming = await upcoming_occurrences(mailbox, mailbox_id, now)
    seen = {event.mailbox_id for event in upcoming}
    others: dict[str, Event | None] = {}
    missing = [entry for entry in known if entry not in seen]
    if len(missing) > FEW:
        far = await mailbox.occurrences(mailbox_id, now + HORIZON, now + FAR_HORIZON)
        others |= {event.mailbox_id: event for event in far if event.mailbox_id in missing}
    for other in [entry for entry in missing if entry not in others][:MAX_SINGLE_READS]:
        try:
            others[other] = await mailbox.event(other)
        except NotFound:
            others[other] = None
    ended = not upcoming and not await mailbox.occurrences(mailbox_id, now, now + FAR_HORIZON)
    later = [event for event in others.values() if event is not None and _is_to_come(event, now)]
    for event in later:
        del others[event.mailbox_id]
    return SeriesReading(master, [*upcoming, *later], others, is_over=ended and not later)


def _is_to_come(event: Event, now: datetime) -> bool:
    return event.status is not EventStatus.CANCELLED and instant(event.start) >= now + HORIZON


async def upcoming_occurrences(mailbox: Mailbox, mailbox_id: str, now: datetime) -> Sequence[Event]:
    """The dates that are under way or come within the horizon."""
    return await mailbox.occurrences(mailbox_id, now, now + HORIZON)


def compare(
    reading: SeriesReading,
    rows: Mapping[str, BookingOccurrence],
    others: Mapping[str, BookingOccurrence],
    asked: Asked,
    *,
    rooms: Mapping[str, EventRooms],
    capabilities: Capabilities,
    now: datetime,
) -> OccurrenceChanges:
    """What one booking's dates have become.

    `rows` are its dates by the event's shared key as far as they are upcoming, `others` the rest that is not cancelled,
    by mailbox id. `asked` is the booking's room on the series itself, `rooms` what is ours on each event by shared key.
    """
    added: list[tuple[Event, DateChange]] = []
    changed: list[tuple[BookingOccurrence, DateChange]] = []
    past: list[BookingOccurrence] = []
    live: list[Standing] = []
    for event in reading.upcoming:
        row = rows.get(event.shared_key)
        on_date = _on_date(asked, row)
        if on_date.present.state is BookingState.CANCELLED:
            continue
        found = finding_of(event, on_date, rooms.get(event.shared_key, NOTHING), capabilities)
        live.append(found.standing)
        date = _change(on_date, found)
        if row is None:
            added.append((event, replace(date, before=None)))
        elif date.after != date.before or found.room is not None:
            changed.append((row, date))
    for mailbox_id, row in others.items():
        other = reading.others.get(mailbox_id)
        if mailbox_id in reading.others and (other is None or other.status is EventStatus.CANCELLED):
            changed.append((row, _change(_on_date(asked, row), Finding(GONE))))
        elif other is not None and is_over(other, now):
            past.append(row)
        else:
            live.append(standing(row))
    whole = finding_of(reading.master, asked, rooms.get(reading.master.shared_key, NOTHING), capabilities)
    finding = replace(whole, standing=worst(live) or whole.standing)
    return OccurrenceChanges(added, changed, past, finding)


NOTHING = EventRooms()


def _on_date(asked: Asked, row: BookingOccurrence | None) -> Asked:
    """The booking's room on one date, which may have been swapped there alone."""
    if row is None:
        return replace(asked, present=ASKED)
    return replace(
        asked,
        room=known(row.room) if row.room else asked.room,
        requested_room_id=row.requested_room_id or asked.requested_room_id,
        present=standing(row),
        wanted=known(row.wanted_room) if row.wanted_room else asked.wanted,
    )


def _change(on_date: Asked, found: Finding) -> DateChange:
    return DateChange(
        on_date.present, found.standing, on_date.room, found.room or on_date.room, is_own_choice=found.is_own_choice
    )


def worst(states: Sequence[Standing]) -> Standing | None:
    """The standing of the whole, with a reason of a date that has its state; None without live dates."""
    live = [entry for entry in states if entry.state is not BookingState.CANCELLED]
    if not live:
        return None
    state = aggregate([entry.state for entry in live])
    decisive = [entry for entry in live if entry.state is state]
    # Accepted dates have a reason only where another room stands there: the whole says so for any of them.
    return next((entry for entry in decisive if entry.reason is not None), decisive[0])
