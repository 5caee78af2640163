"""Two watched mailboxes of two organisations at a suite, and posts as the suite sends them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message

from app import clock
from app.connections.models import CalendarConnection, MailboxWatch, WatchStatus
from app.events_bus.memory import MemoryBus
from app.integrations.models import Integration
from app.keys import Keys, Vault, new_token, token_hash
from app.suites.google_workspace.settings import GoogleWorkspaceSettings
from app.suites.microsoft365.settings import Microsoft365Settings
from app.suites.protocol import SuiteName
from app.suites.registry import DESCRIPTIONS, SuiteRegistry
from app.webhooks.routes import webhook_routes
from app.webhooks.service import WebhookService
from app.webhooks.watches import WatchService
from tests.security.suites import CLIENT, MICROSOFT
from tests.webhooks.conftest import PUBLIC_URL, OpensOne, WatchedMailbox, make_connection

EVENT = "AAMkAGE1"


@dataclass(slots=True)
class Due:
    """What became due, and nothing but how often."""

    mailboxes: set[tuple[UUID, str | None]] = field(default_factory=set)
    times: int = 0

    async def mark_due(self, connection_id: UUID, mailbox_id: str | None) -> None:
        self.mailboxes.add((connection_id, mailbox_id))
        self.times += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What a suite posts about one change, each part of which can be forged alone."""

    suite: SuiteName
    watch: str
    secret: str
    tenant: str | None
    resource: str = ""
    """Google's second name of a watch."""
    event: str = EVENT
    kind: str = "updated"

    def forged(self, **parts: Any) -> "Post":
        return replace(self, **parts)

    def item(self) -> dict[str, Any]:
        """As one item of Graph's batch."""
        item = {
            "subscriptionId": self.watch,
            "clientState": self.secret,
            "changeType": self.kind,
            "resource": f"Users/x/Events/{self.event}",
            "resourceData": {"id": self.event, "@odata.etag": 'W/"1"'},
        }
        return item if self.tenant is None else {**item, "tenantId": self.tenant}

    @property
    def headers(self) -> dict[str, str]:
        if self.suite is MICROSOFT:
            return {"content-type": "application/json"}
        return {
            "x-goog-channel-id": self.watch,
            "x-goog-channel-token": self.secret,
            "x-goog-resource-id": self.resource,
            "x-goog-resource-state": "exists",
            "x-goog-message-number": "10",
        }

    @property
    def body(self) -> bytes:
        return batch(self.item()) if self.suite is MICROSOFT else b""


def batch(*items: object) -> bytes:
    """A post of Graph's."""
    return orjson.dumps({"value": items})


@dataclass(frozen=True, slots=True)
class Reply:
    """What a post was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def posted(
    app: ASGIApp,
    path: str,
    headers: Mapping[str, str],
    *chunks: bytes,
    query: bytes = b"",
    method: str = "POST",
    stalls_until: asyncio.Event | None = None,
) -> Reply:
    """Sends one request through the routes, chunk by chunk; one that stalls never ends, but is broken off then."""
    incoming: list[Message] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if incoming:
        incoming[-1]["more_body"] = stalls_until is not None
    else:
        incoming = [{"type": "http.request", "body": b"", "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        if incoming:
            return incoming.pop(0)
        await (stalls_until or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        "root_path": "",
        "scheme": "https",
        "server": ("meetings.tidewater.example", 443),
    }
    await app(scope, receive, send)
    named = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], named, b"".join(message.get("body", b"") for message in sent[1:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The product's door for posts, over its own suites; `mine` and `others` are genuine."""

    suite: SuiteName
    service: WebhookService
    due: Due
    connection: CalendarConnection
    mine: Post
    others: Post

    @property
    def app(self) -> Starlette:
        return Starlette(routes=webhook_routes(self.service))

    @property
    def path(self) -> str:
        return DESCRIPTIONS[self.suite].webhook_path

    async def post(self, post: Post, path: str | None = None) -> Reply:
        return await posted(self.app, path or self.path, post.headers, post.body)

    async def post_batch(self, *items: object) -> Reply:
        return await posted(self.app, self.path, self.mine.headers, batch(*items))

    @property
    def expected(self) -> tuple[UUID, str | None]:
        """What a genuine post of the first mailbox makes due."""
        return self.connection.id, EVENT if self.suite is MICROSOFT else None


def configured_suites() -> SuiteRegistry:
    """Both suites as in production; nothing here calls them."""
    client = {"client_id": CLIENT, "client_secret": SecretStr("our-client-secret")}
    groups = (Microsoft365Settings(**client), GoogleWorkspaceSettings(**client))  # type: ignore[arg-type]
    return SuiteRegistry.configured_by(groups, timedelta(seconds=5))


async def make_watch(connection: CalendarConnection, suite: SuiteName, watches: WatchService) -> Post:
    """A running watch on the connection's mailbox, and a genuine post of it."""
    watch, resource, secret = str(uuid4()), uuid4().hex, new_token("hmw")
    suite_id = watch if suite is MICROSOFT else f"{watch} {resource}"
    now = clock.now()
    tenant = f"tenant-of-{connection.id}"
    await (
        Integration.of(connection.organisation_id)
        .filter(id=connection.integration_id)
        .update(suite=suite, tenant=tenant)
    )
    await MailboxWatch.create(
        organisation_id=connection.organisation_id,
        connection=connection,
        status=WatchStatus.RUNNING,
        suite_id_hash=watches.hash_of(suite_id),
        secret_hash=token_hash(secret),
        next_attempt_at=now + timedelta(days=3),
        created_at=now,
    )
    return Post(suite=suite, watch=watch, resource=resource, secret=secret, tenant=tenant)


@asynccontextmanager
async def watched_at(suite: SuiteName, keys: Keys, vault: Vault, *members: Any) -> AsyncIterator[Watched]:
    """Watches on the mailboxes of these two members."""
    due, bus = Due(), MemoryBus()
    watches = WatchService(OpensOne(WatchedMailbox()), due, vault, keys, bus, public_url=PUBLIC_URL)
    registry = configured_suites()
    connections = [await make_connection(member) for member in members]
    mine, others = [await make_watch(connection, suite, watches) for connection in connections]
    try:
        yield Watched(
            suite=suite,
            service=WebhookService(registry, watches, due, bus),
            due=due,
            connection=connections[0],
            mine=mine,
            others=others,
        )
    finally:
        await registry.close()
