"""Tying the suite's rooms to ours: which row a listed room belongs to, and what changes in it.

The address decides. Only where no row has the address is a room known by the suite's own id: then it was given a new
address, and the row follows. Details that an administrator overrode stay, with the suite's kept beneath them; a room
that an administrator unpaired stays unpaired, and one that was removed stays away.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import structlog
from tortoise.expressions import Q

from app.integrations.models import Integration
from app.rooms.details import DETAIL_COLUMNS, listed_details, renewed
from app.rooms.models import Room, RoomPairing
from app.suites.events import SuiteRoom

MAX_CAPACITY = 100_000
_IDS_AT_ONCE = 500
_NAME, _BUILDING, _FLOOR, _ADDRESS, _SUITE_ID, _EQUIPMENT = 256, 256, 64, 320, 255, 100

_WRITTEN = (
    "address",
    "suite_room_id",
    *DETAIL_COLUMNS,
    "beneath_overrides",
    "integration_id",
    "pairing",
    "pairing_retained",
    "synced_at",
)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PageWritten:
    """What one page brought."""

    read: int
    added: int


class RoomBook:
    """The organisation's rooms during one sync run; it writes inside the caller's transaction."""

    def __init__(self, integration: Integration, rooms: Sequence[Room], synced_at: datetime) -> None:
        self._organisation_id = integration.organisation_id
        self._integration_id = integration.id
        self._synced_at = synced_at
        self._by_address = {room.address: room for room in rooms}
        self._by_suite_id = {room.suite_room_id: room for room in rooms if room.suite_room_id is not None}
        self._listed_before = frozenset(room.address for room in rooms if room.synced_at == synced_at)
        """Read before the reading was broken off: they bear its moment."""
        self._listed: set[str] = set(self._listed_before)

    @classmethod
    async def load(cls, integration: Integration, synced_at: datetime) -> "RoomBook":
        """All rooms of the integration's organisation; `synced_at` is the moment at which this reading began."""
        return cls(integration, await Room.of(integration.organisation_id), synced_at)

    async def write(self, page: Sequence[SuiteRoom]) -> PageWritten:
        """Add, follow and pair the page's rooms. An address that was listed before is refused."""
        found = [listed for listed in map(cleaned, page) if listed is not None]
        await self._refresh(found)
        added: list[Room] = []
        changed: list[Room] = []
        unchanged: list[UUID] = []
        for listed in found:
            if listed.address in self._listed_before:
                continue  # the suite did not take its mark any more and began anew
            if listed.address in self._listed:
                _log.warning("room_address_listed_twice", organisation=str(self._organisation_id))
                continue
            self._listed.add(listed.address)
            room = self._row_of(listed)
            if room is None:
                added.append(self._add(listed))
            elif self._follow(room, listed):
                changed.append(room)
            else:
                unchanged.append(room.id)
        await self._save(added, changed, unchanged)
        return PageWritten(read=len(added) + len(changed) + len(unchanged), added=len(added))

    async def unpair_vanished(self) -> int:
        """Unpair the rooms of the directory that this run did not meet; returns how many."""
        vanished = [
            room.id
            for address, room in self._by_address.items()
            if room.pairing is RoomPairing.PAIRED
            and room.integration_id == self._integration_id
            and room.suite_room_id is not None
            and address not in self._listed
        ]
        for first in range(0, len(vanished), _IDS_AT_ONCE):
            some = vanished[first : first + _IDS_AT_ONCE]
            await Room.of(self._organisation_id).filter(id__in=some).update(pairing=RoomPairing.UNPAIRED)
        return len(vanished)

    async def _refresh(self, page: Sequence[SuiteRoom]) -> None:
        """Read the page's rows anew: an administrator may have entered or changed one since the reading began."""
        addresses = {listed.address for listed in page}
        rows = [self._by_address.get(listed.address) or self._by_suite_id.get(listed.suite_id) for listed in page]
        known = Q(id__in=[row.id for row in rows if row is not None]) | Q(address__in=list(addresses))
        by_id = {room.id: room for room in rows if room is not None}
        for fresh in await Room.of(self._organisation_id).filter(known).select_for_update():
            if (stale := by_id.get(fresh.id)) is not None:
                self._forget(stale)
            self._remember(fresh)

    def _row_of(self, listed: SuiteRoom) -> Room | None:
        room = self._by_address.get(listed.address)
        if room is not None:
            return room
        known = self._by_suite_id.get(listed.suite_id)
        # A row whose own address was listed already belongs to that address.
        return known if known is not None and known.address not in self._listed else None

    def _add(self, listed: SuiteRoom) -> Room:
        room = Room(
            id=uuid4(),
            organisation_id=self._organisation_id,
            created_at=self._synced_at,
            synced_at=self._synced_at,
            **listed_details(listed),
            **self._standing(listed),
            pairing=RoomPairing.PAIRED,
        )
        self._remember(room)
        return room

    def _follow(self, room: Room, listed: SuiteRoom) -> bool:
        """Take the directory's details over; returns whether anything is new."""
        stays_unpaired = room.kept_unpaired or room.removed_at is not None
        details = renewed(room, listed_details(listed)) | self._standing(listed)
        details["pairing"] = RoomPairing.UNPAIRED if stays_unpaired else RoomPairing.PAIRED
        if all(getattr(room, name) == value for name, value in details.items()):
            return False
        self._forget(room)
        for name, value in details.items():
            setattr(room, name, value)
        room.synced_at = self._synced_at
        self._remember(room)
        return True

    def _forget(self, room: Room) -> None:
        self._by_address.pop(room.address, None)
        if room.suite_room_id is not None and self._by_suite_id.get(room.suite_room_id) is room:
            del self._by_suite_id[room.suite_room_id]

    def _remember(self, room: Room) -> None:
        self._by_address[room.address] = room
        if room.suite_room_id is not None:
            self._by_suite_id[room.suite_room_id] = room

    def _standing(self, listed: SuiteRoom) -> dict[str, Any]:
        return {
            "address": listed.address,
            "suite_room_id": listed.suite_id,
            "integration_id": self._integration_id,
            "pairing_retained": False,
        }

    async def _save(self, added: Sequence[Room], changed: Sequence[Room], unchanged: Sequence[UUID]) -> None:
        # Changed rows first: a new room may take over the address that one of them just gave up.
        if changed:
            await Room.bulk_update(changed, _WRITTEN)
        if added:
            await Room.bulk_create(added)
        if unchanged:
            await Room.of(self._organisation_id).filter(id__in=unchanged).update(synced_at=self._synced_at)


def cleaned(listed: SuiteRoom) -> SuiteRoom | None:
    """The room as our columns hold it; None where it has no address or id that could be kept whole."""
    given_address, given_id = listed.address.strip().lower(), listed.suite_id.strip()
    address, suite_id = _text(given_address, _ADDRESS), _text(given_id, _SUITE_ID)
    if address is None or suite_id is None or (address, suite_id) != (given_address, given_id):
        return None
    capacity = listed.capacity
    equipment = (_text(item, _EQUIPMENT) for item in listed.equipment)
    return replace(
        listed,
        address=address,
        suite_id=suite_id,
        name=_text(listed.name, _NAME) or address[:_NAME],
        building=_text(listed.building, _BUILDING),
        floor=_text(listed.floor, _FLOOR),
        capacity=capacity if capacity is not None and 0 < capacity <= MAX_CAPACITY else None,
        equipment=tuple(dict.fromkeys(item for item in equipment if item)),
    )


def _text(value: str | None, length: int) -> str | None:
    """Without what no database keeps: NUL, half of a surrogate pair, and more than the column is long."""
    if value is None:
        return None
    whole = value.replace("\0", "").encode("utf-8", "ignore").decode()
    return whole.strip()[:length].strip() or None
