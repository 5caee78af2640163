"""Microsoft 365 in a sandbox process, as a world for the contract."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from pydantic import SecretStr

from app.sandbox.process import SandboxClient, SandboxDescription
from app.sandbox.seed import TENANTS
from app.sandbox.visitor import Visitor
from app.suites.events import Person
from app.suites.http import Recorder
from app.suites.microsoft365.settings import Microsoft365Settings
from app.suites.microsoft365.suite import Microsoft365
from app.suites.protocol import AuthorisationRequest, RoomDirectory
from app.suites.retries import Timing
from tests.contract.worlds import FixedTokens, Operation, RoomHabit, Trouble, World

CALLBACK = "http://127.0.0.1:8000/auth/callback/microsoft365"
TIMEOUT = timedelta(seconds=10)
TENANT = "tidewater.example"
ROOMS = ("room.lighthouse-2.14@tidewater.example", "room.lighthouse-3.01@tidewater.example")
NEVER_BY_THEMSELVES = 600_000

_PATHS = {
    Operation.LIST_EVENTS: ("GET", "/me/calendarView"),
    Operation.CREATE_EVENT: ("POST", "/me/events"),
    Operation.CHANGE_EVENT: ("PATCH", "/me/events/*"),
    Operation.ANY: (None, None),
}
_TROUBLES: dict[Trouble, dict[str, object]] = {
    Trouble.THROTTLED: {"status": 429, "headers": {"Retry-After": "2"}},
    Trouble.THROTTLED_FOR_A_DAY: {"status": 429, "headers": {"Retry-After": "86400"}},
    Trouble.UNAVAILABLE: {"status": 503},
    Trouble.DONE_BUT_UNANSWERED: {"status": 504, "moment": "after"},
    Trouble.DROPPED: {"effect": "drop"},
    Trouble.MALFORMED: {"effect": "malformed", "body": '{"value": ['},
    Trouble.TOKEN_REFUSED: {"status": 401},
    Trouble.CHANGED_MEANWHILE: {"status": 412},
}


class Microsoft365World(World):
    """The sandbox's Tidewater, put back to its seed, with rooms that answer only when told to."""

    organiser = "ada.vos@tidewater.example"
    colleague = "ben.kok@tidewater.example"
    stranger = "olga.petrova@elsewhere.example"
    callback_url = CALLBACK

    def __init__(self, sandbox: SandboxClient, recorder: Recorder) -> None:
        self.sandbox = sandbox
        self.pauses: list[float] = []
        self.settings = Microsoft365Settings(
            client_id=sandbox.description.client_id,
            client_secret=SecretStr(sandbox.description.client_secret),
            authority=sandbox.description.authority,
            graph_url=sandbox.description.graph_url,
            ca_bundle=sandbox.description.ca_bundle,
        )
        self.suite = Microsoft365(self.settings, TIMEOUT, recorder, self.timing())

    async def begin(self) -> None:
        """Take away what the last test left; a whole reset would make every test wait for the seed."""
        await self.mend()
        await self.sandbox.control("DELETE", "entra/token-error")
        await self.sandbox.control("DELETE", "entra/answered-scopes")
        await self.sandbox.control("DELETE", f"tenants/{TENANT}/consent")
        await self.sandbox.control("PATCH", "graph/attendant", {"delay_milliseconds": NEVER_BY_THEMSELVES})
        known = await self.sandbox.control("GET", "graph/rooms")
        here = [room for room in known if room["address"] in ROOMS]
        self.room_count = sum(room["address"].endswith(f"@{TENANT}") for room in known)
        first, second = (Person(room["address"].lower(), room["name"]) for room in here[:2])
        self.rooms = (first, second)
        for address in (self.organiser, self.colleague, first.address, second.address):
            await self.sandbox.control("DELETE", f"graph/mailboxes/{address}/items")
        for room in self.rooms:
            await self.room_habit(room.address, RoomHabit.ACCEPTS_WHEN_FREE)
        for subscription in await self.sandbox.control("GET", "graph/subscriptions"):
            await self.sandbox.control("DELETE", f"graph/subscriptions/{subscription['id']}")
        await self.calls()

    async def visit(self, address: str, request: AuthorisationRequest) -> dict[str, str]:
        return await self.follow(address, await self.suite.authorisation_url(request))

    async def follow(self, address: str, url: str) -> dict[str, str]:
        """Where a person who accepts ends up: the parameters at our callback."""
        async with Visitor(address) as visitor:
            landing = await visitor.open(url, until=CALLBACK)
        assert landing.url.startswith(CALLBACK), landing.text
        return dict(parse_qsl(urlsplit(landing.url).query))

    async def order(self, trouble: Trouble, operation: Operation, times: int | None = 1) -> None:
        method, path = _PATHS[operation]
        await self.sandbox.control(
            "POST",
            "faults",
            {"host": "graph", "method": method, "path": path, "times": times, **_TROUBLES[trouble]},
        )

    async def mend(self) -> None:
        await self.sandbox.control("DELETE", "faults")

    async def room_habit(self, room: str, habit: RoomHabit) -> None:
        behaviour = {RoomHabit.ACCEPTS_WHEN_FREE: "AUTO_ACCEPT", RoomHabit.NEEDS_APPROVAL: "APPROVAL"}[habit]
        await self.sandbox.control("PATCH", f"graph/rooms/{room}", {"behaviour": behaviour})

    async def rooms_answer(self) -> None:
        await self.sandbox.control("POST", "graph/attendant/run")

    async def fill(self, address: str, events: int, week: datetime) -> None:
        order = {"events": events, "attendees": 3, "start": week.date().isoformat()}
        await self.sandbox.control("POST", f"graph/mailboxes/{address}/fill", order)

    async def expire_access_tokens(self) -> None:
        await self.sandbox.control("POST", "entra/expire-access-tokens")

    async def kill_grants(self, address: str) -> None:
        await self.sandbox.control("POST", f"users/{address}/revoke-refresh-tokens")

    async def directory(self) -> RoomDirectory:
        await self.sandbox.control("POST", f"tenants/{TENANT}/consent")
        return self.suite.directory(FixedTokens(await self.suite.application_tokens(self.tenant_id)))

    async def forbidden_directory(self) -> RoomDirectory:
        grant = await self.sign_in(self.organiser)
        return self.suite.directory(FixedTokens(grant.credentials))

    async def lifecycle(self, watch_id: str) -> None:
        await self.sandbox.control("POST", f"graph/subscriptions/{watch_id}/lifecycle", {"event": "missed"})

    async def calls(self) -> int:
        counted = await self.sandbox.control("GET", "calls")
        await self.sandbox.control("DELETE", "calls")
        return sum(entry["count"] for entry in counted["counts"] if entry["host"] == "graph")

    @property
    def tenant_id(self) -> str:

        return next(tenant.id for tenant in TENANTS if tenant.domain == TENANT)

    def timing(self) -> Timing:
        loop = asyncio.get_running_loop()

        async def sleep(pause: float) -> None:
            self.pauses.append(pause)

        return Timing(monotonic=loop.time, sleep=sleep, jitter=lambda: 0.5)


@asynccontextmanager
async def microsoft_365_world(description: SandboxDescription, recorder: Recorder) -> AsyncIterator[Microsoft365World]:
    """A world of a running sandbox, for one test."""
    async with SandboxClient(description) as sandbox:
        world = Microsoft365World(sandbox, recorder)
        await world.begin()
        try:
            yield world
        finally:
            await world.suite.close()
