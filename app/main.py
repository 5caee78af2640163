"""The composition root: settings become a database, suites, a bus, services, jobs and routes. Nothing else composes."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from app import clock, logs
from app.agenda.join import AgendaJoin
from app.agenda.own_data import OwnDataService
from app.agenda.service import AgendaService
from app.audit.log import AuditLog
from app.bookings.checks import BookingChecks
from app.bookings.intents import IntentSweep
from app.bookings.polling import PollingPolicy
from app.bookings.recording import BookingRecorder
from app.bookings.service import BookingService
from app.bookings.silence import SilentRooms
from app.bookings.subjects import BookingSubjects
from app.buildings.administration import BuildingAdministration
from app.buildings.service import BuildingService
from app.connections.callback import CallbackService
from app.connections.flows import FlowService
from app.connections.service import ConnectionService
from app.connections.tokens import TokenService
from app.database import engine
from app.events_bus.bus import CREDENTIALS, EventsBus
from app.events_bus.choosing import bus_of
from app.gate import MemberGate
from app.graphql.options import GraphiQLMode, GraphQLOptions
from app.graphql.view import GraphQLView
from app.health import health_routes
from app.identity.access_tokens import AccessTokenService
from app.identity.exporting import MemberDataService
from app.identity.idempotency import IdempotencyService
from app.identity.invitations import InvitationService
from app.identity.inviting import InvitingService
from app.identity.linking import LinkingService
from app.identity.members import MemberService
from app.identity.principal import Principal
from app.identity.roles import RoleService
from app.identity.sessions import SessionService
from app.identity.sign_in import SignInService
from app.integrations.health_check import HealthCheck
from app.integrations.retention import Retention
from app.integrations.revocation import ConsentRevocation
from app.integrations.service import IntegrationService
from app.integrations.test_flow import TestFlow
from app.integrations.transitions import Transitions
from app.jobs.cleanup import CleanUp
from app.jobs.runner import Job, JobRunner
from app.keyring.guard import KeyGuard
from app.keyring.proofs import KeyCheck
from app.keys import Keys, Vault
from app.notifications.mailing import Mailing
from app.notifications.mails import MailRoom
from app.notifications.preferences import NotificationSettingsService
from app.notifications.service import NotificationService, notify
from app.notifications.smtp import SmtpPost
from app.rates.allowances import Rates
from app.rates.choosing import rates_of
from app.references.leads import Leads
from app.references.looking import EventLooks
from app.references.own_data import OwnData
from app.references.service import ReferenceService
from app.rooms.administration import RoomAdministration
from app.rooms.directories import RoomDirectories
from app.rooms.directory_index import DirectoryIndex
from app.rooms.service import RoomService
from app.rooms.sync import RoomSyncService
from app.serving.cors import AllowListedCors
from app.serving.server import web_server
from app.settings import GraphiQLSource, Settings
from app.shifts.entry_job import ShiftEntries
from app.shifts.office_days import OfficeDaysService
from app.shifts.preferences import ShiftPreferencesService
from app.shifts.retention import ShiftRetention
from app.shifts.service import ShiftService
from app.shifts.sharing_choice import LocationSharingService
from app.shifts.suggestions import ShiftSuggestions
from app.shifts.workplace_settings import WorkplaceSettingsService
from app.suites.registry import SuiteRegistry
from app.web.routes import WebServices, web_routes
from app.webhooks.routes import webhook_routes
from app.webhooks.service import WebhookService
from app.webhooks.watches import WatchService
from schema import schema
from schema.context import Context, Services
from schema.costs import LIMITS
from schema.examples import ready_queries

_log = structlog.get_logger(__name__)

GRAPHIQL_FILES = Path(__file__).parent / "web" / "static" / "graphiql"
_spread = random.SystemRandom()
_GRAPHIQL = {
    GraphiQLSource.OFF: GraphiQLMode.OFF,
    GraphiQLSource.OWN: GraphiQLMode.OWN_ORIGIN,
    GraphiQLSource.CDN: GraphiQLMode.CDN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A composed product: what serves, and what runs by itself."""

    settings: Settings
    app: ASGIApp
    jobs: JobRunner
    begin_closing: Callable[[], None]
    """Has open sockets and streams end, for the start of a stop."""
    keys: KeyGuard

    async def run_jobs(self) -> None:
        """Runs until cancelled, from the moment that the keys are known to fit the database."""
        await self.keys.until_confirmed()
        await self.jobs.run()


