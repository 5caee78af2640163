"""What a booked meeting is called, read live for whoever may be told, and kept nowhere."""

from uuid import UUID

from app.bookings.models import RoomBooking
from app.bookings.ports import Connections
from app.connections.models import ConnectionStatus
from app.errors import ProblemError
from app.integrations.status import IntegrationStatus
from app.references.service import ReferenceService
from app.suites.events import Sensitivity

_OPEN_TO_OTHERS = frozenset({Sensitivity.NORMAL, Sensitivity.PERSONAL})


class BookingSubjects:
    """Reads subjects with the booking owner's own consent."""

    def __init__(self, connections: Connections, references: ReferenceService) -> None:
        self._connections = connections
        self._references = references

    async def of(self, organisation_id: UUID, booking_id: UUID) -> str | None:
        """None where the booking or its event is gone, cannot be read now, or is marked private."""
        rows = RoomBooking.of(organisation_id).select_related("mailbox_reference", "connection__integration")
        booking = await rows.get_or_none(id=booking_id)
        if booking is None:
            return None
        connection = booking.connection
        is_enabled = connection.integration.status is IntegrationStatus.ENABLED
        if not is_enabled or connection.status is not ConnectionStatus.CONNECTED:
            return None
        try:
            async with self._connections.use(connection):
                mailbox = self._connections.open(connection)
                event = await mailbox.event(self._references.open(booking.mailbox_reference))
        except ProblemError:
            return None
        return event.subject if event.sensitivity in _OPEN_TO_OTHERS else None
