"""The whole product in this process, its real suites at a double's address, and what stands in its database."""

import base64
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from ssl import SSLContext
from typing import Any
from uuid import uuid4

import orjson
from pydantic import SecretStr
from starlette.types import ASGIApp

from app import clock
from app.connections.models import FlowPurpose
from app.events_bus.memory import MemoryBus
from app.identity.access_tokens import AccessTokenService
from app.identity.invitations import InvitationService
from app.identity.models import Identity, Member, Organisation, Role
from app.identity.sessions import SessionService
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.keys import Keys
from app.main import deployment
from app.settings import Settings
from app.suites.google_workspace.settings import GoogleWorkspaceSettings
from app.suites.microsoft365.settings import Microsoft365Settings
from app.suites.protocol import SuiteName
from tests.security.suites import CLIENT, GOOGLE, MICROSOFT, Person, Suites, suites
from tests.support.database import sqlite_file, sqlite_url
from tests.support.people import principal_of
from tests.web.browser import Answer, Browser

PUBLIC_URL = "https://meetings.tidewater.example"
FRONT_END = "https://desk.example"
SESSION = "__Host-hybrid-meetings-session"
VISITS = "authorisation_flow"
CALLBACKS = {MICROSOFT: "/auth/callback/microsoft-365", GOOGLE: "/auth/callback/google-workspace"}
TENANTS = {MICROSOFT: "5f0a1d1e-0000-4000-8000-00000000a001", GOOGLE: "tidewater.example"}
OTHER_TENANTS = {MICROSOFT: "5f0a1d1e-0000-4000-8000-00000000a002", GOOGLE: "fernhill.example"}
CONNECT = "mutation { connectCalendar { ... on ConsentRequested { consentUrl } ... on Problem { code } } }"
START = """mutation ($suite: SuiteName!) { startIntegration(input: {suite: $suite}) {
  ... on IntegrationStarted { consentUrl } ... on Problem { code }
} }"""

Rows = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class Visit:
    """One browser in front of a suite's page, and who is expected to answer there."""

    suite: SuiteName
    browser: Browser
    page: str
    person: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One organisation at one suite, with its integration enabled."""

    app: ASGIApp
    settings: Settings
    suites: Suites
    suite: SuiteName
    database: Path
    organisation: Organisation
    integration: Integration
    ada: Member
    """An administrator."""
    as_ada: Person

    def browser(self, **cookies: str) -> Browser:
        return Browser(self.app, origin=PUBLIC_URL, cookies=cookies)

    def rows(self, *, visits: bool = True) -> Rows:
        """Everything in the database; without the visits where a look at one of them may use it up."""
        return rows_of(self.database, *(() if visits else (VISITS,)))

    @property
    def keys(self) -> Keys:
        return Keys(self.settings.secret_key_bytes)

    def sessions(self) -> SessionService:
        return SessionService(self.keys, MemoryBus())

    async def signed_in(self, member: Member) -> Browser:
        """The browser of somebody who has signed in."""
        _, cookie = await self.sessions().create(member)
        return self.browser(**{SESSION: cookie})

    async def token_of(self, member: Member) -> str:
        tokens = AccessTokenService(self.keys, MemoryBus())
        created = await tokens.create(principal_of(member), "Desk", timedelta(days=1), uuid4().hex)
        assert created.token is not None
        return created.token

    async def ask(self, member: Member, query: str, **variables: object) -> Any:
        """The one root field of the answer that a member's client gets."""
        answer = await query_by(self.browser(), query, variables, authorization=f"Bearer {await self.token_of(member)}")
        return next(iter(orjson.loads(answer.text)["data"].values()))

    async def visit(self, purpose: FlowPurpose, browser: Browser | None = None) -> Visit:
        """Somebody on the way, in front of the suite's page; the person named would be let through."""
        browser, url, person = await self.begin(purpose, browser or self.browser())
        return Visit(self.suite, browser, await self.at_the_suite(browser, url), person)

    async def begin(self, purpose: FlowPurpose, browser: Browser) -> tuple[Browser, str, Person]:
        """The address at which a visit begins, for the browser given or one that the visit needs."""
        newcomer = Person(tenant=OTHER_TENANTS[self.suite], address="cy@fernhill.example", name="Cy Moss")
        match purpose:
            case FlowPurpose.SIGN_IN:
                return browser, f"/auth/sign-in?suite={self.suite}", self.as_ada
            case FlowPurpose.ACCEPT_INVITATION:
                _, token = await InvitationService().create_organisation("Fernhill")
                return browser, f"/auth/invitation/{token}?suite={self.suite}", newcomer
            case FlowPurpose.LINK_IDENTITY:
                browser = await self.signed_in(self.ada)
                page = await browser.get(f"/auth/link?suite={self.suite}")
                return browser, re.findall(r'href="([^"]+/auth/continue/[^"]+)"', page.text)[0], newcomer
            case FlowPurpose.CONNECT_CALENDAR:
                return browser, (await self.ask(self.ada, CONNECT))["consentUrl"], self.as_ada
            case FlowPurpose.START_INTEGRATION:
                return browser, (await self.ask(self.ada, START, suite=self.suite))["consentUrl"], self.as_ada

    async def at_the_suite(self, browser: Browser, url: str) -> str:
        """Follow our own redirects to the suite's page; its address."""
        answer = await browser.get(url)
        while answer.location.startswith(PUBLIC_URL):
            answer = await browser.get(answer.location)
        assert answer.location.startswith(self.suites.origin)
        return answer.location

    async def colleague(self, name: str = "Bo Lind", **values: Any) -> tuple[Member, Person]:
        """Another member of the organisation, unless one is given, with an account at the suite."""
        return await make_person(values.pop("organisation", self.organisation), self.suite, name, **values)


