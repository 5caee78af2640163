"""What a purge erases, as rows: connections with sealed credentials, and what hangs on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from tortoise.connection import get_connection
from tortoise.models import Model

from app import clock
from app.bookings.models import BookingKind, RoomBooking
from app.bookings.status import BookingState
from app.connections.models import CalendarConnection, ConnectionStatus, MailboxWatch, WatchStatus
from app.connections.tokens import TokenService
from app.database.tenancy import OrganisationModel
from app.events_bus.memory import MemoryBus
from app.integrations.models import Integration
from app.keys import Place, Vault, token_hash
from app.notifications.models import Notification, NotificationKind
from app.references.models import EventReference, MailboxReference
from app.rooms.models import Room, RoomPairing
from app.suites.protocol import Credentials
from app.suites.registry import SuiteRegistry
from benchmarks.loading.people import AT_ONCE, Person, make_organisation, make_people

WITH_BOOKING = 10
"""One connection in so many has a pending booking with a watch and a notification."""
TOKEN_LETTERS = 1_400
"""About as long as suites' tokens are."""
NEVER = timedelta(days=1)
"""So late is what would otherwise be looked at that it never comes."""
ERASED: Sequence[type[OrganisationModel]] = (
    CalendarConnection,
    MailboxReference,
    EventReference,
    RoomBooking,
    MailboxWatch,
    Notification,
)
"""Of which a purge leaves nothing."""


@dataclass
class _Rows:
    """The rows of some people, each kind in a list."""

    connections: list[CalendarConnection] = field(default_factory=list)
    events: list[EventReference] = field(default_factory=list)
    mailboxes: list[MailboxReference] = field(default_factory=list)
    bookings: list[RoomBooking] = field(default_factory=list)
    watches: list[MailboxWatch] = field(default_factory=list)
    notifications: list[Notification] = field(default_factory=list)


class Furnishing:
    """Makes an organisation with as many connected members as wanted."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._tokens = TokenService(vault, SuiteRegistry({}), MemoryBus())

    async def organisation(self, number: int) -> Integration:
        """Enabled, with so many connections and an event of each."""
        integration = await make_organisation(f"Purged {number}")
        people = await make_people(integration, number)
        now = clock.now()
        room = await Room.create(
            organisation_id=integration.organisation_id,
            integration_id=integration.id,
            address="quay@purged.example",
            pairing=RoomPairing.PAIRED,
            name="Quay",
            equipment=[],
            created_at=now,
        )
        for first in range(0, number, AT_ONCE):
            rows = _Rows()
            for place, person in enumerate(people[first : first + AT_ONCE]):
                self._add(rows, integration, person, room if place % WITH_BOOKING == 0 else None, now)
            await _save(rows)
        # What comes in over months has been looked at by PostgreSQL itself long before it goes.
        await get_connection("default").execute_script("ANALYZE")
        return integration

    def _add(self, rows: _Rows, integration: Integration, person: Person, room: Room | None, now: datetime) -> None:
        owner = integration.organisation_id
        connection = self._connection(integration, person, now)
        event = EventReference(
            id=uuid4(), organisation_id=owner, suite=integration.suite, key_hash=uuid4().hex, created_at=now
        )
        event.sealed_key = self._vault.seal(b"an event's key", Place(owner, "event_reference", event.id, "sealed_key"))
        mailbox = MailboxReference(
            id=uuid4(),
            organisation_id=owner,
            connection_id=connection.id,
            event_reference_id=event.id,
            id_hash=uuid4().hex,
            created_at=now,
        )
        mailbox.sealed_id = self._vault.seal(b"an id", Place(owner, "mailbox_reference", mailbox.id, "sealed_id"))
        rows.connections.append(connection)
        rows.events.append(event)
        rows.mailboxes.append(mailbox)
        if room is not None:
            _add_booking(rows, connection, mailbox, room, now)

    def _connection(self, integration: Integration, person: Person, now: datetime) -> CalendarConnection:
        connection = CalendarConnection(
            id=uuid4(),
            organisation_id=integration.organisation_id,
            integration_id=integration.id,
            member_id=person.member.id,
            identity_id=person.identity.id,
            status=ConnectionStatus.CONNECTED,
            scopes=["Calendars.ReadWrite", "offline_access"],
            address=person.member.address,
            access_expires_at=now,
            connected_at=now,
            status_since=now,
        )
        credentials = Credentials(
            access_token=(uuid4().hex * 44)[:TOKEN_LETTERS],
            expires_at=now,
            refresh_token=(uuid4().hex * 44)[:TOKEN_LETTERS],
            scopes=frozenset(connection.scopes),
        )
        connection.credentials = self._tokens.sealed(connection.organisation_id, connection.id, credentials)
        return connection


def _add_booking(
    rows: _Rows, connection: CalendarConnection, mailbox: MailboxReference, room: Room, now: datetime
) -> None:
    owner, member = connection.organisation_id, connection.member_id
    booking = RoomBooking(
        id=uuid4(),
        organisation_id=owner,
        member_id=member,
        connection_id=connection.id,
        room_id=room.id,
        event_reference_id=mailbox.event_reference_id,
        mailbox_reference_id=mailbox.id,
        kind=BookingKind.EVENT,
        state=BookingState.PENDING,
        state_since=now,
        created_at=now,
        next_check_at=now + NEVER,
        live_slot=1,
    )
    watch = MailboxWatch(
        id=uuid4(),
        organisation_id=owner,
        connection_id=connection.id,
        status=WatchStatus.RUNNING,
        suite_id_hash=uuid4().hex,
        secret_hash=token_hash(uuid4().hex),
        next_attempt_at=now + NEVER,
        created_at=now,
    )
    told = Notification(
        id=uuid4(),
        organisation_id=owner,
        member_id=member,
        kind=NotificationKind.ROOM_NOT_ANSWERING,
        subject_id=booking.id,
        occasion=uuid4().hex,
        created_at=now,
    )
    rows.bookings.append(booking)
    rows.watches.append(watch)
    rows.notifications.append(told)


async def _save(rows: _Rows) -> None:
    kinds: Iterable[tuple[type[Model], list[Model]]] = (
        (CalendarConnection, rows.connections),  # type: ignore[assignment]  # each list holds rows of its own kind
        (EventReference, rows.events),
        (MailboxReference, rows.mailboxes),
        (RoomBooking, rows.bookings),
        (MailboxWatch, rows.watches),
        (Notification, rows.notifications),
    )
    for model, some in kinds:
        if some:
            await model.bulk_create(some)
