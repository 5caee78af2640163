"""Ending members' consents at the suite after disabling, where an administrator asked for it and the suite listens.

Each connection is settled by itself: once the suite has taken note, its credentials are gone here too and the member
connects again should the integration be enabled once more. A suite that does not answer is asked again until the purge.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from app import clock
from app.audit import service as audit
from app.audit.models import AuditAction
from app.connections.models import CalendarConnection, ConnectionReason, ConnectionStatus
from app.errors import SuiteNotConfigured
from app.events_bus.bus import EventsBus, Message, MessageKind, member_topic
from app.integrations.models import Integration
from app.integrations.ports import Suites
from app.integrations.status import IntegrationStatus
from app.notifications.models import Notification, NotificationKind
from app.notifications.service import notify
from app.rooms.carriers import tell_of_carrier
from app.suites.errors import SuiteError
from app.suites.protocol import CalendarSuite, Credentials

AT_ONCE = 50
TIMEOUT = timedelta(seconds=10)
PAUSE = timedelta(minutes=5)
"""How long a suite that did not take note is left alone."""

_log = structlog.get_logger(__name__)


class _Sealed(Protocol):
    def opened(self, connection: CalendarConnection) -> Credentials: ...


class ConsentRevocation:
    """The job that tells the suite."""

    name = "consent-revocation"

    def __init__(self, registry: Suites, sealed: _Sealed, bus: EventsBus) -> None:
        self._registry = registry
        self._sealed = sealed
        self._bus = bus
        self._next: datetime | None = None

    async def run_due(self) -> datetime | None:
        """Revoke what is to be revoked; answers when to try again what the suite did not take.

        Integrations belong to organisations and this job to none, so this look-up goes across them.
        """
        now = clock.now()
        waiting = await Integration.filter(status=IntegrationStatus.DISABLED, revokes_consents=True)
        if not waiting:
            self._next = None
            return None
        if self._next is not None and now < self._next:
            return self._next
        self._next = now + PAUSE
        for integration in waiting:
            await self._revoke_all(integration)
        return self._next

    async def _revoke_all(self, integration: Integration) -> None:
        try:
            suite = self._registry.get(integration.suite)
        except SuiteNotConfigured:
            return
        last = UUID(int=0)
        while connections := await _given_before(integration).filter(id__gt=last).order_by("id").limit(AT_ONCE):
            last = connections[-1].id
            await asyncio.gather(*(self._revoke(suite, connection) for connection in connections))
        await _close(integration)

    async def _revoke(self, suite: CalendarSuite, connection: CalendarConnection) -> None:
        """Whoever reconnects or disconnects at this moment wins: the swap goes by the row's generation."""
        try:
            async with asyncio.timeout(TIMEOUT.total_seconds()):
                await suite.revoke(self._sealed.opened(connection))
        except (SuiteError, TimeoutError) as error:
            _log.info("revocation_failed", suite=suite.name.value, error=type(error).__name__)
            return
        await self._settle(connection)

    async def _settle(self, connection: CalendarConnection) -> None:
        """The consent has ended at the suite, so it ends here.

        Where the integration was enabled again while the suite was asked, whoever enabled it could not know: the member
        is told here that they have to connect again.
        """
        organisation_id, generation = connection.organisation_id, connection.generation + 1
        told: Notification | None = None
        async with in_transaction():
            # The integration first, as enabling does: it tells of what was written before, this of what comes after.
            mine = Integration.of(organisation_id).select_for_update()
            integration = await mine.get(id=connection.integration_id)
            rows = CalendarConnection.of(organisation_id).filter(id=connection.id, generation=connection.generation)
            ended = await rows.update(
                credentials=None,
                generation=generation,
                status=ConnectionStatus.RECONNECT_REQUIRED,
                reason=ConnectionReason.CONSENT_WITHDRAWN,
                status_since=clock.now(),
            )
            if ended and integration.status is IntegrationStatus.ENABLED:
                told = await notify(
                    organisation_id,
                    connection.member_id,
                    NotificationKind.RECONNECT_REQUIRED,
                    subject_id=connection.id,
                    occasion=f"reconnect-required/{connection.id}/{generation}",
                )
        if told is not None:
            topic = member_topic(connection.member_id)
            await self._bus.publish(topic, Message(MessageKind.CONNECTION_CHANGED, connection.id))
            await self._bus.publish(topic, Message(MessageKind.NOTIFICATION_ADDED, told.id))
            await tell_of_carrier(self._bus, connection)


def _given_before(integration: Integration) -> QuerySet[CalendarConnection]:
    """Consents that are kept still; an administrator's who has consented anew since is not meant."""
    return CalendarConnection.of(integration.organisation_id).filter(
        integration_id=integration.id,
        credentials__isnull=False,
        connected_at__lte=integration.disabled_at,
        integration__revokes_consents=True,
    )


async def _close(integration: Integration) -> None:
    """Done once no credentials are left, which is then recorded."""
    if await _given_before(integration).exists():
        return
    mine = Integration.of(integration.organisation_id).filter(id=integration.id)
    async with in_transaction():
        if await mine.filter(revokes_consents=True, status=IntegrationStatus.DISABLED).update(revokes_consents=False):
            await audit.record(
                integration.organisation_id,
                AuditAction.CONSENTS_REVOKED,
                actor_id=None,
                target_id=integration.id,
                suite=integration.suite.value,
            )
