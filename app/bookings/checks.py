"""Looking at open bookings again: whatever became due, by notice or by our own back-off, is read anew and applied.

A notification's payload is never applied: it makes rows due (`mark_due`), and `run_due` reads each event once with its
owner's consent. A row is claimed by moving `next_check_at` to the end of the claim; a notice that comes in during the
reading moves it back, so it is not lost when the reader writes down when to look next. A process that is stopped gives
its claims back; those of one that died run out.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app import clock
from app.bookings.applying import BookingOutcomes, Look
from app.bookings.models import BookingIntent, BookingKind, BookingOccurrence, IntentState, RoomBooking
from app.bookings.of_room import close_where_removed
from app.bookings.polling import PollingPolicy, pause_after_read
from app.bookings.ports import Connections, Notify
from app.bookings.series import read_series
from app.bookings.status import BookingState
from app.connections.models import CalendarConnection, ConnectionStatus
from app.database.backlog import Backlog, backlog_of
from app.errors import ProblemError, SuiteUnavailable
from app.events_bus.bus import JOBS, EventsBus, Message, MessageKind
from app.integrations.status import IntegrationStatus
from app.references.service import ReferenceService
from app.suites import errors as suite_errors
from app.suites.protocol import Capabilities, SuiteName
from app.suites.registry import DESCRIPTIONS

CLAIM_PERIOD = timedelta(minutes=2)
BATCH = 64
SIDE_BY_SIDE = 12
SIDE_BY_SIDE_OF_ONE = 8
"""Of one organisation: where its suite hangs, some of the places are left for the others."""
LOOK_AROUND = timedelta(seconds=0.25)
"""How long one event that is slow to read keeps us from seeing what became due meanwhile."""
LONGEST_ROUND = timedelta(minutes=1)
"""After it nothing more is taken in this round; the next one begins as soon as what is under way is done."""

_log = structlog.get_logger(__name__)


def described_capabilities(suite: SuiteName) -> Capabilities:
    """What the suite can do, as its description says."""
    return DESCRIPTIONS[suite].capabilities


class BookingChecks:
    """The job that keeps bookings true to what the rooms say."""

    name = "booking-checks"

    def __init__(
        self,
        *,
        connections: Connections,
        references: ReferenceService,
        policy: PollingPolicy,
        notify: Notify,
        bus: EventsBus,
        capabilities_of: Callable[[SuiteName], Capabilities] = described_capabilities,
    ) -> None:
        self._connections = connections
        self._references = references
        self._policy = policy
        self._outcomes = BookingOutcomes(references, policy, notify, bus)
        self._notify = notify
        self._bus = bus
        self._capabilities_of = capabilities_of

    async def mark_due(self, connection_id: UUID, mailbox_id: str | None) -> None:
        """Something of this mailbox may have changed: this event, or with None anything."""
        connection = await CalendarConnection.get_or_none(id=connection_id)
        if connection is None:
            return
        now = clock.now()
        # First the bookings that are being made: they find the notice when they are recorded, or are recorded already.
        intents = BookingIntent.of(connection.organisation_id).filter(_not_due(now), connection_id=connection_id)
        await intents.filter(state=IntentState.OPEN).update(next_check_at=now)
        rows = _open(connection)
        if mailbox_id is None:
            is_due = await _mark_all(rows, now)
        else:
            concerned = await self._concerned(rows.filter(_not_due(now)), connection, mailbox_id)
            is_due = await concerned.update(next_check_at=now) > 0
        if is_due:
            await self._bus.publish(JOBS, Message(MessageKind.BOOKINGS_DUE))

    async def run_due(self) -> datetime | None:
        """Look at every event that is due, several side by side; answers when the next one is due.

        A mailbox that does not answer holds its own place only: the others go on to whatever became due meanwhile.
        Where something always is, a round ends after a while all the same, and whoever watches hears of it.
        """
        ends_at = clock.now() + LONGEST_ROUND
        await _wake_suspended(clock.now())
        due: list[_DueEvent] = []
        under_way: dict[asyncio.Task[None], UUID] = {}
        try:
            while True:
                now = clock.now()
                due = (_but_of(_crowded(under_way), due) or await _due_events(now, under_way)) if now < ends_at else []
                while due and len(under_way) < SIDE_BY_SIDE:
                    event = due.pop(0)
                    under_way[asyncio.create_task(self._attend(event.reference_id))] = event.organisation_id
                    due = _but_of(_crowded(under_way), due)
                if not under_way:
                    return await _next_due(clock.now())
                done, _ = await asyncio.wait(
                    under_way, timeout=LOOK_AROUND.total_seconds(), return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    del under_way[task]
                    task.result()
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def backlog(self) -> Backlog:
        return await backlog_of(_free(clock.now()), "next_check_at")

    async def _concerned(
        self, rows: QuerySet[RoomBooking], connection: CalendarConnection, mailbox_id: str
    ) -> QuerySet[RoomBooking]:
        """The bookings of this event. An id that we do not know may be a new exception of any series."""
        reference = await self._references.find_mailbox_reference(connection.organisation_id, connection.id, mailbox_id)
        if reference is None:
            return rows.filter(kind=BookingKind.SERIES)
        dates = await BookingOccurrence.of(connection.organisation_id).filter(mailbox_reference_id=reference.id)
        return rows.filter(Q(mailbox_reference_id=reference.id) | Q(id__in={date.booking_id for date in dates}))

    async def _attend(self, mailbox_reference_id: UUID) -> None:
        """Claim and look at one event's bookings; whatever goes wrong stays with this event."""
        now = clock.now()
        lease = now + CLAIM_PERIOD
        due = _free(now).filter(mailbox_reference_id=mailbox_reference_id)
        try:
            if await due.update(claimed_until=lease, next_check_at=lease):
                look = await _look(mailbox_reference_id, lease)
                if await close_where_removed(look.claimed, self._notify, self._bus):
                    look = await _look(mailbox_reference_id, lease)
                await self._look_at(look)
        except ProblemError as problem:
            retry_after = problem.retry_after if isinstance(problem, SuiteUnavailable) else None
            await self._postpone(mailbox_reference_id, lease, retry_after)
        except asyncio.CancelledError:
            # The process stops: whoever comes next looks at once.
            await self._give_back(mailbox_reference_id, lease)
            raise
        except Exception as error:
            # What is wrong with this event may stand in the error's text: only its type is logged.
            _log.error("booking_check_failed", error=type(error).__name__, reference=str(mailbox_reference_id))
            await self._postpone(mailbox_reference_id, lease, None)

    async def _look_at(self, look: Look) -> None:
        if not look.claimed:
            return
        connection = look.connection
        if not _works(connection):
            await _suspend(look)
            return
        capabilities = self._capabilities_of(connection.integration.suite)
        mailbox_id = self._references.open(look.claimed[0].mailbox_reference)
        mailbox = self._connections.open(connection)
        async with self._connections.use(connection):
            try:
                if look.claimed[0].kind is BookingKind.SERIES:
                    opened = (self._references.open_if_readable(date.mailbox_reference) for date in look.live_dates)
                    known = [date_id for date_id in opened if date_id is not None]
                    reading = await read_series(mailbox, mailbox_id, known, clock.now())
                else:
                    event = await mailbox.event(mailbox_id)
            except suite_errors.NotFound:
                await self._outcomes.event_gone(look)
                return
        if look.claimed[0].kind is BookingKind.SERIES:
            await self._outcomes.series_read(look, reading, capabilities)
        else:
            await self._outcomes.event_read(look, event, capabilities)

    async def _postpone(self, mailbox_reference_id: UUID, lease: datetime, retry_after: timedelta | None) -> None:
        """The event could not be read: try again later, or once the connection works again."""
        look = await _look(mailbox_reference_id, lease)
        if look.claimed and not _works(look.connection):
            await _suspend(look)
            return
        now = clock.now()
        for booking in look.claimed:
            wait = self._policy.after_failure(booking.check_attempts, retry_after)
            rows = RoomBooking.of(booking.organisation_id).filter(id=booking.id)
            await rows.filter(next_check_at=lease).update(
                next_check_at=now + wait, check_attempts=booking.check_attempts + 1
            )
            await rows.filter(claimed_until=lease).update(claimed_until=None)

    async def _give_back(self, mailbox_reference_id: UUID, lease: datetime) -> None:
        """Nothing was written down: the event is due again."""
        look = await _look(mailbox_reference_id, lease)
        for booking in look.claimed:
            rows = RoomBooking.of(booking.organisation_id).filter(id=booking.id)
            await rows.filter(next_check_at=lease).update(next_check_at=clock.now())
            await rows.filter(claimed_until=lease).update(claimed_until=None)
        if look.claimed:
            await self._bus.publish(JOBS, Message(MessageKind.BOOKINGS_DUE))


