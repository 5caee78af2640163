"""What is read for many objects at once: each method for a list of keys, the values in their order.

A value that is an exception is raised for its key alone.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from app.agenda.values import AgendaEvent
from app.bookings.models import BookingOccurrence, RoomBooking
from app.buildings.models import Area, Building, Floor
from app.errors import ProblemError
from app.identity.models import Member
from app.identity.principal import Principal
from app.rooms.availability import RoomSchedule
from app.rooms.models import Room
from app.shifts.models import Shift
from app.shifts.occupancy import OccupancyKey, PlaceOccupancy, occupancies

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


class Reads:
    """Asks the services for one member."""

    def __init__(self, services: "Services", principal: Principal) -> None:
        self._services = services
        self._principal = principal

    async def members(self, ids: list[UUID]) -> Sequence[Member | None]:
        found = await self._services.members.many(self._principal.organisation_id, ids)
        return [found.get(member_id) for member_id in ids]

    async def bookings(self, ids: list[UUID]) -> Sequence[RoomBooking | None]:
        found = await self._services.bookings.many(self._principal, ids)
        return [found.get(booking_id) for booking_id in ids]

    async def rooms(self, ids: list[UUID]) -> Sequence[Room | None]:
        found = await self._services.rooms.many(self._principal.organisation_id, ids)
        return [found.get(room_id) for room_id in ids]

    async def schedules(self, keys: list[ScheduleKey]) -> Sequence[RoomSchedule | ProblemError]:
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

    async def events(self, keys: list[EventKey]) -> Sequence[AgendaEvent | None]:
        """One call to the suite for each event, side by side; None where it is gone or cannot be read."""
        return await asyncio.gather(*(self._event(key) for key in keys))

    async def _event(self, key: EventKey) -> AgendaEvent | None:
        try:
            return await self._services.bookings.event_of(self._principal, key.booking)
        except ProblemError:
            return None

    async def occurrences(self, booking_ids: list[UUID]) -> Sequence[Sequence[BookingOccurrence]]:
        found = await self._services.bookings.occurrences(self._principal, booking_ids)
        return [found.get(booking_id, []) for booking_id in booking_ids]

    async def shifts(self, ids: list[UUID]) -> Sequence[Shift | None]:
        found = await self._services.shifts.many(self._principal, ids)
        return [found.get(shift_id) for shift_id in ids]

    async def changed_shifts(self, change_ids: list[UUID]) -> Sequence[Sequence[Shift]]:
        """The viewer's own, by the change that touched them last."""
        found = await self._services.shifts.of_changes(self._principal, change_ids)
        return [found.get(change_id, []) for change_id in change_ids]

    async def buildings(self, ids: list[UUID]) -> Sequence[Building | None]:
        found = await self._services.buildings.many(self._principal.organisation_id, ids)
        return [found.get(building_id) for building_id in ids]

    async def floors(self, ids: list[UUID]) -> Sequence[Floor | None]:
        found = await self._services.buildings.floors(self._principal.organisation_id, ids)
        return [found.get(floor_id) for floor_id in ids]

    async def areas(self, ids: list[UUID]) -> Sequence[Area | None]:
        found = await self._services.buildings.areas(self._principal.organisation_id, ids)
        return [found.get(area_id) for area_id in ids]

    async def floors_of(self, building_ids: list[UUID]) -> Sequence[Sequence[Floor]]:
        found = await self._services.buildings.floors_of(self._principal.organisation_id, building_ids)
        return [found.get(building_id, []) for building_id in building_ids]

    async def areas_of(self, floor_ids: list[UUID]) -> Sequence[Sequence[Area]]:
        found = await self._services.buildings.areas_of(self._principal.organisation_id, floor_ids)
        return [found.get(floor_id, []) for floor_id in floor_ids]

    async def occupancies(self, keys: list[OccupancyKey]) -> Sequence[PlaceOccupancy]:
        found = await occupancies(self._principal, keys)
        return [found[key] for key in keys]

    async def patience(self, organisation_ids: list[UUID]) -> Sequence[timedelta]:
        """How long a room may be silent in the viewer's organisation, which is the only one that is asked about."""
        read = self._services.notification_settings.get
        return [(await read(organisation_id)).no_answer_after for organisation_id in organisation_ids]
