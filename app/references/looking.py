"""Looking whether events on which something was said are over: from our own clock and back-off alone.

A booking's event is watched by its checks. One that carries nothing but our own data is read again by this job, first a
day after something was said on it and then ever less often, with the consent of somebody who referenced it. Found over,
gone or cancelled, its reference is closed, and goes with what was said thirty days later.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import structlog
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app import clock
from app.agenda.times import is_over
from app.bookings.models import BookingOccurrence, RoomBooking
from app.connections.models import CalendarConnection, ConnectionStatus
from app.database.backlog import Backlog, backlog_of
from app.errors import ProblemError
from app.integrations.status import IntegrationStatus
from app.references.leads import Lead, Leads
from app.references.models import EventAttendance, EventNote, EventReference, MailboxReference
from app.references.own_data import FIRST_LOOK_AFTER, JITTER
from app.references.service import ReferenceService
from app.suites.errors import NotFound
from app.suites.events import Event, EventKind, EventStatus
from app.suites.protocol import Mailbox

LONGEST_WAIT = timedelta(days=30)
CLAIM_PERIOD = timedelta(minutes=2)
BATCH = 64
SIDE_BY_SIDE = 8
MAILBOXES_ASKED = 5
"""At one look; any of them that still has the event ends it."""
NEAR = timedelta(days=90)
"""Where most series have their next date, so that few have to be read further."""
FAR = timedelta(days=1800)
"""Where nothing comes within this, a series is over; nearly the longest window that every suite answers."""
REACH = timedelta(days=400)
"""How far ahead a date is looked for that has another id since its series moved."""
_MAX_DOUBLINGS = 16

_log = structlog.get_logger(__name__)


class Connections(Protocol):
    """What a look needs of the members' connections."""

    def open(self, connection: CalendarConnection) -> Mailbox:
        """The connection was loaded with its integration."""
        ...

    def use(self, connection: CalendarConnection) -> AbstractAsyncContextManager[object]:
        """What the suite raises inside becomes a problem, and the connection's status follows it."""
        ...


class Seen(StrEnum):
    """What one mailbox shows of an event."""

    COMING = "COMING"
    OVER = "OVER"
    GONE = "GONE"
    """Not there any more, or cancelled: for this mailbox's owner, who may have been let go alone."""
    UNKNOWN = "UNKNOWN"
    """Nobody could be asked."""


class EventLooks:
    """The job that closes references which only our own data hangs on, once their events are over."""

    name = "event-looks"

    def __init__(
        self, connections: Connections, references: ReferenceService, leads: Leads, *, random: Callable[[], float]
    ) -> None:
        self._connections = connections
        self._references = references
        self._leads = leads
        self._random = random

    async def run_due(self) -> datetime | None:
        """Look at whatever is due, some side by side; answers when the next is."""
        while due := await _free(clock.now()).order_by("next_look_at").limit(BATCH):
            for start in range(0, len(due), SIDE_BY_SIDE):
                async with asyncio.TaskGroup() as group:
                    for row in due[start : start + SIDE_BY_SIDE]:
                        group.create_task(self._attend(row))
        return await _next_due(clock.now())

    async def backlog(self) -> Backlog:
        return await backlog_of(_free(clock.now()), "next_look_at")

    async def _attend(self, reference: EventReference) -> None:
        """Claim one and look at it; whatever goes wrong stays with it."""
        now = clock.now()
        lease = now + CLAIM_PERIOD
        if not await _free(now).filter(id=reference.id).update(look_claimed_until=lease):
            return
        try:
            await self._settle(reference, lease, await self._verdict(reference))
        except asyncio.CancelledError:
            # The process stops: whoever comes next looks at once.
            await _claimed(reference, lease).update(look_claimed_until=None)
            raise
        except Exception as error:
            # What is wrong with this event may stand in the error's text: only its type is logged.
            _log.error("event_look_failed", error=type(error).__name__, reference=str(reference.id))
            await self._settle(reference, lease, Seen.UNKNOWN)

    async def _settle(self, reference: EventReference, lease: datetime, seen: Seen) -> None:
        mine = _claimed(reference, lease)
        if seen in {Seen.OVER, Seen.GONE}:
            await mine.update(closed_at=clock.now(), next_look_at=None, look_claimed_until=None)
            return
        attempts = min(reference.look_attempts + 1, _MAX_DOUBLINGS)
        wait = min(FIRST_LOOK_AFTER * 2**attempts, LONGEST_WAIT) * (1 + JITTER * self._random())
        await mine.update(next_look_at=clock.now() + wait, look_attempts=attempts, look_claimed_until=None)

    async def _verdict(self, reference: EventReference) -> Seen:
        if await _is_booked(reference):
            return Seen.COMING  # as far as this job is concerned: the booking's own checks close it
        if not await _carries_own_data(reference):
            return Seen.OVER
        rows = MailboxReference.of(reference.organisation_id).filter(event_reference_id=reference.id)
        found = await rows.select_related("connection__integration").order_by("created_at", "id")
        working = [row for row in found if _works(row.connection)]
        answers = set()
        for row in working[:MAILBOXES_ASKED]:
            answer = await self._ask(reference, row)
            if answer in {Seen.COMING, Seen.OVER}:
                return answer
            answers.add(answer)
        is_gone_for_all = answers == {Seen.GONE} and len(working) == len(found) <= MAILBOXES_ASKED
        return Seen.GONE if is_gone_for_all else Seen.UNKNOWN

    async def _ask(self, reference: EventReference, row: MailboxReference) -> Seen:
        """What this mailbox shows of the event."""
        mailbox, now = self._connections.open(row.connection), clock.now()
        try:
            async with self._connections.use(row.connection):
                event = await self._find(mailbox, reference, row, now)
                if event is None:
                    return Seen.GONE
                if event.kind is EventKind.SERIES:
                    return Seen.COMING if await _has_date_to_come(mailbox, event.mailbox_id, now) else Seen.OVER
                return Seen.OVER if is_over(event, now) else Seen.COMING
        except ProblemError:
            return Seen.UNKNOWN

    async def _find(
        self, mailbox: Mailbox, reference: EventReference, row: MailboxReference, now: datetime
    ) -> Event | None:
        """The event, also where it is a date that has another id since its series moved; None where it is gone."""
        lead = self._leads.open(row)
        mailbox_id = self._references.open(row) if lead is None else lead.mailbox_id
        try:
            event = await mailbox.event(mailbox_id)
            if event.status is not EventStatus.CANCELLED:
                return event
        except NotFound:
            pass
        if lead is None or lead.series_mailbox_id is None:
            return None
        return await self._moved_date(mailbox, reference, row, lead.series_mailbox_id, now)

    async def _moved_date(
        self, mailbox: Mailbox, reference: EventReference, row: MailboxReference, series_id: str, now: datetime
    ) -> Event | None:
        key = self._references.key_of(reference)
        try:
            dates = await mailbox.occurrences(series_id, now, now + REACH)
        except NotFound:
            return None
        found = next((date for date in dates if date.lasting_key == key), None)
        if found is not None:
            await self._leads.correct(row, Lead.to(found))
        return found