def rows_of(database: Path, *without: str) -> Rows:
    """Everything in an SQLite database but what stands in these tables."""
    with closing(sqlite3.connect(database)) as connection:
        named = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        tables = [name for (name,) in named if name not in without]
        return {table: sorted(connection.execute(f'SELECT * FROM "{table}"'), key=repr) for table in tables}  # noqa: S608


async def come_back(browser: Browser, suite: SuiteName, parameters: dict[str, str], **headers: str) -> Answer:
    """The browser brings an answer to the suite's callback."""
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    return await browser.get(f"{CALLBACKS[suite]}?{query}", **headers)


async def query_by(browser: Browser, query: str, variables: dict[str, object], **headers: str) -> Answer:
    """A GraphQL request of this browser, as a front end sends it."""
    body = orjson.dumps({"query": query, "variables": variables})
    return await browser.ask("POST", "/graphql", {"content_type": "application/json", **headers}, body)


async def make_person(
    organisation: Organisation, suite: SuiteName, name: str, *, tenant: str | None = None, role: Role = Role.MEMBER
) -> tuple[Member, Person]:
    """A member with one account at the suite."""
    address = f"{name.lower().replace(' ', '.')}@tidewater.example"
    person = Person(tenant=tenant or TENANTS[suite], address=address, name=name)
    member = await Member.create(
        organisation=organisation, name=name, address=address, role=role, created_at=clock.now()
    )
    await Identity.create(
        organisation=organisation,
        member=member,
        suite=suite,
        tenant=person.tenant,
        subject=person.subject,
        address=address,
        created_at=clock.now(),
    )
    return member, person


def settings_for(folder: Path, double: Suites, ca_bundle: Path) -> Settings:
    """Settings of a server that knows the suites at the double's address."""
    key = base64.b64encode(b"\x02" * 32).decode()
    client = {"client_id": CLIENT, "client_secret": SecretStr("our-client-secret"), "ca_bundle": ca_bundle}
    here = double.origin
    return Settings(
        public_url=PUBLIC_URL,
        database_url=sqlite_url(folder),
        secret_key=SecretStr(key),
        encryption_keys=SecretStr(f"k1:{key}"),
        allowed_origins=(FRONT_END,),
        suites=(
            Microsoft365Settings(**client, authority=here, graph_url=f"{here}/v1.0"),  # type: ignore[arg-type]
            GoogleWorkspaceSettings(
                **client,  # type: ignore[arg-type]  # each has the type that its setting has
                accounts_url=here,
                oauth_url=here,
                openid_url=here,
                calendar_url=here,
                directory_url=here,
            ),
        ),
    )


@asynccontextmanager
async def world_in(
    folder: Path, template: Path, tls: SSLContext, ca_bundle: Path, suite: SuiteName
) -> AsyncIterator[World]:
    """The product on a database of its own, with Tidewater joined to the suite."""
    shutil.copy(template, sqlite_file(folder))
    async with suites(tls) as double:
        settings = settings_for(folder, double, ca_bundle)
        async with deployment(settings, runs_jobs=False) as composed:
            now = clock.now()
            organisation = await Organisation.create(name="Tidewater", created_at=now)
            ada, as_ada = await make_person(organisation, suite, "Ada Vos", role=Role.SUBSCRIPTION_ADMINISTRATOR)
            integration = await Integration.create(
                organisation=organisation,
                suite=suite,
                tenant=TENANTS[suite],
                claimed_tenant=TENANTS[suite],
                active_slot=1,
                status=IntegrationStatus.ENABLED,
                created_at=now,
                status_since=now,
            )
            yield World(
                app=composed.app,
                settings=settings,
                suites=double,
                suite=suite,
                database=sqlite_file(folder),
                organisation=organisation,
                integration=integration,
                ada=ada,
                as_ada=as_ada,
            )
