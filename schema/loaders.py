"""What one answer reads for many objects at once; forgotten with the answer."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from strawberry.dataloader import DataLoader

from app.agenda.values import AgendaEvent
from app.bookings.models import BookingOccurrence, RoomBooking
from app.buildings.models import Area, Building, Floor
from app.errors import ProblemError
from app.identity.models import Member, Role
from app.identity.principal import Principal
from app.notifications.models import Notification
from app.notifications.shift_words import ABOUT_SHIFTS, told_shifts
from app.notifications.words import words_for
from app.rooms.availability import RoomSchedule
from app.rooms.models import Room
from app.shifts.models import Shift
from app.shifts.occupancy import OccupancyKey, PlaceOccupancy, occupancies
from schema.together import Together

if TYPE_CHECKING:
    from schema.context import Services


@dataclass(frozen=True, slots=True)
class ScheduleKey:
    """One room in one window."""

    room_id: UUID
    start: datetime
    end: datetime
    room: Room = field(compare=False)


@dataclass(frozen=True, slots=True)
class EventKey:
    """An event by our reference to it; bookings of several rooms share one."""

    mailbox_reference_id: UUID
    booking: RoomBooking | BookingOccurrence = field(compare=False)


@dataclass(frozen=True, slots=True)
class MessageKey:
    """A notification, whose message names rooms and shifts."""

    notification_id: UUID
    row: Notification = field(compare=False)


class Loaders:
    """The loaders of one answer, for one member."""

    def __init__(self, services: "Services", principal: Principal) -> None:
        self._services = services
        self._principal = principal
        self.members: DataLoader[UUID, Member | None] = DataLoader(load_fn=Together(self._members))
        self.roles: DataLoader[UUID, Role | None] = DataLoader(load_fn=Together(self._roles))
        self.schedules: DataLoader[ScheduleKey, RoomSchedule] = DataLoader(load_fn=Together(self._schedules))
        self.events: DataLoader[EventKey, AgendaEvent | None] = DataLoader(load_fn=Together(self._events))
        self.bookings: DataLoader[UUID, RoomBooking | None] = DataLoader(load_fn=Together(self._bookings))
        self.rooms: DataLoader[UUID, Room | None] = DataLoader(load_fn=Together(self._rooms))
        self.occurrences: DataLoader[UUID, Sequence[BookingOccurrence]] = DataLoader(
            load_fn=Together(self._occurrences)
        )
        self.shifts: DataLoader[UUID, Shift | None] = DataLoader(load_fn=Together(self._shifts))
        self.changed_shifts: DataLoader[UUID, Sequence[Shift]] = DataLoader(load_fn=Together(self._changed_shifts))
        self.buildings: DataLoader[UUID, Building | None] = DataLoader(load_fn=Together(self._buildings))
        self.floors: DataLoader[UUID, Floor | None] = DataLoader(load_fn=Together(self._floors))
        self.areas: DataLoader[UUID, Area | None] = DataLoader(load_fn=Together(self._areas))
        self.floors_of: DataLoader[UUID, Sequence[Floor]] = DataLoader(load_fn=Together(self._floors_of))
        self.areas_of: DataLoader[UUID, Sequence[Area]] = DataLoader(load_fn=Together(self._areas_of))
        self.occupancies: DataLoader[OccupancyKey, PlaceOccupancy] = DataLoader(load_fn=Together(self._occupancies))
        self.patience: DataLoader[UUID, timedelta] = DataLoader(load_fn=Together(self._patience))
        self.messages: DataLoader[MessageKey, str] = DataLoader(load_fn=Together(self._messages))

    async def _members(self, ids: list[UUID]) -> Sequence[Member | None]:
        found = await self._services.members.many(self._principal.organisation_id, ids)
        return [found.get(member_id) for member_id in ids]

    async def _roles(self, ids: list[UUID]) -> Sequence[Role | None]:
        """What members may do; that is told to administrators alone."""
        if not self._principal.is_administrator:
            return [None] * len(ids)
        return [member.role if member else None for member in await self.members.load_many(ids)]

    async def _bookings(self, ids: list[UUID]) -> Sequence[RoomBooking | None]:
        found = await self._services.bookings.many(self._principal, ids)
        return [found.get(booking_id) for booking_id in ids]

    async def _rooms(self, ids: list[UUID]) -> Sequence[Room | None]:
        found = await self._services.rooms.many(self._principal.organisation_id, ids)
        return [found.get(room_id) for room_id in ids]

    async def _schedules(self, keys: list[ScheduleKey]) -> Sequence[RoomSchedule | ProblemError]:
        """One question to the service for each window; a problem of one window leaves the others alone."""
        windows: dict[tuple[datetime, datetime], list[Room]] = defaultdict(list)
        for key in keys:
            windows[key.start, key.end].append(key.room)
        answers: dict[tuple[UUID, datetime, datetime], RoomSchedule | ProblemError] = {}
        for (start, end), rooms in windows.items():
            try:
                told = await self._services.rooms.schedules(self._principal, rooms, start, end)
            except ProblemError as problem:
                told = {room.id: problem for room in rooms}
            answers.update({(room_id, start, end): answer for room_id, answer in told.items()})
        return [answers[key.room_id, key.start, key.end] for key in keys]

    async def _events(self, keys: list[EventKey]) -> Sequence[AgendaEvent | None]:
        """One call to the suite for each event, side by side; None where it is gone or cannot be read."""
        return await asyncio.gather(*(self._event(key) for key in keys))

    async def _event(self, key: EventKey) -> AgendaEvent | None:
        try:
            return await self._services.bookings.event_of(self._principal, key.booking)
        except ProblemError:
            return None

    async def _occurrences(self, booking_ids: list[UUID]) -> Sequence[Sequence[BookingOccurrence]]:
        found = await self._services.bookings.occurrences(self._principal, booking_ids)
        return [found.get(booking_id, []) for booking_id in booking_ids]

    async def _shifts(self, ids: list[UUID]) -> Sequence[Shift | None]:
        found = await self._services.shifts.many(self._principal, ids)
        return [found.get(shift_id) for shift_id in ids]

    async def _changed_shifts(self, change_ids: list[UUID]) -> Sequence[Sequence[Shift]]:
        """The viewer's own, by the change that touched them last."""
        found = await self._services.shifts.of_changes(self._principal, change_ids)
        return [found.get(change_id, []) for change_id in change_ids]

    async def _buildings(self, ids: list[UUID]) -> Sequence[Building | None]:
        found = await self._services.buildings.many(self._principal.organisation_id, ids)
        return [found.get(building_id) for building_id in ids]

    async def _floors(self, ids: list[UUID]) -> Sequence[Floor | None]:
        found = await self._services.buildings.floors(self._principal.organisation_id, ids)
        return [found.get(floor_id) for floor_id in ids]

    async def _areas(self, ids: list[UUID]) -> Sequence[Area | None]:
        found = await self._services.buildings.areas(self._principal.organisation_id, ids)
        return [found.get(area_id) for area_id in ids]

    async def _floors_of(self, building_ids: list[UUID]) -> Sequence[Sequence[Floor]]:
        found = await self._services.buildings.floors_of(self._principal.organisation_id, building_ids)
        return [found.get(building_id, []) for building_id in building_ids]

    async def _areas_of(self, floor_ids: list[UUID]) -> Sequence[Sequence[Area]]:
        found = await self._services.buildings.areas_of(self._principal.organisation_id, floor_ids)
        return [found.get(floor_id, []) for floor_id in floor_ids]

    async def _occupancies(self, keys: list[OccupancyKey]) -> Sequence[PlaceOccupancy]:
        found = await occupancies(self._principal, keys)
        return [found[key] for key in keys]

    async def _patience(self, organisation_ids: list[UUID]) -> Sequence[timedelta]:
        """How long a room may be silent in the viewer's organisation, which is the only one that is asked about."""
        read = self._services.notification_settings.get
        return [(await read(organisation_id)).no_answer_after for organisation_id in organisation_ids]

    async def _messages(self, keys: list[MessageKey]) -> Sequence[str]:
        """What each notification says, once everything is read that some of them name."""
        rows = [key.row for key in keys]
        rooms, shifts = await asyncio.gather(self._named_rooms(rows), self._named_shifts(rows))
        ids = {row.building_id for found in shifts.values() for row in found if row.building_id is not None}
        buildings = await self.buildings.load_many(ids)
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
        return {room.id: room.name for room in await self.rooms.load_many(ids) if room is not None}

    async def _named_shifts(self, rows: Sequence[Notification]) -> Mapping[UUID, Sequence[Shift]]:
        ids = {row.subject_id for row in rows if row.kind in ABOUT_SHIFTS}
        return dict(zip(ids, await self.changed_shifts.load_many(ids), strict=True))
