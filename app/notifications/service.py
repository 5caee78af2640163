"""Telling a member something once. Call `notify` inside the transaction of what happened, publish after it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from app import clock
from app.database.pages import newest_first
from app.errors import InvalidInput, NotFound
from app.identity.principal import Principal
from app.notifications.models import Notification, NotificationKind
from app.paging import MAX_PAGE, Page, PageRequest


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

    The rooms are named where one said no, or took the other's place.
    """
    now = clock.now()
    notification = Notification(
        id=uuid4(),
        organisation_id=organisation_id,
        member_id=member_id,
        kind=kind,
        subject_id=subject_id,
        occasion=occasion,
        former_room_id=former_room_id,
        room_id=room_id,
        created_at=now,
        next_mail_at=now,
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
        return await _own(principal).filter(read_at__isnull=True).count()

    async def page(self, principal: Principal, request: PageRequest, *, unread_only: bool) -> Page[Notification]:
        """The member's own, the newest first. Raises InvalidInput for a cursor that is none of ours."""
        rows = _own(principal)
        if unread_only:
            rows = rows.filter(read_at__isnull=True)
        return await newest_first(rows, "created_at", request)

    async def get(self, principal: Principal, notification_id: UUID) -> Notification:
        """One of the member's own. Raises NotFound."""
        notification = await _own(principal).get_or_none(id=notification_id)
        if notification is None:
            raise NotFound("notification")
        return notification

    async def unread_since(self, principal: Principal, since: datetime) -> Sequence[Notification]:
        """What was added at `since` or later and is not read, the oldest first."""
        rows = _own(principal).filter(read_at__isnull=True, created_at__gte=since)
        return await rows.order_by("created_at", "id")

    async def mark_read(self, principal: Principal, notification_ids: Collection[UUID]) -> Sequence[Notification]:
        """Mark these of the member's own as read, all or none; one that is read already keeps its moment.

        Raises NotFound, InvalidInput where there are more than a page of them.
        """
        wanted = set(notification_ids)
        if len(wanted) > MAX_PAGE:
            raise InvalidInput("notificationIds", f"At most {MAX_PAGE} notifications are marked at once.")
        named = _own(principal).filter(id__in=list(wanted))
        async with in_transaction():
            found = await named.order_by("-created_at", "-id")
            if len(found) != len(wanted):
                raise NotFound("notification")
            await _mark(named)
        return await named.order_by("-created_at", "-id")

    async def mark_all_read(self, principal: Principal) -> None:
        """Mark everything that the member has been told so far as read."""
        await _mark(_own(principal))


def _own(principal: Principal) -> QuerySet[Notification]:
    return Notification.of(principal.organisation_id).filter(member_id=principal.member_id)


async def _mark(rows: QuerySet[Notification]) -> None:
    await rows.filter(read_at__isnull=True).update(read_at=clock.now())
