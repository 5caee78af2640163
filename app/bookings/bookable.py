"""Rooms that a member may ask for."""

from collections.abc import Sequence
from uuid import UUID

from app.agenda.service import ConnectedCalendar
from app.errors import NotFound, RoomNotBookable, RoomNotPaired
from app.rooms.models import Room, RoomPairing


async def bookable_rooms(calendar: ConnectedCalendar, room_ids: Sequence[UUID]) -> list[Room]:
    """These rooms, in order. Raises NotFound, RoomNotPaired, RoomNotBookable."""
    rooms = await rooms_of(calendar, room_ids)
    for room in rooms:
        if room.removed_at is not None:
            raise NotFound("room")
        is_elsewhere = room.integration_id not in {None, calendar.connection.integration_id}
        if room.pairing is not RoomPairing.PAIRED or is_elsewhere:
            raise RoomNotPaired(room.name)
        if not room.is_bookable:
            raise RoomNotBookable(room.name)
    return rooms


async def rooms_of(calendar: ConnectedCalendar, room_ids: Sequence[UUID]) -> list[Room]:
    """These rooms, in order, whether or not they can be booked. Raises NotFound."""
    rows = await Room.of(calendar.connection.organisation_id).filter(id__in=list(room_ids))
    found = {room.id: room for room in rows}
    if len(found) < len(room_ids):
        raise NotFound("room")
    return [found[room_id] for room_id in room_ids]
