"""Enabling for all users, for the first time or again within the five days.

Enabled again, everything is as it was: connections work because their integration does, rooms are paired by the
addresses they kept, and every open booking is read anew before anybody is told anything about it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from app import clock
from app.audit.models import AuditAction
from app.bookings.models import RoomBooking
from app.connections.models import (
    CalendarConnection,
    ConnectionReason,
    ConnectionStatus,
    MailboxWatch,
    WatchStatus,
)
from app.errors import IntegrationStatusConflict, TestNotPassed
from app.events_bus.bus import JOBS, EventsBus, Message, MessageKind, member_topic
from app.identity.principal import Principal
from app.integrations.health import HealthKeeper, tell_if_worse
from app.integrations.models import Integration
from app.integrations.ports import RoomSyncs
from app.integrations.report import TestReport
from app.integrations.status import IntegrationStatus
from app.integrations.transitions import Act, Transitions
from app.notifications.models import Notification, NotificationKind
from app.notifications.service import notify
from app.rooms.models import Room, RoomPairing, RoomSync
from app.suites.protocol import PermissionVariant

_S = IntegrationStatus


class Enabling:
    """Enables tested integrations."""

    def __init__(self, transitions: Transitions, rooms_sync: RoomSyncs, bus: EventsBus) -> None:
        self._transitions = transitions
        self._rooms_sync = rooms_sync
        self._bus = bus
        self._health = HealthKeeper(bus)

    async def enable(self, integration: Integration, principal: Principal) -> Integration:
        """Enable and ask for the room sync; an enabled integration is returned as it is.

        Raises TestNotPassed, IntegrationStatusConflict.
        """
        if integration.status is _S.ENABLED:
            return integration
        report, now = _passed_report(integration), clock.now()
        requested: list[RoomSync] = []
        notified: list[Notification] = []

        async def begin(integration: Integration) -> None:
            if integration.status is _S.DISABLED:
                notified.extend(await _resume(integration, now))
            if integration.variant is PermissionVariant.FULL:
                requested.append(await self._rooms_sync.enlist(integration, principal.member_id))

        act = Act(action=AuditAction.INTEGRATION_ENABLED, actor_id=principal.member_id, attempt="enabled")
        try:
            enabled = await self._transitions.move(
                integration,
                _S.ENABLED,
                act,
                alongside=begin,
                enabled_by_id=principal.member_id,
                enabled_at=now,
                disabled_at=None,
                retained_until=None,
                revokes_consents=False,
                health=report.lasting.health,
                trouble=None,
            )
        except IntegrationStatusConflict as conflict:
            if conflict.status != _S.ENABLED:
                raise
            # Clicked twice, or by two: it is as both wanted it.
            return await Integration.of(integration.organisation_id).get(id=integration.id)
        for run in requested:
            await self._rooms_sync.announce(run)
        for notification in notified:
            message = Message(MessageKind.NOTIFICATION_ADDED, notification.id)
            await self._bus.publish(member_topic(notification.member_id), message)
        await self._bus.publish(JOBS, Message(MessageKind.JOBS_DUE))
        return enabled

    async def change_variant(
        self, integration: Integration, variant: PermissionVariant, report: TestReport, actor_id: UUID | None
    ) -> Integration:
        """An enabled integration goes on with other permissions, which this test has proved.

        Raises IntegrationStatusConflict where somebody was faster.
        """
        requested: list[RoomSync] = []
        told: list[Notification] = []
        health = report.lasting.health

        async def follow(integration: Integration) -> None:
            told.extend(await tell_if_worse(integration, health))
            if variant is PermissionVariant.FULL:
                requested.append(await self._rooms_sync.enlist(integration, actor_id))

        act = Act(
            action=AuditAction.PERMISSIONS_CHANGED,
            actor_id=actor_id,
            attempt="given other permissions",
            details={"variant": variant.value},
        )
        changed = await self._transitions.amend(
            integration,
            act,
            alongside=follow,
            variant=variant,
            test_report=report.to_json(),
            health=health,
            trouble=None,
        )
        await self._health.tell(told)
        for run in requested:
            await self._rooms_sync.announce(run)
        return changed


def _passed_report(integration: Integration) -> TestReport:
    """The test that allows it: the one that made it TESTED, or one that passed since it was disabled."""
    if integration.status not in (_S.TESTED, _S.DISABLED) or integration.test_report is None:
        raise TestNotPassed
    report = TestReport.from_json(integration.test_report)
    if integration.status is _S.TESTED:
        return report
    if integration.retained_until is None or integration.retained_until <= clock.now():
        # What was kept for it is being erased.
        raise IntegrationStatusConflict(_S.NOT_CONFIGURED, "enabled")
    if not report.passed or integration.disabled_at is None or report.at < integration.disabled_at:
        raise TestNotPassed
    return report


async def _resume(integration: Integration, now: datetime) -> Sequence[Notification]:
    """Put back what disabling let go of, inside the transaction; the notifications are told after it."""
    organisation_id = integration.organisation_id
    rooms = Room.of(organisation_id).filter(integration_id=integration.id, pairing_retained=True)
    await rooms.update(pairing=RoomPairing.PAIRED, pairing_retained=False)
    connections = CalendarConnection.of(organisation_id).filter(integration_id=integration.id)
    open_bookings = RoomBooking.of(organisation_id).filter(
        connection_id__in=Subquery(connections.values("id")), closed_at__isnull=True
    )
    await open_bookings.update(next_check_at=now, claimed_until=None)
    await _watch_again(organisation_id, open_bookings, now)
    return await _tell_revoked(connections)


async def _watch_again(organisation_id: UUID, open_bookings: QuerySet[RoomBooking], now: datetime) -> None:
    """A mailbox with open bookings is watched: the row asks for it, the job does it."""
    ids = await open_bookings.distinct().values_list("connection_id", flat=True)
    watches = [
        MailboxWatch(
            organisation_id=organisation_id,
            connection_id=connection_id,
            status=WatchStatus.REQUESTED,
            secret_hash="",
            next_attempt_at=now,
            created_at=now,
        )
        for connection_id in ids
    ]
    await MailboxWatch.bulk_create(watches, ignore_conflicts=True)


async def _tell_revoked(connections: QuerySet[CalendarConnection]) -> Sequence[Notification]:
    """Members whose consent was revoked with the disabling have to consent again, and are told so now."""
    revoked = connections.filter(
        status=ConnectionStatus.RECONNECT_REQUIRED,
        reason=ConnectionReason.CONSENT_WITHDRAWN,
        credentials__isnull=True,
    )
    told = [
        await notify(
            connection.organisation_id,
            connection.member_id,
            NotificationKind.RECONNECT_REQUIRED,
            subject_id=connection.id,
            occasion=f"reconnect-required/{connection.id}/{connection.generation}",
        )
        for connection in await revoked
    ]
    return [notification for notification in told if notification is not None]
