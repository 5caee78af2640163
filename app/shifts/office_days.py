"""On which days most of the people that a member has in mind are at an office, from what that member may see.

This is outside events, so `app.shifts.visibility` decides: a colleague who is hidden there, and one who has no shift,
make the same answer.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from app import clock
from app.agenda.values import AgendaEvent, AgendaResult
from app.buildings.hours import opening_hours, weekday_of
from app.buildings.models import Building
from app.errors import InvalidInput, NotFound, ProblemCode
from app.identity.models import Member
from app.identity.principal import Principal
from app.shifts.capacity import Place
from app.shifts.models import Shift, WorkKind
from app.shifts.occupancy import OccupancyKey, occupancies
from app.shifts.sharing import takes_part
from app.shifts.spans import Part, span_of
from app.shifts.visibility import shifts_in_view
from app.suites.events import EventStatus
from app.windows import LONGEST_WINDOW

MOST_PEOPLE = 100
"""How many people can be asked for at once."""
MOST_DAYS = LONGEST_WINDOW.days
"""How many days can be asked for, and how many suggestions are answered."""

_DAY = timedelta(days=1)


class Agenda(Protocol):
    """The asking member's own agenda, read from the suite in one call."""

    async def agenda(self, principal: Principal, start: datetime, end: datetime) -> AgendaResult:
        """Raises what stands between the member and their calendar."""
        ...


@dataclass(frozen=True, slots=True)
class OfficeDay:
    """A day on which some of these people are seen at one building."""

    date: date
    """In the building's zone."""
    building: Building
    member_ids: tuple[UUID, ...]
    """Those seen there, at whatever time of that day."""
    is_open: bool
    """Whether the building is open that day."""
    has_room: bool
    """Whether the building takes one more person for the whole day; its floors and areas may be full all the same."""
    own_shifts: tuple[Shift, ...]
    """The asking member's own of that day, wherever they are, in order of their start."""


@dataclass(frozen=True, slots=True)
class OfficeDays:
    """The days, most people first, then the earliest; and how many people were asked for."""

    people: int
    days: Sequence[OfficeDay]


class OfficeDaysService:
    """Suggests days at an office."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda

    async def suggest(
        self, principal: Principal, start: date, end: date, member_ids: Collection[UUID] | None = None
    ) -> OfficeDays:
        """The days from `start` to `end`, both included, on which most of these people are in.

        Without `member_ids`, the people whom the member meets then: one call to the suite. Days that are over are left
        out. Raises InvalidInput, NotFound for somebody who is no member, and what stands between the member and their
        calendar where it is read.
        """
        _check_days(start, end)
        if member_ids is None:
            people = await self._people_met(principal, start, end)
        else:
            people = await _members(principal, member_ids)
        seen = await _seen_at_office(principal, people, start, end)
        buildings = await _present_buildings(principal, seen)
        best = _best_first(seen, buildings)
        return OfficeDays(len(people), await _as_days(principal, best, seen, buildings))

    async def _people_met(self, principal: Principal, start: date, end: date) -> frozenset[UUID]:
        """Colleagues on events that the member takes part in and they do too, those met most often where they are many.

        The days are read in UTC: who is met at their edges makes no difference worth a second question.
        """
        first = datetime.combine(start, time(), UTC)
        last = datetime.combine(end, time(), UTC) + _DAY
        met: Counter[UUID] = Counter()
        for entry in (await self._agenda.agenda(principal, first, last)).events:
            met.update(_met_on(entry) - {principal.member_id})
        return frozenset(member_id for member_id, _ in met.most_common(MOST_PEOPLE))


def _met_on(entry: AgendaEvent) -> set[UUID]:
    event = entry.event
    if event.status is EventStatus.CANCELLED or not (event.is_organiser or takes_part(event.response)):
        return set()
    host = event.organiser.address if event.organiser else None
    return {
        invited.member.member_id
        for invited in entry.attendees
        if invited.member and (takes_part(invited.attendee.response) or invited.attendee.person.address == host)
    }


def _check_days(start: date, end: date) -> None:
    if end < start:
        raise InvalidInput(
            "to",
            "The last day is before the first.",
            code=ProblemCode.WINDOW_REVERSED,
            remedy="Give a `to` that is no earlier than `from`.",
        )
    if (end - start).days >= MOST_DAYS:
        raise InvalidInput(
            "to",
            f"These are more than {MOST_DAYS} days.",
            code=ProblemCode.WINDOW_TOO_LONG,
            remedy="Ask for fewer days, or for several times as many one after the other.",
        )


async def _members(principal: Principal, member_ids: Collection[UUID]) -> frozenset[UUID]:
    """Who these are today: somebody who was merged into another is the other. Raises InvalidInput, NotFound."""
    asked = set(member_ids)
    if not 1 <= len(asked) <= MOST_PEOPLE:
        raise InvalidInput("memberIds", f"Ask for 1 to {MOST_PEOPLE} members, or leave it out for those whom you meet.")
    rows = await Member.of(principal.organisation_id).filter(id__in=list(asked)).values("id", "merged_into_id")
    if len(rows) < len(asked):
        raise NotFound("member")
    return frozenset([row["merged_into_id"] or row["id"] for row in rows])


@dataclass(frozen=True, slots=True)
class _Seen:
    """Who is seen where, and the asking member's own shifts by day."""

    there: Mapping[tuple[date, UUID], frozenset[UUID]]
    own: Mapping[date, Sequence[Shift]]


