"""Watches on mailboxes: asked for when a booking needs one, renewed at half life, made again when lost.

The row is written before the suite is asked, so a notification that comes early finds it, and a crash leaves something
that is due. A mailbox without open bookings is not watched; one that has some and lost its row, as a connection does
while it is broken, is found by a look of our own. A process that is stopped gives its claims back.
Facts: https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app import clock
from app.bookings.models import RoomBooking
from app.connections.models import CalendarConnection, ConnectionStatus, MailboxWatch, WatchStatus
from app.database.backlog import NOTHING, Backlog, backlog_of
from app.events_bus.bus import JOBS, EventsBus, Message, MessageKind
from app.integrations.status import IntegrationStatus
from app.keys import Keys, Place, SealBroken, Vault, new_token, token_hash
from app.suites.errors import MemberMustAct, NotFound, Retriable, SuiteError
from app.suites.protocol import Mailbox, Watch
from app.suites.registry import DESCRIPTIONS

_log = structlog.get_logger(__name__)

CLAIM_PERIOD = timedelta(seconds=60)
BATCH = 20
FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(hours=1)
LOOK_FOR_UNWATCHED_EVERY = timedelta(minutes=1)
MOST_UNWATCHED = 500
"""So many of their bookings are read at each look."""
WATCH_SPACE = UUID(int=0)
"""A suite's subscription id arrives before we know whose it is: its hash belongs to no organisation."""


class _Connections(Protocol):
    def open(self, connection: CalendarConnection) -> Mailbox: ...


class _Checks(Protocol):
    async def mark_due(self, connection_id: UUID, mailbox_id: str | None) -> None: ...


