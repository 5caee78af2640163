"""Writes members' shifts into their own calendars and takes them away again, as the rows of `app.shifts.entries` say.

Each row is claimed with a compare-and-swap and asked of the suite under its own command, so neither a second process
nor one that was killed in between makes a second day. What the suite refuses is tried again, for some days; a
connection that does not work is waited for. Nothing is read from the calendar.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from itertools import groupby
from typing import Protocol
from uuid import UUID

import structlog
from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from app import clock
from app.connections.models import CalendarConnection, ConnectionStatus
from app.database.backlog import Backlog, backlog_of
from app.errors import ProblemError
from app.identity.models import Member
from app.integrations.status import IntegrationStatus
from app.shifts import entries
from app.shifts.models import EntryState, Shift, ShiftEntry
from app.shifts.wording import working_day
from app.suites.protocol import Mailbox

CLAIM_PERIOD = timedelta(minutes=2)
TIMEOUT = timedelta(seconds=45)
"""How long one call may take: a write never lands after its claim has ended."""
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
MOST_ATTEMPTS = 80
"""About three days, with the longest pauses."""
BATCH = 20
LOOK_EVERY = timedelta(minutes=10)
"""How often shifts are looked for that have no entry yet: they have come near, or their member has connected since."""
MOST_MISSING = 500

_log = structlog.get_logger(__name__)


class Connections(Protocol):
    """What the job needs of the members' connections."""

    def open(self, connection: CalendarConnection) -> Mailbox: ...

    def use(self, connection: CalendarConnection) -> AbstractAsyncContextManager[object]: ...


class ShiftEntries:
    """The job that keeps members' calendars in step with their shifts."""

    name = "shift-entries"

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._looked_at: datetime | None = None

    async def run_due(self) -> datetime | None:
        """Write and remove what is due; answers when the next entry is."""
        now = clock.now()
        if self._looked_at is None or now >= self._looked_at + LOOK_EVERY:
            self._looked_at = now
            await _find_missing(now)
            await _forget_past()
        while claimed := await _claim(now):
            shifts = await _shifts_of(claimed)
            await asyncio.gather(*(self._attend(entry, shifts.get(entry.shift_id), now) for entry in claimed))
        return await _next(now, self._looked_at + LOOK_EVERY)

    async def backlog(self) -> Backlog:
        return await backlog_of(_of_working(_due(clock.now())), "next_try_at")

    async def _attend(self, entry: ShiftEntry, shift: Shift | None, claimed_at: datetime) -> None:
        """One entry; whatever goes wrong stays with it and is tried again later."""
        mine = _claimed(entry, claimed_at)
        try:
            async with asyncio.timeout(TIMEOUT.total_seconds()), self._connections.use(entry.connection):
                await self._carry_out(entry, shift, mine)
        except Exception as error:
            # The suite's own words may stand in the error: only its type is logged.
            _log.warning("shift_entry_failed", entry=str(entry.id), error=type(error).__name__)
            retryable = not isinstance(error, ProblemError) or error.retryable
            pause = min(FIRST_RETRY * 2 ** min(entry.attempts, 16), LONGEST_RETRY) if retryable else LONGEST_RETRY
            is_given_up = entry.attempts + 1 >= MOST_ATTEMPTS
            next_try = None if is_given_up else clock.now() + pause
            await mine.filter(state=entry.state).update(next_try_at=next_try)
        finally:
            # What the row is to be now may have changed meanwhile: then whoever comes next sees to it.
            await mine.update(claimed_until=None)

    async def _carry_out(self, entry: ShiftEntry, shift: Shift | None, mine: QuerySet[ShiftEntry]) -> None:
        mailbox = self._connections.open(entry.connection)
        if entry.state is EntryState.TO_REMOVE:
            await mailbox.remove_working_day(entry.command_id)
            await mine.filter(state=EntryState.TO_REMOVE).delete()
        elif shift is None or shift.ends_at <= clock.now():
            await mine.filter(state=EntryState.TO_WRITE).delete()
        else:
            await mailbox.write_working_day(working_day(shift), entry.command_id)
            written = mine.filter(state=EntryState.TO_WRITE)
            await written.update(state=EntryState.WRITTEN, attempts=0, next_try_at=None)


