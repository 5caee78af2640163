"""What hangs on an enabled integration, for tests of what becomes of it: rooms, a booking, references, notes."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from app import clock
from app.bookings.models import BookingIntent, BookingKind, IntentState, RoomBooking
from app.bookings.status import BookingState
from app.connections.models import CalendarConnection, MailboxWatch, WatchStatus
from app.database.tenancy import OrganisationModel
from app.identity.models import IdempotencyRecord
from app.integrations.models import Integration
from app.notifications.models import Notification, NotificationKind
from app.references.models import EventAttendance, EventNote, EventReference, MailboxReference
from app.rooms.models import Room, RoomPairing
from tests.integrations.doubles import World

ERASED: tuple[type[OrganisationModel], ...] = (
    CalendarConnection,
    MailboxWatch,
    MailboxReference,
    EventReference,
    EventAttendance,
    EventNote,
    RoomBooking,
    BookingIntent,
    IdempotencyRecord,
    Notification,
)
"""Of which nothing is left after a purge."""


@dataclass(frozen=True, slots=True)
class Belongings:
    """One member's connection with a pending booking and everything else that can hang on it."""

    integration: Integration
    connection: CalendarConnection
    booking: RoomBooking
    room: Room


async def add_room(integration: Integration, name: str, pairing: RoomPairing = RoomPairing.PAIRED) -> Room:
    return await Room.create(
        organisation_id=integration.organisation_id,
        integration_id=integration.id,
        address=f"{name.lower()}@tidewater.example",
        suite_room_id=None,
        pairing=pairing,
        name=name,
        equipment=[],
        created_at=clock.now(),
    )


async def furnish(world: World, *, sealed: bytes = b"sealed") -> Belongings:
    """The member connects and books; `world` is enabled already."""
    now = clock.now()
    integration = await Integration.of(world.organisation_id).get(active_slot=1)
    connection = await world.connect(world.member)
    connection.credentials = sealed
    await connection.save()
    own: dict[str, Any] = {"organisation_id": world.organisation_id}
    room = await add_room(integration, f"Quay{uuid4().hex[:6]}")
    shared = await EventReference.create(
        **own, suite=integration.suite, key_hash=uuid4().hex, sealed_key=sealed, created_at=now
    )
    mailbox = await MailboxReference.create(
        **own, connection=connection, event_reference=shared, id_hash=uuid4().hex, sealed_id=sealed, created_at=now
    )
    booking = await RoomBooking.create(
        **own,
        member_id=world.member.member_id,
        connection=connection,
        room=room,
        event_reference=shared,
        mailbox_reference=mailbox,
        kind=BookingKind.EVENT,
        state=BookingState.PENDING,
        state_since=now,
        created_at=now,
        live_slot=1,
    )
    await EventAttendance.create(**own, event_reference=shared, member_id=world.member.member_id, in_person=True)
    await EventNote.create(**own, event_reference=shared, author_id=world.member.member_id, text=sealed, updated_at=now)
    await MailboxWatch.create(
        **own,
        connection=connection,
        status=WatchStatus.RUNNING,
        secret_hash="",
        next_attempt_at=now,
        created_at=now,
    )
    record = await IdempotencyRecord.create(
        **own,
        member_id=world.member.member_id,
        operation="bookRoom",
        key_hash=uuid4().hex,
        input_hash=uuid4().hex,
        result_ids=[str(booking.id)],
        created_at=now,
    )
    await BookingIntent.create(
        **own, connection=connection, record=record, room_ids=[str(room.id)], state=IntentState.DONE, created_at=now
    )
    for subject_id in (booking.id, connection.id):
        await Notification.create(
            **own,
            member_id=world.member.member_id,
            kind=NotificationKind.ROOM_REJECTED,
            subject_id=subject_id,
            occasion=uuid4().hex,
            created_at=now,
        )
    return Belongings(integration, connection, booking, room)


async def left(world: World) -> dict[str, int]:
    """How many rows of each kind the organisation still has of what a purge erases."""
    counts = {model.__name__: await model.of(world.organisation_id).count() for model in ERASED}
    return {name: count for name, count in counts.items() if count}
