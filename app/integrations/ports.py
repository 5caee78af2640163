"""What the integration asks of its neighbours, as narrow protocols."""

from typing import Protocol
from uuid import UUID

from app.connections.models import AuthorisationFlow, CalendarConnection, FlowPurpose
from app.identity.principal import Principal
from app.integrations.models import Integration
from app.rooms.models import RoomSync
from app.suites.protocol import AccessTokens, CalendarSuite, Grant, Mailbox, PermissionVariant, SuiteName


class Suites(Protocol):
    """The configured suites."""

    def get(self, name: SuiteName) -> CalendarSuite:
        """Raises SuiteNotConfigured."""
        ...

    def is_configured(self, name: SuiteName) -> bool: ...


class Flows(Protocol):
    """Where a visit to the suite's authorise page begins."""

    async def start(
        self,
        purpose: FlowPurpose,
        *,
        suite: SuiteName,
        scopes: frozenset[str],
        principal: Principal | None = None,
        integration_id: UUID | None = None,
        variant: PermissionVariant | None = None,
        tenant: str | None = None,
        login_hint: str | None = None,
        return_to: str | None = None,
    ) -> str:
        """The address to open in a browser."""
        ...


class Connections(Protocol):
    """Members' connections: stored, and opened."""

    async def connect(self, flow: AuthorisationFlow, grant: Grant, integration: Integration) -> CalendarConnection: ...

    def open(self, connection: CalendarConnection) -> Mailbox: ...


class Tokens(Protocol):
    """Access tokens of one connection."""

    def for_connection(self, connection: CalendarConnection) -> AccessTokens: ...


class RoomSyncs(Protocol):
    """Where a room sync is asked for."""

    async def enlist(self, integration: Integration, actor_id: UUID | None) -> RoomSync:
        """Write the run inside the caller's transaction."""
        ...

    async def announce(self, run: RoomSync) -> None:
        """Wake whoever runs jobs, after the commit."""
        ...
