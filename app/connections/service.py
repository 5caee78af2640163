"""Members' calendar connections: consent stored, opened for calls, ended, and every refusal settled in one place."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from tortoise.exceptions import IntegrityError
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from app import clock
from app.connections.flows import FlowService
from app.connections.models import (
    AuthorisationFlow,
    CalendarConnection,
    ConnectionReason,
    ConnectionStatus,
    FlowPurpose,
    MailboxWatch,
    WatchStatus,
)
from app.connections.problems import BLOCK_REMEDIES, problem_of
from app.connections.standing import Standing, StandingKeeper
from app.connections.tokens import GrantedTokens, TokenService
from app.database.deadlocks import unless_deadlocked
from app.database.written_once import ModelsWrittenOnce
from app.errors import (
    ConnectionBlocked,
    ConnectionRequired,
    IntegrationUnavailable,
    ProblemError,
    ReconnectRequired,
    SuiteNotConfigured,
    SuiteUnavailable,
)
from app.events_bus.bus import JOBS, EventsBus, Message, MessageKind, member_topic
from app.identity.aliases import replace_aliases
from app.identity.models import Identity
from app.identity.principal import Principal
from app.integrations.lookup import active_integration, identity_at
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.references.erasing import erase_connections
from app.rooms.carriers import tell_of_carrier
from app.suites.errors import BlockReason, Refused, SuiteError, WrongAccount
from app.suites.protocol import CalendarSuite, Grant, Mailbox
from app.suites.registry import SuiteRegistry

_log = structlog.get_logger(__name__)

_CONSENT_TAKEN = frozenset(IntegrationStatus) - {IntegrationStatus.NOT_CONFIGURED}
"""While an integration is set up, or disabled, only its administrators come by; while it is enabled, every member."""

REVOCATION_TIMEOUT = timedelta(seconds=4)
"""How long whoever disconnects waits for the suite to take note."""

OTHER_IDENTITY = "OtherIdentity"
"""Our own code for an account that is none of the asking member's."""


@dataclass(frozen=True, slots=True)
class ConnectedCalendar:
    """A connection that works as far as we know, and its mailbox."""

    connection: CalendarConnection
    mailbox: Mailbox
    suite: CalendarSuite


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The member's credentials and references are erased here."""

    told_suite: bool
    """Whether the consent ended at the suite too: it can be told (`Capabilities.revocable_by_us`), and it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessStatus:
    """How a member's calendar access stands. Instants are in UTC; what does not apply is None."""

    status: ConnectionStatus
    reason: ConnectionReason | None = None
    scopes: tuple[str, ...] = ()
    since: datetime | None = None
    kept_until: datetime | None = None
    """Until when a suspended consent is kept."""
    address: str | None = None


