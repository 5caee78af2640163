"""Giving up an integration that was never enabled: its row ends, and the consents given to it are erased here."""

from collections.abc import Sequence

from app.audit.models import AuditAction
from app.connections.models import CalendarConnection
from app.errors import IntegrationStatusConflict
from app.events_bus.bus import Message, MessageKind, member_topic
from app.identity.principal import Principal
from app.integrations.models import Integration
from app.integrations.status import CANCELLABLE, IntegrationStatus
from app.integrations.transitions import Act, Transitions


class Cancelling:
    """Cancels."""

    def __init__(self, transitions: Transitions) -> None:
        self._transitions = transitions

    async def cancel(self, integration: Integration, principal: Principal) -> Integration:
        """Raises IntegrationStatusConflict for one that is enabled or was, and where somebody was faster."""
        if integration.status not in CANCELLABLE:
            raise IntegrationStatusConflict(integration.status, "cancelled")
        act = Act(action=AuditAction.INTEGRATION_CANCELLED, actor_id=principal.member_id, attempt="cancelled")
        erased: list[CalendarConnection] = []

        async def forget(integration: Integration) -> None:
            erased.extend(await forget_connections(integration))

        cancelled = await self._transitions.move(
            integration, IntegrationStatus.NOT_CONFIGURED, act, alongside=forget, tenant=None, test_report=None
        )
        for connection in erased:
            message = Message(MessageKind.CONNECTION_CHANGED, connection.id)
            await self._transitions.tell(member_topic(connection.member_id), message)
        return cancelled


async def forget_connections(integration: Integration) -> Sequence[CalendarConnection]:
    """Erase every consent given to the integration; returns what was erased."""
    given = CalendarConnection.of(integration.organisation_id).filter(integration_id=integration.id)
    erased = await given
    await given.delete()
    return erased
