"""The consent rooms put together as the product does it, over a suite in memory."""

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import SecretStr

from app import clock
from app.connections.callback import CallbackService
from app.connections.flows import FlowService
from app.connections.models import AuthorisationFlow, CalendarConnection
from app.connections.service import ConnectionService
from app.connections.tokens import Sleeper, TokenService
from app.events_bus.bus import Message
from app.events_bus.memory import MemoryBus
from app.identity.access_tokens import AccessTokenService
from app.identity.invitations import InvitationService
from app.identity.linking import LinkingService
from app.identity.models import Identity, Member, Organisation
from app.identity.sessions import SessionService
from app.identity.sign_in import SignInService
from app.integrations.approval import ApprovalOutcome
from app.integrations.models import Integration
from app.integrations.status import CLAIMS_TENANT, IntegrationStatus
from app.keys import Keys, Vault
from app.settings import Settings
from app.suites.errors import SuiteError
from app.suites.protocol import Grant, SuiteName
from app.suites.registry import SuiteRegistry
from tests.support.people import TENANT
from tests.support.suites import Account, FakeSuite

APPROVAL_LINK = "https://suite.example/approve-here"
FRONT_END = "https://desk.example"


class RecordingBus(MemoryBus):
    """A bus that remembers what was published."""

    def __init__(self) -> None:
        super().__init__()
        self.published: list[tuple[str, Message]] = []

    async def publish(self, topic: str, message: Message) -> None:
        self.published.append((topic, message))
        await super().publish(topic, message)

    @property
    def kinds(self) -> list[str]:
        return [message.kind.value for _, message in self.published]


@dataclass
class Integrations:
    """What the callback hears of integrations: remembers, and answers with the status it is given."""

    connections: ConnectionService
    status: IntegrationStatus = IntegrationStatus.TESTED
    completed: list[Grant] = field(default_factory=list)
    refused: list[SuiteError] = field(default_factory=list)
    hints: list[tuple[str | None, str | None]] = field(default_factory=list)
    approval: ApprovalOutcome = ApprovalOutcome.NOT_YET

    async def consent_completed(self, flow: AuthorisationFlow, grant: Grant) -> Integration:
        self.completed.append(grant)
        assert flow.organisation_id is not None
        integration = await Integration.of(flow.organisation_id).get(id=flow.integration_id)
        await self.connections.connect(flow, grant, integration)
        integration.status = self.status
        return integration

    async def consent_refused(self, flow: AuthorisationFlow, error: SuiteError) -> Integration:
        self.refused.append(error)
        assert flow.organisation_id is not None
        return await Integration.of(flow.organisation_id).get(id=flow.integration_id)

    async def admin_approval_link(self, organisation_id: UUID | None, suite: SuiteName) -> str | None:
        return APPROVAL_LINK

    async def approval_hinted(self, suite: SuiteName, tenant: str | None, state: str | None) -> ApprovalOutcome:
        self.hints.append((tenant, state))
        return self.approval


def make_settings(public_url: str = "http://127.0.0.1:8000") -> Settings:
    key = base64.b64encode(b"\x02" * 32).decode()
    return Settings(
        public_url=public_url,
        secret_key=SecretStr(key),
        encryption_keys=SecretStr(f"k1:{key}"),
        allowed_origins=(FRONT_END,),
    )


class Stack:
    """Every service of these rooms, wired."""

    def __init__(
        self,
        keys: Keys,
        vault: Vault,
        *,
        public_url: str = "http://127.0.0.1:8000",
        sleep: Sleeper | None = None,
        suite: FakeSuite | None = None,
    ) -> None:
        self.settings = make_settings(public_url)
        self.keys, self.vault = keys, vault
        self.suite = suite or FakeSuite()
        self.registry = SuiteRegistry({self.suite.name: self.suite})
        self.bus = RecordingBus()
        self.flows = FlowService(keys, vault, self.registry, self.settings)
        self.tokens = self.token_service(sleep)
        self.connections = ConnectionService(self.registry, self.tokens, self.flows, self.bus)
        self.sessions = SessionService(keys, self.bus)
        self.access_tokens = AccessTokenService(keys, self.bus)
        self.invitations = InvitationService()
        self.sign_in = SignInService(self.bus)
        self.linking = LinkingService(self.registry, self.flows, self.bus)
        self.integrations = Integrations(self.connections)
        self.callback = CallbackService(
            self.registry,
            self.flows,
            self.sign_in,
            self.sessions,
            self.linking,
            self.connections,
            self.integrations,
        )

    def token_service(self, sleep: Sleeper | None = None) -> TokenService:
        """A token service as another process would have it: nothing in memory is shared."""
        if sleep is None:
            return TokenService(self.vault, self.registry, self.bus)
        return TokenService(self.vault, self.registry, self.bus, sleep=sleep)


async def account_of(member: Member) -> Account:
    """The member's work account at the suite."""
    identity = await Identity.of(member.organisation_id).get(member_id=member.id)
    return Account(tenant=identity.tenant, subject=identity.subject, address=identity.address, name=member.name)


async def make_integration(
    organisation: Organisation,
    status: IntegrationStatus = IntegrationStatus.ENABLED,
    tenant: str | None = TENANT,
    suite: SuiteName = SuiteName.MICROSOFT_365,
) -> Integration:
    now = clock.now()
    return await Integration.create(
        organisation=organisation,
        suite=suite,
        tenant=tenant,
        claimed_tenant=tenant if status in CLAIMS_TENANT else None,
        active_slot=1,
        status=status,
        created_at=now,
        status_since=now,
        retained_until=now + timedelta(days=5) if status is IntegrationStatus.DISABLED else None,
    )


async def make_connection(
    stack: Stack,
    member: Member,
    integration: Integration,
    *,
    expires_at: datetime | None = None,
    scopes: frozenset[str] | None = None,
) -> CalendarConnection:
    """The member's working connection, loaded with its integration."""
    flow = AuthorisationFlow(
        organisation_id=member.organisation_id,
        member_id=member.id,
        integration_id=integration.id,
        suite=integration.suite,
        purpose="START_INTEGRATION",
    )
    account = await account_of(member)
    credentials = stack.suite.credentials_of(account, scopes)
    grant = Grant(account.identity(integration.suite), credentials)
    connection = await stack.connections.connect(flow, grant, integration)
    if expires_at is not None:
        soon = type(credentials)(
            access_token=credentials.access_token,
            expires_at=expires_at,
            refresh_token=credentials.refresh_token,
            scopes=credentials.scopes,
        )
        assert await stack.tokens.store(connection, soon)
    return connection


async def stored_row(connection: CalendarConnection) -> CalendarConnection:
    """The row as it is now."""
    return await CalendarConnection.of(connection.organisation_id).get(id=connection.id)
