"""Erasing a connection with what its member said on events, and every reference that nobody else needs.

A mailbox's own references go with its connection, by the database. The event reference beside them is shared: it stays
while a colleague's mailbox leads to it, and goes with the last. What the member said on events goes at once, whoever
else refers to them: without the connection they could neither see it any more nor take it back.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from tortoise.queryset import QuerySet

from app.connections.models import CalendarConnection
from app.identity.aliases import forget_aliases
from app.references.models import EventAttendance, EventNote, EventReference, MailboxReference
from app.suites.protocol import SuiteName

_AT_ONCE = 500
"""References looked at in one statement: databases limit the parameters of each."""

Referenced = set[tuple[UUID, UUID]]
"""A member, and the reference of an event that their mailbox leads to."""


async def erase_connections(mine: QuerySet[CalendarConnection]) -> Sequence[CalendarConnection]:
    """Delete these connections of one organisation with all that hangs on them; answers what was there.

    Call inside a transaction.
    """
    # Locked first: whoever is just recording an event of such a mailbox has committed, or comes too late.
    erased = await mine.select_for_update()
    shared = await _referenced(erased)
    for organisation_id, referenced in shared.items():
        await _erase_words(organisation_id, referenced)
    await mine.delete()
    for organisation_id, referenced in shared.items():
        members = {connection.member_id for connection in erased if connection.organisation_id == organisation_id}
        await forget_aliases(organisation_id, members)
        references = sorted({reference_id for _, reference_id in referenced})
        for start in range(0, len(references), _AT_ONCE):
            await erase_unneeded(organisation_id, references[start : start + _AT_ONCE])
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


async def _referenced(connections: Sequence[CalendarConnection]) -> Mapping[UUID, Referenced]:
    """Who refers to which event by one of these connections, by organisation; an organisation may have none."""
    found: dict[UUID, Referenced] = {}
    for connection in connections:
        found.setdefault(connection.organisation_id, set())
    for organisation_id, referenced in found.items():
        members = {row.id: row.member_id for row in connections if row.organisation_id == organisation_id}
        ids = sorted(members)
        for start in range(0, len(ids), _AT_ONCE):
            references = MailboxReference.of(organisation_id).filter(connection_id__in=ids[start : start + _AT_ONCE])
            pairs = await references.distinct().values_list("connection_id", "event_reference_id")
            referenced.update((members[UUID(str(owner))], UUID(str(reference))) for owner, reference in pairs)
    return found


async def _erase_words(organisation_id: UUID, referenced: Referenced) -> None:
    """What these members said on these events: each on those that they referred to, and nobody else."""
    spoken = sorted({reference_id for _, reference_id in referenced})
    members = sorted({member_id for member_id, _ in referenced})
    for start in range(0, len(spoken), _AT_ONCE):
        some = spoken[start : start + _AT_ONCE]
        for first in range(0, len(members), _AT_ONCE):
            theirs = members[first : first + _AT_ONCE]
            attendances = EventAttendance.of(organisation_id).filter(member_id__in=theirs, event_reference_id__in=some)
            said = await attendances.values_list("id", "member_id", "event_reference_id")
            await EventAttendance.of(organisation_id).filter(id__in=_of_pairs(said, referenced)).delete()
            notes = EventNote.of(organisation_id).filter(author_id__in=theirs, event_reference_id__in=some)
            written = await notes.values_list("id", "author_id", "event_reference_id")
            await EventNote.of(organisation_id).filter(id__in=_of_pairs(written, referenced)).delete()


def _of_pairs(rows: Iterable[tuple[Any, ...]], pairs: Referenced) -> list[UUID]:
    """The ids of those rows whose member and reference belong together."""
    return [UUID(str(row)) for row, member, event in rows if (UUID(str(member)), UUID(str(event))) in pairs]
