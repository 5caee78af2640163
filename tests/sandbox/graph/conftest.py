"""A sandbox with a handful of people and rooms, its Graph and its control interface, in this event loop."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from app.sandbox.microsoft.directory import Tenant, User
from app.sandbox.microsoft.graph.app import graph_routes
from app.sandbox.microsoft.graph.control import control_routes
from app.sandbox.microsoft.mailboxes.rooms import Room, RoomList, RoomPolicy
from app.sandbox.state import Addresses, SandboxState
from tests.sandbox.graph.client import AsgiClient

TENANT = "11111111-1111-4111-8111-111111111111"
OTHER_TENANT = "22222222-2222-4222-8222-222222222222"
SCOPES = frozenset({"openid", "profile", "offline_access", "User.Read", "Calendars.ReadWrite"})
ADA, BEN, CHLOE, DAVE = "ada@harbour.example", "ben@harbour.example", "chloe@harbour.example", "dave@harbour.example"
STRANGER = "nora@faraway.example"
ROOM, OTHER_ROOM = "room.1@harbour.example", "room.2@harbour.example"
LIST = "mill@harbour.example"


@dataclass(slots=True)
class Sandbox:
    """The state with clients for whoever is asked for."""

    state: SandboxState
    app: Starlette
    control: AsgiClient
    exchanges: list[dict[str, Any]]

    def as_user(self, address: str, scopes: frozenset[str] = SCOPES) -> AsgiClient:
        """Someone signed in with these scopes."""
        user = self.state.directory.user_by_address(address)
        assert user is not None
        token = self.state.tokens.issue_access(tenant_id=user.tenant_id, user_oid=user.oid, scopes=scopes)
        return AsgiClient(self.app, token.value, self.exchanges)

    def as_application(self, *roles: str, tenant: str = TENANT) -> AsgiClient:
        """The application itself with these roles."""
        token = self.state.tokens.issue_access(tenant_id=tenant, roles=frozenset(roles))
        return AsgiClient(self.app, token.value, self.exchanges)

    def rooms_answer(self) -> int:
        """Let every waiting room answer now."""
        return self.state.mailboxes.attendant.run()

    def soon(self, days: int = 1, hour: int = 9, minute: int = 0) -> datetime:
        """A time on a day to come, naive, in UTC."""
        day = self.state.clock.now().date() + timedelta(days=days)
        return datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001  # Graph's own form


def event(
    start: datetime, *, minutes: int = 60, rooms: tuple[str, ...] = (), people: tuple[str, ...] = (), **more: Any
) -> dict[str, Any]:
    """The JSON of an event in UTC."""
    end = start + timedelta(minutes=minutes)
    invited = [("required", a) for a in people] + [("resource", a) for a in rooms]
    return {
        "subject": "Design review",
        "start": {"dateTime": start.isoformat(), "timeZone": "UTC"},
        "end": {"dateTime": end.isoformat(), "timeZone": "UTC"},
        "attendees": [{"type": kind, "emailAddress": {"address": a, "name": a.split("@")[0]}} for kind, a in invited],
        **more,
    }


def answers(body: dict[str, Any]) -> dict[str, str]:
    """Who on an event answered what."""
    return {a["emailAddress"]["address"]: a["status"]["response"] for a in body["attendees"]}


@pytest.fixture
def sandbox() -> Sandbox:
    """A fresh sandbox."""
    state = SandboxState(addresses=Addresses(pages="http://127.0.0.1:1", tls="https://127.0.0.1:2"))
    for tenant, domain in ((TENANT, "harbour.example"), (OTHER_TENANT, "faraway.example")):
        state.directory.add_tenant(Tenant(id=tenant, domain=domain, display_name=domain))
    people = [(TENANT, a) for a in (ADA, BEN, CHLOE)] + [(OTHER_TENANT, STRANGER), (TENANT, DAVE)]
    for number, (tenant, address) in enumerate(people):
        name = address.split("@")[0].title()
        state.directory.add_user(
            User(
                oid=f"00000000-0000-4000-8000-{number:012}",
                tenant_id=tenant,
                display_name=name,
                given_name=name,
                surname="",
                address=address,
                has_mailbox=address != DAVE,
            )
        )
    for number, address in enumerate((ROOM, OTHER_ROOM), 1):
        room = Room(
            id=f"00000000-0000-4000-9000-{number:012}",
            tenant_id=TENANT,
            name=f"Mill {number}",
            address=address,
            nickname=f"M{number}",
            time_zone="Europe/Amsterdam",
            building="Mill" if number == 1 else None,
            capacity=8 if number == 1 else None,
        )
        state.mailboxes.registry.add_room(room, RoomPolicy())
    state.mailboxes.registry.add_room_list(
        RoomList(
            id="00000000-0000-4000-a000-000000000001",
            tenant_id=TENANT,
            name="Mill",
            address=LIST,
            rooms=(ROOM, OTHER_ROOM),
        )
    )
    app = Starlette(routes=[Mount("/v1.0", routes=graph_routes(state))])
    control = AsgiClient(Starlette(routes=[Mount("/control/graph", routes=control_routes(state))]))
    return Sandbox(state, app, control, [])
