"""What stands in for the neighbours of the integration: flows, connections, and who asks for room syncs."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from app import clock
from app.connections.models import AuthorisationFlow, CalendarConnection, ConnectionStatus, FlowPurpose
from app.events_bus.memory import MemoryBus
from app.identity.models import Identity, Member, Role
from app.identity.principal import Principal
from app.integrations.models import Integration
from app.integrations.service import IntegrationService
from app.integrations.starting import WantedIntegration
from app.integrations.test_flow import TestFlow
from app.keys import Keys
from app.rooms.directories import RoomDirectories
from app.rooms.sync import RoomSyncService
from app.suites.errors import SuiteError
from app.suites.events import Event, EventKind, EventStatus, EventTime, Response, Sensitivity, ShowAs
from app.suites.protocol import Credentials, Grant, Mailbox, PermissionVariant, SuiteName
from app.suites.registry import SuiteRegistry
from tests.support.people import TENANT, make_member, make_organisation, principal_of
from tests.support.suites import Account, FakeSuite

PUBLIC_URL = "https://meetings.example"


class StaticTokens:
    """Implements `AccessTokens` with one token that never dies, or an error in its place."""

    def __init__(self, token: str, error: SuiteError | None = None) -> None:
        self._token = token
        self._error = error

    async def current(self) -> str:
        if self._error is not None:
            raise self._error
        return self._token

    async def renewed(self, rejected: str, claims: str | None = None) -> str:
        return self._token


class RecordedFlows:
    """Writes a flow's row and hands out an address that nobody opens."""

    def __init__(self) -> None:
        self.started: list[AuthorisationFlow] = []
        self.login_hints: list[str | None] = []
        self.refuses: Exception | None = None

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
        if self.refuses is not None:
            raise self.refuses
        flow = await AuthorisationFlow.create(
            organisation_id=principal.organisation_id if principal else None,
            member_id=principal.member_id if principal else None,
            integration_id=integration_id,
            suite=suite,
            purpose=purpose,
            ticket_hash=uuid4().hex,
            state_hash=uuid4().hex,
            scopes=sorted(scopes),
            variant=variant,
            tenant=tenant,
            return_to=return_to,
            created_at=clock.now(),
            expires_at=clock.now(),
        )
        self.started.append(flow)
        self.login_hints.append(login_hint)
        return f"{PUBLIC_URL}/auth/continue/{flow.ticket_hash}"


class MemoryConnections:
    """Connections whose credentials stay in memory."""

    def __init__(self, suite: FakeSuite) -> None:
        self._suite = suite
        self._credentials: dict[UUID, Credentials] = {}
        self.token_error: SuiteError | None = None
        self.on_open: Callable[[Mailbox], Mailbox] | None = None
        """Puts another mailbox in the place of the suite's."""
        self.opened_for: list[UUID] = []
        """Whose mailbox was opened, by member, in order."""

    async def connect(self, flow: AuthorisationFlow, grant: Grant, integration: Integration) -> CalendarConnection:
        assert flow.member_id is not None
        identity = await Identity.of(integration.organisation_id).get(subject=grant.identity.subject)
        present = await CalendarConnection.of(integration.organisation_id).get_or_none(
            integration_id=integration.id, member_id=flow.member_id
        )
        connection = present or CalendarConnection(
            id=uuid4(),
            organisation_id=integration.organisation_id,
            integration_id=integration.id,
            member_id=flow.member_id,
            identity_id=identity.id,
            address=grant.identity.address,
            scopes=[],
            connected_at=clock.now(),
            status_since=clock.now(),
        )
        connection.scopes = sorted(grant.credentials.scopes)
        connection.status = ConnectionStatus.CONNECTED
        connection.directory_refused_at = None
        await connection.save(force_create=present is None)
        self._credentials[connection.id] = grant.credentials
        return connection

    def for_connection(self, connection: CalendarConnection) -> StaticTokens:
        return StaticTokens(self._credentials[connection.id].access_token, self.token_error)

    def open(self, connection: CalendarConnection) -> Mailbox:
        self.opened_for.append(connection.member_id)
        if self.on_open is not None:
            return self.on_open(self._suite.mailbox(self.for_connection(connection), key=str(connection.id)))
        return self._suite.mailbox(self.for_connection(connection), key=str(connection.id))