def _not_due(now: datetime) -> Q:
    """Whoever is due already will be read after this notice too: a flood of notices writes each row once."""
    return Q(next_check_at__isnull=True) | Q(next_check_at__gt=now)


async def _mark_all(rows: QuerySet[RoomBooking], now: datetime) -> bool:
    """Any of these may have changed. Whether one is due sooner than it was.

    All are due at once, except that where there are many the settled ones that were read a moment ago wait a little:
    a busy calendar's notices then cost a bounded number of reads, and each is still followed by one.
    """
    count = await rows.count()
    pause = pause_after_read(count)
    is_rested = Q(last_checked_at__isnull=True) | Q(last_checked_at__lte=now - pause)
    at_once = rows.filter(_not_due(now), is_rested | Q(state=BookingState.PENDING))
    is_due = await at_once.update(next_check_at=now) > 0
    later = now + pause
    return await rows.filter(_not_due(later), last_checked_at__gt=now - pause).update(next_check_at=later) > 0 or is_due


def _works(connection: CalendarConnection) -> bool:
    is_enabled = connection.integration.status is IntegrationStatus.ENABLED
    return is_enabled and connection.status is ConnectionStatus.CONNECTED


async def _suspend(look: Look) -> None:
    """Nothing to look at until the connection works again; see `_wake_suspended`."""
    for booking in look.claimed:
        rows = RoomBooking.of(booking.organisation_id).filter(id=booking.id, claimed_until=look.lease)
        await rows.update(next_check_at=None, claimed_until=None)


