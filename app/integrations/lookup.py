"""Reading integrations: which one is the organisation's, and what hangs on it."""

from dataclasses import dataclass
from uuid import UUID

from app.bookings.models import RoomBooking
from app.bookings.status import BookingState
from app.connections.models import CalendarConnection, ConnectionStatus
from app.identity.models import Identity
from app.integrations.models import Integration
from app.rooms.models import Room, RoomPairing
from app.suites.protocol import SuiteName


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationFigures:
    """What hangs on one integration, in numbers."""

    connected_members: int
    paired_rooms: int
    pending_bookings: int


async def active_integration(organisation_id: UUID) -> Integration | None:
    """The organisation's one active integration; None while nothing is configured."""
    return await Integration.of(organisation_id).get_or_none(active_slot=1)


async def figures_of(integration: Integration) -> IntegrationFigures:
    """Three counts, for administrators."""
    organisation_id = integration.organisation_id
    return IntegrationFigures(
        connected_members=await CalendarConnection.of(organisation_id)
        .filter(integration_id=integration.id, status=ConnectionStatus.CONNECTED)
        .count(),
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
