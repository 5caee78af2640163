"""How a suite's refusal changes what we hold: the connection's status, the integration's health, and who is told.

Only a dead grant or a missing consent asks the member to reconnect, only a block by the suite blocks; our own wrong
secret, or an application that is missing in the tenant or not trusted there any more, leaves the consents as they are
and shows in the integration's health.
"""

from enum import Enum, auto

from tortoise.transactions import in_transaction

from app import clock
from app.connections.models import TRANSITIONS, CalendarConnection, ConnectionReason, ConnectionStatus
from app.events_bus.bus import EventsBus, Message, MessageKind, member_topic
from app.integrations.health import HealthKeeper
from app.notifications.models import NotificationKind
from app.notifications.service import notify
from app.rooms.carriers import tell_of_carrier
from app.suites.errors import (
    BlockReason,
    ConsentNeeded,
    MemberBlocked,
    ReconnectReason,
    ReconnectRequired,
    SuiteError,
)


class Standing(Enum):
    """How the stored connection relates to the refusal."""

    CONCERNED = auto()
    """The refusal is about the credentials that are stored, or about none."""
    SUPERSEDED = auto()
    """Other credentials are stored by now: trying again may succeed."""
    GONE = auto()
    """The member disconnected meanwhile."""


def status_after(error: SuiteError) -> tuple[ConnectionStatus, ConnectionReason] | None:
    """What a refusal makes of a connection; None where it leaves it as it is."""
    match error:
        case ReconnectRequired():
            return ConnectionStatus.RECONNECT_REQUIRED, ConnectionReason(error.reason.value)
        case ConsentNeeded():
            return ConnectionStatus.RECONNECT_REQUIRED, ConnectionReason.CONSENT_NEEDED
        case MemberBlocked():
            return ConnectionStatus.BLOCKED, ConnectionReason(error.reason.value)
        case _:
            return None


def refusal_of(connection: CalendarConnection) -> SuiteError:
    """The refusal that a connection which is not CONNECTED stands for."""
    reason = connection.reason.value if connection.reason else ""
    if connection.status is ConnectionStatus.BLOCKED and reason in BlockReason.__members__:
        return MemberBlocked(BlockReason(reason))
    if connection.status is ConnectionStatus.RECONNECT_REQUIRED and reason in ReconnectReason.__members__:
        return ReconnectRequired(ReconnectReason(reason))
    return ConsentNeeded()


class StandingKeeper:
    """Records refusals, once each, and tells whom they concern."""

    def __init__(self, bus: EventsBus) -> None:
        self._bus = bus
        self._health = HealthKeeper(bus)

    async def record(self, connection: CalendarConnection, error: SuiteError) -> Standing:
        """Change what the refusal changes. Call outside any transaction."""
        await self._health.met(connection.organisation_id, connection.integration_id, error)
        following = status_after(error)
        if following is None:
            return Standing.CONCERNED
        if await self._record_status(connection, *following):
            return Standing.CONCERNED
        present = await CalendarConnection.of(connection.organisation_id).get_or_none(id=connection.id)
        if present is None or present.credentials is None:
            return Standing.GONE
        return Standing.CONCERNED if present.generation == connection.generation else Standing.SUPERSEDED

    async def scopes_lost(self, connection: CalendarConnection) -> None:
        """The suite grants less than it did, perhaps the room directory no more."""
        await tell_of_carrier(self._bus, connection)

    async def _record_status(
        self, connection: CalendarConnection, status: ConnectionStatus, reason: ConnectionReason
    ) -> bool:
        before = [present for present in _IN_USE if status in TRANSITIONS[present]]
        now = clock.now()
        notification = None
        async with in_transaction():
            changed = await (
                CalendarConnection.of(connection.organisation_id)
                .filter(
                    id=connection.id,
                    generation=connection.generation,
                    credentials__isnull=False,
                    status__in=before,
                )
                .update(status=status, reason=reason, status_since=now)
            )
            if changed and status is ConnectionStatus.RECONNECT_REQUIRED:
                notification = await notify(
                    connection.organisation_id,
                    connection.member_id,
                    NotificationKind.RECONNECT_REQUIRED,
                    subject_id=connection.id,
                    occasion=f"reconnect-required/{connection.id}/{connection.generation}",
                )
        if not changed:
            return False
        connection.status, connection.reason, connection.status_since = status, reason, now
        topic = member_topic(connection.member_id)
        await self._bus.publish(topic, Message(MessageKind.CONNECTION_CHANGED, connection.id))
        if notification is not None:
            await self._bus.publish(topic, Message(MessageKind.NOTIFICATION_ADDED, notification.id))
        await tell_of_carrier(self._bus, connection)
        return True


_IN_USE = (ConnectionStatus.CONNECTED, ConnectionStatus.RECONNECT_REQUIRED, ConnectionStatus.BLOCKED)
"""From which a refusal moves a connection: one that is suspended or gone is not used."""
