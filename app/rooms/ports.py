"""What rooms ask of a member's connection, as narrow protocols."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from app.connections.models import CalendarConnection
from app.identity.principal import Principal
from app.suites.protocol import CalendarSuite, Mailbox


class ConnectedCalendar(Protocol):
    """One member's connection, opened."""

    @property
    def connection(self) -> CalendarConnection: ...

    @property
    def mailbox(self) -> Mailbox: ...

    @property
    def suite(self) -> CalendarSuite: ...


class Calendars(Protocol):
    """Members' connections."""

    async def connected(self, principal: Principal) -> ConnectedCalendar:
        """Raises ConnectionRequired, ReconnectRequired, ConnectionBlocked, IntegrationUnavailable."""
        ...

    def use(self, connection: CalendarConnection) -> AbstractAsyncContextManager[object]:
        """Inside, an error of the suite becomes the problem that the member is told."""
        ...
