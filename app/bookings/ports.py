"""What bookings need of the rest of the house, and no more."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from app.agenda.service import ConnectedCalendar
from app.connections.models import CalendarConnection
from app.identity.principal import Principal
from app.notifications.models import Notification, NotificationKind
from app.suites.protocol import Mailbox


class Connections(Protocol):
    """Members' connections, for requests and for jobs."""

    async def connected(self, principal: Principal) -> ConnectedCalendar:
        """Raises ConnectionRequired, ReconnectRequired, ConnectionBlocked, IntegrationUnavailable."""
        ...

    def open(self, connection: CalendarConnection) -> Mailbox:
        """For jobs; the connection was loaded with its integration."""
        ...

    def use(self, connection: CalendarConnection) -> AbstractAsyncContextManager[object]:
        """What the suite raises inside becomes a problem, and the connection's status follows it."""
        ...


class Watches(Protocol):
    """Change notifications of members' mailboxes."""

    async def ensure(self, connection: CalendarConnection) -> None:
        """Have the mailbox watched soon."""
        ...


class Notify(Protocol):
    """Tells a member something once, inside the transaction of what happened."""

    async def __call__(
        self,
        organisation_id: UUID,
        member_id: UUID,
        kind: NotificationKind,
        *,
        subject_id: UUID,
        occasion: str,
        former_room_id: UUID | None = None,
        room_id: UUID | None = None,
    ) -> Notification | None: ...
