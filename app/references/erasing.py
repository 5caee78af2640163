"""Erasing a connection with what its member said on events, and every reference that nobody else needs.

A mailbox's own references go with its connection, by the database. The event reference beside them is shared: it stays
while a colleague's mailbox leads to it, and goes with the last. What the member said on events goes at once, whoever
else refers to them: without the connection they could neither see it any more nor take it back.
"""

from collections.abc import Sequence
from uuid import UUID

from tortoise.queryset import QuerySet

from app.connections.models import CalendarConnection
from app.identity.aliases import forget_aliases
from app.references.models import EventAttendance, EventNote, EventReference, MailboxReference
from app.suites.protocol import SuiteName

_AT_ONCE = 500
"""References looked at in one statement: databases limit the parameters of each."""


async def erase_connections(mine: QuerySet[CalendarConnection]) -> Sequence[CalendarConnection]:
    """Delete these connections of one organisation with all that hangs on them; answers what was there.

    Call inside a transaction.
    """
    # Locked first: whoever is just recording an event of such a mailbox has committed, or comes too late.
    erased = await mine.select_for_update()
    shared: list[tuple[UUID, UUID]] = []
    for connection in erased:
        references = MailboxReference.of(connection.organisation_id).filter(connection_id=connection.id)
        ids = await references.distinct().values_list("event_reference_id", flat=True)
        referenced = [UUID(str(reference_id)) for reference_id in ids]
        await _erase_words(connection, referenced)
        shared.extend((connection.organisation_id, reference_id) for reference_id in referenced)
    await mine.delete()
    for organisation_id in {connection.organisation_id for connection in erased}:
        members = {connection.member_id for connection in erased if connection.organisation_id == organisation_id}
        await forget_aliases(organisation_id, members)
    for organisation_id in {organisation for organisation, _ in shared}:
        theirs = sorted({reference for owner, reference in shared if owner == organisation_id})
        for start in range(0, len(theirs), _AT_ONCE):
            await erase_unneeded(organisation_id, theirs[start : start + _AT_ONCE])
    return erased


async def erase_unseen(organisation_id: UUID, suite: SuiteName) -> None:
    """Delete this suite's event references that no mailbox leads to any more, with our own data on them.

    Nobody can see such an event until somebody connects and meets it again. Call inside a transaction.
    """
    unseen = EventReference.of(organisation_id).filter(suite=suite, mailbox_references__id__isnull=True)
    while ids := await unseen.limit(_AT_ONCE).values_list("id", flat=True):
        await EventReference.of(organisation_id).filter(id__in=list(ids)).delete()


async def erase_unneeded(organisation_id: UUID, reference_ids: Sequence[UUID]) -> None:
    """Delete those to which no mailbox leads any more, with all that hangs on them. Call inside a transaction."""
    candidates = EventReference.of(organisation_id).filter(id__in=list(reference_ids))
    # Locked before they are judged, so that nobody hangs anything on one that is about to go.
    await candidates.select_for_update()
    unneeded = await candidates.filter(mailbox_references__id__isnull=True).values_list("id", flat=True)
    if unneeded:
        await EventReference.of(organisation_id).filter(id__in=list(unneeded)).delete()


async def _erase_words(connection: CalendarConnection, reference_ids: Sequence[UUID]) -> None:
    """What the connection's member said on the events that this connection refers to."""
    for start in range(0, len(reference_ids), _AT_ONCE):
        some = list(reference_ids[start : start + _AT_ONCE])
        attendances = EventAttendance.of(connection.organisation_id).filter(member_id=connection.member_id)
        await attendances.filter(event_reference_id__in=some).delete()
        notes = EventNote.of(connection.organisation_id).filter(author_id=connection.member_id)
        await notes.filter(event_reference_id__in=some).delete()
