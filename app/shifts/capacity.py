"""How many people are where, and when: counted from the shifts, at every level of a building.

A shift in an area counts in the area, on its floor and in its building, each with a capacity of its own. Whoever books
locks the building's row first, so that nobody else's shift comes between the count and the insert.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tortoise.functions import Count
from tortoise.queryset import QuerySet

from app.shifts.models import Shift, WorkKind
from app.shifts.spans import Span


@dataclass(frozen=True, slots=True)
class Place:
    """A building, a floor of it, or an area of that floor."""

    building_id: UUID
    floor_id: UUID | None = None
    area_id: UUID | None = None

    def contains(self, floor_id: UUID | None, area_id: UUID | None) -> bool:
        """Whether somebody there counts here."""
        return self.floor_id in {None, floor_id} and self.area_id in {None, area_id}

    @property
    def levels(self) -> tuple["Place", ...]:
        """This place and what it lies in, the building first."""
        around = [Place(self.building_id)]
        if self.floor_id is not None:
            around.append(Place(self.building_id, self.floor_id))
        if self.area_id is not None:
            around.append(self)
        return tuple(around)


@dataclass(frozen=True, slots=True)
class Taking:
    """So many people in one place for one span of a day, the place being the one that they booked."""

    date: date
    floor_id: UUID | None
    area_id: UUID | None
    span: Span
    people: int


TAKING_COLUMNS = ("date", "floor_id", "area_id", "starts_at", "ends_at")
"""What people have in common who are counted together, beside their building."""

Takings = Mapping[UUID, Sequence[Taking]]
"""By building."""


async def takings(organisation_id: UUID, building_ids: Collection[UUID], days: Collection[date]) -> Takings:
    """Who is where in these buildings on these days; one statement, and few rows, since people share slots."""
    found: dict[UUID, list[Taking]] = {building_id: [] for building_id in building_ids}
    if building_ids and days:
        columns = ("building_id", *TAKING_COLUMNS)
        rows = at_office(organisation_id, building_ids, days).annotate(people=Count("id")).group_by(*columns)
        for row in await rows.values(*columns, "people"):
            found[row["building_id"]].append(taking_of(row))
    return found


def at_office(organisation_id: UUID, building_ids: Collection[UUID], days: Collection[date]) -> QuerySet[Shift]:
    """The shifts that take a place in these buildings, from the first of these days to the last."""
    return Shift.of(organisation_id).filter(
        kind=WorkKind.AT_OFFICE,
        cancelled_at__isnull=True,
        building_id__in=list(building_ids),
        date__gte=min(days),
        date__lte=max(days),
    )


def taking_of(row: Mapping[str, Any]) -> Taking:
    """One group of people as a statement counted them: `TAKING_COLUMNS` and `people`."""
    span = Span(row["starts_at"], row["ends_at"])
    return Taking(row["date"], row["floor_id"], row["area_id"], span, row["people"])


def most_at_once(there: Iterable[Taking], place: Place, span: Span) -> int:
    """The greatest number of people in this place at any moment of the span, of those who are in its building."""
    steps: list[tuple[datetime, int]] = []
    for taking in there:
        if place.contains(taking.floor_id, taking.area_id) and taking.span.overlaps(span):
            steps += [(max(taking.span.start, span.start), taking.people), (taking.span.end, -taking.people)]
    most = present = 0
    # Half-open: whoever leaves at a moment is gone before somebody else comes.
    for _, change in sorted(steps):
        present += change
        most = max(most, present)
    return most
