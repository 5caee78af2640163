"""The suite's room directory, held in memory for a few minutes, for completing email addresses while somebody types.

Many questions at once cause one reading. Rooms are no calendar data; still nothing of this is written anywhere.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app import clock
from app.integrations.models import Integration
from app.rooms.directories import RoomDirectories
from app.suites.events import SuiteRoom

INDEX_LIFETIME = timedelta(minutes=5)
MAX_INDEXES = 64
"""How many organisations' directories are held at once; the one not asked for longest goes."""

MAX_ROOMS = 50_000


@dataclass(frozen=True, slots=True)
class _Key:
    organisation_id: UUID
    integration_id: UUID
    tenant: str


@dataclass(frozen=True, slots=True)
class _Entry:
    room: SuiteRoom
    text: str


@dataclass(frozen=True, slots=True)
class _Index:
    entries: Sequence[_Entry]
    read_at: datetime


class DirectoryIndex:
    """One index per organisation, read on demand."""

    def __init__(self, directories: RoomDirectories, lifetime: timedelta = INDEX_LIFETIME) -> None:
        self._directories = directories
        self._lifetime = lifetime
        self._indexes: OrderedDict[_Key, _Index] = OrderedDict()
        self._readings: dict[_Key, asyncio.Task[_Index]] = {}

    async def search(self, integration: Integration, tenant: str, text: str) -> Sequence[SuiteRoom]:
        """Rooms whose name or address contains `text`, whatever the case, by name. Raises SuiteError."""
        index = await self._index(_Key(integration.organisation_id, integration.id, tenant), integration)
        wanted = text.strip().casefold()
        return [entry.room for entry in index.entries if wanted in entry.text]

    async def _index(self, key: _Key, integration: Integration) -> _Index:
        index = self._indexes.get(key)
        if index is not None and clock.now() - index.read_at < self._lifetime:
            self._indexes.move_to_end(key)
            return index
        reading = self._readings.get(key)
        if reading is None:
            reading = asyncio.create_task(self._read(key, integration))
            self._readings[key] = reading
            reading.add_done_callback(lambda done: self._finished(key, done))
        # Shielded: whoever stops waiting must not stop the others.
        return await asyncio.shield(reading)

    def _finished(self, key: _Key, reading: asyncio.Task[_Index]) -> None:
        del self._readings[key]
        if not reading.cancelled():
            reading.exception()  # looked at here too, since everybody who waited may have gone

    async def _read(self, key: _Key, integration: Integration) -> _Index:
        directory = await self._directories.open(integration)
        rooms: list[SuiteRoom] = []
        async for page in directory.pages():
            rooms.extend(page.rooms)
            if len(rooms) >= MAX_ROOMS:
                break
        rooms.sort(key=lambda room: (room.name.casefold(), room.address))
        entries = [_Entry(room, f"{room.name}\n{room.address}".casefold()) for room in rooms]
        index = _Index(entries, clock.now())
        self._indexes[key] = index
        self._indexes.move_to_end(key)
        while len(self._indexes) > MAX_INDEXES:
            self._indexes.popitem(last=False)
        return index
