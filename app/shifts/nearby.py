"""What is left where a place is full: as near as possible, and only what really has room.

Other areas of the floor come first, then floors of the building, then other parts of that day in the same place, then
other buildings. Nothing is locked: it is a hint, and whoever books is told the truth then. How many places are left is
said by the rule of `app.shifts.occupancy`, so that a full place tells nothing about a single colleague.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from uuid import UUID

from app import clock
from app.buildings.models import Area, Building, Floor
from app.errors import CapacityReached, InvalidInput
from app.identity.principal import Principal
from app.shifts.capacity import Place, Taking, most_at_once, takings
from app.shifts.days import WantedDay
from app.shifts.fitting import FullDay, by_day
from app.shifts.models import Shift, WorkKind
from app.shifts.occupancy import OccupancyKey, PlaceOccupancy, least_left, occupancies
from app.shifts.plans import Plan, Site, closed_on
from app.shifts.spans import Part, Slot, Span

MOST_OF_EACH = 5
"""How many places of each sort are named for a day."""
_PARTS = (Slot.MORNING, Slot.AFTERNOON, Slot.WHOLE_DAY)


class PlaceLevel(StrEnum):
    """What has a capacity of its own."""

    BUILDING = "BUILDING"
    FLOOR = "FLOOR"
    AREA = "AREA"


@dataclass(frozen=True, slots=True)
class PlaceLeft:
    """A place with room on that day."""

    place: Place
    slot: Slot
    left: int | None
    """How many more it takes, hidden people rounded; None where nothing limits it."""


@dataclass(frozen=True, slots=True)
class FullPlace:
    """What is full on one day, and what is left instead."""

    date: date
    level: PlaceLevel
    name: str
    alternatives: Sequence[PlaceLeft]


@dataclass(frozen=True, slots=True)
class _Choice:
    """A place that could be booked instead, in a part of that day."""

    site: Site
    part: Part
    span: Span


async def capacity_reached(principal: Principal, member_id: UUID, full: Sequence[FullDay]) -> CapacityReached:
    """The problem that names what is full, and what is left nearby on each of these days for this member."""
    own = await _own_spans(principal, full) if member_id == principal.member_id else ()
    choices = await _choices(principal, full, own)
    told = await _left(principal, [(entry.draft.date, choice) for entry in full for choice in choices[entry]])
    days = [
        FullPlace(
            entry.draft.date,
            _level(entry.level),
            entry.name,
            [
                PlaceLeft(choice.site.place, choice.part.slot, told[entry.draft.date, choice])
                for choice in choices[entry]
            ],
        )
        for entry in full
    ]
    return CapacityReached(_words(days), full_days=days, remedy=_remedy(days))


class _Surroundings:
    """The organisation's present places, and who is where on the days in question."""

    def __init__(
        self,
        buildings: Sequence[Building],
        floors: Mapping[UUID, Sequence[Floor]],
        areas: Mapping[UUID, Sequence[Area]],
        people: Mapping[tuple[UUID, date], Sequence[Taking]],
        now: datetime,
    ) -> None:
        self._buildings, self._floors, self._areas = buildings, floors, areas
        self._people, self._now = people, now

    def choices(self, plan: Plan, day: date, own: Sequence[Span]) -> list[_Choice]:
        """The best of each sort, nearest first; the member's `own` other shifts of that time leave no choice."""
        site = plan.site
        if site is None:
            return []
        found: list[_Choice] = []
        for sites in (self._areas_beside(site), self._floors_of(site)):
            found += islice(self._with_room(sites, [plan.part], day, own), MOST_OF_EACH)
        parts = [Part(slot) for slot in _PARTS if slot is not plan.part.slot]
        found += islice(self._with_room([site], parts, day, own), MOST_OF_EACH)
        others = [Site(building) for building in self._buildings if building.id != site.building.id]
        found += islice(self._with_room(others, [plan.part], day, own), MOST_OF_EACH)
        return found

    def _areas_beside(self, site: Site) -> list[Site]:
        if site.floor is None:
            return []
        areas = self._areas.get(site.floor.id, ())
        return [replace(site, area=area) for area in areas if site.area is None or area.id != site.area.id]

    def _floors_of(self, site: Site) -> list[Site]:
        floors = [Site(site.building, floor) for floor in self._floors.get(site.building.id, ())]
        return [floor for floor in floors if floor.place != site.place]

    def _with_room(
        self, sites: Iterable[Site], parts: Sequence[Part], day: date, own: Sequence[Span]
    ) -> Iterator[_Choice]:
        for site in sites:
            people = self._people.get((site.building.id, day), ())
            for part in parts:
                span = self._open_for(Plan(WorkKind.AT_OFFICE, part, site.building.time_zone, site), day)
                if span is None or any(other.overlaps(span) for other in own):
                    continue
                if all(
                    row.capacity is None or most_at_once(people, place, span) < row.capacity
                    for place, row in site.levels
                ):
                    yield _Choice(site, part, span)

    def _open_for(self, plan: Plan, day: date) -> Span | None:
        """What it would cover; None where it cannot be booked on that day."""
        wanted = WantedDay(day, "")
        is_offered = plan.site is not None and plan.part.slot.value in plan.site.building.slots
        try:
            span = plan.span_on(wanted)
        except InvalidInput:
            return None
        return span if is_offered and closed_on(plan, wanted) is None and span.end > self._now else None


