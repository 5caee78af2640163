"""What administrators do with rooms that are there: say it better than the suite, pair and unpair, remove.

Nothing of it is written to the suite's directory. An override holds instead of what the suite says, survives every
sync, and can be taken back; a room that was unpaired stays so until it is paired again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from app.audit import service as audit
from app.audit.models import AuditAction, AuditOutcome
from app.bookings.of_room import RoomBookingFigures, figures_of_room
from app.bookings.ports import Notify
from app.errors import IntegrationUnavailable, NotFound, ProblemError, RoomAddressTaken
from app.events_bus.bus import EventsBus
from app.identity.principal import Principal
from app.integrations.status import IntegrationStatus
from app.keys import Keys
from app.rooms.address_check import Look, look_at, still_enabled
from app.rooms.details import RoomDetail, with_overrides
from app.rooms.models import Room, RoomPairing, RoomSync, RoomSyncState
from app.rooms.ports import Calendars
from app.rooms.removal import RemovedRoom, RoomRemoval
from app.rooms.validation import (
    MAX_BUILDING,
    MAX_FLOOR,
    checked_address,
    checked_capacity,
    checked_equipment,
    checked_line,
    checked_name,
)

_CHECKS: Mapping[RoomDetail, Callable[[Any], object]] = {
    RoomDetail.NAME: checked_name,
    RoomDetail.BUILDING: lambda text: checked_line("building", text, MAX_BUILDING),
    RoomDetail.FLOOR: lambda text: checked_line("floor", text, MAX_FLOOR),
    RoomDetail.CAPACITY: checked_capacity,
    RoomDetail.EQUIPMENT: lambda pieces: list(checked_equipment(pieces)),
    RoomDetail.ACCESSIBILITY: bool,
    RoomDetail.BOOKABLE: bool,
}

DetailChanges = Mapping[RoomDetail, str | int | bool | list[str] | None]
"""What an administrator says of a room; None takes back what was said before."""


@dataclass(frozen=True, slots=True)
class PairedRoom:
    """The room, and why its address could not be checked, if it could not."""

    room: Room
    problems: tuple[ProblemError, ...] = ()


@dataclass(frozen=True, slots=True)
class UnpairedRoom:
    """The room, its open bookings, and what happens to them."""

    room: Room
    figures: RoomBookingFigures
    consequences: tuple[str, ...]


class RoomAdministration:
    """Changes the organisation's rooms, for administrators; every change is in the audit log."""

    def __init__(self, calendars: Calendars, keys: Keys, notify: Notify, bus: EventsBus) -> None:
        self._calendars = calendars
        self._removal = RoomRemoval(keys, notify, bus)

    async def update(self, principal: Principal, room_id: UUID, changes: DetailChanges) -> Room:
        """Override details of a room, or take overrides back. Raises Forbidden, InvalidInput, NotFound."""
        principal.require_administrator()
        ours = {detail: _CHECKS[detail](value) for detail, value in changes.items() if value is not None}
        taken_back = [detail for detail, value in changes.items() if value is None]
        async with in_transaction():
            room = await _present(principal, room_id)
            values = with_overrides(room, ours, taken_back)
            if all(getattr(room, column) == value for column, value in values.items()):
                return room
            await _write(room, values)
            await _record(
                principal,
                AuditAction.ROOM_UPDATED,
                room,
                overridden=[detail.value for detail in ours],
                taken_back=[detail.value for detail in taken_back],
            )
        return room

    async def pair(self, principal: Principal, room_id: UUID, address: str | None) -> PairedRoom:
        """Tie the room to the suite by its email address, or by another one that it is given with it.

        A room that is paired by this address already is answered as it is. Raises Forbidden, InvalidInput, NotFound,
        RoomAddressTaken, RoomAddressUnknown, IntegrationUnavailable, what stands between the administrator and their
        calendar, and SuiteUnavailable.
        """
        principal.require_administrator()
        room = await _present(principal, room_id)
        wanted = room.address if address is None else checked_address(address)
        if room.pairing is RoomPairing.PAIRED and wanted == room.address:
            return PairedRoom(room)
        await _check_free(room, wanted)
        calendar = await self._calendars.connected(principal)
        look = await look_at(self._calendars, calendar, wanted)
        try:
            return PairedRoom(await _pair(principal, room_id, wanted, look), look.problems)
        except IntegrityError:
            # Somebody gave the address to another room meanwhile.
            await _check_free(room, wanted)
            raise

    async def unpair(self, principal: Principal, room_id: UUID) -> UnpairedRoom:
        """Keep the room from being booked until it is paired again; no sync does that. Raises Forbidden, NotFound."""
        principal.require_administrator()
        async with in_transaction():
            room = await _present(principal, room_id)
            figures = await figures_of_room(room.organisation_id, room.id)
            if not room.kept_unpaired:
                await _write(room, {"pairing": RoomPairing.UNPAIRED, "pairing_retained": False, "kept_unpaired": True})
                await _record(
                    principal,
                    AuditAction.ROOM_UNPAIRED,
                    room,
                    pending_bookings=figures.pending,
                    accepted_bookings=figures.accepted,
                )
        return UnpairedRoom(room, figures, _consequences_of(room, figures))

    async def remove(self, principal: Principal, room_id: UUID, confirmation: str | None) -> RemovedRoom:
        """Take the room out of the organisation's, once its consequences are confirmed; see `RoomRemoval.remove`.

        Raises Forbidden, NotFound, ConfirmationRequired, ConfirmationStale.
        """
        return await self._removal.remove(principal, room_id, confirmation)