class WatchService:
    """Keeps a watch on every mailbox that has an open booking."""

    name = "watches"

    def __init__(
        self,
        connections: _Connections,
        checks: _Checks,
        vault: Vault,
        keys: Keys,
        bus: EventsBus,
        *,
        public_url: str,
        enabled: bool = True,
    ) -> None:
        self._connections = connections
        self._checks = checks
        self._vault = vault
        self._keys = keys
        self._bus = bus
        self._public_url = public_url
        self._enabled = enabled
        self._looked_for_unwatched_at: datetime | None = None

    async def ensure(self, connection: CalendarConnection) -> None:
        """Have the mailbox watched soon; costs one insert the first time and nothing later."""
        if not self._enabled:
            return
        now = clock.now()
        _, created = await MailboxWatch.get_or_create(
            connection_id=connection.id,
            defaults={
                "organisation_id": connection.organisation_id,
                "status": WatchStatus.REQUESTED,
                "secret_hash": "",
                "next_attempt_at": now,
                "created_at": now,
            },
        )
        if created:
            await self._bus.publish(JOBS, Message(MessageKind.JOBS_DUE))

    async def run_due(self) -> datetime | None:
        """Create, renew and make anew what is due, side by side."""
        if not self._enabled:
            return None
        await self._ask_for_missing()
        claim = clock.now() + CLAIM_PERIOD
        try:
            due = await self._claim(claim)
            async with asyncio.TaskGroup() as group:
                for watch in due:
                    group.create_task(self._attend(watch))
        except asyncio.CancelledError:
            # The process stops: whoever comes next goes on at once.
            if await MailboxWatch.filter(claimed_until=claim).update(claimed_until=None):
                await self._bus.publish(JOBS, Message(MessageKind.JOBS_DUE))
            raise
        if len(due) == BATCH:
            return clock.now()
        return await _next_attempt(clock.now())

    async def backlog(self) -> Backlog:
        return await backlog_of(_free(clock.now()), "next_attempt_at") if self._enabled else NOTHING

    async def _ask_for_missing(self) -> None:
        """Open bookings whose mailbox nobody watches: the connection worked again, or we died before asking."""
        now = clock.now()
        if self._looked_for_unwatched_at and now < self._looked_for_unwatched_at + LOOK_FOR_UNWATCHED_EVERY:
            return
        self._looked_for_unwatched_at = now
        for connection in await _unwatched():
            await self.ensure(connection)

    def hash_of(self, suite_id: str) -> str:
        """Under which hash a suite's subscription id is found."""
        return self._keys.lookup_hash(WATCH_SPACE, "watch", suite_id)

    async def _claim(self, until: datetime) -> Sequence[MailboxWatch]:
        now = clock.now()
        candidates = await _free(now).limit(BATCH)
        return [watch for watch in candidates if await _free(now).filter(id=watch.id).update(claimed_until=until)]

    async def _attend(self, watch: MailboxWatch) -> None:
        """One watch; whatever goes wrong stays with it and is tried again later."""
        mine = CalendarConnection.of(watch.organisation_id).select_related("integration")
        connection = await mine.get_or_none(id=watch.connection_id)
        if connection is None:
            return  # the member disconnected just now, and the watch went with the connection
        try:
            await self._bring_up_to_date(watch, connection)
        except NotFound as error:
            # Only what ran can be lost: a mailbox that cannot be found would be asked about without end.
            if watch.status is WatchStatus.RUNNING:
                await self._lost(watch)
            else:
                await self._failed(watch, error)
        except MemberMustAct as error:
            await connection.refresh_from_db()
            if connection.status is ConnectionStatus.CONNECTED:
                await self._failed(watch, error)
            else:
                await watch.delete()  # once the member has reconnected their open bookings ask for another
        except Exception as error:
            await self._failed(watch, error)

    async def _bring_up_to_date(self, watch: MailboxWatch, connection: CalendarConnection) -> None:
        is_enabled = connection.integration.status is IntegrationStatus.ENABLED
        is_working = is_enabled and connection.status is ConnectionStatus.CONNECTED
        if not is_working or not await _has_open_bookings(connection):
            await self._let_go(watch, connection)
        elif watch.status is WatchStatus.RUNNING:
            await self._renew(watch, connection)
        else:
            await self._create(watch, connection)

    async def _create(self, watch: MailboxWatch, connection: CalendarConnection) -> None:
        secret = new_token("hmw")
        # A handshake, or a first post, may come before the suite's own answer: the secret is there already.
        await _update(watch, secret_hash=token_hash(secret))
        created = await self._connections.open(connection).watch(self._callback_url(connection), secret)
        await self._runs(watch, created, secret)

    async def _renew(self, watch: MailboxWatch, connection: CalendarConnection) -> None:
        try:
            secret, suite_id = new_token("hmw"), self._suite_id(watch)
        except SealBroken:
            # Nobody can say any more which watch of the suite's this is: it runs out there by itself.
            _log.error("watch_unreadable", watch=str(watch.id))
            await self._lost(watch)
            return
        mailbox = self._connections.open(connection)
        renewed = await mailbox.renew_watch(suite_id, self._callback_url(connection), secret)
        if renewed.suite_id != suite_id:
            await self._runs(watch, renewed, secret)
            return
        await _update(
            watch,
            attempts=0,
            claimed_until=None,
            expires_at=renewed.expires_at,
            next_attempt_at=_half_life(renewed),
        )

    async def _runs(self, watch: MailboxWatch, created: Watch, secret: str) -> None:
        """Write down a watch that the suite has just made."""
        await _update(
            watch,
            status=WatchStatus.RUNNING,
            suite_id=self._vault.seal(created.suite_id.encode(), _place(watch)),
            suite_id_hash=self.hash_of(created.suite_id),
            secret_hash=token_hash(secret),
            attempts=0,
            claimed_until=None,
            expires_at=created.expires_at,
            next_attempt_at=_half_life(created),
        )
        # Whatever was answered before the watch ran was told to nobody: look once at all that is open.
        await self._checks.mark_due(watch.connection_id, None)

    def _callback_url(self, connection: CalendarConnection) -> str:
        return self._public_url + DESCRIPTIONS[connection.integration.suite].webhook_path

    async def _let_go(self, watch: MailboxWatch, connection: CalendarConnection) -> None:
        """Nobody needs this watch any more; if the suite is not told, the watch runs out by itself.

        The row goes first: a booking that is made meanwhile then asks for a watch of its own.
        """
        await watch.delete()
        if watch.status is WatchStatus.RUNNING and connection.status is ConnectionStatus.CONNECTED:
            try:
                await self._connections.open(connection).unwatch(self._suite_id(watch))
            except (SuiteError, SealBroken) as error:
                _log.info("unwatch_failed", error=type(error).__name__)

    async def _lost(self, watch: MailboxWatch) -> None:
        await _update(watch, status=WatchStatus.LOST, claimed_until=None, next_attempt_at=clock.now())
        await self._checks.mark_due(watch.connection_id, None)

    async def _failed(self, watch: MailboxWatch, error: Exception) -> None:
        pause = min(FIRST_RETRY * 2 ** min(watch.attempts, 16), LONGEST_RETRY)
        if isinstance(error, SuiteError) and not isinstance(error, Retriable):
            pause = LONGEST_RETRY
        # The suite's own words may stand in the error: only its type and code are logged.
        code = error.provider_code if isinstance(error, SuiteError) else None
        _log.warning("watch_failed", error=type(error).__name__, code=code, attempts=watch.attempts)
        await _update(watch, attempts=watch.attempts + 1, claimed_until=None, next_attempt_at=clock.now() + pause)

    def _suite_id(self, watch: MailboxWatch) -> str:
        if watch.suite_id is None:
            raise NotFound
        return self._vault.open(watch.suite_id, _place(watch)).decode()


