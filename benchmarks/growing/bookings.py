"""Growing numbers of bookings whose room has not answered yet, all of one member."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from app import clock
from app.bookings.models import BookingKind, RoomBooking
from app.bookings.status import BookingState
from app.connections.models import CalendarConnection
from app.references.service import ReferenceService
from app.rooms.models import Room
from benchmarks.benching.rows import Wrong
from benchmarks.growing import furnishing, planting
from benchmarks.growing.things import Path, Thing
from benchmarks.growing.world import World
from tests.journeys.companies import BROOKSIDE

LATER = timedelta(days=1)
BOOKINGS = "{ bookings(first: 50) { nodes { id state reason since room { name } } } }"
SILENT = {"behaviour": "MANUAL"}


@dataclass(frozen=True, slots=True)
class _Named:
    """An event, as far as references are about it."""

    mailbox_id: str
    shared_key: str


async def bookings(world: World, present: int, size: int) -> Mapping[str, Path]:
    """Each of an event that lies in the member's calendar, with a room that says nothing."""
    connection = await world.connection()
    room = await Room.of(connection.organisation_id).order_by("address").first()
    if room is None:
        raise Wrong("there is no room")
    await world.control("PATCH", f"rooms/{room.address}", SILENT)
    for number in range(present, size):
        order = planting.event(world, number % 300, [room.address])
        made = await world.control("POST", f"mailboxes/{world.member.address}/events", order)
        await _book(world, connection, room, made["id"], made["iCalUID"])
    await furnishing.looked_at()
    job = world.jobs["booking-checks"]
    return {
        "bookings, the first 50": Path(work=lambda: world.door.ask(BOOKINGS, {})),
        "a look where none is due": Path(before=lambda: _due_in(LATER), work=job.run_due),
        "looking at all of them": Path(before=lambda: _due_in(timedelta()), work=job.run_due),
    }


async def _due_in(period: timedelta) -> None:
    await RoomBooking.filter(closed_at__isnull=True).update(next_check_at=clock.now() + period, claimed_until=None)


async def _book(world: World, connection: CalendarConnection, room: Room, mailbox_id: str, shared_key: str) -> None:
    owner, now = connection.organisation_id, clock.now()
    named: Any = [_Named(mailbox_id, shared_key)]
    service = ReferenceService(world.vault, world.keys)
    [made] = (await service.of_events(connection, connection.integration.suite, named)).values()
    await RoomBooking.create(
        id=uuid4(),
        organisation_id=owner,
        member_id=connection.member_id,
        connection_id=connection.id,
        room_id=room.id,
        event_reference_id=made.event.id,
        mailbox_reference_id=made.mailbox.id,
        kind=BookingKind.EVENT,
        state=BookingState.PENDING,
        state_since=now,
        created_at=now,
        next_check_at=now + LATER,
        live_slot=1,
    )


PENDING = (Thing(name="pending bookings", sizes=(10, 100, 1_000), quick=(1, 2, 4), grow=bookings, company=BROOKSIDE),)
