"""Shifts in their members' own calendars, for those who want them there: what is to be written and removed, as rows.

Whoever books, changes or cancels shifts calls `follow` in the same transaction and `announce` after it. The job in
`app.shifts.entry_job` does the rest with the member's consent, as soon as the suite answers.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from app import clock
from app.connections.models import CalendarConnection
from app.events_bus.bus import JOBS, EventsBus, Message, MessageKind
from app.identity.models import Member
from app.integrations.status import IntegrationStatus
from app.shifts.models import EntryState, Shift, ShiftEntry, WorkKind

HORIZON = timedelta(days=62)
"""How far ahead shifts are written; the job writes later ones when they come nearer."""
SHOWN = (WorkKind.AT_OFFICE, WorkKind.REMOTE)
"""Nobody's calendar has to say that they do not work."""


async def follow(shifts: Sequence[Shift]) -> None:
    """Have the calendars follow these shifts as they are now: new, changed or cancelled ones, of one organisation.

    Call inside the transaction that wrote them, with their members' rows locked. What a changed shift had in the
    calendar is replaced, so give only shifts that did change.
    """
    if not shifts:
        return
    organisation_id = shifts[0].organisation_id
    await _take_away(organisation_id, [shift.id for shift in shifts])
    await write(organisation_id, [shift for shift in shifts if shift.cancelled_at is None])


async def announce(bus: EventsBus) -> None:
    """Wake the job that writes and removes; call after the transaction."""
    await bus.publish(JOBS, Message(MessageKind.SHIFT_ENTRIES_DUE))


async def write(organisation_id: UUID, shifts: Sequence[Shift]) -> None:
    """Have those of these shifts written that are to be shown and have no entry. Call as `follow` is called."""
    now = clock.now()
    shown = [shift for shift in shifts if _is_shown(shift, now)]
    connections = await _connections(organisation_id, {shift.member_id for shift in shown})
    await ShiftEntry.bulk_create(
        [
            ShiftEntry(
                organisation_id=organisation_id,
                connection_id=connections[shift.member_id],
                shift_id=shift.id,
                command_id=uuid4(),
                state=EntryState.TO_WRITE,
                next_try_at=now,
                created_at=now,
            )
            for shift in shown
            if shift.member_id in connections
        ]
    )


async def take_all_away(organisation_id: UUID, member_id: UUID) -> None:
    """Have everything removed that is in this member's calendar. Call with the member's row locked."""
    entries = await ShiftEntry.of(organisation_id).filter(connection__member_id=member_id)
    await _take_away(organisation_id, {entry.shift_id for entry in entries})


def _is_shown(shift: Shift, now: datetime) -> bool:
    return shift.kind in SHOWN and shift.ends_at > now and shift.starts_at <= now + HORIZON


async def _take_away(organisation_id: UUID, shift_ids: Collection[UUID]) -> None:
    if not shift_ids:
        return
    present = ShiftEntry.of(organisation_id).filter(shift_id__in=list(shift_ids))
    # Nobody has begun to write these: there is nothing at the suite.
    await present.filter(state=EntryState.TO_WRITE, attempts=0, claimed_until__isnull=True).delete()
    # One that is being written right now stays claimed, so that the removal comes after the write.
    await present.exclude(state=EntryState.TO_REMOVE).update(
        state=EntryState.TO_REMOVE, attempts=0, next_try_at=clock.now()
    )


async def _connections(organisation_id: UUID, member_ids: Collection[UUID]) -> Mapping[UUID, UUID]:
    """By member, the connection of those who want to see their shifts; one that does not work now may later."""
    if not member_ids:
        return {}
    wanting = await Member.of(organisation_id).filter(id__in=list(member_ids), shows_shifts=True)
    if not wanting:
        return {}
    connections = await (
        CalendarConnection.of(organisation_id)
        .filter(member_id__in=[member.id for member in wanting])
        .exclude(integration__status=IntegrationStatus.NOT_CONFIGURED)
        .select_related("integration")
    )
    # The active integration's connection last, so that it is the one that counts.
    connections.sort(key=lambda connection: connection.integration.active_slot or 0)
    return {connection.member_id: connection.id for connection in connections}
