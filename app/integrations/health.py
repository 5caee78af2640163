"""How an enabled integration's health gets worse or better, and who hears of it.

The one place for what is met in passing, what the daily check finds and what an administrator's own test finds. Every
administrator is told when it gets worse, in the transaction of the change; when it gets better nobody has to act, so
only the integration's followers hear of it. Nothing here touches a member's connection.
"""

from collections.abc import Sequence
from uuid import UUID

from tortoise.transactions import in_transaction

from app.events_bus.bus import EventsBus, Message, MessageKind, member_topic, organisation_topic
from app.identity.models import Member, Role
from app.integrations.issues import MENDED_BY_APPROVAL, IssueCode, issue_of
from app.integrations.models import Integration, IntegrationHealth
from app.integrations.status import IntegrationStatus
from app.notifications.models import Notification, NotificationKind
from app.notifications.service import notify
from app.rooms.carriers import uncarried_since
from app.suites.errors import AdminApprovalNeeded, ApplicationBlocked, OperatorMustAct, SuiteError
from app.suites.protocol import PermissionVariant

_FROM_BEST = (IntegrationHealth.HEALTHY, IntegrationHealth.DEGRADED, IntegrationHealth.BROKEN)


def is_worse(health: IntegrationHealth, than: IntegrationHealth) -> bool:
    """Whether members are served worse with the one than with the other."""
    return _FROM_BEST.index(health) > _FROM_BEST.index(than)


def health_after(error: SuiteError) -> IntegrationHealth | None:
    """What a refusal makes of the integration's health; None where it says nothing about it."""
    match error:
        case OperatorMustAct():
            return IntegrationHealth.DEGRADED
        case ApplicationBlocked() | AdminApprovalNeeded():
            return IntegrationHealth.BROKEN
        case _:
            return None


async def tell_if_worse(before: Integration, health: IntegrationHealth) -> Sequence[Notification]:
    """Notify every administrator where `health` is worse than it was; call inside the transaction of the change."""
    if before.status is not IntegrationStatus.ENABLED or not is_worse(health, than=before.health):
        return ()
    # Only a test makes it better, and every test moves the version on: so each worsening is an occasion of its own,
    # and one that a call and a test meet at the same moment is one.
    return await _notify_all(before, f"{health.value}/{before.version}")


class HealthKeeper:
    """Writes what was met outside any test, and tells whom it concerns."""

    def __init__(self, bus: EventsBus) -> None:
        self._bus = bus

    async def met(self, organisation_id: UUID, integration_id: UUID, error: SuiteError) -> None:
        """A call was refused, by whomever it was made. Call outside any transaction."""
        health = health_after(error)
        if health is not None:
            await self._worsen(organisation_id, integration_id, health, issue_of(error).code)

    async def directory_refused(self, integration: Integration) -> None:
        """The tenant does not let the application list its rooms: everything else works."""
        await self._worsen(
            integration.organisation_id,
            integration.id,
            IntegrationHealth.DEGRADED,
            IssueCode.ROOM_DIRECTORY_NOT_APPROVED,
            variant=PermissionVariant.FULL,
        )

    async def directory_uncarried(self, integration: Integration) -> None:
        """Nobody's consent lists the rooms any more. The health follows by itself; here administrators are told once.

        Whoever consents, ticks or is refused anew begins another occasion.
        """
        if integration.status is not IntegrationStatus.ENABLED:
            return
        since = await uncarried_since(integration)
        async with in_transaction():
            told = await _notify_all(integration, f"UNCARRIED/{since.isoformat() if since else 'nobody'}")
        if told:
            await self._tell_changed(integration.organisation_id, integration.id)
            await self.tell(told)

    async def tell(self, told: Sequence[Notification]) -> None:
        """Wake the notified administrators' clients, after the commit."""
        for notification in told:
            message = Message(MessageKind.NOTIFICATION_ADDED, notification.id)
            await self._bus.publish(member_topic(notification.member_id), message)

    async def _worsen(
        self,
        organisation_id: UUID,
        integration_id: UUID,
        health: IntegrationHealth,
        trouble: IssueCode,
        **only: PermissionVariant,
    ) -> None:
        """Only an enabled integration has a health; broken is not mended to degraded."""
        mine = Integration.of(organisation_id).filter(id=integration_id)
        gone = {"admin_approval_given_at": None} if trouble in MENDED_BY_APPROVAL else {}
        better = [level for level in _FROM_BEST if is_worse(health, than=level)]
        told: Sequence[Notification] = ()
        async with in_transaction():
            concerned = mine.filter(status=IntegrationStatus.ENABLED, health__in=better, **only)
            changed = await concerned.update(health=health, trouble=trouble, **gone)
            if changed:
                present = await mine.get()
                told = await _notify_all(present, f"{health.value}/{present.version}")
        if changed:
            await self._tell_changed(organisation_id, integration_id)
            await self.tell(told)

    async def _tell_changed(self, organisation_id: UUID, integration_id: UUID) -> None:
        message = Message(MessageKind.INTEGRATION_CHANGED, integration_id)
        await self._bus.publish(organisation_topic(organisation_id), message)


async def _notify_all(integration: Integration, occasion: str) -> Sequence[Notification]:
    """The notifications of all administrators who had not been told of this occasion."""
    administrators = Member.of(integration.organisation_id).filter(role=Role.SUBSCRIPTION_ADMINISTRATOR)
    made = [
        await notify(
            integration.organisation_id,
            administrator.id,
            NotificationKind.INTEGRATION_UNHEALTHY,
            subject_id=integration.id,
            occasion=f"unhealthy/{integration.id}/{occasion}",
        )
        for administrator in await administrators.order_by("created_at", "id")
    ]
    return [notification for notification in made if notification is not None]
