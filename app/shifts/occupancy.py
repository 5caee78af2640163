"""How full places are, without saying where anybody is who does not want it said.

Whom the viewer may see is counted one by one. Of the others whole fives are counted and the rest is not: nought to four
hidden people count as none, five to nine as five. Only a full place is told as it is, since booking would tell it too.

What follows from that, and what the tests hold it to:

- An answer depends on the hidden people in two ways alone: how many whole fives of them the place has at its busiest
  moment, and whether it is full. Neither says who they are. Whom the viewer sees plays no part in the rounding, so that
  booking and cancelling a shift of one's own moves the count by one and says nothing about others while there is room.
- Where a building has nought to four hidden people, any of them may come, go or move without an answer changing, for
  whichever place and part of the day, as long as no place is full.

What is told all the same, so that nobody takes this for more than it is:

- A count of five says that at least five people are there, and the step from none to five that one more came. Whoever
  knows from elsewhere where four of them are learns that there is a fifth, never who. Every place and every span that
  can be asked about steps on its own: areas that show none, on a floor that shows five, hold at least five people
  together, and a count that steps at ten o'clock says that one of them comes then.
- A full place tells its number exactly, and one that takes a single person tells that somebody is there. That is the
  price of a capacity: whoever books the rest of a place for people of their own learns it anyway.
- A colleague who stops sharing while four hidden people are there makes the fifth.
- Members who put together what each of them may see count more finely than any of them alone.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from tortoise.expressions import Case, When
from tortoise.functions import Count

from app.identity.principal import Principal
from app.shifts.capacity import TAKING_COLUMNS, Place, Taking, at_office, most_at_once, taking_of
from app.shifts.spans import Span
from app.shifts.visibility import in_view

COUNTED_TOGETHER = 5
"""How many people whom the viewer may not see count together, or not at all."""

_SEEN, _HIDDEN = "SEEN", "HIDDEN"


@dataclass(frozen=True, slots=True)
class OccupancyKey:
    """What is asked for: one place in one span of a day of its building."""

    place: Place
    date: date
    span: Span
    capacity: int | None = field(compare=False)
    """The place's own, as its row says; null for no limit."""


@dataclass(frozen=True, slots=True)
class PlaceOccupancy:
    """How full a place is at the busiest moment of a span, counting only its own capacity."""

    people: int
    """Never fewer than the viewer may see there, and never the exact number of the others unless the place is full."""
    left: int | None
    """How many more it takes, the hidden ones rounded: at least one where there is room; null without a limit."""
    is_full: bool
    """Really so: nobody can be booked for all of the span."""


@dataclass(frozen=True, slots=True)
class PeopleThere:
    """Who takes the places of one building, those apart whom the viewer may not see."""

    seen: Sequence[Taking] = ()
    hidden: Sequence[Taking] = ()

    def on(self, day: date) -> "PeopleThere":
        """Those of one day."""
        return PeopleThere(
            [taking for taking in self.seen if taking.date == day],
            [taking for taking in self.hidden if taking.date == day],
        )


async def occupancies(principal: Principal, wanted: Collection[OccupancyKey]) -> Mapping[OccupancyKey, PlaceOccupancy]:
    """How full these places are, as far as the member may know it; one statement, however many they are."""
    there = await _people_there(principal, {key.place.building_id for key in wanted}, {key.date for key in wanted})
    by_day: dict[tuple[UUID, date], PeopleThere] = {}
    for key in wanted:
        building_id = key.place.building_id
        if (building_id, key.date) not in by_day:
            by_day[building_id, key.date] = there.get(building_id, PeopleThere()).on(key.date)
    return {key: occupancy_of(by_day[key.place.building_id, key.date], key) for key in wanted}


def occupancy_of(there: PeopleThere, key: OccupancyKey) -> PlaceOccupancy:
    """How full a place is, of those who are in its building that day."""
    hidden = most_at_once(there.hidden, key.place, key.span)
    shown = most_at_once(there.seen, key.place, key.span) + hidden - hidden % COUNTED_TOGETHER
    if key.capacity is None:
        return PlaceOccupancy(people=shown, left=None, is_full=False)
    if most_at_once([*there.seen, *there.hidden], key.place, key.span) >= key.capacity:
        return PlaceOccupancy(people=max(shown, key.capacity), left=0, is_full=True)
    # Those seen and the others may be there at different moments, and then fit in although their sum would not.
    people = min(shown, key.capacity - 1)
    return PlaceOccupancy(people=people, left=key.capacity - people, is_full=False)


def least_left(levels: Iterable[PlaceOccupancy]) -> int | None:
    """How many more a place takes together with what it lies in: the least of them, null where none has a limit."""
    return min((level.left for level in levels if level.left is not None), default=None)


async def _people_there(
    principal: Principal, building_ids: Collection[UUID], days: Collection[date]
) -> Mapping[UUID, PeopleThere]:
    if not building_ids:
        return {}
    columns = ("building_id", *TAKING_COLUMNS, "view")
    view = Case(When(in_view(principal), then=_SEEN), default=_HIDDEN)
    shifts = at_office(principal.organisation_id, building_ids, days)
    rows = await shifts.annotate(view=view, people=Count("id")).group_by(*columns).values(*columns, "people")
    seen: dict[UUID, list[Taking]] = {building_id: [] for building_id in building_ids}
    hidden: dict[UUID, list[Taking]] = {building_id: [] for building_id in building_ids}
    for row in rows:
        (seen if row["view"] == _SEEN else hidden)[row["building_id"]].append(taking_of(row))
    return {building_id: PeopleThere(seen[building_id], hidden[building_id]) for building_id in building_ids}
