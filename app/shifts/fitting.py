"""Whether shifts fit in: beside the member's own other shifts, and into the places that they are to take.

Ask in the transaction that writes them, with the member's row and the buildings' rows locked: then nothing comes
between the answer and the write.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from uuid import UUID

from app.identity.models import Member
from app.shifts.capacity import Place, Taking, Takings, most_at_once, takings
from app.shifts.models import Shift
from app.shifts.plans import Plan
from app.shifts.spans import Span


@dataclass(frozen=True, slots=True)
class Draft:
    """A shift that is to be, on one day; `replaces` is the one that becomes it, where one is changed."""

    plan: Plan
    date: date
    span: Span
    replaces: UUID | None = None


@dataclass(frozen=True, slots=True)
class FullDay:
    """A draft for which there is no room, and the widest level that is full."""

    draft: Draft
    level: Place
    name: str


@dataclass(frozen=True, slots=True)
class Fit:
    """What can be written, and what stands in the way of the rest."""

    free: Sequence[Draft] = ()
    in_the_way: Sequence[UUID] = ()
    """The member's own shifts that some drafts would overlap."""
    full: Sequence[FullDay] = ()


async def fit(member: Member, drafts: Sequence[Draft], leaving: Sequence[Shift] = ()) -> Fit:
    """Which of these drafts of one member fit in; `leaving` shifts become some of them, and stand in no way."""
    in_order = sorted(drafts, key=lambda draft: draft.span)
    clashes = await _clashes(member, in_order, leaving)
    apart = [draft for draft in in_order if not clashes.of(draft)]
    full = await _full(member.organisation_id, apart, leaving)
    crowded = {entry.draft for entry in full}
    return Fit([draft for draft in apart if draft not in crowded], clashes.in_the_way, full)


@dataclass(slots=True)
class _Clashes:
    drafts: set[Draft] = field(default_factory=set)
    shifts: dict[UUID, None] = field(default_factory=dict)

    def note(self, draft: Draft, shift_id: UUID | None) -> None:
        self.drafts.add(draft)
        if shift_id is not None:
            self.shifts[shift_id] = None

    def of(self, draft: Draft) -> bool:
        return draft in self.drafts

    @property
    def in_the_way(self) -> tuple[UUID, ...]:
        return tuple(self.shifts)


async def _clashes(member: Member, drafts: Sequence[Draft], leaving: Sequence[Shift]) -> _Clashes:
    """Drafts that overlap shifts of the same day which stay, or one another: two of a day may become longer.

    Days of different zones may overlap, when somebody travels: that is nothing that stands in anybody's way.
    """
    clashes = _Clashes()
    if not drafts:
        return clashes
    present = Shift.of(member.organisation_id).filter(
        member_id=member.id,
        cancelled_at__isnull=True,
        starts_at__lt=max(draft.span.end for draft in drafts),
        ends_at__gt=drafts[0].span.start,
    )
    staying = present.exclude(id__in=[shift.id for shift in leaving]) if leaving else present
    rows = await staying.order_by("starts_at", "id")
    for draft in drafts:
        for row in rows:
            if row.date == draft.date and row.span.overlaps(draft.span):
                clashes.note(draft, row.id)
    for earlier, later in pairwise(drafts):
        if earlier.date == later.date and earlier.span.overlaps(later.span):
            clashes.note(later, earlier.replaces)
    return clashes


async def _full(organisation_id: UUID, drafts: Sequence[Draft], leaving: Sequence[Shift]) -> Sequence[FullDay]:
    sites = [(draft, draft.plan.site) for draft in drafts if draft.plan.site is not None]
    if not sites:
        return []
    buildings = {site.building.id for _, site in sites}
    there = by_day(await takings(organisation_id, buildings, {draft.date for draft, _ in sites}))
    for shift in leaving:
        if shift.building_id is not None:
            there[shift.building_id, shift.date].append(_given_up(shift))
    found = []
    for draft, site in sites:
        people = there[site.building.id, draft.date]
        for place, row in site.levels:
            if row.capacity is not None and most_at_once(people, place, draft.span) >= row.capacity:
                found.append(FullDay(draft, place, row.name))
                break
    return found


def by_day(there: Takings) -> defaultdict[tuple[UUID, date], list[Taking]]:
    """The same people by building and day."""
    found: defaultdict[tuple[UUID, date], list[Taking]] = defaultdict(list)
    for building_id, people in there.items():
        for taking in people:
            found[building_id, taking.date].append(taking)
    return found


def _given_up(shift: Shift) -> Taking:
    """The place that a shift leaves, as a taking of minus one person: it was counted with the others."""
    return Taking(shift.date, shift.floor_id, shift.area_id, shift.span, -1)
