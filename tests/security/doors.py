"""The whole product with a house in its database, and members who come by HTTP, event stream or socket."""

import json
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

from app import clock
from app.graphql.sockets import SUBPROTOCOL
from app.identity.models import Member, Role
from app.identity.sessions import session_cookie_name
from app.keys import Keys, Vault
from app.main import deployment
from tests.bookings.house import Ticker
from tests.graphql.server import Client
from tests.schema.operations import OPERATIONS, Operation
from tests.schema.world import House, Server, make_house
from tests.serving.running import make_settings, running
from tests.support.database import sqlite_file, sqlite_url
from tests.support.event_stream import EventReader
from tests.support.people import make_member, principal_of

ORIGIN = "http://127.0.0.1:8000"
SECRET = b"\x02" * 32
"""The server's own, so that what is sealed here opens there."""
COOKIE = session_cookie_name(secure=False)
BETWEEN = timedelta(seconds=1)
"""How long everybody rests between two operations, so that nobody is asked to wait."""
STREAM = "text/event-stream"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a client shows of who it is: an `Authorization` header, a session's cookie, or neither."""

    authorization: str | None = None
    cookie: str | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        """As a front end on a page of ours sends them."""
        shown = {"Origin": ORIGIN, "X-Requested-With": "front-end"}
        if self.authorization is not None:
            shown["Authorization"] = self.authorization
        if self.cookie is not None:
            shown["Cookie"] = f"{COOKIE}={self.cookie}"
        return shown


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer over HTTP."""

    status: int
    body: Json

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.body.get("errors", ())]

    @property
    def has_data(self) -> bool:
        return any((self.body.get("data") or {}).values())


@dataclass
class Premises:
    """The running product, its house, and how to get at both."""

    address: str
    house: House
    ticker: Ticker
    http: aiohttp.ClientSession
    _variables: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def services(self) -> Any:
        return self.house.server.services

    async def newcomer(self, role: Role, name: str = "Cy Tidewater") -> Member:
        """One more member, with nothing of their own."""
        return await make_member(self.house.organisation, name, role=role, tenant=str(uuid4()))

    async def token_of(self, member: Member, lifetime: timedelta = timedelta(days=1)) -> Shown:
        created = await self.services.access_tokens.create(principal_of(member), "Desk", lifetime, uuid4().hex)
        return Shown(authorization=f"Bearer {created.token}")

    async def session_of(self, member: Member) -> Shown:
        _, cookie = await self.services.sessions.create(member)
        return Shown(cookie=cookie)

    async def post(self, shown: Shown, document: str, accept: str = "application/json", **variables: Any) -> Reply:
        body = json.dumps({"query": document, "variables": variables})
        headers = {**shown.headers, "Content-Type": "application/json", "Accept": accept}
        async with self.http.post(self.address, data=body, headers=headers) as response:
            return Reply(response.status, json.loads(await response.text()))

    def operations(self) -> Iterator[tuple[str, Operation, Mapping[str, Any]]]:
        """Every operation with its variables, a moment apart."""
        for name, operation in OPERATIONS.items():
            self.ticker.advance(BETWEEN)
            if name not in self._variables:
                self._variables[name] = operation.variables(self.house)
            yield name, operation, self._variables[name]

    @asynccontextmanager
    async def stream(self, shown: Shown, document: str) -> AsyncIterator[EventReader]:
        """A subscription as an event stream that has begun."""
        headers = {**shown.headers, "Content-Type": "application/json", "Accept": STREAM}
        body = json.dumps({"query": document})
        async with self.http.post(self.address, data=body, headers=headers) as response:
            assert (response.status, response.headers["Content-Type"]) == (200, f"{STREAM}; charset=utf-8")
            yield EventReader(response)

    @asynccontextmanager
    async def socket(self, shown: Shown) -> AsyncIterator[Client]:
        """A socket before its first message."""
        headers = {"Cookie": shown.headers["Cookie"]} if shown.cookie is not None else {}
        url = self.address.replace("http", "ws", 1)
        protocols, origin = [Subprotocol(SUBPROTOCOL)], Origin(ORIGIN)
        async with connect(url, subprotocols=protocols, origin=origin, additional_headers=headers) as connection:
            yield Client(connection)

    @asynccontextmanager
    async def ready_socket(self, shown: Shown) -> AsyncIterator[Client]:
        async with self.socket(shown) as client:
            await client.initialise(payload_of(shown))
            yield client


def payload_of(shown: Shown) -> Mapping[str, str]:
    """What `connection_init` says."""
    return {} if shown.authorization is None else {"Authorization": shown.authorization}


@asynccontextmanager
async def premises_in(folder: Path, template: Path) -> AsyncIterator[Premises]:
    """The product on a copy of a migrated database; its clock stands until it is moved."""
    shutil.copy(template, sqlite_file(folder))
    settings = make_settings(ORIGIN, sqlite_url(folder))
    ticker = Ticker()
    with clock.use(ticker):
        async with (
            deployment(settings, runs_jobs=False) as composed,
            running(composed.app, settings, stopping=composed.begin_closing) as served,
            aiohttp.ClientSession() as http,
        ):
            server = Server(Keys(SECRET), Vault((("k1", SECRET),)), ticker)
            yield Premises(f"{served.url}/graphql", await make_house(server), ticker, http)
