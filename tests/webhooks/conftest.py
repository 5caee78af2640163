"""A mailbox that is watched, and a double for the one thing that webhooks lead to."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import orjson
import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.connections.models import CalendarConnection, ConnectionStatus
from app.events_bus.memory import MemoryBus
from app.identity.models import Identity, Member
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.keys import Keys, Vault
from app.suites.errors import InvalidRequest, NotFound, SuiteError
from app.suites.protocol import ChangeKind, ChangeNotification, Mailbox, SuiteName, Watch
from app.suites.registry import SuiteRegistry
from app.webhooks.service import WebhookService
from app.webhooks.watches import WatchService
from tests.support.people import TENANT, make_member, make_organisation
from tests.support.suites import FakeSuite

PUBLIC_URL = "https://meetings.tidewater.example"


@dataclass
class RecordingChecks:
    """Remembers which events became due."""

    due: list[tuple[UUID, str | None]] = field(default_factory=list)

    async def mark_due(self, connection_id: UUID, mailbox_id: str | None) -> None:
        self.due.append((connection_id, mailbox_id))


@dataclass
class WatchedMailbox:
    """The part of a mailbox that watches need."""

    failures: list[SuiteError] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)
    urls: list[str] = field(default_factory=list)
    renewals: int = 0
    prolongs: bool = True
    """Whether the suite prolongs a watch, or puts another in its place."""
    before: Callable[[], Awaitable[None]] | None = None
    """What happens before the next call is answered."""

    async def watch(self, callback_url: str, secret: str) -> Watch:
        await self._strike()
        suite_id = uuid4().hex
        self.secrets[suite_id] = secret
        self.urls.append(callback_url)
        return Watch(suite_id=suite_id, expires_at=clock.now() + timedelta(days=6))

    async def renew_watch(self, suite_id: str, callback_url: str, secret: str) -> Watch:
        await self._strike()
        if suite_id not in self.secrets:
            raise NotFound
        self.renewals += 1
        if not self.prolongs:
            del self.secrets[suite_id]
            return await self.watch(callback_url, secret)
        return Watch(suite_id=suite_id, expires_at=clock.now() + timedelta(days=6))

    async def unwatch(self, suite_id: str) -> None:
        await self._strike()
        del self.secrets[suite_id]

    async def _strike(self) -> None:
        before, self.before = self.before, None
        if before is not None:
            await before()
        if self.failures:
            raise self.failures.pop(0)


@dataclass
class OpensOne:
    """Opens the same mailbox for every connection."""

    mailbox: WatchedMailbox

    def open(self, connection: CalendarConnection) -> Mailbox:
        return self.mailbox  # type: ignore[return-value]  # only the watching part is used


class PostingSuite(FakeSuite):
    """Reads posts of a JSON list of objects."""

    def notifications(self, body: bytes, headers: dict[str, str]) -> Sequence[ChangeNotification]:
        try:
            items = orjson.loads(body)
            return [
                ChangeNotification(
                    watch_id=item["watch"],
                    secret=item["secret"],
                    tenant=item.get("tenant"),
                    kind=ChangeKind(item.get("kind", "CHANGED")),
                    mailbox_id=item.get("event"),
                )
                for item in items
            ]
        except (orjson.JSONDecodeError, TypeError, KeyError):
            raise InvalidRequest("form") from None


@dataclass
class World:
    connection: CalendarConnection
    mailbox: WatchedMailbox
    checks: RecordingChecks
    watches: WatchService
    webhooks: WebhookService
    bus: MemoryBus


async def make_connection(member: Member) -> CalendarConnection:
    integration = await Integration.create(
        organisation_id=member.organisation_id,
        suite=SuiteName.MICROSOFT_365,
        tenant=TENANT,
        status=IntegrationStatus.ENABLED,
        active_slot=1,
        created_at=clock.now(),
        status_since=clock.now(),
    )
    return await CalendarConnection.create(
        organisation_id=member.organisation_id,
        integration=integration,
        member=member,
        identity=await Identity.of(member.organisation_id).get(member_id=member.id),
        status=ConnectionStatus.CONNECTED,
        scopes=[],
        address=member.address,
        connected_at=clock.now(),
        status_since=clock.now(),
    )


@pytest.fixture
async def world(database: TortoiseContext, vault: Vault, keys: Keys) -> World:
    connection = await make_connection(await make_member(await make_organisation()))
    mailbox, checks, bus = WatchedMailbox(), RecordingChecks(), MemoryBus()
    watches = WatchService(OpensOne(mailbox), checks, vault, keys, bus, public_url=PUBLIC_URL)
    registry = SuiteRegistry({SuiteName.MICROSOFT_365: PostingSuite()})
    return World(connection, mailbox, checks, watches, WebhookService(registry, watches, checks, bus), bus)
