"""A process that books beside others: its own services, one database, one suite that all of them share."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import cast
from uuid import UUID

from app.agenda.join import AgendaJoin
from app.agenda.service import ConnectedCalendar
from app.bookings.commands import BookRoom
from app.bookings.polling import PollingPolicy
from app.bookings.recording import BookingRecorder
from app.bookings.service import BookingService
from app.connections.models import CalendarConnection
from app.connections.service import ConnectedCalendar as OpenCalendar
from app.database import engine
from app.events_bus.memory import MemoryBus
from app.identity.idempotency import IdempotencyService
from app.identity.models import Member
from app.identity.principal import Principal
from app.keys import Keys, Vault
from app.references.service import ReferenceService
from app.suites.events import Event, EventTime, NewEvent, RoomAnswer, RoomInvitation
from app.suites.protocol import Mailbox
from tests.bookings.house import RecordingWatches, make_event
from tests.support.people import principal_of
from tests.support.suites import FakeSuite


@dataclass(frozen=True)
class Race:
    """What every process is told."""

    url: str
    folder: Path
    connection_id: UUID
    room_ids: tuple[UUID, ...]
    start: datetime
    keys: tuple[str, ...]


class SharedMailbox:
    """A mailbox of which the folder is the truth: one file for each command that made an event."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def create(self, event: NewEvent, command_id: UUID) -> Event:
        await asyncio.to_thread(self._keep, command_id)
        return _event(event, command_id)

    async def event(self, mailbox_id: str) -> Event:
        return make_event(mailbox_id=mailbox_id, shared_key=mailbox_id)

    def _keep(self, command_id: UUID) -> None:
        with (self._folder / f"{command_id}.calls").open("a") as calls:
            calls.write("create\n")
        (self._folder / f"{command_id}.event").touch()


def _event(event: NewEvent, command_id: UUID) -> Event:
    return make_event(
        event.start,
        mailbox_id=str(command_id),
        shared_key=str(command_id),
        subject=event.subject,
        end=EventTime(event.time_zone, event.end),
        rooms=tuple(RoomInvitation(room, RoomAnswer.PENDING) for room in event.rooms),
    )


class SharedConnections:
    """Connections that all open the shared mailbox."""

    def __init__(self, connection: CalendarConnection, folder: Path) -> None:
        self._connection = connection
        self._folder = folder

    async def connected(self, principal: Principal) -> ConnectedCalendar:
        return OpenCalendar(self._connection, self.open(self._connection), FakeSuite())

    def open(self, connection: CalendarConnection) -> Mailbox:
        return cast("Mailbox", SharedMailbox(self._folder))

    @asynccontextmanager
    async def use(self, connection: CalendarConnection) -> AsyncIterator[None]:
        yield


def run(race: Race, gate: Barrier, results: "Queue[list[list[UUID]]]") -> None:
    """Book under every key, beginning each together with the other processes."""
    results.put(asyncio.run(_book_all(race, gate)))


async def _book_all(race: Race, gate: Barrier) -> list[list[UUID]]:
    async with engine.database(race.url):
        connection = await CalendarConnection.get(id=race.connection_id).select_related("integration")
        member = await Member.get(id=connection.member_id)
        service = _service(connection, race.folder)
        booked: list[list[UUID]] = []
        for key in race.keys:
            await asyncio.to_thread(gate.wait, 30)
            answer = await service.book(principal_of(member), _command(race, key))
            booked.append([booking.id for booking in answer.bookings])
        return booked


def _service(connection: CalendarConnection, folder: Path) -> BookingService:
    keys, vault = Keys(b"\x02" * 32), Vault((("k1", b"\x01" * 32),))
    references, idempotency = ReferenceService(vault, keys), IdempotencyService(keys)
    policy = PollingPolicy(interval=timedelta(seconds=15), random=lambda: 0.0)
    return BookingService(
        connections=SharedConnections(connection, folder),
        references=references,
        idempotency=idempotency,
        recorder=BookingRecorder(references, idempotency, policy),
        join=AgendaJoin(references),
        watches=RecordingWatches(),
        bus=MemoryBus(),
    )


def _command(race: Race, key: str) -> BookRoom:
    end = race.start + timedelta(hours=1)
    event = NewEvent(subject="Tide tables", start=race.start, end=end, time_zone="UTC")
    return BookRoom(room_ids=race.room_ids, idempotency_key=key, event=event)


def created(folder: Path) -> Sequence[Path]:
    """The events that exist."""
    return sorted(folder.glob("*.event"))
