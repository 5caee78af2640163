"""The dates of a booked series: which there are, and where the room stands on each.

The master's answer does not hold for each date (a room may take a series and decline single dates), so each date is
looked at by itself. Rows hold references and states, never a date.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.agenda.times import is_over
from app.bookings.derivation import ASKED, GONE, Standing, standing_of
from app.bookings.models import BookingOccurrence
from app.bookings.status import BookingState, aggregate
from app.bookings.transitions import standing
from app.suites.errors import NotFound
from app.suites.events import Event, EventStatus
from app.suites.protocol import Mailbox

HORIZON = timedelta(days=90)
"""How far ahead a series' dates are kept; later ones join as time goes on."""
FAR_HORIZON = timedelta(days=5 * 365)
"""Where nothing comes within this, a series is over."""
MAX_SINGLE_READS = 20
"""Dates that are not among the coming ones are read one by one, so many at a time."""


@dataclass(frozen=True, slots=True)
class SeriesReading:
    """A series as its organiser's mailbox shows it now."""

    master: Event
    upcoming: Sequence[Event]
    others: Mapping[str, Event | None]
    """Dates of ours that are not upcoming, by mailbox id; None where the date is gone."""
    is_over: bool


@dataclass(frozen=True, slots=True)
class OccurrenceChanges:
    """What to write of one booking's dates."""

    added: Sequence[tuple[Event, Standing]]
    changed: Sequence[tuple[BookingOccurrence, Standing]]
    past: Sequence[BookingOccurrence]
    standing: Standing
    """The whole booking's: the worst of its dates."""

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.past)


async def read_series(mailbox: Mailbox, mailbox_id: str, known: Collection[str], now: datetime) -> SeriesReading:
    """Master, coming dates, and those of the `known` (mailbox ids) that are not among them. Raises NotFound."""
    master = await mailbox.event(mailbox_id)
    upcoming = await upcoming_occurrences(mailbox, mailbox_id, now)
    seen = {event.mailbox_id for event in upcoming}
    others: dict[str, Event | None] = {}
    for other in [entry for entry in known if entry not in seen][:MAX_SINGLE_READS]:
        try:
            others[other] = await mailbox.event(other)
        except NotFound:
            others[other] = None
    ended = not upcoming and not await mailbox.occurrences(mailbox_id, now, now + FAR_HORIZON)
    return SeriesReading(master, upcoming, others, is_over=ended)


async def upcoming_occurrences(mailbox: Mailbox, mailbox_id: str, now: datetime) -> Sequence[Event]:
    """The dates that are under way or come within the horizon."""
    return await mailbox.occurrences(mailbox_id, now, now + HORIZON)


def compare(
    reading: SeriesReading,
    rows: Mapping[str, BookingOccurrence],
    others: Mapping[str, BookingOccurrence],
    room_address: str,
    *,
    present: Standing,
    booked: Collection[str],
    directory: Collection[str],
    now: datetime,
) -> OccurrenceChanges:
    """What one booking's dates have become.

    `rows` are its dates by the event's shared key as far as they are upcoming, `others` the rest that is not cancelled,
    by mailbox id. `booked` and `directory` are as in `standing_of`.
    """
    added: list[tuple[Event, Standing]] = []
    changed: list[tuple[BookingOccurrence, Standing]] = []
    past: list[BookingOccurrence] = []
    live: list[Standing] = []
    for event in reading.upcoming:
        row = rows.get(event.shared_key)
        before = standing(row) if row else ASKED
        if before.state is BookingState.CANCELLED:
            continue
        after = standing_of(event, room_address, before, booked=booked, directory=directory)
        live.append(after)
        if row is None:
            added.append((event, after))
        elif after != before:
            changed.append((row, after))
    for mailbox_id, row in others.items():
        other = reading.others.get(mailbox_id)
        if mailbox_id in reading.others and (other is None or other.status is EventStatus.CANCELLED):
            changed.append((row, GONE))
        elif other is not None and is_over(other, now):
            past.append(row)
        else:
            live.append(standing(row))
    whole = _worst(live) or standing_of(reading.master, room_address, present, booked=booked, directory=directory)
    return OccurrenceChanges(added, changed, past, whole)


def _worst(states: Sequence[Standing]) -> Standing | None:
    """The standing of the whole, with the reason of the first date that has its state; None without live dates."""
    live = [entry for entry in states if entry.state is not BookingState.CANCELLED]
    if not live:
        return None
    state = aggregate([entry.state for entry in live])
    return next(entry for entry in live if entry.state is state)
