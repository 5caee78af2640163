"""One call to a suite through our client, and the same call by aiohttp alone with a session that stays open.

Both read and parse a page of fifty meetings, over TLS from a server that answers at once. Ours comes besides with fixed
hosts, deadlines, repetitions, lanes for mailbox and tenant, a bound for the answer's size, and at Google with
aiogoogle building the request.
"""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import orjson

from app.sandbox.certificates import provide
from app.suites.google_workspace.api import Descriptions, GoogleApi, items
from app.suites.google_workspace.settings import GoogleWorkspaceSettings
from app.suites.http import SuiteHttp
from app.suites.microsoft365 import graph
from benchmarks.benching.product.machine import kept_off, pin, program, started
from benchmarks.benching.product.shared import Shared
from benchmarks.benching.rows import Compared, Conditions, Contender, Goal, Unit, Wrong
from tests.support.server import free_port

GRAPH, GRAPH_BARE = "Microsoft 365: our client", "Microsoft 365: aiohttp alone"
GOOGLE, GOOGLE_BARE = "Google Workspace: our client", "Google Workspace: aiohttp alone"
GRAPH_FIELDS = ("id", "iCalUId", "subject", "start", "end", "organizer", "attendees", "location", "bodyPreview")
GOOGLE_FIELDS = "nextPageToken,timeZone,items(id,etag,status,summary,start,end,organizer,attendees,location)"
EVENTS = 50
TIMEOUT = timedelta(seconds=10)
WINDOW = ("2026-12-07T00:00:00Z", "2026-12-14T00:00:00Z")


class _Token:
    """Implements `AccessTokens` with a token that never dies."""

    async def current(self) -> str:
        return "a" * 1_400

    async def renewed(self, rejected: str, claims: str | None = None) -> str:
        raise Wrong("the token was refused")


@dataclass(frozen=True, slots=True)
class _Suite:
    address: str
    ca_bundle: Path
    session: aiohttp.ClientSession


def contenders(conditions: Conditions) -> Mapping[str, Contender]:
    """Both suites, each with its floor."""
    suite = Shared(lambda: _suite(conditions))

    @asynccontextmanager
    async def graph_ours() -> AsyncIterator[Unit]:
        async with suite.use() as there, _client(there) as http:
            client = graph.Graph(http, f"{there.address}/v1.0", _Token(), "mailbox", "tenant")

            async def call() -> int:
                page = await client.get("/me/calendarView", client.deadline(), _graph_query())
                return len(graph.items(page))

            yield _counted(call)

    @asynccontextmanager
    async def google_ours() -> AsyncIterator[Unit]:
        async with suite.use() as there, _client(there) as http:
            urls = dict.fromkeys(("oauth_url", "openid_url", "calendar_url", "directory_url"), there.address)
            settings = GoogleWorkspaceSettings(client_id="client", client_secret="secret", **urls)  # type: ignore[arg-type]  # noqa: S106
            client = GoogleApi(http, Descriptions(settings), _Token(), "mailbox", "tenant")

            async def call() -> int:
                page = await client.call(client.calendar.events.list, client.deadline(), _google_query())
                return len(items(page))

            yield _counted(call)

    def bare(path: str, query: Mapping[str, str], member: str) -> Contender:
        @asynccontextmanager
        async def contender() -> AsyncIterator[Unit]:
            async with suite.use() as there:
                url, headers = f"{there.address}{path}", {"Authorization": f"Bearer {await _Token().current()}"}

                async def call() -> int:
                    async with there.session.get(url, params=query, headers=headers) as response:
                        return len(orjson.loads(await response.read())[member])

                yield _counted(call)

        return contender

    return {
        GRAPH: graph_ours,
        GRAPH_BARE: bare("/v1.0/me/calendarView", _graph_query(), "value"),
        GOOGLE: google_ours,
        GOOGLE_BARE: bare("/calendar/v3/calendars/primary/events", _google_query(), "items"),
    }


def _counted(call: Callable[[], Awaitable[int]]) -> Unit:
    async def once() -> None:
        if (found := await call()) != EVENTS:
            raise Wrong(f"{found} events")

    return once


def _graph_query() -> dict[str, str]:
    return {"startDateTime": WINDOW[0], "endDateTime": WINDOW[1], "$select": ",".join(GRAPH_FIELDS)}


def _google_query() -> dict[str, str]:
    window = {"timeMin": WINDOW[0], "timeMax": WINDOW[1]}
    return {"calendarId": "primary", "singleEvents": "true", "orderBy": "startTime", **window, "fields": GOOGLE_FIELDS}


@asynccontextmanager
async def _client(there: _Suite) -> AsyncIterator[SuiteHttp]:
    http = SuiteHttp([there.address], TIMEOUT, ca_bundle=there.ca_bundle)
    try:
        yield http
    finally:
        await http.close()


@asynccontextmanager
async def _suite(conditions: Conditions) -> AsyncIterator[_Suite]:
    files, port = provide(conditions.folder), free_port()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(kept_off())
        process = await stack.enter_async_context(started(program("canned", str(conditions.folder), str(port))))
        pin(process.pid, serves=True)
        trust = ssl.create_default_context(cafile=files.ca_bundle)
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust))
        await stack.enter_async_context(session)
        yield _Suite(f"https://127.0.0.1:{port}", files.ca_bundle, session)


SUITE_CALLS = Compared(
    name="suite-call",
    measures="One call for a page of 50 meetings over TLS, read and parsed; seconds for each call.",
    goals=(
        Goal(contender=GRAPH, against=GRAPH_BARE, at_most=1.15),
        Goal(contender=GOOGLE, against=GOOGLE_BARE, at_most=1.15),
    ),
    contenders=contenders,
    repeats=100,
    warm_ups=5,
)