async def _wake_suspended(now: datetime) -> None:
    """Open bookings without a next look wait for their connection: those whose connection works again are due."""
    waiting = await RoomBooking.filter(
        closed_at__isnull=True,
        next_check_at__isnull=True,
        connection__status=ConnectionStatus.CONNECTED,
        connection__integration__status=IntegrationStatus.ENABLED,
    ).limit(BATCH)
    for booking in waiting:
        rows = RoomBooking.of(booking.organisation_id).filter(id=booking.id, next_check_at__isnull=True)
        await rows.filter(closed_at__isnull=True).update(next_check_at=now)


def _open(connection: CalendarConnection) -> QuerySet[RoomBooking]:
    rows = RoomBooking.of(connection.organisation_id)
    return rows.filter(connection_id=connection.id, closed_at__isnull=True)


def _free(now: datetime) -> QuerySet[RoomBooking]:
    """Due and not claimed, in every organisation: the job serves them all."""
    is_free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    return RoomBooking.filter(is_free, closed_at__isnull=True, next_check_at__lte=now)


@dataclass(frozen=True, slots=True)
class _DueEvent:
    """An event to look at, and whose it is."""

    reference_id: UUID
    organisation_id: UUID


def _crowded(under_way: Mapping[Any, UUID]) -> frozenset[UUID]:
    """The organisations that are given no further place for now."""
    return frozenset(one for one, count in Counter(under_way.values()).items() if count >= SIDE_BY_SIDE_OF_ONE)


def _but_of(organisations: frozenset[UUID], due: list[_DueEvent]) -> list[_DueEvent]:
    """What is left out stays due, and is found again."""
    return [event for event in due if event.organisation_id not in organisations] if organisations else due


async def _due_events(now: datetime, under_way: Mapping[Any, UUID]) -> list[_DueEvent]:
    free, crowded = _free(now), _crowded(under_way)
    rows = free.exclude(organisation_id__in=list(crowded)) if crowded else free
    found = await rows.order_by("next_check_at").limit(BATCH)
    return list(dict.fromkeys(_DueEvent(row.mailbox_reference_id, row.organisation_id) for row in found))


async def _next_due(now: datetime) -> datetime | None:
    """When the next row is due; a claimed one when its claim ends."""
    open_rows = RoomBooking.filter(closed_at__isnull=True)
    is_free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    free = await open_rows.filter(is_free, next_check_at__isnull=False).order_by("next_check_at").first()
    claimed = await open_rows.filter(claimed_until__gt=now).order_by("claimed_until").first()
    moments = [free.next_check_at if free else None, claimed.claimed_until if claimed else None]
    return min((moment for moment in moments if moment is not None), default=None)


async def _look(mailbox_reference_id: UUID, lease: datetime) -> Look:
    """The event's open bookings as they are now, with what is needed to read and to judge them."""
    bookings = (
        await RoomBooking.filter(mailbox_reference_id=mailbox_reference_id, closed_at__isnull=True)
        .select_related("room", "wanted_room", "mailbox_reference", "connection__integration")
        .order_by("created_at", "id")
    )
    claimed = [booking for booking in bookings if booking.claimed_until == lease]
    series = [booking.id for booking in claimed if booking.kind is BookingKind.SERIES]
    dates: list[BookingOccurrence] = []
    if series:
        rows = BookingOccurrence.of(claimed[0].organisation_id).filter(booking_id__in=series)
        dates = await rows.select_related("mailbox_reference", "event_reference", "room", "wanted_room")
    live = [date for date in dates if date.state is not BookingState.CANCELLED]
    return Look(bookings=bookings, claimed=claimed, dates=dates, live_dates=live, lease=lease)
