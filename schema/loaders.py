"""The loaders of one answer; forgotten with it.

Nothing that a loader refers to leads back to it, so that an answer's loaders go with the answer, without the garbage
collector.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from app.agenda.values import AgendaEvent
from app.bookings.models import BookingOccurrence, RoomBooking
from app.buildings.models import Area, Building, Floor
from app.identity.models import Member, Role
from app.identity.principal import Principal
from app.notifications.models import Notification
from app.notifications.shift_words import ABOUT_SHIFTS, told_shifts
from app.notifications.words import words_for
from app.rooms.availability import RoomSchedule
from app.rooms.models import Room
from app.shifts.models import Shift
from app.shifts.occupancy import OccupancyKey, PlaceOccupancy
from schema.reads import EventKey, Reads, ScheduleKey
from schema.together import SharedLoader, Together

if TYPE_CHECKING:
    from schema.context import Services

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class MessageKey:
    """A notification, whose message names rooms and shifts."""

    notification_id: UUID
    row: Notification = field(compare=False)


class Loaders:
    """The loaders of one answer, for one member."""

    def __init__(self, services: "Services", principal: Principal) -> None:
        reads = Reads(services, principal)
        self.members: DataLoader[UUID, Member | None] = _loader(reads.members)
        self.schedules: DataLoader[ScheduleKey, RoomSchedule] = _loader(reads.schedules)
        self.events: DataLoader[EventKey, AgendaEvent | None] = _loader(reads.events)
        self.bookings: DataLoader[UUID, RoomBooking | None] = _loader(reads.bookings)
        self.rooms: DataLoader[UUID, Room | None] = _loader(reads.rooms)
        self.occurrences: DataLoader[UUID, Sequence[BookingOccurrence]] = _loader(reads.occurrences)
        self.shifts: DataLoader[UUID, Shift | None] = _loader(reads.shifts)
        self.changed_shifts: DataLoader[UUID, Sequence[Shift]] = _loader(reads.changed_shifts)
        self.buildings: DataLoader[UUID, Building | None] = _loader(reads.buildings)
        self.floors: DataLoader[UUID, Floor | None] = _loader(reads.floors)
        self.areas: DataLoader[UUID, Area | None] = _loader(reads.areas)
        self.floors_of: DataLoader[UUID, Sequence[Floor]] = _loader(reads.floors_of)
        self.areas_of: DataLoader[UUID, Sequence[Area]] = _loader(reads.areas_of)
        self.occupancies: DataLoader[OccupancyKey, PlaceOccupancy] = _loader(reads.occupancies)
        self.patience: DataLoader[UUID, timedelta] = _loader(reads.patience)
        self.roles: DataLoader[UUID, Role | None] = _loader(Roles(principal, self.members).read)
        messages = Messages(self.rooms, self.changed_shifts, self.buildings)
        self.messages: DataLoader[MessageKey, str] = _loader(messages.read)


class Roles:
    """What members may do; that is told to administrators alone."""

    def __init__(self, principal: Principal, members: DataLoader[UUID, Member | None]) -> None:
        self._principal = principal
        self._members = members

    async def read(self, ids: list[UUID]) -> Sequence[Role | None]:
        if not self._principal.is_administrator:
            return [None] * len(ids)
        return [member.role if member else None for member in await self._members.load_many(ids)]


class Messages:
    """What notifications say, once everything is read that some of them name."""

    def __init__(
        self,
        rooms: DataLoader[UUID, Room | None],
        changed_shifts: DataLoader[UUID, Sequence[Shift]],
        buildings: DataLoader[UUID, Building | None],
    ) -> None:
        self._rooms = rooms
        self._changed_shifts = changed_shifts
        self._buildings = buildings

    async def read(self, keys: list[MessageKey]) -> Sequence[str]:
        rows = [key.row for key in keys]
        rooms, shifts = await asyncio.gather(self._named_rooms(rows), self._named_shifts(rows))
        ids = {row.building_id for found in shifts.values() for row in found if row.building_id is not None}
        buildings = await self._buildings.load_many(ids)
        names = {building.id: building.name for building in buildings if building is not None}
        return [
            words_for(
                row.kind,
                rooms.get(row.room_id),
                rooms.get(row.former_room_id),
                told_shifts(shifts.get(row.subject_id, []), names),
            )
            for row in rows
        ]

    async def _named_rooms(self, rows: Sequence[Notification]) -> Mapping[UUID | None, str]:
        ids = {room_id for row in rows for room_id in (row.room_id, row.former_room_id) if room_id is not None}
        return {room.id: room.name for room in await self._rooms.load_many(ids) if room is not None}

    async def _named_shifts(self, rows: Sequence[Notification]) -> Mapping[UUID, Sequence[Shift]]:
        ids = {row.subject_id for row in rows if row.kind in ABOUT_SHIFTS}
        return dict(zip(ids, await self._changed_shifts.load_many(ids), strict=True))


def _loader(read: Callable[[list[K]], Awaitable[Sequence[V | BaseException]]]) -> DataLoader[K, V]:
    return SharedLoader(load_fn=Together(read))
