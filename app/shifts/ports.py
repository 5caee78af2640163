"""What shifts need of the rest of the house, and no more."""

from typing import Protocol
from uuid import UUID

from app.notifications.models import Notification, NotificationKind


class Notify(Protocol):
    """Tells a member something once, inside the transaction of what happened."""

    async def __call__(
        self, organisation_id: UUID, member_id: UUID, kind: NotificationKind, *, subject_id: UUID, occasion: str
    ) -> Notification | None: ...