async def _choices(
    principal: Principal, full: Sequence[FullDay], own: Sequence[Span]
) -> Mapping[FullDay, Sequence[_Choice]]:
    organisation_id = principal.organisation_id
    present = Building.of(organisation_id).filter(removed_at__isnull=True)
    buildings = await present.order_by("present_name", "id")
    floors: dict[UUID, list[Floor]] = defaultdict(list)
    for floor in await Floor.of(organisation_id).filter(removed_at__isnull=True).order_by("position", "id"):
        floors[floor.building_id].append(floor)
    areas: dict[UUID, list[Area]] = defaultdict(list)
    for area in await Area.of(organisation_id).filter(removed_at__isnull=True).order_by("position", "id"):
        areas[area.floor_id].append(area)
    days = {entry.draft.date for entry in full}
    people = by_day(await takings(organisation_id, [building.id for building in buildings], days))
    around = _Surroundings(buildings, floors, areas, people, clock.now())
    return {entry: around.choices(entry.draft.plan, entry.draft.date, own) for entry in full}


async def _own_spans(principal: Principal, full: Sequence[FullDay]) -> Sequence[Span]:
    """When the viewer works already. Whoever books for somebody else is told of places, not of that person's days."""
    replaced = [entry.draft.replaces for entry in full if entry.draft.replaces is not None]
    own = Shift.of(principal.organisation_id).filter(
        member_id=principal.member_id,
        cancelled_at__isnull=True,
        date__gte=min(entry.draft.date for entry in full),
        date__lte=max(entry.draft.date for entry in full),
    )
    others = own.exclude(id__in=replaced) if replaced else own
    return [row.span for row in await others]


async def _left(
    principal: Principal, chosen: Sequence[tuple[date, _Choice]]
) -> Mapping[tuple[date, _Choice], int | None]:
    """How many more each of these takes, as far as the viewer may know, together with what it lies in."""
    keys = {
        (day, choice): [OccupancyKey(place, day, choice.span, row.capacity) for place, row in choice.site.levels]
        for day, choice in chosen
    }
    told: Mapping[OccupancyKey, PlaceOccupancy] = await occupancies(
        principal, {key for levels in keys.values() for key in levels}
    )
    return {entry: least_left(told[key] for key in levels) for entry, levels in keys.items()}


def _level(place: Place) -> PlaceLevel:
    if place.area_id is not None:
        return PlaceLevel.AREA
    return PlaceLevel.FLOOR if place.floor_id is not None else PlaceLevel.BUILDING


def _words(days: Sequence[FullPlace]) -> str:
    names = list(dict.fromkeys(day.name for day in days))
    first = f"{days[0].date:%A} {days[0].date.day} {days[0].date:%B}"
    where = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    verb = "is" if len(names) == 1 else "are"
    if len(days) == 1:
        return f"{where} {verb} full on {first}."
    return f"{where} {verb} full on {len(days)} of these days, the first of them {first}."


def _remedy(days: Sequence[FullPlace]) -> str | None:
    if any(day.alternatives for day in days):
        return "Choose one of the places that are left nearby, or another day."
    return None
