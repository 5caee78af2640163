"""The five days, and what comes after: everything kept for members of a disabled integration is erased.

The purge begins with the change of the status, by compare-and-swap: whoever enables it again at this moment wins or
loses by that one row. Erasing then goes in portions, each a transaction of its own; `retained_until` stays on the row
until nothing is left, so a purge that is broken off is taken up again. Nothing of it depends on the suite.
"""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from tortoise.transactions import in_transaction

from app import clock
from app.audit.models import AuditAction
from app.bookings.models import BookingIntent, BookingOccurrence, RoomBooking
from app.connections.models import AuthorisationFlow, CalendarConnection
from app.database.backlog import Backlog, backlog_of
from app.database.deadlocks import unless_deadlocked
from app.database.engine import scrub
from app.errors import IntegrationStatusConflict
from app.identity.models import IdempotencyRecord
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.integrations.transitions import Act, Transitions
from app.notifications.models import Notification
from app.references.erasing import erase_connections, erase_unseen
from app.rooms.models import Room

CONNECTIONS_AT_ONCE = 100
PAUSE_AFTER_FAILURE = timedelta(minutes=1)
_IDS_AT_ONCE = 500

_log = structlog.get_logger(__name__)


class Retention:
    """The job that purges what is past its time."""

    name = "retention"

    def __init__(self, transitions: Transitions, *, connections_at_once: int = CONNECTIONS_AT_ONCE) -> None:
        self._transitions = transitions
        self._connections_at_once = connections_at_once

    async def run_due(self) -> datetime | None:
        """Purge what has lapsed and finish what was broken off; answers when the next one lapses.

        Integrations belong to organisations and this job to none, so this look-up goes across them.
        """
        for integration in await Integration.filter(
            status=IntegrationStatus.DISABLED, retained_until__lte=clock.now()
        ).order_by("retained_until", "id"):
            await _alone(self._begin(integration), integration)
        begun = Integration.filter(status=IntegrationStatus.NOT_CONFIGURED, retained_until__isnull=False)
        for integration in await begun.order_by("retained_until", "id"):
            await _alone(_erase(integration, self._connections_at_once), integration)
        upcoming = await Integration.filter(retained_until__isnull=False).order_by("retained_until").first()
        if upcoming is None or upcoming.retained_until is None:
            return None
        now = clock.now()
        return upcoming.retained_until if upcoming.retained_until > now else now + PAUSE_AFTER_FAILURE

    async def backlog(self) -> Backlog:
        """What has lapsed and is not erased to the end."""
        return await backlog_of(Integration.filter(retained_until__lte=clock.now()), "retained_until")

    async def purge_lapsed(self, organisation_id: UUID) -> None:
        """What has lapsed in this organisation ends now, before anybody goes on from it; the job erases the rest."""
        mine = Integration.of(organisation_id).filter(status=IntegrationStatus.DISABLED)
        for integration in await mine.filter(retained_until__lte=clock.now()):
            await self._begin(integration)

    async def _begin(self, integration: Integration) -> None:
        act = Act(
            action=AuditAction.INTEGRATION_PURGED,
            actor_id=None,
            attempt="purged",
            # A suite that never took note keeps the consents that an administrator wanted ended.
            details={"revocation_unfinished": integration.revokes_consents},
        )
        try:
            await self._transitions.move(
                integration,
                IntegrationStatus.NOT_CONFIGURED,
                act,
                tenant=None,
                test_report=None,
                disabled_at=None,
                revokes_consents=False,
            )
        except IntegrationStatusConflict:
            _log.info("purge_overtaken", integration=str(integration.id))


async def _alone(work: Awaitable[object], integration: Integration) -> None:
    """What goes wrong with one organisation's is tried again at the next run, and holds nobody else's up."""
    try:
        await work
    except Exception as error:
        _log.error("purge_failed", integration=str(integration.id), error=type(error).__name__)


async def _erase(integration: Integration, connections_at_once: int) -> None:
    """Portion by portion until nothing is left; any number of processes may do it side by side."""
    organisation_id = integration.organisation_id
    while await unless_deadlocked(lambda: _erase_portion(integration, connections_at_once)):
        continue
    async with in_transaction():
        await erase_unseen(organisation_id, integration.suite)
        await AuthorisationFlow.filter(organisation_id=organisation_id, integration_id=integration.id).delete()
        rooms = Room.of(organisation_id).filter(integration_id=integration.id)
        await rooms.update(integration_id=None, pairing_retained=False)
        await Integration.of(organisation_id).filter(id=integration.id).update(retained_until=None)
    await scrub()
    _log.info("purged", integration=str(integration.id))


async def _erase_portion(integration: Integration, connections_at_once: int) -> bool:
    """Some connections with all that hangs on them and every notification that names any of it."""
    organisation_id = integration.organisation_id
    async with in_transaction():
        mine = CalendarConnection.of(organisation_id).filter(integration_id=integration.id)
        # In the order of the index that they are found by: sorting all that is left, for each portion, adds up.
        ids = await mine.order_by("member_id").limit(connections_at_once).values_list("id", flat=True)
        if not ids:
            return False
        portion = CalendarConnection.of(organisation_id).filter(id__in=list(ids))
        await _erase_traces(organisation_id, [UUID(str(connection_id)) for connection_id in ids])
        await erase_connections(portion)
    return True


async def _erase_traces(organisation_id: UUID, connection_ids: list[UUID]) -> None:
    """What names these connections' bookings without hanging on them."""
    bookings = RoomBooking.of(organisation_id).filter(connection_id__in=connection_ids)
    booking_ids = await bookings.values_list("id", flat=True)
    dates = BookingOccurrence.of(organisation_id).filter(booking__connection_id__in=connection_ids)
    named = [*connection_ids, *booking_ids, *await dates.values_list("id", flat=True)]
    for start in range(0, len(named), _IDS_AT_ONCE):
        some = named[start : start + _IDS_AT_ONCE]
        await Notification.of(organisation_id).filter(subject_id__in=some).delete()
    intents = BookingIntent.of(organisation_id).filter(connection_id__in=connection_ids)
    record_ids = await intents.values_list("record_id", flat=True)
    for start in range(0, len(record_ids), _IDS_AT_ONCE):
        some = list(record_ids[start : start + _IDS_AT_ONCE])
        await IdempotencyRecord.of(organisation_id).filter(id__in=some).delete()
