"""Asking the suite whether it knows a room's address, with an administrator's own connection.

A mistyped address would only show when somebody books the room. What the suite answers of the room's time does not
matter, only that it does.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app import clock
from app.connections.problems import needing
from app.errors import PermissionMissing, ProblemError, RoomAddressUnknown
from app.identity.principal import Principal
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.rooms.ports import Calendars, ConnectedCalendar
from app.suites.events import Availability
from app.suites.protocol import Purpose

_LOOK = timedelta(hours=1)
"""How much of the room's time is asked about."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the suite says of an address: the integration to pair with, if any, and why it could not be asked."""

    integration_id: UUID | None
    problems: tuple[ProblemError, ...] = ()


async def look_at(calendars: Calendars, calendar: ConnectedCalendar, address: str) -> Look:
    """Ask about the address. Where the permission to ask is missing the look says so, and the room can be paired.

    Raises RoomAddressUnknown, SuiteUnavailable and what else keeps the suite from answering.
    """
    connection = calendar.connection
    start = clock.now().replace(minute=0, second=0, microsecond=0)
    try:
        async with calendars.use(connection):
            with needing(Purpose.AVAILABILITY, calendar.suite, connection):
                told = await calendar.mailbox.schedules([address], start, start + _LOOK)
    except PermissionMissing as problem:
        return Look(connection.integration_id, (problem,))
    if all(entry.availability is Availability.UNKNOWN for entry in told):
        raise RoomAddressUnknown
    return Look(connection.integration_id)


async def still_enabled(principal: Principal, integration_id: UUID | None) -> UUID | None:
    """The integration, unless it was disabled while the suite was asked. Call inside the transaction that pairs."""
    integrations = Integration.of(principal.organisation_id).filter(id=integration_id, status=IntegrationStatus.ENABLED)
    return integration_id if integration_id and await integrations.select_for_update().first() else None