async def _pair(principal: Principal, room_id: UUID, address: str, look: Look) -> Room:
    async with in_transaction():
        room = await _present(principal, room_id)
        integration_id = await still_enabled(principal, look.integration_id)
        if integration_id is None:
            raise IntegrationUnavailable(IntegrationStatus.DISABLED)
        is_listed = address == room.address and await _is_listed(room)
        values = {
            "address": address,
            "integration_id": integration_id,
            # Without an id of the suite's no sync takes it for one that vanished.
            "suite_room_id": room.suite_room_id if is_listed else None,
            "pairing": RoomPairing.PAIRED,
            "pairing_retained": False,
            "kept_unpaired": False,
        }
        await _write(room, values)
        await _record(principal, AuditAction.ROOM_PAIRED, room)
    return room


async def _is_listed(room: Room) -> bool:
    """Whether the directory listed the room when it was read last."""
    runs = RoomSync.of(room.organisation_id).filter(state=RoomSyncState.SUCCEEDED, begun_at__isnull=False)
    latest = await runs.order_by("-created_at", "-id").first()
    began = latest.begun_at if latest is not None else None
    return began is not None and room.synced_at is not None and room.synced_at >= began


async def _present(principal: Principal, room_id: UUID) -> Room:
    rooms = Room.of(principal.organisation_id).filter(id=room_id, removed_at__isnull=True)
    room = await rooms.select_for_update().first()
    if room is None:
        raise NotFound("room")
    return room


async def _check_free(room: Room, address: str) -> None:
    other = await Room.of(room.organisation_id).exclude(id=room.id).get_or_none(address=address)
    if other is not None:
        raise RoomAddressTaken(other.name)


async def _write(room: Room, values: Mapping[str, Any]) -> None:
    await Room.of(room.organisation_id).filter(id=room.id).update(**values)
    for column, value in values.items():
        setattr(room, column, value)


async def _record(
    principal: Principal, action: AuditAction, room: Room, **details: str | int | list[str] | None
) -> None:
    await audit.record(
        principal.organisation_id,
        action,
        actor_id=principal.member_id,
        target_id=room.id,
        outcome=AuditOutcome.SUCCEEDED,
        **details,
    )


def _consequences_of(room: Room, figures: RoomBookingFigures) -> tuple[str, ...]:
    return (
        f"Nobody can book {room.name} or read its schedule until it is paired again; no room sync does that.",
        f"Its bookings stay: {figures.pending} pending, {figures.accepted} accepted. Their members still hear what the "
        "room answers.",
    )