class ConnectionService:
    """Everything that is done with a connection, except keeping its tokens fresh."""

    def __init__(self, registry: SuiteRegistry, tokens: TokenService, flows: FlowService, bus: EventsBus) -> None:
        self._registry = registry
        self._tokens = tokens
        self._flows = flows
        self._bus = bus
        self._standing = StandingKeeper(bus)

    async def connected(self, principal: Principal) -> ConnectedCalendar:
        """The member's calendar, in one query where it is connected.

        Raises ConnectionRequired, ReconnectRequired, ConnectionBlocked, IntegrationUnavailable.
        """
        connection = await _active_connection(principal)
        if connection is None:
            integration = await active_integration(principal.organisation_id)
            _require_enabled(integration)
            raise ConnectionRequired
        _require_enabled(connection.integration)
        _require_working(connection)
        return ConnectedCalendar(connection, self.open(connection), self._registry.get(connection.integration.suite))

    def open(self, connection: CalendarConnection) -> Mailbox:
        """The mailbox of a connection that was loaded with its integration, whatever its status."""
        suite = self._registry.get(connection.integration.suite)
        return suite.mailbox(
            self._tokens.for_connection(connection), key=str(connection.id), tenant=connection.integration.tenant
        )

    @asynccontextmanager
    async def use(self, connection: CalendarConnection) -> AsyncIterator[None]:
        """Around calls to the connection's mailbox: a SuiteError becomes the ProblemError that a member is told.

        What the refusal means for connection and integration is recorded, and whom it concerns is told once.
        """
        try:
            yield
        except SuiteError as error:
            # Members read about it in their own words: this line is all that tells the operator of an outage.
            tell = _log.info if isinstance(error, Refused) else _log.warning
            tell(
                "suite_call_failed",
                connection=str(connection.id),
                error=type(error).__name__,
                provider_code=error.provider_code,
                provider_correlation=error.correlation,
            )
            raise await self._settled(connection, error) from error

    def problem_of(self, error: SuiteError, connection: CalendarConnection) -> ProblemError:
        """What a member is told of a refusal; changes nothing."""
        return problem_of(error)

    async def _settled(self, connection: CalendarConnection, error: SuiteError) -> ProblemError:
        match await self._standing.record(connection, error):
            case Standing.GONE:
                return ConnectionRequired()
            case Standing.SUPERSEDED:
                return SuiteUnavailable()
            case Standing.CONCERNED:
                return self.problem_of(error, connection)

    async def start_connecting(self, principal: Principal, return_to: str | None = None) -> str:
        """A consent URL for this member alone. Raises IntegrationUnavailable unless it is enabled, InvalidInput."""
        integration = _require_enabled(await active_integration(principal.organisation_id))
        identity = await identity_at(
            principal.organisation_id, principal.member_id, integration.suite, integration.tenant
        )
        return await self._flows.start(
            FlowPurpose.CONNECT_CALENDAR,
            suite=integration.suite,
            scopes=self._registry.get(integration.suite).scopes(
                integration.variant, administrator=principal.is_administrator
            ),
            principal=principal,
            integration_id=integration.id,
            tenant=integration.tenant,
            login_hint=identity.address if identity else None,
            return_to=return_to,
        )

    async def connect(self, flow: AuthorisationFlow, grant: Grant, integration: Integration) -> CalendarConnection:
        """Store the consent that this visit brought; reconnecting keeps everything that hangs on the connection.

        The connection comes with its integration and identity. Raises WrongAccount unless the identity is the asking
        member's, IntegrationUnavailable where the integration does not take consents any more.
        """
        identity = await identity_of(flow, grant)
        addresses = await self._mailbox_addresses(grant)
        try:
            connection = await self._stored(flow, grant, identity, integration, addresses)
        except IntegrityError:
            # The member finished two visits at once: the other one has made the row that is there now.
            connection = await self._stored(flow, grant, identity, integration, addresses)
        connection.integration = integration
        connection.identity = identity
        await self._tell(connection)
        # Bookings that rested while the connection was broken are looked at again at once.
        await self._bus.publish(JOBS, Message(MessageKind.JOBS_DUE))
        return connection

    async def disconnect(self, principal: Principal) -> Disconnected:
        """Erase the member's credentials with everything that hangs on them, whether or not the suite answers.

        References, watches and open bookings go with the row. Raises ConnectionRequired where nothing is connected.
        """
        mine = CalendarConnection.of(principal.organisation_id).filter(member_id=principal.member_id)

        async def erase() -> Sequence[CalendarConnection]:
            async with in_transaction():
                return await erase_connections(mine)

        erased = await unless_deadlocked(erase)
        if not erased:
            raise ConnectionRequired("There is nothing to disconnect.")
        for connection in erased:
            await self._tell(connection)
        told = await asyncio.gather(*(self._revoked(connection) for connection in erased))
        return Disconnected(told_suite=all(told))

    async def _revoked(self, connection: CalendarConnection) -> bool:
        """Whether the suite took note that this consent is over; whatever it says, nothing of it is left here."""
        integration = await Integration.of(connection.organisation_id).get(id=connection.integration_id)
        try:
            async with asyncio.timeout(REVOCATION_TIMEOUT.total_seconds()):
                return await self._registry.get(integration.suite).revoke(self._tokens.opened(connection))
        except (SuiteError, SuiteNotConfigured, TimeoutError) as error:
            _log.info("revocation_failed", suite=integration.suite.value, error=type(error).__name__)
            return False

    async def status_of(self, principal: Principal) -> AccessStatus:
        """How the member's access stands, under the active integration or one that is retained."""
        connections = await (
            CalendarConnection.of(principal.organisation_id)
            .filter(member_id=principal.member_id)
            # What a purge has not erased yet counts no more.
            .exclude(integration__status=IntegrationStatus.NOT_CONFIGURED)
            .select_related("integration")
        )
        if not connections:
            return AccessStatus(status=ConnectionStatus.NOT_CONNECTED, reason=ConnectionReason.CONSENT_NEEDED)
        connection = max(connections, key=lambda row: (row.integration.active_slot or 0, row.status_since))
        if connection.integration.active_slot is None and await _has_enabled(principal.organisation_id):
            # What is retained belongs to an integration that gave way to the one that members connect to now.
            return AccessStatus(status=ConnectionStatus.NOT_CONNECTED, reason=ConnectionReason.CONSENT_NEEDED)
        integration = connection.integration
        status, reason, since = connection.status, connection.reason, connection.status_since
        if integration.status is IntegrationStatus.DISABLED:
            status, reason = ConnectionStatus.SUSPENDED, ConnectionReason.INTEGRATION_DISABLED
            since = integration.disabled_at or since
        return AccessStatus(
            status=status,
            reason=reason,
            scopes=tuple(connection.scopes),
            since=since,
            kept_until=integration.retained_until,
            address=connection.address,
        )

    async def _mailbox_addresses(self, grant: Grant) -> Sequence[str]:
        """The mailbox's addresses, its own first; none where the suite does not tell them now."""
        suite = self._registry.get(grant.identity.suite)
        mailbox = suite.mailbox(
            GrantedTokens(grant.credentials), key=grant.identity.subject, tenant=grant.identity.tenant
        )
        try:
            return await mailbox.addresses()
        except SuiteError:
            return ()

    async def _stored(
        self,
        flow: AuthorisationFlow,
        grant: Grant,
        identity: Identity,
        integration: Integration,
        addresses: Sequence[str],
    ) -> CalendarConnection:
        async with in_transaction():
            # Locked: an integration that is given up at this moment leaves no consent behind.
            mine = Integration.of(integration.organisation_id).select_for_update()
            _require_takes_consent(await mine.get(id=integration.id), flow.purpose)
            await _require_still_theirs(identity)
            if addresses:
                await replace_aliases(integration.organisation_id, identity.member_id, addresses)
            # What the sign-in said has to do where the mailbox's own address is not told.
            address = addresses[0] if addresses else grant.identity.address.lower()
            return await self._written(grant, identity, integration, address)

    async def _written(
        self, grant: Grant, identity: Identity, integration: Integration, address: str
    ) -> CalendarConnection:
        now = clock.now()
        mine = CalendarConnection.of(integration.organisation_id)
        present = await mine.select_for_update().get_or_none(
            integration_id=integration.id, member_id=identity.member_id
        )
        connection = present or CalendarConnection(
            id=uuid4(),
            organisation_id=integration.organisation_id,
            integration_id=integration.id,
            member_id=identity.member_id,
            generation=0,
        )
        connection.update_from_dict(
            {
                "identity_id": identity.id,
                "status": ConnectionStatus.CONNECTED,
                "reason": None,
                "scopes": sorted(grant.credentials.scopes),
                "address": address,
                "credentials": self._tokens.sealed(integration.organisation_id, connection.id, grant.credentials),
                "generation": connection.generation + 1,
                "access_expires_at": grant.credentials.expires_at,
                "refresh_lock_until": None,
                "refresh_lock_owner": None,
                "connected_at": now,
                "status_since": now,
                "directory_refused_at": None,
            }
        )
        await connection.save(force_create=present is None, force_update=present is not None)
        # What watched the mailbox by the former consent may have ended with it, without a word.
        watches = MailboxWatch.of(integration.organisation_id).filter(connection_id=connection.id)
        await watches.update(status=WatchStatus.LOST, next_attempt_at=now, attempts=0)
        return connection

    async def _tell(self, connection: CalendarConnection) -> None:
        topic = member_topic(connection.member_id)
        await self._bus.publish(topic, Message(MessageKind.CONNECTION_CHANGED, connection.id))
        await tell_of_carrier(self._bus, connection)