def _due(now: datetime) -> QuerySet[ShiftEntry]:
    """What can be done now, in every organisation: the job serves them all."""
    is_free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    return ShiftEntry.filter(is_free, next_try_at__lte=now)


def _of_working(entries_: QuerySet[ShiftEntry]) -> QuerySet[ShiftEntry]:
    return entries_.filter(
        connection__status=ConnectionStatus.CONNECTED, connection__integration__status=IntegrationStatus.ENABLED
    )


def _claimed(entry: ShiftEntry, claimed_at: datetime) -> QuerySet[ShiftEntry]:
    """The row as long as it is this process's."""
    return ShiftEntry.of(entry.organisation_id).filter(id=entry.id, claimed_until=claimed_at + CLAIM_PERIOD)


async def _claim(now: datetime) -> Sequence[ShiftEntry]:
    waiting = _of_working(_due(now)).select_related("connection__integration").order_by("next_try_at")
    return [
        entry
        for entry in await waiting.limit(BATCH)
        if await _due(now)
        .filter(id=entry.id, state=entry.state)
        .update(claimed_until=now + CLAIM_PERIOD, attempts=entry.attempts + 1)
    ]


async def _shifts_of(claimed: Sequence[ShiftEntry]) -> Mapping[UUID, Shift]:
    """The shifts of these entries with their buildings; of every organisation among them, each found by its id."""
    ids = [entry.shift_id for entry in claimed]
    return {shift.id: shift for shift in await Shift.filter(id__in=ids).select_related("building")}


async def _next(now: datetime, look_at: datetime) -> datetime:
    """When something is due next; what another process has, when its claim ends."""
    waiting = _of_working(ShiftEntry.filter(next_try_at__isnull=False))
    is_free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    free = await waiting.filter(is_free).order_by("next_try_at").first()
    held = await waiting.filter(claimed_until__gt=now).order_by("claimed_until").first()
    moments = [look_at, free.next_try_at if free else None, held.claimed_until if held else None]
    return min(moment for moment in moments if moment is not None)


async def _find_missing(now: datetime) -> None:
    """Coming shifts of members who want to see them and whose connection works, without an entry: they get one."""
    # Named, so that its columns in the subquery are those of the shift that it is asked for.
    shift = Shift.get_table().as_("shift")
    written = ShiftEntry.filter(organisation_id=shift.organisation_id, shift_id=shift.id).values("shift_id")
    missing = Shift.filter(
        cancelled_at__isnull=True,
        kind__in=list(entries.SHOWN),
        ends_at__gt=now,
        starts_at__lte=now + entries.HORIZON,
        member__shows_shifts=True,
        member__connections__status=ConnectionStatus.CONNECTED,
        member__connections__integration__status=IntegrationStatus.ENABLED,
    ).exclude(id__in=Subquery(written))
    found = await missing.order_by("member_id", "starts_at").limit(MOST_MISSING)
    for (organisation_id, member_id), shifts in groupby(found, key=lambda s: (s.organisation_id, s.member_id)):
        ids = [shift.id for shift in shifts]
        async with in_transaction():
            # With their row held nobody books, changes or cancels for them: the shifts are read as they are now.
            await Member.of(organisation_id).select_for_update(no_key=True).get(id=member_id)
            await entries.follow(await Shift.of(organisation_id).filter(id__in=ids))


async def _forget_past() -> None:
    """Entries of shifts that are not kept any more; the days themselves stay in the calendar, as its past."""
    entry = ShiftEntry.get_table().as_("shift_entry")
    kept = Shift.filter(organisation_id=entry.organisation_id, id=entry.shift_id).values("id")
    settled = ShiftEntry.filter(state__in=[EntryState.TO_WRITE, EntryState.WRITTEN])
    await settled.exclude(shift_id__in=Subquery(kept)).delete()
