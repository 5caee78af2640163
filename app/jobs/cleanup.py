"""Clean-up of what has served its time: visits, sessions, invitations, idempotency records, references."""

from datetime import datetime, timedelta

from tortoise.expressions import Q

from app import clock
from app.bookings.models import RoomBooking
from app.connections.models import AuthorisationFlow
from app.identity.models import AccessToken, IdempotencyRecord, Invitation, Session
from app.references.models import EventReference

INTERVAL = timedelta(hours=1)
EXPIRED_RETENTION_PERIOD = timedelta(days=7)
"""How long an expired session, token, invitation or visit stays, for whoever asks why it stopped working."""
STRANGERS_RETENTION_PERIOD = timedelta(hours=1)
"""A sign-in that began and never came back belongs to nobody who could ask."""
IDEMPOTENCY_RETENTION_PERIOD = timedelta(days=7)
REFERENCE_RETENTION_PERIOD = timedelta(days=30)
"""How long references outlive their event."""


class CleanUp:
    """Removes what is past its time, once an hour."""

    name = "clean-up"

    def __init__(self) -> None:
        self._next: datetime | None = None

    async def run_due(self) -> datetime:
        now = clock.now()
        if self._next is not None and now < self._next:
            return self._next
        await _remove_expired(now)
        await _remove_closed_references(now)
        self._next = now + INTERVAL
        return self._next


async def _remove_expired(now: datetime) -> None:
    """Across all organisations: nothing of theirs is read, only what expired is removed."""
    expired = Q(expires_at__lt=now - EXPIRED_RETENTION_PERIOD)
    for model in (AuthorisationFlow, Session, AccessToken, Invitation):
        await model.filter(expired).delete()
    strangers = AuthorisationFlow.filter(organisation_id__isnull=True, consumed_at__isnull=True)
    await strangers.filter(expires_at__lt=now - STRANGERS_RETENTION_PERIOD).delete()
    old = now - IDEMPOTENCY_RETENTION_PERIOD
    await IdempotencyRecord.filter(created_at__lt=old).delete()


async def _remove_closed_references(now: datetime) -> None:
    over = now - REFERENCE_RETENTION_PERIOD
    await RoomBooking.filter(closed_at__lt=over).delete()
    await EventReference.filter(closed_at__lt=over).delete()
