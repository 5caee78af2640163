"""Whose consent lists the rooms, at a suite where the application itself cannot.

Such a suite lists its rooms to people with rights in its own administration, so the directory hangs on the consent of a
subscription administrator: its *carrier*. Any connected one will do, and who carries is looked up whenever it matters
instead of being written down: a consent that ends, a role that is lost or a permission that was not ticked cannot leave
a wrong answer behind.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app import clock
from app.connections.models import CalendarConnection, ConnectionStatus
from app.events_bus.bus import EventsBus, Message, MessageKind, organisation_topic
from app.identity.models import Member, Role
from app.integrations.models import Integration
from app.integrations.ports import Suites
from app.integrations.status import IntegrationStatus
from app.suites.protocol import CalendarSuite, Credentials, PermissionVariant
from app.suites.registry import DESCRIPTIONS

_CARRIED = tuple(name for name, suite in DESCRIPTIONS.items() if not suite.capabilities.directory_by_application)


def may_list_rooms(suite: CalendarSuite, connection: CalendarConnection) -> bool:
    """Whether the permission to list rooms was granted with this consent; whether it helps, only the suite knows."""
    granted = Credentials(
        access_token="",  # sealed, and not asked about
        expires_at=connection.access_expires_at or connection.connected_at,
        refresh_token=None,
        scopes=frozenset(connection.scopes),
    )
    return suite.grants_room_directory(granted)


async def carriers_of(integration: Integration, suite: CalendarSuite) -> Sequence[CalendarConnection]:
    """The connections that can list the rooms as far as we know, the longest connected first.

    Loaded with integration and identity.
    """
    connections = CalendarConnection.of(integration.organisation_id).filter(
        integration_id=integration.id,
        status=ConnectionStatus.CONNECTED,
        directory_refused_at=None,
        member__role=Role.SUBSCRIPTION_ADMINISTRATOR,
        identity__tenant=integration.tenant,
    )
    found = await connections.order_by("connected_at", "id").select_related("integration", "identity")
    return [connection for connection in found if may_list_rooms(suite, connection)]


async def is_uncarried(integration: Integration, suites: Suites) -> bool:
    """Whether an integration that wants the room directory has nobody left who lists it."""
    wants = integration.status is IntegrationStatus.ENABLED and integration.variant is PermissionVariant.FULL
    if not wants or not suites.is_configured(integration.suite):
        return False
    suite = suites.get(integration.suite)
    return not suite.capabilities.directory_by_application and not await carriers_of(integration, suite)


async def uncarried_since(integration: Integration) -> datetime | None:
    """When an administrator's consent last changed; None where no administrator has one."""
    consents = CalendarConnection.of(integration.organisation_id).filter(
        integration_id=integration.id, member__role=Role.SUBSCRIPTION_ADMINISTRATOR
    )
    moments = await consents.values_list("connected_at", "status_since", "directory_refused_at")
    return max((moment for row in moments for moment in row if moment is not None), default=None)


async def remember_refusal(connection: CalendarConnection) -> bool:
    """The suite does not list rooms to this administrator; False where they have consented anew meanwhile.

    Since when stays as it was while nothing changes: to be refused again is no further occasion to tell anybody.
    """
    consents = CalendarConnection.of(connection.organisation_id)
    meant = consents.filter(id=connection.id, connected_at=connection.connected_at)
    is_news = await meant.filter(directory_refused_at__isnull=True).update(directory_refused_at=clock.now())
    return bool(is_news) or await meant.exists()


async def forget_refusal(connection: CalendarConnection) -> bool:
    """The suite does list rooms to this administrator; whether that is news."""
    consents = CalendarConnection.of(connection.organisation_id)
    refused = consents.filter(id=connection.id, directory_refused_at__isnull=False)
    return bool(await refused.update(directory_refused_at=None))


async def tell_of_carrier(bus: EventsBus, connection: CalendarConnection) -> None:
    """Wake whoever watches the integration where this connection, present or erased, bears upon its health."""
    members = Member.of(connection.organisation_id)
    if await members.filter(id=connection.member_id, role=Role.SUBSCRIPTION_ADMINISTRATOR).exists():
        await tell_of_directory(bus, connection)


async def tell_of_role(bus: EventsBus, organisation_id: UUID, member_id: UUID) -> None:
    """Wake whoever watches an integration whose rooms this member begins or ceases to list with a change of role.

    Call after the transaction that changed it, whichever way: what the role was before is not looked at.
    """
    for connection in await CalendarConnection.of(organisation_id).filter(member_id=member_id):
        await tell_of_directory(bus, connection)


async def tell_of_directory(bus: EventsBus, connection: CalendarConnection) -> None:
    """Wake whoever watches the integration whose rooms this connection listed."""
    integrations = Integration.of(connection.organisation_id).filter(
        id=connection.integration_id, status=IntegrationStatus.ENABLED, suite__in=_CARRIED
    )
    if await integrations.exists():
        message = Message(MessageKind.INTEGRATION_CHANGED, connection.integration_id)
        await bus.publish(organisation_topic(connection.organisation_id), message)