async def _seen_at_office(principal: Principal, people: Collection[UUID], start: date, end: date) -> _Seen:
    in_view = shifts_in_view(principal).filter(cancelled_at__isnull=True, date__gte=start, date__lte=end)
    there: dict[tuple[date, UUID], set[UUID]] = defaultdict(set)
    if people:
        at_office = in_view.filter(kind=WorkKind.AT_OFFICE, member_id__in=list(people))
        for row in await at_office.values("date", "building_id", "member_id"):
            there[row["date"], row["building_id"]].add(row["member_id"])
    own: dict[date, list[Shift]] = defaultdict(list)
    if there:
        for shift in await in_view.filter(member_id=principal.member_id).order_by("starts_at"):
            own[shift.date].append(shift)
    return _Seen({key: frozenset(members) for key, members in there.items()}, own)


async def _present_buildings(principal: Principal, seen: _Seen) -> Mapping[UUID, Building]:
    wanted = {building_id for _, building_id in seen.there}
    if not wanted:
        return {}
    rows = Building.of(principal.organisation_id).filter(id__in=list(wanted), removed_at__isnull=True)
    return {building.id: building for building in await rows}


def _best_first(seen: _Seen, buildings: Mapping[UUID, Building]) -> Sequence[tuple[date, UUID]]:
    """The days and buildings, without those that are over where the building is."""
    now = clock.now()
    today = {building.id: now.astimezone(ZoneInfo(building.time_zone)).date() for building in buildings.values()}
    coming = [key for key in seen.there if key[1] in buildings and key[0] >= today[key[1]]]
    coming.sort(key=lambda key: (-len(seen.there[key]), key[0], buildings[key[1]].name, key[1]))
    return coming[:MOST_DAYS]


async def _as_days(
    principal: Principal, best: Sequence[tuple[date, UUID]], seen: _Seen, buildings: Mapping[UUID, Building]
) -> Sequence[OfficeDay]:
    keys = {key: _whole_day(buildings[key[1]], key[0]) for key in best}
    told = await occupancies(principal, keys.values())
    return [
        OfficeDay(
            date=key[0],
            building=buildings[key[1]],
            member_ids=tuple(sorted(seen.there[key], key=str)),
            is_open=weekday_of(key[0]) in opening_hours(buildings[key[1]].opening_hours),
            has_room=not told[keys[key]].is_full,
            own_shifts=tuple(seen.own.get(key[0], ())),
        )
        for key in best
    ]


def _whole_day(building: Building, day: date) -> OccupancyKey:
    return OccupancyKey(Place(building.id), day, span_of(day, Part(), ZoneInfo(building.time_zone)), building.capacity)
