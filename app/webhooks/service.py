"""What a suite's notification leads to: the rows it concerns become due. Nothing in it is ever applied.

A notification is believed only when it names a watch of ours, bears that watch's secret and comes from the tenant the
watch belongs to; everything else is acknowledged and dropped, so that a stranger learns nothing.
"""

import hmac
from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

import structlog

from app import clock
from app.connections.models import MailboxWatch, WatchStatus
from app.events_bus.bus import JOBS, EventsBus, Message, MessageKind
from app.keys import token_hash
from app.suites.protocol import ChangeKind, ChangeNotification, SuiteName
from app.suites.registry import SuiteRegistry

_log = structlog.get_logger(__name__)


class _Checks(Protocol):
    async def mark_due(self, connection_id: UUID, mailbox_id: str | None) -> None: ...


class _Watches(Protocol):
    def hash_of(self, suite_id: str) -> str: ...


class WebhookService:
    """Receives change notifications of every configured suite."""

    def __init__(self, registry: SuiteRegistry, watches: _Watches, checks: _Checks, bus: EventsBus) -> None:
        self._registry = registry
        self._watches = watches
        self._checks = checks
        self._bus = bus

    async def receive(self, suite: SuiteName, body: bytes, headers: Mapping[str, str]) -> None:
        """Take one post. Raises SuiteNotConfigured, and InvalidRequest of the suites for a post of another form."""
        notifications = self._registry.get(suite).notifications(body, dict(headers))
        trusted = await self._trusted(suite, notifications)
        events: set[tuple[UUID, str | None]] = set()
        for notification, watch in trusted:
            if notification.kind in {ChangeKind.CHANGED, ChangeKind.DELETED}:
                events.add((watch.connection_id, notification.mailbox_id))
            else:
                await self._lifecycle(notification, watch)
        for connection_id, mailbox_id in events:
            await self._checks.mark_due(connection_id, mailbox_id)

    async def _trusted(
        self, suite: SuiteName, notifications: Sequence[ChangeNotification]
    ) -> list[tuple[ChangeNotification, MailboxWatch]]:
        hashes = {self._watches.hash_of(notification.watch_id) for notification in notifications}
        rows = await MailboxWatch.filter(suite_id_hash__in=hashes).select_related("connection__integration")
        by_hash = {row.suite_id_hash: row for row in rows}
        trusted = []
        for notification in notifications:
            watch = by_hash.get(self._watches.hash_of(notification.watch_id))
            if watch is not None and _is_genuine(suite, notification, watch):
                trusted.append((notification, watch))
        if len(trusted) < len(notifications):
            _log.warning("notifications_dropped", suite=suite, dropped=len(notifications) - len(trusted))
        return trusted

    async def _lifecycle(self, notification: ChangeNotification, watch: MailboxWatch) -> None:
        rows = MailboxWatch.of(watch.organisation_id).filter(id=watch.id)
        if notification.kind is ChangeKind.WATCH_ENDED:
            await rows.update(status=WatchStatus.LOST, next_attempt_at=clock.now())
        elif notification.kind is ChangeKind.REAUTHORISE:
            await rows.update(next_attempt_at=clock.now())
        if notification.kind is not ChangeKind.REAUTHORISE:
            await self._checks.mark_due(watch.connection_id, None)
        await self._bus.publish(JOBS, Message(MessageKind.JOBS_DUE))


def _is_genuine(suite: SuiteName, notification: ChangeNotification, watch: MailboxWatch) -> bool:
    integration = watch.connection.integration
    secret_matches = hmac.compare_digest(token_hash(notification.secret), watch.secret_hash)
    tenant_matches = notification.tenant is None or notification.tenant == integration.tenant
    return secret_matches and tenant_matches and integration.suite is suite