@dataclass
class World:
    """One organisation with two administrators, and the services wired around a fake suite."""

    organisation_id: UUID
    administrator: Principal
    colleague: Principal
    member: Principal
    account: Account
    colleague_account: Account
    suite: FakeSuite
    bus: MemoryBus
    flows: RecordedFlows
    connections: MemoryConnections
    rooms_sync: RoomSyncService
    service: IntegrationService
    registry: SuiteRegistry
    directories: RoomDirectories
    others: list[Member] = field(default_factory=list)

    async def start(self, variant: PermissionVariant = PermissionVariant.FULL) -> Integration:
        started = await self.service.start(
            self.administrator, WantedIntegration(suite=self.suite.name, variant=variant)
        )
        return started.integration

    async def consent(self, account: Account | None = None) -> Integration:
        """Whoever started last comes back from the suite's page."""
        return await self.service.consent_completed(self.flows.started[-1], self.grant(account))

    def grant(self, account: Account | None = None, scopes: frozenset[str] | None = None) -> Grant:
        account = account or self.account
        asked = self.suite.scopes(PermissionVariant.FULL, administrator=True)
        return Grant(account.identity(self.suite.name), self.suite.credentials_of(account, scopes or asked))

    async def connect(self, principal: Principal, *, without: Collection[str] = ()) -> CalendarConnection:
        """The member connects, or consents anew; `without` are boxes that they leave unticked."""
        account = await account_of(await Member.of(self.organisation_id).get(id=principal.member_id))
        integration = await Integration.of(self.organisation_id).get(active_slot=1)
        asked = self.suite.scopes(PermissionVariant.FULL, administrator=principal.is_administrator)
        flow = AuthorisationFlow(
            organisation_id=self.organisation_id,
            member_id=principal.member_id,
            integration_id=integration.id,
            suite=self.suite.name,
            purpose=FlowPurpose.CONNECT_CALENDAR,
        )
        return await self.connections.connect(flow, self.grant(account, asked.difference(without)), integration)

    def approve(self, tenant: str = TENANT) -> None:
        """The tenant's administrator approves reading the room directory."""
        self.suite.roles[tenant] = frozenset({"rooms"})

    def add_event(self, subject: str, *, hours: float, status: EventStatus = EventStatus.CONFIRMED) -> None:
        """An event of one hour in the administrator's calendar that starts so many hours from now."""
        event = make_event(subject, clock.now() + timedelta(hours=hours), status=status)
        self.suite.mailboxes[self.account.address].events[event.mailbox_id] = event

    async def tested(self) -> Integration:
        """As far as TESTED."""
        self.approve(self.account.tenant)
        await self.start()
        return await self.consent()

    async def enabled(self) -> Integration:
        """As far as ENABLED."""
        await self.tested()
        return await self.service.enable(self.administrator)


def make_event(subject: str, start: datetime, *, status: EventStatus = EventStatus.CONFIRMED) -> Event:
    """An event of one hour that the mailbox's owner organises."""
    return Event(
        mailbox_id=uuid4().hex,
        shared_key=uuid4().hex,
        series_mailbox_id=None,
        version="1",
        kind=EventKind.SINGLE,
        status=status,
        subject=subject,
        start=EventTime("UTC", start),
        end=EventTime("UTC", start + timedelta(hours=1)),
        is_all_day=False,
        original_start=None,
        sensitivity=Sensitivity.NORMAL,
        show_as=ShowAs.BUSY,
        organiser=None,
        is_organiser=True,
        response=Response.ORGANISER,
        attendees=(),
        rooms=(),
        location=None,
        online_meeting_url=None,
        web_url=None,
        body_preview="",
    )


async def account_of(member: Member) -> Account:
    identity = await Identity.of(member.organisation_id).get(member_id=member.id)
    return Account(tenant=identity.tenant, address=identity.address, name=member.name, subject=identity.subject)


def make_service(registry: SuiteRegistry, bus: MemoryBus) -> IntegrationService:
    """The service alone, as another server has it: for organisations that are there already."""
    [suite, *_] = [registry.get(name) for name in SuiteName if registry.is_configured(name)]
    assert isinstance(suite, FakeSuite)
    connections = MemoryConnections(suite)
    directories = RoomDirectories(registry, connections, bus)
    rooms_sync = RoomSyncService(registry, directories, bus)
    return _service(registry, RecordedFlows(), connections, directories, rooms_sync, bus, True)


def _service(
    registry: SuiteRegistry,
    flows: RecordedFlows,
    connections: MemoryConnections,
    directories: RoomDirectories,
    rooms_sync: RoomSyncService,
    bus: MemoryBus,
    change_notifications: bool,
) -> IntegrationService:
    test_flow = TestFlow(
        registry,
        connections,
        connections,
        directories,
        public_url=PUBLIC_URL,
        change_notifications=change_notifications,
    )
    return IntegrationService(
        registry, flows, connections, test_flow, rooms_sync, Keys(b"\x02" * 32), bus, public_url=PUBLIC_URL
    )


async def make_world(
    name: str = "Tidewater",
    *,
    suite: FakeSuite | None = None,
    bus: MemoryBus | None = None,
    connections: MemoryConnections | None = None,
    change_notifications: bool = True,
    tenant: str = TENANT,
    others: Collection[FakeSuite] = (),
) -> World:
    suite, bus = suite or FakeSuite(), bus or MemoryBus()
    domain = f"{name.lower()}.example"
    organisation = await make_organisation(name)
    ada = await make_member(
        organisation, "Ada Vos", role=Role.SUBSCRIPTION_ADMINISTRATOR, address=f"ada@{domain}", tenant=tenant
    )
    bo = await make_member(
        organisation, "Bo Lind", role=Role.SUBSCRIPTION_ADMINISTRATOR, address=f"bo@{domain}", tenant=tenant
    )
    cy = await make_member(organisation, "Cy Marsh", address=f"cy@{domain}", tenant=tenant)
    await Identity.of(organisation.id).update(suite=suite.name)
    registry = SuiteRegistry({each.name: each for each in (suite, *others)})
    flows, connections = RecordedFlows(), connections or MemoryConnections(suite)
    directories = RoomDirectories(registry, connections, bus)
    rooms_sync = RoomSyncService(registry, directories, bus)
    service = _service(registry, flows, connections, directories, rooms_sync, bus, change_notifications)
    return World(
        organisation_id=organisation.id,
        administrator=principal_of(ada, name),
        colleague=principal_of(bo, name),
        member=principal_of(cy, name),
        account=await account_of(ada),
        colleague_account=await account_of(bo),
        suite=suite,
        bus=bus,
        flows=flows,
        connections=connections,
        rooms_sync=rooms_sync,
        service=service,
        registry=registry,
        directories=directories,
    )