async def _has_date_to_come(mailbox: Mailbox, series_id: str, now: datetime) -> bool:
    try:
        near = await mailbox.occurrences(series_id, now, now + NEAR)
        return bool(near or await mailbox.occurrences(series_id, now, now + FAR))
    except NotFound:
        return False


def _works(connection: CalendarConnection) -> bool:
    is_enabled = connection.integration.status is IntegrationStatus.ENABLED
    return is_enabled and connection.status is ConnectionStatus.CONNECTED


async def _is_booked(reference: EventReference) -> bool:
    """Whether an open booking hangs on it, of the event itself or of a series with this date."""
    bookings = RoomBooking.of(reference.organisation_id).filter(closed_at__isnull=True)
    dates = BookingOccurrence.of(reference.organisation_id).filter(booking__closed_at__isnull=True)
    is_meant = {"event_reference_id": reference.id}
    return await bookings.filter(**is_meant).exists() or await dates.filter(**is_meant).exists()


async def _carries_own_data(reference: EventReference) -> bool:
    models: Sequence[type[EventAttendance] | type[EventNote]] = (EventAttendance, EventNote)
    for model in models:
        if await model.of(reference.organisation_id).filter(event_reference_id=reference.id).exists():
            return True
    return False


def _free(now: datetime) -> QuerySet[EventReference]:
    """Due and not claimed, in every organisation: the job serves them all."""
    is_free = Q(look_claimed_until__isnull=True) | Q(look_claimed_until__lte=now)
    return EventReference.filter(is_free, closed_at__isnull=True, next_look_at__lte=now)


def _claimed(reference: EventReference, lease: datetime) -> QuerySet[EventReference]:
    """The row, as long as it is still this look's."""
    rows = EventReference.of(reference.organisation_id)
    return rows.filter(id=reference.id, look_claimed_until=lease, closed_at__isnull=True)


async def _next_due(now: datetime) -> datetime | None:
    """When the next row is due; a claimed one when its claim ends."""
    rows = EventReference.filter(closed_at__isnull=True, next_look_at__isnull=False)
    is_free = Q(look_claimed_until__isnull=True) | Q(look_claimed_until__lte=now)
    free = await rows.filter(is_free).order_by("next_look_at").first()
    claimed = await rows.filter(look_claimed_until__gt=now).order_by("look_claimed_until").first()
    moments = [free.next_look_at if free else None, claimed.look_claimed_until if claimed else None]
    return min((moment for moment in moments if moment is not None), default=None)
