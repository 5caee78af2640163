"""Entering a room by its email address, where no directory lists it or nobody may read the directory.

With the administrator's own connection the suite is asked about the address first, since a mistyped one would only show
when somebody books it. A room so entered has no id of the suite's: a sync leaves it alone until the directory lists its
address, and then takes it over (see `app.rooms.pairing`).
"""

from dataclasses import astuple, dataclass, replace
from uuid import UUID, uuid4

import orjson
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from app import clock
from app.audit import service as audit
from app.audit.models import AuditAction
from app.errors import NotFound, ProblemError, RoomAddressTaken
from app.identity.idempotency import IdempotencyService
from app.identity.principal import Principal
from app.rooms.address_check import Look, look_at, still_enabled
from app.rooms.details import DETAIL_COLUMNS
from app.rooms.models import Room, RoomPairing
from app.rooms.ports import Calendars
from app.rooms.validation import (
    MAX_BUILDING,
    MAX_FLOOR,
    checked_address,
    checked_capacity,
    checked_equipment,
    checked_line,
    checked_name,
)

_OPERATION = "createRoom"
_ENTERED = (
    *DETAIL_COLUMNS,
    "beneath_overrides",
    "suite_room_id",
    "integration_id",
    "pairing",
    "pairing_retained",
    "kept_unpaired",
    "created_at",
    "synced_at",
)
"""What entering a room settles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRoom:
    """A room as an administrator describes it."""

    address: str
    name: str
    building: str | None = None
    floor: str | None = None
    capacity: int | None = None
    equipment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnteredRoom:
    """The room, and why it is not paired or its address was not checked."""

    room: Room
    problems: tuple[ProblemError, ...] = ()


class RoomEntry:
    """Enters rooms by hand."""

    def __init__(self, calendars: Calendars, idempotency: IdempotencyService) -> None:
        self._calendars = calendars
        self._idempotency = idempotency

    async def create(self, principal: Principal, wanted: NewRoom, idempotency_key: str) -> EnteredRoom:
        """The room, paired where the suite could be asked with the administrator's own connection.

        Repeating a request that was carried out reads its room anew. Raises Forbidden, InvalidInput,
        IdempotencyKeyReused, RoomAddressTaken, RoomAddressUnknown, NotFound for a repeat whose room is gone, and
        what keeps the suite from answering: then nothing was done.
        """
        principal.require_administrator()
        wanted = validated(wanted)
        present = await Room.of(principal.organisation_id).get_or_none(address=wanted.address)
        if present is not None and present.removed_at is None:
            return EnteredRoom(await self._entered_before(principal, wanted, idempotency_key, present))
        look = await self._look(principal, wanted.address)
        try:
            room = await self._write(principal, wanted, idempotency_key, look, present)
        except IntegrityError:
            # Somebody was faster with this address, perhaps the same request.
            present = await Room.of(principal.organisation_id).get(address=wanted.address)
            room = await self._entered_before(principal, wanted, idempotency_key, present)
        return EnteredRoom(room, look.problems)

    async def _look(self, principal: Principal, address: str) -> Look:
        """What the suite says of the address; without a working connection it is not asked, and nothing is paired."""
        try:
            calendar = await self._calendars.connected(principal)
        except ProblemError as problem:
            return Look(None, (problem,))
        return await look_at(self._calendars, calendar, address)

    async def _write(self, principal: Principal, wanted: NewRoom, key: str, look: Look, removed: Room | None) -> Room:
        """Room, key and audit entry together. Raises IntegrityError where the address is taken by now."""
        async with in_transaction():
            claim = await self._idempotency.claim(principal, _OPERATION, key, _content(wanted))
            if claim.record.result_ids is not None:
                return await _own(principal, UUID(claim.record.result_ids[0]))
            integration_id = await still_enabled(principal, look.integration_id)
            room = _entered(principal, wanted, integration_id)
            if removed is None:
                await room.save(force_create=True)
            else:
                await _take_over(removed, room)
            await self._idempotency.finish(claim.record, [room.id])
            await audit.record(
                principal.organisation_id,
                AuditAction.ROOM_CREATED,
                actor_id=principal.member_id,
                target_id=room.id,
                pairing=room.pairing.value,
            )
        return room

    async def _entered_before(self, principal: Principal, wanted: NewRoom, key: str, present: Room) -> Room:
        """The room that this very request made before. Raises RoomAddressTaken, and keeps no key, for any other."""
        async with in_transaction():
            claim = await self._idempotency.claim(principal, _OPERATION, key, _content(wanted))
            if claim.record.result_ids is None:
                raise RoomAddressTaken(present.name)
            return await _own(principal, UUID(claim.record.result_ids[0]))


def validated(wanted: NewRoom) -> NewRoom:
    """The room in its normal form. Raises InvalidInput."""
    return replace(
        wanted,
        address=checked_address(wanted.address),
        capacity=checked_capacity(wanted.capacity),
        name=checked_name(wanted.name),
        building=checked_line("building", wanted.building, MAX_BUILDING),
        floor=checked_line("floor", wanted.floor, MAX_FLOOR),
        equipment=checked_equipment(wanted.equipment),
    )


def _entered(principal: Principal, wanted: NewRoom, integration_id: UUID | None) -> Room:
    return Room(
        id=uuid4(),
        organisation_id=principal.organisation_id,
        integration_id=integration_id,
        address=wanted.address,
        pairing=RoomPairing.PAIRED if integration_id else RoomPairing.UNPAIRED,
        name=wanted.name,
        building=wanted.building,
        floor=wanted.floor,
        capacity=wanted.capacity,
        equipment=list(wanted.equipment),
        created_at=clock.now(),
    )


async def _take_over(removed: Room, room: Room) -> None:
    """A room that was removed is back as the same room, with nothing left of what it was. Raises IntegrityError."""
    values = {field: getattr(room, field) for field in _ENTERED}
    rows = Room.of(removed.organisation_id).filter(id=removed.id, removed_at__isnull=False)
    if not await rows.update(**values, removed_at=None):
        raise IntegrityError("the room is back already")
    room.id = removed.id


def _content(wanted: NewRoom) -> bytes:
    return orjson.dumps(astuple(wanted))


async def _own(principal: Principal, room_id: UUID) -> Room:
    room = await Room.of(principal.organisation_id).get_or_none(id=room_id, removed_at__isnull=True)
    if room is None:
        raise NotFound("room")
    return room
