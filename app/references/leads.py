"""The ways back to an event on which members said something: for each of their connections, one mailbox reference.

They stand beside those of bookings, which are found by the suite's own id: these are found by the event's reference, so
that a date that goes to another hour with its series, and has another id there, is still the same one's.
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

import orjson

from app import clock
from app.connections.models import CalendarConnection
from app.keys import Keys, SealBroken, Vault
from app.references.models import EventReference, MailboxReference
from app.references.service import id_place
from app.suites.events import Event

_LEAD = "own-data-reference"


@dataclass(frozen=True, slots=True)
class Lead:
    """Where one mailbox has the event, by its own ids."""

    mailbox_id: str
    series_mailbox_id: str | None
    """The series, where the event is one of its dates."""

    @classmethod
    def to(cls, event: Event) -> "Lead":
        return cls(event.mailbox_id, event.series_mailbox_id)


class Leads:
    """Keeps one lead for each connection and event. Every method is called inside a transaction."""

    def __init__(self, vault: Vault, keys: Keys) -> None:
        self._vault = vault
        self._keys = keys

    async def keep(self, connection: CalendarConnection, reference: EventReference, event: Event) -> None:
        """Have a lead to this event, as it was just fetched. Call with the connection's row locked.

        Raises IntegrityError where the reference is being erased.
        """
        lead = Lead.to(event)
        row = await self._row(connection, reference.id)
        if row is None:
            row_id = uuid4()
            await MailboxReference.create(
                id=row_id,
                organisation_id=connection.organisation_id,
                connection_id=connection.id,
                event_reference_id=reference.id,
                id_hash=self._hash(connection.organisation_id, connection.id, reference.id),
                sealed_id=self._sealed(lead, connection.organisation_id, row_id),
                created_at=clock.now(),
            )
        elif not self._leads_to(row, lead):
            await self.correct(row, lead)

    async def correct(self, row: MailboxReference, lead: Lead) -> None:
        """The event has another id by now."""
        sealed = self._sealed(lead, row.organisation_id, row.id)
        await MailboxReference.of(row.organisation_id).filter(id=row.id).update(sealed_id=sealed)

    async def drop(self, connection: CalendarConnection, reference_id: UUID) -> None:
        """Nothing was said with this connection any more."""
        row = await self._row(connection, reference_id)
        if row is not None:
            await row.delete()

    def open(self, row: MailboxReference) -> Lead | None:
        """Where it leads; None for a booking's reference. Raises SealBroken."""
        is_lead = row.id_hash == self._hash(row.organisation_id, row.connection_id, row.event_reference_id)
        return self._opened(row) if is_lead else None

    async def _row(self, connection: CalendarConnection, reference_id: UUID) -> MailboxReference | None:
        id_hash = self._hash(connection.organisation_id, connection.id, reference_id)
        rows = MailboxReference.of(connection.organisation_id)
        return await rows.get_or_none(connection_id=connection.id, id_hash=id_hash)

    def _hash(self, organisation_id: UUID, connection_id: UUID, reference_id: UUID) -> str:
        return self._keys.lookup_hash(organisation_id, _LEAD, f"{connection_id}·{reference_id}")

    def _sealed(self, lead: Lead, organisation_id: UUID, row_id: UUID) -> bytes:
        ids = orjson.dumps([lead.mailbox_id, lead.series_mailbox_id])
        return self._vault.seal(ids, id_place(organisation_id, row_id))

    def _leads_to(self, row: MailboxReference, lead: Lead) -> bool:
        try:
            return self._opened(row) == lead
        except SealBroken:
            return False  # whatever became of it, the event was just fetched: the lead is made anew

    def _opened(self, row: MailboxReference) -> Lead:
        return Lead(*orjson.loads(self._vault.open(row.sealed_id, id_place(row.organisation_id, row.id))))
