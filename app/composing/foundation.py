"""What most services stand on: keys, suites, tokens, references, the bus. Made once for a process."""

import random
from dataclasses import dataclass

from app.bookings.checks import BookingChecks
from app.bookings.polling import PollingPolicy
from app.bookings.recording import BookingRecorder
from app.bookings.subjects import BookingSubjects
from app.connections.flows import FlowService
from app.connections.observing import UNOBSERVED, RefreshObserver
from app.connections.service import ConnectionService
from app.connections.tokens import TokenService
from app.events_bus.bus import EventsBus
from app.identity.idempotency import IdempotencyService
from app.integrations.health_check import HealthCheck
from app.integrations.test_flow import TestFlow
from app.jobs.runner import Job
from app.keyring.guard import KeyGuard
from app.keys import Keys, Vault
from app.notifications.mailing import Mailing
from app.notifications.mails import MailRoom
from app.notifications.service import notify
from app.notifications.smtp import SmtpPost
from app.rates.allowances import Rates
from app.rates.choosing import rates_of
from app.references.leads import Leads
from app.references.own_data import OwnData
from app.references.service import ReferenceService
from app.rooms.directories import RoomDirectories
from app.settings import Settings
from app.suites.registry import SuiteRegistry
from app.webhooks.watches import WatchService

SPREAD = random.SystemRandom()
"""Jitter that differs between processes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
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


def foundation(
    settings: Settings,
    registry: SuiteRegistry,
    bus: EventsBus,
    guard: KeyGuard,
    refresh_observer: RefreshObserver = UNOBSERVED,
) -> Foundation:
    keys, vault = Keys(settings.secret_key_bytes), Vault(settings.encryption_keyring)
    flows = FlowService(keys, vault, registry, settings)
    tokens = TokenService(vault, registry, bus, observer=refresh_observer)
    connections = ConnectionService(registry, tokens, flows, bus)
    references, idempotency = ReferenceService(vault, keys), IdempotencyService(keys)
    policy = PollingPolicy(
        interval=settings.pending_poll_interval, random=SPREAD.random, enabled=settings.pending_polling
    )
    checks = BookingChecks(connections=connections, references=references, policy=policy, notify=notify, bus=bus)
    return Foundation(
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


def test_flow_of(base: Foundation, directories: RoomDirectories) -> TestFlow:
    return TestFlow(
        base.registry,
        base.connections,
        base.tokens,
        directories,
        public_url=base.settings.public_url,
        change_notifications=base.settings.change_notifications,
    )


def health_check_of(base: Foundation) -> HealthCheck:
    directories = RoomDirectories(base.registry, base.tokens, base.bus)
    return HealthCheck(base.registry, test_flow_of(base, directories), base.bus, random=SPREAD.random)


def mailing_jobs(base: Foundation) -> list[Job]:
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


def own_data_of(base: Foundation) -> OwnData:
    return OwnData(base.references, Leads(base.vault, base.keys), random=SPREAD.random)