def _place(watch: MailboxWatch) -> Place:
    return Place(watch.organisation_id, "mailbox_watch", watch.id, "suite_id")


def _half_life(watch: Watch) -> datetime:
    now = clock.now()
    return now + max(watch.expires_at - now, timedelta(minutes=2)) / 2


async def _update(watch: MailboxWatch, **values: object) -> None:
    await MailboxWatch.of(watch.organisation_id).filter(id=watch.id).update(**values)


def _free(now: datetime) -> QuerySet[MailboxWatch]:
    """Due and not claimed, in every organisation: the job serves them all."""
    is_free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    return MailboxWatch.filter(is_free, next_attempt_at__lte=now)


async def _next_attempt(now: datetime) -> datetime | None:
    """When the next watch is due; one that another process has, when its claim ends."""
    is_free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    free = await MailboxWatch.filter(is_free).order_by("next_attempt_at").first()
    claimed = await MailboxWatch.filter(claimed_until__gte=now).order_by("claimed_until").first()
    moments = [free.next_attempt_at if free else None, claimed.claimed_until if claimed else None]
    return min((moment for moment in moments if moment is not None), default=None)


async def _unwatched() -> Sequence[CalendarConnection]:
    """Connections that work and have open bookings, without a watch, in every organisation."""
    rows = RoomBooking.filter(
        closed_at__isnull=True,
        connection__watches__id__isnull=True,
        connection__status=ConnectionStatus.CONNECTED,
        connection__integration__status=IntegrationStatus.ENABLED,
    ).select_related("connection")
    return list({booking.connection_id: booking.connection for booking in await rows.limit(MOST_UNWATCHED)}.values())


async def _has_open_bookings(connection: CalendarConnection) -> bool:
    bookings = RoomBooking.of(connection.organisation_id)
    recent = Q(closed_at__isnull=True) & ~Q(state="CANCELLED")
    if await bookings.filter(recent, connection_id=connection.id).exists():
        return True
    # A booking is on its way while its watch is still being asked for.
    return (
        await MailboxWatch.of(connection.organisation_id)
        .filter(connection_id=connection.id, status=WatchStatus.REQUESTED, created_at__gt=clock.now() - CLAIM_PERIOD)
        .exists()
    )
