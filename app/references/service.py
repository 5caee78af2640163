"""Where our own data on events hangs: references, sealed like credentials and found again by a keyed hash.

A suite's ids can contain times, so none is ever stored readable. Every function that makes a reference takes an `Event`
that was just fetched with somebody's consent: nothing is derived from what a client sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog

from app import clock
from app.connections.models import CalendarConnection
from app.database.inserting import insert_missing
from app.errors import Actor, NotFound, SuiteUnavailable
from app.keys import KeyMissing, Keys, Place, SealBroken, Vault
from app.references.models import EventReference, MailboxReference
from app.suites.events import Event
from app.suites.protocol import SuiteName

_log = structlog.get_logger(__name__)

_UUID_BYTES = 16
_EVENT, _MAILBOX = "event-reference", "mailbox-reference"


@dataclass(frozen=True, slots=True)
class References:
    """One event's two references: what all mailboxes share, and this mailbox's own."""

    event: EventReference
    mailbox: MailboxReference
    is_new: bool = False
    """Whether the event's reference was made just now: nothing hangs on it yet."""


class ReferenceService:
    """Makes, finds and opens references."""

    def __init__(self, vault: Vault, keys: Keys) -> None:
        self._vault = vault
        self._keys = keys

    def event_hash(self, organisation_id: UUID, suite: SuiteName, shared_key: str) -> str:
        """Under which hash the event's reference is found, within this organisation."""
        return self._keys.lookup_hash(organisation_id, _EVENT, f"{suite}·{shared_key}")

    def event_hashes(self, organisation_id: UUID, suite: SuiteName, events: Iterable[Event]) -> dict[str, str]:
        """The hash of each event's shared key, by shared key."""
        keys = dict.fromkeys(event.shared_key for event in events)
        return {key: self.event_hash(organisation_id, suite, key) for key in keys}

    def lasting_hashes(
        self, organisation_id: UUID, suite: SuiteName, events: Iterable[Event], known: Mapping[str, str]
    ) -> dict[str, str]:
        """As `event_hashes`, by lasting key: where own data hangs. `known` are the hashes found so far, by key."""
        keys = dict.fromkeys(event.lasting_key for event in events)
        return {key: known.get(key) or self.event_hash(organisation_id, suite, key) for key in keys}

    def mailbox_hash(self, organisation_id: UUID, connection_id: UUID, mailbox_id: str) -> str:
        """Under which hash one mailbox's own reference is found."""
        return self._keys.lookup_hash(organisation_id, _MAILBOX, f"{connection_id}·{mailbox_id}")

    async def of_events(
        self, connection: CalendarConnection, suite: SuiteName, events: Sequence[Event]
    ) -> dict[str, References]:
        """Both references of each event, made where they are missing; by the event's `mailbox_id`.

        Call inside the transaction of whatever hangs on them. Two that make the same reference side by side end up
        with one row: the later insert gives way.
        """
        keys = [event.shared_key for event in events]
        shared = await self.event_references(connection.organisation_id, suite, keys)
        own = await self._mailbox_references(connection, events, shared)
        return {event.mailbox_id: References(shared[event.shared_key], own[event.mailbox_id]) for event in events}

    async def of_new_event(self, connection: CalendarConnection, suite: SuiteName, event: Event) -> References:
        """Both references of an event that was created just now, as of `of_events`: made without a look before."""
        organisation_id = connection.organisation_id
        key_hash = self.event_hash(organisation_id, suite, event.shared_key)
        shared = self._new_event_reference(organisation_id, suite, event.shared_key, key_hash)
        if not await insert_missing(shared):
            return (await self.of_events(connection, suite, [event]))[event.mailbox_id]
        id_hash = self.mailbox_hash(organisation_id, connection.id, event.mailbox_id)
        own = self._new_mailbox_reference(connection, event.mailbox_id, id_hash, shared)
        if not await insert_missing(own):
            own = (await self._by_id_hash(connection, [id_hash]))[id_hash]
        return References(shared, own, is_new=True)

    async def event_references(
        self, organisation_id: UUID, suite: SuiteName, keys: Iterable[str]
    ) -> dict[str, EventReference]:
        """The reference of each key of an event just fetched, open and made where it is missing; as of `of_events`."""
        hashes = {key: self.event_hash(organisation_id, suite, key) for key in keys}
        found = await self._by_key_hash(organisation_id, hashes.values())
        missing = [key for key, key_hash in hashes.items() if key_hash not in found]
        if missing:
            missing.sort(key=hashes.__getitem__)  # one order for everybody: no two inserts wait for each other
            rows = [self._new_event_reference(organisation_id, suite, key, hashes[key]) for key in missing]
            await EventReference.bulk_create(rows, ignore_conflicts=True)
            found = await self._by_key_hash(organisation_id, hashes.values())
        closed = [row.id for row in found.values() if row.closed_at is not None]
        if closed:
            await EventReference.of(organisation_id).filter(id__in=closed).update(closed_at=None)
        return {key: found[key_hash] for key, key_hash in hashes.items()}

    async def _mailbox_references(
        self, connection: CalendarConnection, events: Sequence[Event], shared: Mapping[str, EventReference]
    ) -> dict[str, MailboxReference]:
        organisation_id = connection.organisation_id
        hashes = {e.mailbox_id: self.mailbox_hash(organisation_id, connection.id, e.mailbox_id) for e in events}
        found = await self._by_id_hash(connection, hashes.values())
        missing = {event.mailbox_id: event for event in events if hashes[event.mailbox_id] not in found}
        if missing:
            rows = [
                self._new_mailbox_reference(connection, mailbox_id, hashes[mailbox_id], shared[event.shared_key])
                for mailbox_id, event in sorted(missing.items(), key=lambda item: hashes[item[0]])
            ]
            await MailboxReference.bulk_create(rows, ignore_conflicts=True)
            found = await self._by_id_hash(connection, hashes.values())
        return {mailbox_id: found[id_hash] for mailbox_id, id_hash in hashes.items()}

    @staticmethod
    async def _by_key_hash(organisation_id: UUID, hashes: Iterable[str]) -> dict[str, EventReference]:
        rows = await EventReference.of(organisation_id).filter(key_hash__in=list(hashes))
        return {row.key_hash: row for row in rows}

    @staticmethod
    async def _by_id_hash(connection: CalendarConnection, hashes: Iterable[str]) -> dict[str, MailboxReference]:
        rows = await MailboxReference.of(connection.organisation_id).filter(
            connection_id=connection.id, id_hash__in=list(hashes)
        )
        return {row.id_hash: row for row in rows}

    def _new_event_reference(
        self, organisation_id: UUID, suite: SuiteName, shared_key: str, key_hash: str
    ) -> EventReference:
        row_id = uuid4()
        return EventReference(
            id=row_id,
            organisation_id=organisation_id,
            suite=suite,
            key_hash=key_hash,
            sealed_key=self._vault.seal(shared_key.encode(), _key_place(organisation_id, row_id)),
            created_at=clock.now(),
        )

    def _new_mailbox_reference(
        self, connection: CalendarConnection, mailbox_id: str, id_hash: str, event_reference: EventReference
    ) -> MailboxReference:
        row_id = uuid4()
        return MailboxReference(
            id=row_id,
            organisation_id=connection.organisation_id,
            connection_id=connection.id,
            event_reference_id=event_reference.id,
            id_hash=id_hash,
            sealed_id=self._vault.seal(mailbox_id.encode(), id_place(connection.organisation_id, row_id)),
            created_at=clock.now(),
        )

    async def find_event_references(self, organisation_id: UUID, hashes: Iterable[str]) -> Mapping[str, UUID]:
        """The references that we have under these hashes, by hash."""
        return {key_hash: row.id for key_hash, row in (await self._by_key_hash(organisation_id, hashes)).items()}

    async def find_mailbox_reference(
        self, organisation_id: UUID, connection_id: UUID, mailbox_id: str
    ) -> MailboxReference | None:
        """The reference that a suite's own id leads to, if we have one."""
        id_hash = self.mailbox_hash(organisation_id, connection_id, mailbox_id)
        return await MailboxReference.of(organisation_id).get_or_none(connection_id=connection_id, id_hash=id_hash)

    def open(self, reference: MailboxReference) -> str:
        """The mailbox's own id of the event.

        Raises NotFound where the row was changed or belongs elsewhere, so that nothing leads to the event any more, and
        SuiteUnavailable where only the key that sealed it is not at hand.
        """
        try:
            return self._vault.open(reference.sealed_id, id_place(reference.organisation_id, reference.id)).decode()
        except KeyMissing:
            _log.error("reference_key_missing", reference=str(reference.id))
            raise SuiteUnavailable(
                "This server lacks the key to find this event in your calendar.",
                remedy="The operator puts the missing encryption key back.",
                who_acts=Actor.OPERATOR,
                retryable=False,
            ) from None
        except SealBroken:
            _log.error("reference_unreadable", reference=str(reference.id))
            raise NotFound("event") from None

    def open_if_readable(self, reference: MailboxReference) -> str | None:
        """As `open`, None where that raises: for lists of which one row alone must not stop the rest."""
        try:
            return self.open(reference)
        except (NotFound, SuiteUnavailable):
            return None

    def key_of(self, reference: EventReference) -> str:
        """The key that all mailboxes share. Raises SealBroken."""
        return self._vault.open(reference.sealed_key, _key_place(reference.organisation_id, reference.id)).decode()

    def seal_note(self, organisation_id: UUID, note_id: UUID, text: str) -> bytes:
        """The note as it is kept."""
        return self._vault.seal(text.encode(), note_place(organisation_id, note_id))

    def open_note(self, organisation_id: UUID, note_id: UUID, sealed: bytes) -> str | None:
        """What the note says; None where it does not open, so that it is missing and the event with the rest is not."""
        try:
            return self._vault.open(sealed, note_place(organisation_id, note_id)).decode()
        except SealBroken:
            _log.error("note_unreadable", note=str(note_id))
            return None


def event_node(member_id: UUID, mailbox_id: str) -> bytes:
    """What an event's opaque id contains: an event is one member's view of it."""
    return member_id.bytes + mailbox_id.encode()


def parse_event_node(raw: bytes) -> tuple[UUID, str]:
    """Member and mailbox id of an opened event id. Raises SealBroken for anything else."""
    member, mailbox_id = raw[:_UUID_BYTES], raw[_UUID_BYTES:]
    if not mailbox_id:
        raise SealBroken("not an event's id")
    try:
        return UUID(bytes=member), mailbox_id.decode()
    except UnicodeDecodeError:
        raise SealBroken("not an event's id") from None


def note_place(organisation_id: UUID, note_id: UUID) -> Place:
    """Where a note's text is sealed to."""
    return Place(organisation_id, "event_note", note_id, "text")


def _key_place(organisation_id: UUID, row_id: UUID) -> Place:
    return Place(organisation_id, "event_reference", row_id, "sealed_key")


def id_place(organisation_id: UUID, row_id: UUID) -> Place:
    """Where a mailbox's own ids are sealed to."""
    return Place(organisation_id, "mailbox_reference", row_id, "sealed_id")
