"""Shifts in their members' own calendars, for those who want them there: what is to be written and removed, as rows.

Whoever books, changes or cancels shifts calls `follow` in the same transaction and `announce` after it. The job in
`app.shifts.entry_job` does the rest with the member's consent, as soon as the suite answers.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from tortoise.queryset import QuerySet

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

    Call inside the transaction that wrote them, with their members' rows locked. What stands there already as the
    shift is now stays, anything else of it is replaced.
    """
    if not shifts:
        return
    organisation_id, now = shifts[0].organisation_id, clock.now()
    wanted = await _wanted(organisation_id, [shift for shift in shifts if _is_shown(shift, now)])
    present = ShiftEntry.of(organisation_id).filter(shift_id__in=[shift.id for shift in shifts])
    known = {entry.command_id for entry in await present}
    await _take_away(present.exclude(command_id__in=list(wanted)) if wanted else present)
    await ShiftEntry.bulk_create([entry for command, entry in wanted.items() if command not in known])


async def announce(bus: EventsBus) -> None:
    """Wake the job that writes and removes; call after the transaction."""
    await bus.publish(JOBS, Message(MessageKind.SHIFT_ENTRIES_DUE))


async def take_all_away(organisation_id: UUID, member_id: UUID) -> None:
    """Have everything removed that is in this member's calendar. Call with the member's row locked."""
    connections = CalendarConnection.of(organisation_id).filter(member_id=member_id)
    ids = [connection.id for connection in await connections]
    if ids:
        await _take_away(ShiftEntry.of(organisation_id).filter(connection_id__in=ids))


def _is_shown(shift: Shift, now: datetime) -> bool:
    is_coming = shift.ends_at > now and shift.starts_at <= now + HORIZON
    return shift.cancelled_at is None and shift.kind in SHOWN and is_coming


async def _take_away(entries: QuerySet[ShiftEntry]) -> None:
    # Nobody has begun to write these: there is nothing at the suite.
    await entries.filter(state=EntryState.TO_WRITE, attempts=0, claimed_until__isnull=True).delete()
    # One that is being written right now stays claimed, so that the removal comes after the write.
    await entries.exclude(state=EntryState.TO_REMOVE).update(
        state=EntryState.TO_REMOVE, attempts=0, next_try_at=clock.now()
    )


async def _wanted(organisation_id: UUID, shifts: Sequence[Shift]) -> Mapping[UUID, ShiftEntry]:
    """The entries that these shifts are to have, by command; none for whoever did not ask for it."""
    now = clock.now()
    members = await _who_wants_it(organisation_id, {shift.member_id for shift in shifts})
    connections = await _connections(organisation_id, members.keys())
    return {
        command: ShiftEntry(
            organisation_id=organisation_id,
            connection_id=connections[shift.member_id],
            shift_id=shift.id,
            command_id=command,
            state=EntryState.TO_WRITE,
            next_try_at=now,
            created_at=now,
        )
        for shift in shifts
        if shift.member_id in connections
        for command in [_command(shift, members[shift.member_id])]
    }


def _command(shift: Shift, since: datetime | None) -> UUID:
    """The same for a shift until it changes, or until the member has had all of them removed.

    So whoever disconnects their calendar, and connects it again, does not find their days in it twice.
    """
    return uuid5(shift.id, f"{shift.last_change_id} {since.timestamp() if since else 0}")


async def _who_wants_it(organisation_id: UUID, member_ids: Collection[UUID]) -> Mapping[UUID, datetime | None]:
    """The members among these who want to see their shifts, and since when."""
    if not member_ids:
        return {}
    wanting = Member.of(organisation_id).filter(id__in=list(member_ids), shows_shifts=True)
    return {member.id: member.shows_shifts_since for member in await wanting}


async def _connections(organisation_id: UUID, member_ids: Collection[UUID]) -> Mapping[UUID, UUID]:
    """By member, their connection; one that does not work now may later."""
    if not member_ids:
        return {}
    connections = await (
        CalendarConnection.of(organisation_id)
        .filter(member_id__in=list(member_ids))
        .exclude(integration__status=IntegrationStatus.NOT_CONFIGURED)
        .select_related("integration")
    )
    # The active integration's connection last, so that it is the one that counts.
    connections.sort(key=lambda connection: connection.integration.active_slot or 0)
    return {connection.member_id: connection.id for connection in connections}
