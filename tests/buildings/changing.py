"""A process in which somebody books a place, or changes its building, at the same moment as others do."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from uuid import UUID

from app.buildings.administration import BuildingAdministration
from app.buildings.layout import AreaLayout, FloorLayout, LayoutChanges
from app.database import engine
from app.errors import ProblemError, ShiftsNoLongerFit
from app.events_bus.memory import MemoryBus
from app.identity.idempotency import IdempotencyService
from app.identity.models import Member
from app.identity.principal import Principal
from app.keys import Keys
from app.notifications.service import notify
from app.shifts.booking import ShiftBooking
from app.shifts.capacity import Place
from app.shifts.commands import BookShifts
from app.shifts.models import WorkKind
from tests.support.people import principal_of

KEYS = Keys(b"\x02" * 32)
_MOST_TRIES = 40


@dataclass(frozen=True)
class Actor:
    """Somebody, and what they do as soon as everybody is there."""

    member_id: UUID
    act: "Books | Narrows | Removes"


@dataclass(frozen=True)
class Books:
    """Books the place for these days, one after the other."""

    place: Place
    days: tuple[date, ...]

    async def __call__(self, principal: Principal) -> list[str]:
        booking = ShiftBooking(IdempotencyService(KEYS), notify, MemoryBus())
        return [
            await _told(lambda day=day: booking.book(principal, self._command(day)))  # type: ignore[misc]  # bound now
            for day in self.days
        ]

    def _command(self, day: date) -> BookShifts:
        return BookShifts(idempotency_key=f"{day}", kind=WorkKind.AT_OFFICE, dates=(day,), place=self.place)


@dataclass(frozen=True)
class Narrows:
    """Gives the building's only floor these areas and capacities, confirming whatever is shown until it is done."""

    building_id: UUID
    floor_id: UUID
    capacity: int
    areas: tuple[tuple[UUID, str, int | None], ...]

    async def __call__(self, principal: Principal) -> list[str]:
        areas = tuple(AreaLayout(name, capacity, area_id) for area_id, name, capacity in self.areas)
        changes = LayoutChanges(capacity=self.capacity, floors=(FloorLayout("Ground", None, areas, self.floor_id),))
        return [await _confirming(lambda sent: _administration().update(principal, self.building_id, changes, sent))]


@dataclass(frozen=True)
class Removes:
    """Removes the building, confirming whatever is shown until it is done."""

    building_id: UUID

    async def __call__(self, principal: Principal) -> list[str]:
        return [await _confirming(lambda sent: _administration().remove(principal, self.building_id, sent))]


def run(url: str, actor: Actor, gate: Barrier, results: "Queue[list[str]]") -> None:
    """Act together with the other processes."""
    results.put(asyncio.run(_act(url, actor, gate)))


async def _act(url: str, actor: Actor, gate: Barrier) -> list[str]:
    async with engine.database(url):
        principal = principal_of(await Member.get(id=actor.member_id))
        await asyncio.to_thread(gate.wait, 60)
        return await actor.act(principal)


def _administration() -> BuildingAdministration:
    return BuildingAdministration(KEYS, IdempotencyService(KEYS), notify, MemoryBus())


async def _confirming(change: Callable[[str | None], Awaitable[object]]) -> str:
    sent: str | None = None
    for _ in range(_MOST_TRIES):
        try:
            await change(sent)
            return "DONE"
        except ShiftsNoLongerFit as asked:
            sent = asked.confirmation
        except ProblemError as refused:
            return type(refused).__name__
    return "NEVER"


async def _told(act: Callable[[], Awaitable[object]]) -> str:
    try:
        await act()
        return "BOOKED"
    except ProblemError as refused:
        return type(refused).__name__
