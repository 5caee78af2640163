"""What people do in the stories, each step over HTTP as they would do it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from app.sandbox.process import SandboxProcess
from app.sandbox.visitor import Landing, OnNeedApproval, Visitor
from tests.journeys.companies import NEWBRIDGE, Company
from tests.support import zygote
from tests.support.client import Client
from tests.support.server import ServerProcess, free_port, running_server

ROOM_SYNC_SECONDS = 20
MEMBER = NEWBRIDGE.member

CREATE_TOKEN = """mutation ($input: CreateAccessTokenInput!) {
  createAccessToken(input: $input) { ... on AccessTokenCreated { token } ... on Problem { message } }
}"""
START = """mutation ($suite: SuiteName!) { startIntegration(input: {suite: $suite}) {
  __typename ... on IntegrationStarted { consentUrl integration { status approvalWays { kind url } } }
  ... on Problem { code message }
} }"""
STATUS = "{ integration { status } }"
MET_NEED_APPROVAL = """mutation { markAwaitingAdminApproval {
  ... on AdminApprovalAwaited { integration { status approvalWays { kind url } } } ... on Problem { code message }
} }"""
TEST = """mutation { runTestFlow { __typename
  ... on TestFlowRun { report { passed checks { name outcome issue { code } } } previewSays preview { subject } }
  ... on Problem { code message }
} }"""
ENABLE = """mutation { enableForAllUsers { __typename
  ... on IntegrationEnabled { integration { status } } ... on Problem { code message }
} }"""
CONNECT = """mutation { connectCalendar { __typename
  ... on ConsentRequested { consentUrl } ... on Problem { code message }
} }"""
AVAILABLE = """query ($from: DateTime!, $to: DateTime!) { availableRooms(from: $from, to: $to) { __typename
  ... on AvailableRooms { rooms { nodes { availability room { id name email } } } problems { message } }
  ... on Problem { code message }
} }"""
BOOK = """mutation ($input: BookRoomInput!) { bookRoom(input: $input) { __typename
  ... on RoomsBooked { event { id subject } bookings { id state reason room { name } } problems { message } }
  ... on Problem { code message }
} }"""
PENDING = """subscription ($since: DateTime) { pendingRooms(since: $since) { __typename
  ... on RoomBookingUpdate { snapshot previousState at booking { id state reason room { name } event { subject } } }
  ... on SubscriptionEnded { reason }
} }"""
BOOKINGS = "{ bookings { nodes { id state reason room { name } } } }"
ROOM_COUNT = "{ rooms(first: 1) { totalCount } }"


@dataclass(frozen=True, slots=True)
class Slot:
    """A time for a meeting, far enough from the seeded ones."""

    start: datetime
    end: datetime

    @classmethod
    def in_days(cls, days: int, hour: int = 2, minute: int = 17) -> "Slot":
        day = datetime.now(UTC) + timedelta(days=days)
        start = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return cls(start, start + timedelta(minutes=26))

    def as_event(self, subject: str, *attendees: str) -> dict[str, Any]:
        return {
            "subject": subject,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "timeZone": "Europe/Amsterdam",
            "attendees": [{"email": address} for address in attendees],
        }

    def as_window(self) -> dict[str, Any]:
        return {"from": self.start.isoformat(), "to": self.end.isoformat()}


@asynccontextmanager
async def story_on(
    database_url: str, folder: Path, company: Company = NEWBRIDGE, /, *, moves_clock: bool = False, **settings: str
) -> AsyncIterator["Story"]:
    """A seeded sandbox and a server that nobody has used yet, on free ports; settings lack their prefix.

    With `moves_clock` the story can go on days later (`Story.advance`); then one process does everything.
    """
    port = free_port()
    async with (
        SandboxProcess.spawn(folder / "sandbox", public_url=f"http://127.0.0.1:{port}", start=zygote.start) as sandbox,
        running_server(sandbox.description, port, database_url, folder, moves_clock=moves_clock, **settings) as server,
    ):
        yield Story(sandbox, server, company)


class Story:
    """One organisation on one server; others of the same suite may come in beside it."""

    def __init__(self, sandbox: SandboxProcess, server: ServerProcess, company: Company) -> None:
        self.sandbox = sandbox
        self.server = server
        self.company = company

    async def advance(self, step: timedelta) -> datetime:
        """So much later, at our place and at the suite's; the new present. Sessions and tokens grow old with it."""
        return await self.server.advance(step)

    async def invitation(self, organisation: str | None = None) -> str:
        """The operator creates the organisation beside the running server."""
        return await self.server.command("organisation", "create", organisation or self.company.name)

    async def token_by_invitation(self, address: str, organisation: str | None = None) -> str:
        async with Visitor(address) as browser:
            landing = await browser.open(f"{await self.invitation(organisation)}?suite={self.company.suite}")
            assert landing.status == 200, landing.text
            return await self.token_in(browser)

    async def token_by_sign_in(self, address: str) -> str:
        async with Visitor(address) as browser:
            landing = await browser.open(f"{self.server.address}/auth/sign-in?suite={self.company.suite}")
            assert landing.status == 200, landing.text
            return await self.token_in(browser)

    async def token_in(self, browser: Visitor) -> str:
        """An access token made with the browser's session."""
        values = {"name": "Story", "idempotencyKey": uuid4().hex}
        async with browser.session.post(
            f"{self.server.address}/graphql",
            json={"query": CREATE_TOKEN, "variables": {"input": values}},
            headers={"X-Requested-With": "story", "Origin": self.server.address},
        ) as response:
            answer = await response.json(content_type=None)
        token: str = answer["data"]["createAccessToken"]["token"]
        return token

    def speaking_for(self, token: str) -> AbstractAsyncContextManager[Client]:
        return Client(self.server.address, token)

    async def visit(
        self,
        address: str,
        url: str,
        *,
        on_need_approval: OnNeedApproval = OnNeedApproval.STAY,
        unticked: frozenset[str] = frozenset(),
    ) -> Landing:
        """A person opens an address in a browser of their own and accepts what is asked, but for these boxes."""
        async with Visitor(address, on_need_approval=on_need_approval, unticked=unticked) as browser:
            return await browser.open(url)

    async def enabled(
        self, organisation: str | None = None, by: str | None = None, *, approved_already: bool = False
    ) -> str:
        """The shortest way to an enabled integration; returns the administrator's token."""
        by = by or self.company.administrator
        token = await self.token_by_invitation(by, organisation)
        async with self.speaking_for(token) as administrator:
            started = await self.started(administrator)
            if not approved_already:
                await self.company.approve(self.sandbox, started["integration"]["approvalWays"])
            await self.visit(by, started["consentUrl"])
            enabled = await administrator.field(ENABLE)
            assert enabled["__typename"] == "IntegrationEnabled", enabled
            await self.until_rooms_are_synced(administrator)
        return token

    async def started(self, administrator: Client) -> dict[str, Any]:
        """The integration with the company's suite, begun or begun again."""
        started: dict[str, Any] = await administrator.field(START, suite=self.company.suite)
        return started

    async def until_rooms_are_synced(self, client: Client) -> None:
        async with asyncio.timeout(ROOM_SYNC_SECONDS):
            while True:
                sync = (await client.field("{ integration { roomSync { state } } }"))["roomSync"]
                if sync and sync["state"] == "SUCCEEDED":
                    return

    async def connected_member(self, address: str | None = None, *, unticked: frozenset[str] = frozenset()) -> str:
        """A member who signed in and connected their calendar; returns their token."""
        address = address or self.company.member
        token = await self.token_by_sign_in(address)
        async with self.speaking_for(token) as member:
            await self.connected(member, address, unticked=unticked)
        return token

    async def connected(self, member: Client, address: str, *, unticked: frozenset[str] = frozenset()) -> Landing:
        """The member connects, or connects again; where the visit ended."""
        connecting = await member.field(CONNECT)
        landing = await self.visit(address, connecting["consentUrl"], unticked=unticked)
        assert landing.status == 200, landing.text
        return landing

    async def free_room(self, client: Client, slot: Slot) -> dict[str, Any]:
        found = await client.field(AVAILABLE, **slot.as_window())
        free: list[dict[str, Any]] = [
            entry["room"] for entry in found["rooms"]["nodes"] if entry["availability"] == "FREE"
        ]
        assert free, found
        return free[0]
