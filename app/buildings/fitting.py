"""Which shifts no longer fit a building that is about to change. Pure: values in, values out.

A shift keeps its day and what the clock on the wall shows: where the zone or the start of the afternoon changes, its
instants are worked out anew. One that has begun stays as it is, whatever changes, unless its very place is removed: the
people are there. Of those for whom there is no room any more the ones booked last go, and a shift that goes for another
reason takes no room.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from app.buildings.hours import weekday_of
from app.buildings.layout import BuildingLayout
from app.shifts.capacity import Place, Taking, most_at_once
from app.shifts.spans import Part, Slot, Span, span_of


class Misfit(StrEnum):
    """Why a shift no longer fits its building."""

    PLACE_REMOVED = "PLACE_REMOVED"
    BUILDING_CLOSED = "BUILDING_CLOSED"
    SLOT_NOT_OFFERED = "SLOT_NOT_OFFERED"
    OUTSIDE_OPENING_HOURS = "OUTSIDE_OPENING_HOURS"
    OVERLAPS = "OVERLAPS"
    """Its instants move, onto another shift of the same member."""
    OVER_CAPACITY = "OVER_CAPACITY"


@dataclass(frozen=True, slots=True)
class Booked:
    """A shift that is not over, as far as fitting is concerned; they are told apart by `id`."""

    id: UUID
    member_id: UUID
    place: Place
    date: date
    part: Part
    span: Span
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class Fitting:
    """What becomes of the shifts: those that go and why, and the new instants of those that stay and move."""

    misfits: Mapping[UUID, Misfit]
    moved: Mapping[UUID, Span]


def fit(
    shifts: Iterable[Booked],
    layout: BuildingLayout,
    places: Mapping[Place, int | None],
    now: datetime,
    elsewhere: Mapping[tuple[UUID, date], Sequence[Span]],
) -> Fitting:
    """Which of a building's shifts stay, once it is so; `places` are those that remain, with their capacities.

    `elsewhere` says by member and day when they work outside the building: what moves must not come into its way.
    """
    zone, misfits = ZoneInfo(layout.time_zone), dict[UUID, Misfit]()
    staying: list[Booked] = []
    coming: list[tuple[Booked, Span]] = []
    # Whoever booked first stays.
    for shift in sorted(shifts, key=lambda shift: (shift.booked_at, shift.id)):
        begun = shift.span.start <= now
        span = shift.span if begun else span_of(shift.date, shift.part, zone, layout.afternoon_starts)
        reason = Misfit.PLACE_REMOVED if shift.place not in places else None
        if reason is None and not begun:
            reason = _refused(shift, span, layout)
        if reason is not None:
            misfits[shift.id] = reason
        elif begun:
            staying.append(shift)
        else:
            coming.append((shift, span))
    apart = _without_overlaps(staying, coming, elsewhere, misfits)
    _drop_beyond_capacity(staying, apart, places, misfits)
    moved = {shift.id: span for shift, span in apart if span != shift.span and shift.id not in misfits}
    return Fitting(misfits, moved)


def _refused(shift: Booked, span: Span, layout: BuildingLayout) -> Misfit | None:
    """Why nobody could book it, once the building is so."""
    weekday = weekday_of(shift.date)
    if weekday not in layout.hours:
        return Misfit.BUILDING_CLOSED
    if shift.part.slot not in layout.slots:
        return Misfit.SLOT_NOT_OFFERED
    opening, (start, end) = layout.hours[weekday], (shift.part.start, shift.part.end)
    is_timed = shift.part.slot is Slot.TIMES and start is not None and end is not None
    if is_timed and not (opening.opens <= (start or time()) and (end or time()) <= opening.closes):
        return Misfit.OUTSIDE_OPENING_HOURS
    # Where the clocks change, a part of the day may not exist in the new zone.
    return Misfit.OUTSIDE_OPENING_HOURS if span.start >= span.end else None


def _without_overlaps(
    staying: Sequence[Booked],
    coming: Sequence[tuple[Booked, Span]],
    elsewhere: Mapping[tuple[UUID, date], Sequence[Span]],
    misfits: dict[UUID, Misfit],
) -> Sequence[tuple[Booked, Span]]:
    """Those of the coming ones that nobody is to be in another place for; shifts that do not move were apart before."""
    taken: dict[tuple[UUID, date], list[Span]] = defaultdict(list)
    for key, spans in elsewhere.items():
        taken[key].extend(spans)
    for shift in staying:
        taken[shift.member_id, shift.date].append(shift.span)
    for shift, span in coming:
        if span == shift.span:
            taken[shift.member_id, shift.date].append(span)
    apart = []
    for shift, span in coming:
        if span != shift.span:
            theirs = taken[shift.member_id, shift.date]
            if any(span.overlaps(other) for other in theirs):
                misfits[shift.id] = Misfit.OVERLAPS
                continue
            theirs.append(span)
        apart.append((shift, span))
    return apart


def _drop_beyond_capacity(
    staying: Sequence[Booked],
    coming: Sequence[tuple[Booked, Span]],
    places: Mapping[Place, int | None],
    misfits: dict[UUID, Misfit],
) -> None:
    """People come in the order in which they booked, each day by itself; who finds a level full stays out."""
    days: dict[date, list[tuple[Booked, Span]]] = defaultdict(list)
    for shift, span in coming:
        days[shift.date].append((shift, span))
    here: dict[date, _Crowd] = defaultdict(_Crowd)
    for shift in staying:
        here[shift.date].add(shift, shift.span)
    for day, wanted in days.items():
        for shift, span in wanted:
            if here[day].is_full(shift.place, span, places):
                misfits[shift.id] = Misfit.OVER_CAPACITY
            else:
                here[day].add(shift, span)


@dataclass(slots=True)
class _Crowd:
    """The people in a building on one day, those together who share a place and a span: there are few such groups."""

    groups: Counter[tuple[Place, Span]] = field(default_factory=Counter)
    levels: Counter[Place] = field(default_factory=Counter)
    """How many come to a place at any time of the day."""

    def add(self, shift: Booked, span: Span) -> None:
        self.groups[shift.place, span] += 1
        self.levels.update(shift.place.levels)

    def is_full(self, place: Place, span: Span, places: Mapping[Place, int | None]) -> bool:
        """Whether any level takes nobody more, at some moment of the span."""
        for level in place.levels:
            capacity = places[level]
            # Below its capacity all day it has room at every moment, and nothing has to be worked out.
            may_be_full = capacity is not None and self.levels[level] >= capacity
            if may_be_full and most_at_once(self._takings(span), level, span) >= (capacity or 0):
                return True
        return False

    def _takings(self, span: Span) -> Iterable[Taking]:
        return (
            Taking(span.start.date(), place.floor_id, place.area_id, when, people)
            for (place, when), people in self.groups.items()
        )
