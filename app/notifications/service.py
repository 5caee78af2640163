"""Telling a member something once. Call `notify` inside the transaction of what happened, publish after it."""

from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from app import clock
from app.identity.principal import Principal
from app.notifications.models import Notification, NotificationKind


async def notify(
    organisation_id: UUID,
    member_id: UUID,
    kind: NotificationKind,
    *,
    subject_id: UUID,
    occasion: str,
    former_room_id: UUID | None = None,
    room_id: UUID | None = None,
) -> Notification | None:
    """The new notification, or None where the member was told of this occasion already.

    The rooms are named where one took the other's place.
    """
    notification = Notification(
        id=uuid4(),
        organisation_id=organisation_id,
        member_id=member_id,
        kind=kind,
        subject_id=subject_id,
        occasion=occasion,
        former_room_id=former_room_id,
        room_id=room_id,
        created_at=clock.now(),
    )
    try:
        # A savepoint: a duplicate undoes only this insert, not the caller's whole transaction.
        async with in_transaction():
            await notification.save(force_create=True)
    except IntegrityError:
        return None
    return notification


class NotificationService:
    """What a member reads of their notifications."""

    async def unread_count(self, principal: Principal) -> int:
        """How many the member has not read."""
        own = Notification.of(principal.organisation_id).filter(member_id=principal.member_id)
        return await own.filter(read_at__isnull=True).count()