async def identity_of(flow: AuthorisationFlow, grant: Grant) -> Identity:
    """The asking member's own identity that the grant proves. Raises WrongAccount for anybody else's."""
    proved = grant.identity
    if flow.organisation_id is None or flow.member_id is None:
        raise WrongAccount(OTHER_IDENTITY)
    identity = await Identity.of(flow.organisation_id).get_or_none(
        member_id=flow.member_id, suite=proved.suite, tenant=proved.tenant, subject=proved.subject
    )
    if identity is None:
        raise WrongAccount(OTHER_IDENTITY)
    return identity


async def _require_still_theirs(identity: Identity) -> None:
    """Whoever was merged into another member meanwhile leaves no consent behind. Raises WrongAccount."""
    if not await Identity.of(identity.organisation_id).filter(id=identity.id, member_id=identity.member_id).exists():
        raise WrongAccount(OTHER_IDENTITY)


def _active_of(organisation_id: Any, member_id: Any) -> QuerySet[CalendarConnection]:
    active = CalendarConnection.of(organisation_id).filter(member_id=member_id, integration__active_slot=1)
    return active.select_related("integration").limit(1)


_ACTIVE = ModelsWrittenOnce(_active_of)
"""Every agenda and every booking asks for it."""


async def _active_connection(principal: Principal) -> CalendarConnection | None:
    found = await _ACTIVE.found(str(principal.organisation_id), str(principal.member_id))
    return found[0] if found else None


async def _has_enabled(organisation_id: UUID) -> bool:
    integration = await active_integration(organisation_id)
    return integration is not None and integration.status is IntegrationStatus.ENABLED


def _require_enabled(integration: Integration | None) -> Integration:
    if integration is None:
        raise IntegrationUnavailable(IntegrationStatus.NOT_CONFIGURED)
    if integration.status is not IntegrationStatus.ENABLED:
        raise IntegrationUnavailable(integration.status)
    return integration


def _require_takes_consent(integration: Integration, purpose: FlowPurpose) -> None:
    if purpose is FlowPurpose.CONNECT_CALENDAR:
        _require_enabled(integration)
    elif integration.status not in _CONSENT_TAKEN:
        raise IntegrationUnavailable(integration.status)


def _require_working(connection: CalendarConnection) -> None:
    reason = connection.reason.value if connection.reason else ""
    match connection.status:
        case ConnectionStatus.CONNECTED:
            return
        case ConnectionStatus.NOT_CONNECTED:
            raise ConnectionRequired
        case ConnectionStatus.RECONNECT_REQUIRED:
            raise ReconnectRequired(reason)
        case ConnectionStatus.BLOCKED:
            raise ConnectionBlocked(reason, BLOCK_REMEDIES[BlockReason(reason)])
        case ConnectionStatus.SUSPENDED:
            raise IntegrationUnavailable(connection.integration.status)
