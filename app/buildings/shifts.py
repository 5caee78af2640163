"""A building's shifts that are not over: read for whoever changes it, with everything locked that they hang on."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from app import clock
from app.buildings.fitting import Booked
from app.buildings.models import Area, Building, Floor
from app.errors import NotFound
from app.identity.models import Member
from app.shifts.capacity import Place
from app.shifts.models import Shift
from app.shifts.spans import Span

T = TypeVar("T")
K = TypeVar("K")

_AT_ONCE = 500
"""Ids in one statement: the databases take a limited number of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedBuilding:
    """A building as it is until the transaction ends, and the shifts in it that are not over."""

    building: Building
    floors: Sequence[Floor]
    areas: Sequence[Area]
    shifts: Sequence[Shift]
    now: datetime


async def with_building_locked(
    organisation_id: UUID, building_id: UUID, act: Callable[[LockedBuilding], Awaitable[T]]
) -> T:
    """Act on a building in a transaction in which nobody books, changes or cancels a shift there. Raises NotFound.

    Whoever books locks their member's row before the building's. So do we with everybody who has a shift here; where
    somebody new has booked before the building was locked, it is begun again with them.
    """
    members: frozenset[UUID] = frozenset()
    while True:
        members |= {shift.member_id for shift in await _open_shifts(organisation_id, building_id, clock.now())}
        async with in_transaction():
            await _lock_members(organisation_id, members)
            locked = await _locked(organisation_id, building_id)
            if members.issuperset(shift.member_id for shift in locked.shifts):
                return await act(locked)


async def elsewhere(locked: LockedBuilding) -> Mapping[tuple[UUID, date], Sequence[Span]]:
    """When those who have shifts in the building work outside it, by member and day."""
    found: dict[tuple[UUID, date], list[Span]] = {}
    outside = Q(building_id__isnull=True) | ~Q(building_id=locked.building.id)
    for member_ids in in_parts({shift.member_id for shift in locked.shifts}):
        rows = Shift.of(locked.building.organisation_id).filter(
            outside, member_id__in=member_ids, cancelled_at__isnull=True, ends_at__gt=locked.now
        )
        for row in await rows:
            found.setdefault((row.member_id, row.date), []).append(row.span)
    return found


def booked(shift: Shift) -> Booked:
    """A shift at an office as fitting looks at it; its times are those of the clock where it was booked for."""
    if shift.building_id is None:
        raise ValueError("a shift at no office")
    return Booked(
        id=shift.id,
        member_id=shift.member_id,
        place=Place(shift.building_id, shift.floor_id, shift.area_id),
        date=shift.date,
        part=shift.part,
        span=shift.span,
        booked_at=shift.created_at,
    )


def in_parts(ids: Collection[K]) -> Iterator[list[K]]:
    """The ids, as many at a time as one statement takes."""
    listed = list(ids)
    for start in range(0, len(listed), _AT_ONCE):
        yield listed[start : start + _AT_ONCE]


async def _lock_members(organisation_id: UUID, members: Collection[UUID]) -> None:
    for ids in in_parts(sorted(members)):
        await Member.of(organisation_id).filter(id__in=ids).order_by("id").select_for_update(no_key=True)


async def _locked(organisation_id: UUID, building_id: UUID) -> LockedBuilding:
    buildings = Building.of(organisation_id).filter(id=building_id, removed_at__isnull=True)
    building = await buildings.select_for_update(no_key=True).first()
    if building is None:
        raise NotFound("building")
    floors = Floor.of(organisation_id).filter(building_id=building_id, removed_at__isnull=True)
    areas = Area.of(organisation_id).filter(floor__building_id=building_id, removed_at__isnull=True)
    now = clock.now()
    return LockedBuilding(
        building=building,
        floors=await floors.order_by("position", "id"),
        areas=await areas.order_by("position", "id"),
        shifts=await _open_shifts(organisation_id, building_id, now),
        now=now,
    )


async def _open_shifts(organisation_id: UUID, building_id: UUID, now: datetime) -> Sequence[Shift]:
    rows = Shift.of(organisation_id).filter(building_id=building_id, cancelled_at__isnull=True, ends_at__gt=now)
    return await rows.order_by("date", "starts_at", "id")
