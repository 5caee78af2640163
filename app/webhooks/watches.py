"""Watches on mailboxes: asked for when a booking needs one, renewed at half life, made again when lost.

The row is written before the suite is asked, so a notification that comes early finds it, and a crash leaves something
that is due. A mailbox without open bookings is not watched.
Facts: https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog
from tortoise.expressions import Q

from app import clock
from app.bookings.models import RoomBooking
from app.connections.models import CalendarConnection, ConnectionStatus, MailboxWatch, WatchStatus
from app.events_bus.bus import JOBS, EventsBus, Message, MessageKind
from app.integrations.status import IntegrationStatus
from app.keys import Keys, Place, Vault, new_token, token_hash
from app.suites.errors import NotFound, Retriable, SuiteError
from app.suites.protocol import Mailbox, Watch
from app.suites.registry import DESCRIPTIONS

_log = structlog.get_logger(__name__)

CLAIM_PERIOD = timedelta(seconds=60)
BATCH = 20
FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(hours=1)
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
        due = await self._claim()
        await asyncio.gather(*(self._attend(watch) for watch in due))
        if len(due) == BATCH:
            return clock.now()
        upcoming = await MailboxWatch.all().order_by("next_attempt_at").first()
        return upcoming.next_attempt_at if upcoming else None

    def hash_of(self, suite_id: str) -> str:
        """Under which hash a suite's subscription id is found."""
        return self._keys.lookup_hash(WATCH_SPACE, "watch", suite_id)

    async def _claim(self) -> Sequence[MailboxWatch]:
        now = clock.now()
        free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
        candidates = await MailboxWatch.filter(free, next_attempt_at__lte=now).limit(BATCH)
        return [
            watch
            for watch in candidates
            if await MailboxWatch.filter(free, id=watch.id).update(claimed_until=now + CLAIM_PERIOD)
        ]

    async def _attend(self, watch: MailboxWatch) -> None:
        mine = CalendarConnection.of(watch.organisation_id).select_related("integration")
        connection = await mine.get_or_none(id=watch.connection_id)
        if connection is None:
            return  # the member disconnected just now, and the watch went with the connection
        is_enabled = connection.integration.status is IntegrationStatus.ENABLED
        is_working = is_enabled and connection.status is ConnectionStatus.CONNECTED
        if not is_working or not await _has_open_bookings(connection):
            await self._let_go(watch, connection)
            return
        try:
            if watch.status is WatchStatus.RUNNING:
                await self._renew(watch, connection)
            else:
                await self._create(watch, connection)
        except NotFound as error:
            # Only what ran can be lost: a mailbox that cannot be found would be asked about without end.
            if watch.status is WatchStatus.RUNNING:
                await self._lost(watch)
            else:
                await self._failed(watch, error)
        except SuiteError as error:
            await self._failed(watch, error)

    async def _create(self, watch: MailboxWatch, connection: CalendarConnection) -> None:
        secret = new_token("hmw")
        # A handshake, or a first post, may come before the suite's own answer: the secret is there already.
        await _update(watch, secret_hash=token_hash(secret))
        created = await self._connections.open(connection).watch(self._callback_url(connection), secret)
        await self._runs(watch, created, secret)

    async def _renew(self, watch: MailboxWatch, connection: CalendarConnection) -> None:
        secret, suite_id = new_token("hmw"), self._suite_id(watch)
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
        """Nobody needs this watch any more; if the suite is not told, the watch runs out by itself."""
        if watch.status is WatchStatus.RUNNING and connection.status is ConnectionStatus.CONNECTED:
            try:
                await self._connections.open(connection).unwatch(self._suite_id(watch))
            except SuiteError as error:
                _log.info("unwatch_failed", error=type(error).__name__)
        await watch.delete()

    async def _lost(self, watch: MailboxWatch) -> None:
        await _update(watch, status=WatchStatus.LOST, claimed_until=None, next_attempt_at=clock.now())
        await self._checks.mark_due(watch.connection_id, None)

    async def _failed(self, watch: MailboxWatch, error: SuiteError) -> None:
        pause = min(FIRST_RETRY * 2 ** min(watch.attempts, 16), LONGEST_RETRY)
        if not isinstance(error, Retriable):
            pause = LONGEST_RETRY
        _log.warning("watch_failed", error=type(error).__name__, code=error.provider_code, attempts=watch.attempts)
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
