"""Sweeping up after requests that were broken off between the suite's answer and our commit.

Only the member's own repeat may create the event again. The sweep asks the suite whether the event exists and, if so,
records the bookings that were meant; an intent whose event is not there after some tries is given up.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app import clock
from app.bookings.models import BookingIntent, IntentState, RoomBooking
from app.bookings.ports import Connections, Watches
from app.bookings.recording import SWEEP_AFTER, BookingRecorder, Written
from app.connections.models import ConnectionStatus
from app.database.backlog import Backlog, backlog_of
from app.events_bus.bus import JOBS, EventsBus, Message, MessageKind, member_topic
from app.integrations.status import IntegrationStatus
from app.rooms.models import Room
from app.suites.events import Event, EventStatus

CLAIM_PERIOD = timedelta(minutes=2)
LONGEST_BACK_OFF = timedelta(hours=1)
MAX_ATTEMPTS = 5
"""After 3, 6, 12, 24 and 48 minutes an event that is not there was never made."""
BATCH = 20

_log = structlog.get_logger(__name__)


class IntentSweep:
    """The job that adopts events whose bookings were never recorded."""

    name = "booking-intents"

    def __init__(
        self, *, connections: Connections, recorder: BookingRecorder, watches: Watches, bus: EventsBus
    ) -> None:
        self._connections = connections
        self._recorder = recorder
        self._watches = watches
        self._bus = bus

    async def run_due(self) -> datetime | None:
        """Look for the events of the intents that are due; answers when the next one is."""
        now = clock.now()
        for intent in await _due(now).select_related("connection__integration", "record").limit(BATCH):
            claim = _due(now).filter(id=intent.id)
            wait = min(SWEEP_AFTER * 2 ** min(intent.check_attempts + 1, 10), LONGEST_BACK_OFF)
            claimed = await claim.update(
                claimed_until=now + CLAIM_PERIOD, next_check_at=now + wait, check_attempts=intent.check_attempts + 1
            )
            if claimed:
                await self._attend(intent, claimed_at=now)
        upcoming = await BookingIntent.filter(state=IntentState.OPEN).order_by("next_check_at").first()
        if upcoming is None or upcoming.next_check_at is None:
            return None
        return max(upcoming.next_check_at, upcoming.created_at + SWEEP_AFTER)

    async def backlog(self) -> Backlog:
        return await backlog_of(_due(clock.now()), "next_check_at")

    async def _attend(self, intent: BookingIntent, claimed_at: datetime) -> None:
        """One intent; whatever goes wrong stays with it and is tried again later."""
        try:
            await self._settle(intent)
        except asyncio.CancelledError:
            # The process stops: whoever comes next asks at once, and this try does not count.
            mine = BookingIntent.of(intent.organisation_id).filter(id=intent.id, state=IntentState.OPEN)
            mine = mine.filter(claimed_until=claimed_at + CLAIM_PERIOD)
            if await mine.update(claimed_until=None, next_check_at=claimed_at, check_attempts=intent.check_attempts):
                await self._bus.publish(JOBS, Message(MessageKind.JOBS_DUE))
            raise
        except Exception as error:
            # The suite's or the event's own words may stand in the error: only its type is logged.
            _log.warning("booking_intent_unsettled", intent=str(intent.id), error=type(error).__name__)
        rows = BookingIntent.of(intent.organisation_id).filter(id=intent.id)
        await rows.update(claimed_until=None)

    async def _settle(self, intent: BookingIntent) -> None:
        connection = intent.connection
        is_enabled = connection.integration.status is IntegrationStatus.ENABLED
        if not is_enabled or connection.status is not ConnectionStatus.CONNECTED:
            return
        async with self._connections.use(connection):
            event = await self._connections.open(connection).find_created(intent.id)
        if event is None or event.status is EventStatus.CANCELLED:
            if intent.check_attempts + 1 >= MAX_ATTEMPTS or event is not None:
                rows = BookingIntent.of(intent.organisation_id).filter(id=intent.id, state=IntentState.OPEN)
                await rows.update(state=IntentState.ABANDONED, next_check_at=None)
            return
        await self._adopt(intent, event)

    async def _adopt(self, intent: BookingIntent, event: Event) -> None:
        """Record what the request meant. The dates of a series are read by the first check."""
        connection = intent.connection
        ids = [UUID(room_id) for room_id in intent.room_ids]
        found = {room.id: room for room in await Room.of(intent.organisation_id).filter(id__in=ids)}
        bookings = await self._recorder.record(
            Written(
                intent=intent,
                record=intent.record,
                connection=connection,
                suite=connection.integration.suite,
                rooms=[found[room_id] for room_id in ids if room_id in found],
                event=event,
                look_at_once=True,
            )
        )
        if bookings:
            await self._watches.ensure(connection)
            await self._tell(bookings)

    async def _tell(self, bookings: Sequence[RoomBooking]) -> None:
        for booking in bookings:
            message = Message(MessageKind.BOOKING_CHANGED, booking.id, booking.version)
            await self._bus.publish(member_topic(booking.member_id), message)
        await self._bus.publish(JOBS, Message(MessageKind.JOBS_DUE))


def _due(now: datetime) -> QuerySet[BookingIntent]:
    """Open intents old enough to be nobody's any more, in every organisation: the job serves them all."""
    is_free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    return BookingIntent.filter(
        is_free, state=IntentState.OPEN, next_check_at__lte=now, created_at__lte=now - SWEEP_AFTER
    )
