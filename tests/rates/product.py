"""The whole product with figures that a test reaches, and people of two organisations who have tokens."""

import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.events_bus.memory import MemoryBus
from app.identity.access_tokens import AccessTokenService
from app.identity.models import Member
from app.identity.sessions import SessionService
from app.keys import Keys
from app.main import deployment
from tests.serving.running import LONG, make_settings, running
from tests.support.database import sqlite_file, sqlite_url
from tests.support.people import make_member, make_organisation, principal_of


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer to a request."""

    status: int
    retry_after: str | None
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Person:
    """A member, with what lets them in."""

    member: Member
    token: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Product:
    """A running server: Ada and Bo are colleagues, Cleo is of another organisation."""

    url: str
    http: aiohttp.ClientSession
    ada: Person
    bo: Person
    cleo: Person

    async def ask(self, who: Person | str | None, query: str, **variables: Any) -> Heard:
        """One operation by HTTP, as a member, with a token that is given as text, or as nobody."""
        token = who.token if isinstance(who, Person) else who
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables}
        async with self.http.post(f"{self.url}/graphql", json=body, headers=headers) as answer:
            return Heard(answer.status, answer.headers.get("Retry-After"), await answer.text())

    async def visit(self, path: str, who: Person | None = None) -> Heard:
        """One page, in a browser where this member is signed in, or nobody is."""
        cookies: Mapping[str, str] = {"Cookie": f"hybrid-meetings-session={who.cookie}"} if who else {}
        async with self.http.get(f"{self.url}{path}", headers=cookies, allow_redirects=False) as answer:
            return Heard(answer.status, answer.headers.get("Retry-After"), await answer.text())

    @asynccontextmanager
    async def socket(self, who: Person) -> AsyncIterator[ClientConnection]:
        """A socket that this member opened."""
        url = self.url.replace("http", "ws", 1) + "/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as connection:
            payload = {"Authorization": f"Bearer {who.token}"}
            await connection.send(json.dumps({"type": "connection_init", "payload": payload}))
            assert json.loads(await connection.recv()) == {"type": "connection_ack"}
            yield connection


@asynccontextmanager
async def product_with(
    folder: Path, template: Path, redis_url: str | None = None, **per_minute: int
) -> AsyncIterator[Product]:
    """Serves a copy of a migrated database; `per_minute` are settings without their ending."""
    shutil.copy(template, sqlite_file(folder))
    changes = {"redis_url": redis_url} | {f"{name}_per_minute": figure for name, figure in per_minute.items()}
    settings = make_settings(database_url=sqlite_url(folder)).model_copy(update=changes)
    keys = Keys(settings.secret_key_bytes)
    async with deployment(settings, runs_jobs=False) as composed:
        tidewater, newbridge = await make_organisation(), await make_organisation("Newbridge")
        people = [
            await _person(keys, await make_member(tidewater)),
            await _person(keys, await make_member(tidewater, "Bo Lind")),
            await _person(keys, await make_member(newbridge, "Cleo Marsh")),
        ]
        async with (
            running(composed.app, settings, LONG, composed.begin_closing) as server,
            aiohttp.ClientSession() as http,
        ):
            yield Product(server.url, http, *people)


async def _person(keys: Keys, member: Member) -> Person:
    created = await AccessTokenService(keys, MemoryBus()).create(
        principal_of(member), "test", timedelta(days=30), "a key"
    )
    assert created.token is not None
    _, cookie = await SessionService(keys, MemoryBus()).create(member)
    return Person(member, created.token, cookie)
