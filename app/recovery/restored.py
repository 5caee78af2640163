"""What has to be made good once an older state of the database is put back: it says what was true then.

Whoever signed out since would be signed in again, and an access token that was revoked would open doors. Bookings,
watches and health are as they were, so all of them are looked at at once. That a member took a consent back since is
known to nobody any more: where the suite was told it refuses by itself, and where no suite can be told the operator may
have everybody connect again.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.transactions import in_transaction

from app import clock
from app.audit import service as audit
from app.audit.models import AuditAction
from app.bookings.models import BookingIntent, RoomBooking
from app.connections.models import AuthorisationFlow, CalendarConnection, ConnectionStatus, MailboxWatch
from app.connections.standing import StandingKeeper
from app.events_bus.bus import JOBS, EventsBus, Message, MessageKind
from app.identity.models import AccessToken, Invitation, Organisation, Session
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.references.models import EventReference
from app.suites.errors import ReconnectReason, ReconnectRequired

_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeGood:
    """What was changed, in numbers."""

    signed_out: int
    """Sessions and access tokens that ended."""
    invitations: int
    """Links that nobody had used and that work no more."""
    bookings: int
    """Open ones, which are looked at now."""
    watches: int
    """Which are renewed now, or made anew."""
    to_reconnect: int
    """Members who were asked to connect their calendar again."""


async def make_good(bus: EventsBus, *, reconnect: bool) -> MadeGood:
    """Safe to run twice, and beside servers; across all organisations, since all went back together."""
    now = clock.now()
    asked = await _ask_to_reconnect(bus) if reconnect else {}
    async with in_transaction():
        made = await _make_good(now, sum(asked.values()))
        for organisation in await Organisation.all():
            await audit.record(
                organisation.id,
                AuditAction.BACKUP_RESTORED,
                actor_id=None,
                to_reconnect=asked.get(organisation.id, 0),
            )
    await bus.publish(JOBS, Message(MessageKind.JOBS_DUE))
    return made


async def _make_good(now: datetime, to_reconnect: int) -> MadeGood:
    ended = await Session.filter(revoked_at__isnull=True).update(revoked_at=now)
    ended += await AccessToken.filter(revoked_at__isnull=True).update(revoked_at=now)
    links = await Invitation.filter(used_at__isnull=True, expires_at__gt=now).update(expires_at=now)
    await AuthorisationFlow.filter(consumed_at__isnull=True, expires_at__gt=now).update(expires_at=now)
    bookings = await RoomBooking.filter(closed_at__isnull=True).update(next_check_at=now, claimed_until=None)
    await BookingIntent.filter(next_check_at__isnull=False).update(next_check_at=now, claimed_until=None)
    await EventReference.filter(next_look_at__isnull=False).update(next_look_at=now, look_claimed_until=None)
    watches = await MailboxWatch.all().update(next_attempt_at=now, claimed_until=None)
    await Integration.filter(status=IntegrationStatus.ENABLED).update(next_check_at=now)
    return MadeGood(signed_out=ended, invitations=links, bookings=bookings, watches=watches, to_reconnect=to_reconnect)


async def _ask_to_reconnect(bus: EventsBus) -> Mapping[UUID, int]:
    """How many members of each organisation were asked."""
    standing, asked = StandingKeeper(bus), Counter[UUID]()
    after = UUID(int=0)
    working = CalendarConnection.filter(status=ConnectionStatus.CONNECTED)
    while some := await working.filter(id__gt=after).order_by("id").limit(_BATCH):
        after = some[-1].id
        for connection in some:
            await standing.record(connection, ReconnectRequired(ReconnectReason.EXPIRED, "BackupRestored"))
            asked[connection.organisation_id] += 1
    return asked