@asynccontextmanager
async def deployment(settings: Settings, *, runs_jobs: bool = True) -> AsyncIterator[Deployment]:
    """Everything open and, where this process runs them, the jobs going; closed in the opposite order.

    Raises KeysRefused where the settings' keys are not the database's.
    """
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(engine.database(settings.database_url))
        guard = KeyGuard(KeyCheck(settings.secret_key_bytes, settings.encryption_keyring))
        await guard.at_start()
        bus = bus_of(settings)
        stack.push_async_callback(bus.close)
        registry = SuiteRegistry.configured_by(settings.suites, settings.suite_timeout)
        stack.push_async_callback(registry.close)
        base = _foundation(settings, registry, bus, guard)
        stack.push_async_callback(base.rates.close)
        # A refresh under way is the only copy of its answer: it ends before the suites are let go.
        stack.push_async_callback(base.tokens.drain)
        composed, view = _compose(base)
        stack.push_async_callback(view.close_all)
        background = [_close_sockets_of_ended_credentials(view, bus)]
        if runs_jobs:
            background.append(composed.run_jobs())
        elif not guard.is_confirmed:
            background.append(guard.until_confirmed())
        for work in background:
            stack.push_async_callback(_end, asyncio.create_task(work))
        yield composed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Foundation:
    """What most services stand on."""

    settings: Settings
    registry: SuiteRegistry
    bus: EventsBus
    guard: KeyGuard
    keys: Keys
    vault: Vault
    rates: Rates
    flows: FlowService
    tokens: TokenService
    connections: ConnectionService
    references: ReferenceService
    idempotency: IdempotencyService
    recorder: BookingRecorder
    checks: BookingChecks
    watches: WatchService


def _foundation(settings: Settings, registry: SuiteRegistry, bus: EventsBus, guard: KeyGuard) -> _Foundation:
    keys, vault = Keys(settings.secret_key_bytes), Vault(settings.encryption_keyring)
    flows = FlowService(keys, vault, registry, settings)
    tokens = TokenService(vault, registry, bus)
    connections = ConnectionService(registry, tokens, flows, bus)
    references, idempotency = ReferenceService(vault, keys), IdempotencyService(keys)
    policy = PollingPolicy(
        interval=settings.pending_poll_interval, random=_spread.random, enabled=settings.pending_polling
    )
    checks = BookingChecks(connections=connections, references=references, policy=policy, notify=notify, bus=bus)
    return _Foundation(
        settings=settings,
        registry=registry,
        bus=bus,
        guard=guard,
        keys=keys,
        vault=vault,
        rates=rates_of(settings, keys),
        flows=flows,
        tokens=tokens,
        connections=connections,
        references=references,
        idempotency=idempotency,
        recorder=BookingRecorder(references, idempotency, policy),
        checks=checks,
        watches=WatchService(
            connections,
            checks,
            vault,
            keys,
            bus,
            public_url=settings.public_url,
            enabled=settings.change_notifications,
        ),
    )


def _test_flow(base: _Foundation, directories: RoomDirectories) -> TestFlow:
    return TestFlow(
        base.registry,
        base.connections,
        base.tokens,
        directories,
        public_url=base.settings.public_url,
        change_notifications=base.settings.change_notifications,
    )


def _health_check(base: _Foundation) -> HealthCheck:
    directories = RoomDirectories(base.registry, base.tokens, base.bus)
    return HealthCheck(base.registry, _test_flow(base, directories), base.bus, random=_spread.random)


def _mailing(base: _Foundation) -> list[Job]:
    """The job that mails, where the operator has a mail server."""
    settings = base.settings
    if settings.mail_server is None or settings.mail_from is None:
        return []
    return [
        Mailing(
            SmtpPost(settings.mail_server, settings.smtp_ca_bundle),
            MailRoom(mail_from=settings.mail_from, public_url=settings.public_url),
            BookingSubjects(base.connections, base.references),
        )
    ]


def _own_data(base: _Foundation) -> OwnData:
    return OwnData(base.references, Leads(base.vault, base.keys), random=_spread.random)


def _services(base: _Foundation) -> Services:
    """What resolvers call."""
    join = AgendaJoin(base.references)
    directories = RoomDirectories(base.registry, base.tokens, base.bus)
    room_syncs = RoomSyncService(base.registry, directories, base.bus)
    test_flow = _test_flow(base, directories)
    agenda = AgendaService(base.connections, join)
    return Services(
        keys=base.keys,
        bus=base.bus,
        registry=base.registry,
        members=MemberService(),
        member_data=MemberDataService(base.references),
        sessions=SessionService(base.keys, base.bus),
        access_tokens=AccessTokenService(base.keys, base.bus),
        inviting=InvitingService(base.keys, public_url=base.settings.public_url),
        roles=RoleService(base.bus),
        linking=LinkingService(base.registry, base.flows, base.bus),
        connections=base.connections,
        integrations=IntegrationService(
            base.registry,
            base.flows,
            base.connections,
            test_flow,
            room_syncs,
            base.keys,
            base.bus,
            public_url=base.settings.public_url,
        ),
        rooms=RoomService(base.connections, base.registry, DirectoryIndex(directories), base.idempotency),
        room_administration=RoomAdministration(base.connections, base.keys, notify, base.bus),
        room_syncs=room_syncs,
        buildings=BuildingService(),
        building_administration=BuildingAdministration(base.keys, base.idempotency, notify, base.bus),
        shifts=ShiftService(base.idempotency, notify, base.bus),
        shift_preferences=ShiftPreferencesService(base.bus),
        shift_suggestions=ShiftSuggestions(base.connections),
        agenda=agenda,
        own_data=OwnDataService(base.connections, _own_data(base), join),
        notifications=NotificationService(),
        notification_settings=NotificationSettingsService(),
        office_days=OfficeDaysService(agenda),
        location_sharing=LocationSharingService(),
        workplace_settings=WorkplaceSettingsService(),
        audit=AuditLog(),
        bookings=BookingService(
            connections=base.connections,
            references=base.references,
            idempotency=base.idempotency,
            recorder=base.recorder,
            join=join,
            watches=base.watches,
            bus=base.bus,
        ),
    )


