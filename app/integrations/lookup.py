"""Reading integrations: which one is the organisation's, and what hangs on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app import clock
from app.bookings.models import RoomBooking
from app.bookings.status import BookingState
from app.connections.models import CalendarConnection, ConnectionStatus
from app.identity.models import Identity
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.rooms.models import Room, RoomPairing
from app.suites.protocol import SuiteName


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationFigures:
    """What hangs on one integration, in numbers."""

    connected_members: int
    suspended_members: int
    """Connections that rest because the integration is disabled."""
    paired_rooms: int
    pending_bookings: int


async def active_integration(organisation_id: UUID) -> Integration | None:
    """The organisation's current integration, whether on its way, enabled or disabled; None while there is none."""
    return await Integration.of(organisation_id).get_or_none(active_slot=1)


async def retained_integrations(organisation_id: UUID) -> Sequence[Integration]:
    """The disabled ones whose consents are still kept, the one that ends first first."""
    rows = Integration.of(organisation_id).filter(status=IntegrationStatus.DISABLED)
    return await rows.filter(retained_until__gt=clock.now()).order_by("retained_until", "id")


async def figures_of(integration: Integration) -> IntegrationFigures:
    """Three counts, for administrators."""
    organisation_id = integration.organisation_id
    connections = CalendarConnection.of(organisation_id).filter(integration_id=integration.id)
    is_disabled = integration.status is IntegrationStatus.DISABLED
    return IntegrationFigures(
        connected_members=0 if is_disabled else await connections.filter(status=ConnectionStatus.CONNECTED).count(),
        suspended_members=await connections.count() if is_disabled else 0,
        paired_rooms=await Room.of(organisation_id)
        .filter(integration_id=integration.id, pairing=RoomPairing.PAIRED)
        .count(),
        pending_bookings=await RoomBooking.of(organisation_id)
        .filter(connection__integration_id=integration.id, state=BookingState.PENDING, closed_at=None)
        .count(),
    )


async def identity_at(
    organisation_id: UUID, member_id: UUID, suite: SuiteName, tenant: str | None = None
) -> Identity | None:
    """The member's identity at a suite, in `tenant` where that is settled; the oldest of several."""
    identities = Identity.of(organisation_id).filter(member_id=member_id, suite=suite)
    if tenant is not None:
        identities = identities.filter(tenant=tenant)
    return await identities.order_by("created_at", "id").first()


async def expected_tenant(integration: Integration) -> str | None:
    """The tenant that the integration has, or will have once whoever started it consents; None where nobody knows."""
    if integration.tenant is not None or integration.started_by_id is None:
        return integration.tenant
    identity = await identity_at(integration.organisation_id, integration.started_by_id, integration.suite)
    return identity.tenant if identity else None
