"""A workplace that holds a value in every sealed column, made by the services that seal them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from app import clock
from app.connections.models import CalendarConnection, FlowPurpose, MailboxWatch, WatchStatus
from app.identity.models import Member
from app.keyring.columns import SEALED_COLUMNS
from app.keys import Keys, Place, Vault
from app.references.models import EventNote, EventReference, MailboxReference
from app.references.service import ReferenceService
from app.suites.protocol import SuiteName
from tests.bookings.house import make_event
from tests.connections.stack import Stack, make_connection, make_integration
from tests.support.people import make_member, make_organisation

SECRET = b"\x02" * 32
A, B, C = (("k1", b"\x01" * 32), ("k2", b"\x22" * 32), ("k3", b"\x33" * 32))
NOTE = "Bring charts"
SUITE = SuiteName.MICROSOFT_365


@dataclass
class Workplace:
    """A connected member with references, a note, a watch, and a visit to the suite under way."""

    member: Member
    connection: CalendarConnection
    events: Sequence[str]
    """The mailbox's own ids of the events that are referenced."""
    note_id: UUID
    watch_id: UUID
    ticket: str

    async def add_events(self, vault: Vault, count: int) -> Sequence[str]:
        """References to so many further events."""
        references = ReferenceService(vault, Keys(SECRET))
        events = [make_event() for _ in range(count)]
        await references.of_events(self.connection, SUITE, events)
        return [event.mailbox_id for event in events]

    async def read(self, vault: Vault) -> tuple[object, ...]:
        """Everything that was sealed, opened by whoever opens it in the product."""
        stack = Stack(Keys(SECRET), vault)
        references = ReferenceService(vault, Keys(SECRET))
        organisation_id = self.member.organisation_id
        connection = await CalendarConnection.of(organisation_id).get(id=self.connection.id)
        note = await EventNote.of(organisation_id).get(id=self.note_id)
        watch = await MailboxWatch.of(organisation_id).get(id=self.watch_id)
        own = await MailboxReference.of(organisation_id).filter(connection_id=connection.id)
        shared = await EventReference.of(organisation_id).all()
        return (
            stack.tokens.opened(connection),
            sorted(references.open(row) for row in own),
            sorted(references.key_of(row) for row in shared),
            references.open_note(organisation_id, note.id, note.text),
            vault.open(watch.suite_id or b"", watch_place(watch)),
        )


async def make_workplace(vault: Vault, *, events: int = 3, name: str = "Tidewater") -> Workplace:
    """All of it sealed under the vault's first key."""
    stack = Stack(Keys(SECRET), vault)
    organisation = await make_organisation(name)
    integration = await make_integration(organisation, tenant=str(uuid4()))
    member = await make_member(organisation, tenant=integration.tenant or "")
    connection = await make_connection(stack, member, integration)
    references = ReferenceService(vault, stack.keys)
    referenced = [make_event() for _ in range(events)]
    made = await references.of_events(connection, SUITE, referenced)
    note_id = uuid4()
    await EventNote.create(
        id=note_id,
        organisation_id=organisation.id,
        event_reference=made[referenced[0].mailbox_id].event,
        author=member,
        text=references.seal_note(organisation.id, note_id, NOTE),
        updated_at=clock.now(),
    )
    url = await stack.flows.start(FlowPurpose.SIGN_IN, suite=SUITE, scopes=frozenset({"openid"}))
    watch = MailboxWatch(
        id=uuid4(),
        organisation_id=organisation.id,
        connection_id=connection.id,
        status=WatchStatus.RUNNING,
        secret_hash="",
        created_at=clock.now(),
        next_attempt_at=clock.now() + timedelta(days=1),
    )
    watch.suite_id = vault.seal(b"subscription", watch_place(watch))
    await watch.save(force_create=True)
    ids = [event.mailbox_id for event in referenced]
    return Workplace(member, connection, ids, note_id, watch.id, url.rpartition("/")[2])


def watch_place(watch: MailboxWatch) -> Place:
    return Place(watch.organisation_id, "mailbox_watch", watch.id, "suite_id")


async def sealed_under(key_id: str) -> int:
    """How many values of all columns the key sealed."""
    return sum([await column.under(key_id).count() for column in SEALED_COLUMNS])


async def sealed_values() -> list[bytes]:
    """Every sealed value there is, as it is kept."""
    pages = [await column.page(column.outside([]), None, 10_000) for column in SEALED_COLUMNS]
    return [value.sealed for page in pages for value in page]