def _compose(base: _Foundation) -> tuple[Deployment, GraphQLView]:
    """Services become routes and jobs."""
    services = _services(base)
    web = WebServices(
        settings=base.settings,
        registry=base.registry,
        flows=base.flows,
        invitations=InvitationService(),
        sessions=services.sessions,
        linking=services.linking,
        callback=CallbackService(
            base.registry,
            base.flows,
            SignInService(base.bus),
            services.sessions,
            services.linking,
            base.connections,
            services.integrations,
        ),
        integrations=services.integrations,
        rates=base.rates,
    )
    view = _view(base.settings, services, base.rates)
    webhooks = WebhookService(base.registry, base.watches, base.checks, base.bus)
    routes = [*view.routes(), *health_routes(base.guard), *webhook_routes(webhooks), *web_routes(web)]
    intents = IntentSweep(connections=base.connections, recorder=base.recorder, watches=base.watches, bus=base.bus)
    retention = Retention(Transitions(base.bus))
    revocation = ConsentRevocation(base.registry, base.tokens, base.bus)
    health = _health_check(base)
    leads = Leads(base.vault, base.keys)
    looks = EventLooks(base.connections, base.references, leads, random=_spread.random)
    bookings: list[Job] = [base.checks, intents, base.watches, SilentRooms(notify, base.bus), looks]
    shifts: list[Job] = [ShiftEntries(base.connections)]
    integrations: list[Job] = [services.room_syncs, health, retention, revocation]
    jobs = JobRunner([*bookings, *shifts, *_mailing(base), *integrations, CleanUp(), ShiftRetention()], base.bus)
    app = Starlette(routes=routes, middleware=_middleware(base.settings))
    # Its redirects are built from the Host header, which anybody can write.
    app.router.redirect_slashes = False
    composed = Deployment(settings=base.settings, app=app, jobs=jobs, keys=base.guard, begin_closing=view.begin_closing)
    return composed, view


def _view(settings: Settings, services: Services, rates: Rates) -> GraphQLView:
    def new_context(principal: Principal | None) -> Context:
        return Context(services=services, principal=principal, correlation_id=logs.correlation_id())

    gate = MemberGate(
        services.sessions, services.access_tokens, rates, new_context, secure_cookies=settings.secure_cookies
    )
    return GraphQLView(
        GraphQLOptions(
            schema=schema,
            gate=gate,
            limits=LIMITS,
            allowed_origins=settings.origins,
            introspection=settings.introspection,
            suggestions=settings.introspection,
            deadline=settings.execution_deadline,
            now=clock.now,
            correlation_id=logs.correlation_id,
            graphiql=_GRAPHIQL[settings.graphiql],
            graphiql_files=GRAPHIQL_FILES,
            ready_queries=ready_queries(clock.now()),
        )
    )


def _middleware(settings: Settings) -> list[Middleware]:
    middleware = [Middleware(logs.AccessLog)]
    if settings.allowed_origins:
        middleware.append(Middleware(AllowListedCors, frozenset(settings.allowed_origins)))
    return middleware


async def _close_sockets_of_ended_credentials(view: GraphQLView, bus: EventsBus) -> None:
    async with bus.subscribe(CREDENTIALS) as messages:
        async for message in messages:
            view.recheck(message.row_id)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def serve(settings: Settings) -> None:
    """Serve until told to stop; on SQLite the schema is brought up to date first, since nobody else can."""
    if settings.is_sqlite:
        await engine.migrate(settings.database_url)
    async with deployment(settings, runs_jobs=settings.runs_jobs_in_server) as running:
        await web_server(running.app, settings, running.begin_closing).serve()


async def work(settings: Settings) -> None:
    """Run the jobs until told to stop."""
    async with deployment(settings, runs_jobs=False) as running:
        jobs = asyncio.create_task(running.run_jobs())
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signal_number, jobs.cancel)
        _log.info("worker_started")
        with suppress(asyncio.CancelledError):
            await jobs
