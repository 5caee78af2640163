"""Entering a room by its email address, where no directory lists it or nobody may read the directory.

With the administrator's own connection the suite is asked about the address first, since a mistyped one would only show
when somebody books it. A room so entered has no id of the suite's: a sync leaves it alone until the directory lists its
address, and then takes it over (see `app.rooms.pairing`).
"""

from dataclasses import astuple, dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

import orjson
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from app import clock
from app.addresses import normalised
from app.audit import service as audit
from app.audit.models import AuditAction
from app.connections.problems import needing
from app.errors import (
    InvalidInput,
    NotFound,
    PermissionMissing,
    ProblemCode,
    ProblemError,
    RoomAddressTaken,
    RoomAddressUnknown,
)
from app.identity.idempotency import IdempotencyService
from app.identity.principal import Principal
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.rooms.models import Room, RoomPairing
from app.rooms.pairing import MAX_CAPACITY
from app.rooms.ports import Calendars
from app.suites.events import Availability
from app.suites.protocol import Purpose

_OPERATION = "createRoom"
_LOOK = timedelta(hours=1)
"""How much of the room's time is asked about; what the suite answers of it does not matter, only that it does."""

MAX_NAME, MAX_BUILDING, MAX_FLOOR = 256, 256, 64
MAX_EQUIPMENT, MAX_PIECE = 50, 100


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


@dataclass(frozen=True, slots=True)
class _Look:
    """What the suite says of an address: the integration to pair with, if any, and what could not be done."""

    integration_id: UUID | None
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
        if present is not None:
            return EnteredRoom(await self._entered_before(principal, wanted, idempotency_key, present))
        look = await self._look(principal, wanted.address)
        try:
            room = await self._write(principal, wanted, idempotency_key, look)
        except IntegrityError:
            # Somebody was faster with this address, perhaps the same request.
            present = await Room.of(principal.organisation_id).get(address=wanted.address)
            room = await self._entered_before(principal, wanted, idempotency_key, present)
        return EnteredRoom(room, look.problems)

    async def _look(self, principal: Principal, address: str) -> _Look:
        try:
            calendar = await self._calendars.connected(principal)
        except ProblemError as problem:
            return _Look(None, (problem,))
        connection = calendar.connection
        start = clock.now().replace(minute=0, second=0, microsecond=0)
        try:
            async with self._calendars.use(connection):
                with needing(Purpose.AVAILABILITY, calendar.suite, connection):
                    told = await calendar.mailbox.schedules([address], start, start + _LOOK)
        except PermissionMissing as problem:
            return _Look(connection.integration_id, (problem,))
        if all(entry.availability is Availability.UNKNOWN for entry in told):
            raise RoomAddressUnknown
        return _Look(connection.integration_id)

    async def _write(self, principal: Principal, wanted: NewRoom, key: str, look: _Look) -> Room:
        """Room, key and audit entry together. Raises IntegrityError where the address is taken by now."""
        async with in_transaction():
            claim = await self._idempotency.claim(principal, _OPERATION, key, _content(wanted))
            if claim.record.result_ids is not None:
                return await _own(principal, UUID(claim.record.result_ids[0]))
            integration_id = await _still_enabled(principal, look.integration_id)
            room = await Room.create(
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
    address = normalised(wanted.address)
    if address is None:
        raise InvalidInput(
            "email",
            "This is not an email address.",
            code=ProblemCode.MALFORMED_EMAIL,
            remedy="Write the address as name@example.org.",
        )
    if wanted.capacity is not None and not 1 <= wanted.capacity <= MAX_CAPACITY:
        raise InvalidInput("capacity", f"A room takes 1 to {MAX_CAPACITY} people.")
    if len(wanted.equipment) > MAX_EQUIPMENT:
        raise InvalidInput("equipment", f"A room has at most {MAX_EQUIPMENT} pieces of equipment.")
    name = _line("name", wanted.name, MAX_NAME)
    if name is None:
        raise InvalidInput("name", "The room needs a name.")
    pieces = (_line(f"equipment.{place}", piece, MAX_PIECE) for place, piece in enumerate(wanted.equipment))
    return replace(
        wanted,
        address=address,
        name=name,
        building=_line("building", wanted.building, MAX_BUILDING),
        floor=_line("floor", wanted.floor, MAX_FLOOR),
        equipment=tuple(dict.fromkeys(piece for piece in pieces if piece)),
    )


def _line(field: str, text: str | None, longest: int) -> str | None:
    """One line without spaces around it; None where nothing is left. Raises InvalidInput."""
    trimmed = (text or "").strip()
    if len(trimmed) > longest:
        raise InvalidInput(field, f"This has at most {longest} characters.")
    if any(ord(character) < ord(" ") for character in trimmed):
        raise InvalidInput(field, "This has to be a single line of text.")
    return trimmed or None


def _content(wanted: NewRoom) -> bytes:
    return orjson.dumps(astuple(wanted))


async def _own(principal: Principal, room_id: UUID) -> Room:
    room = await Room.of(principal.organisation_id).get_or_none(id=room_id)
    if room is None:
        raise NotFound("room")
    return room


async def _still_enabled(principal: Principal, integration_id: UUID | None) -> UUID | None:
    """The integration, unless it was disabled while the suite was asked. Call inside the transaction that pairs."""
    integrations = Integration.of(principal.organisation_id).filter(id=integration_id, status=IntegrationStatus.ENABLED)
    return integration_id if integration_id and await integrations.select_for_update().first() else None
