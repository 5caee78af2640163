"""An organisation of thousands is made in moments, and a page of it costs what a page of a small one costs.

Cost is counted in calls of functions while the sandbox answers, so it is the same on every machine.
"""

import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from app.sandbox.crowd import Size, meetings_of
from app.sandbox.google.calendar_api.app import wire_routes as calendar_routes
from app.sandbox.google.calendar_api.scopes import scopes
from app.sandbox.google.directory_api.app import wire_routes as directory_routes
from app.sandbox.google.large_customer import fill_customer
from app.sandbox.microsoft.graph.app import graph_routes
from app.sandbox.microsoft.large_tenant import fill_tenant
from app.sandbox.process import SandboxClient, SandboxControlError
from app.sandbox.state import Addresses, SandboxState
from tests.sandbox.graph.client import AsgiClient

SMALL = Size(members=20, rooms=150, events=2_000)
LARGE = Size(members=300, rooms=10_000, events=30_000)
DOMAIN = "metropolis.example"
GENEROUS = 1.5
ROOMS = 20
RESOURCES = "/admin/directory/v1/customer/my_customer/resources/calendars"

Call = Callable[[], Awaitable[Any]]


def sandbox_state() -> SandboxState:
    return SandboxState(addresses=Addresses(pages="http://127.0.0.1:1", tls="https://127.0.0.1:2"))


def week(state: SandboxState) -> tuple[str, str]:
    start = state.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return start.isoformat(), (start + timedelta(days=7)).isoformat()


async def at_microsoft(size: Size) -> dict[str, Call]:
    state = sandbox_state()
    tenant = await fill_tenant(state, DOMAIN, size)
    app = Starlette(routes=[Mount("/v1.0", routes=graph_routes(state))])
    member = state.directory.users(tenant.id)[size.members - 1]
    bearer = state.tokens.issue_access(
        tenant_id=tenant.id, user_oid=member.oid, scopes=frozenset({"User.Read", "Calendars.ReadWrite"})
    )
    own = AsgiClient(app, bearer.value)
    application = AsgiClient(
        app, state.tokens.issue_access(tenant_id=tenant.id, roles=frozenset({"Place.Read.All"})).value
    )
    start, end = week(state)
    rooms = [room.address for room in state.mailboxes.registry.rooms(tenant.id)][-ROOMS:]
    asked = {"schedules": rooms, "startTime": _wall(start), "endTime": _wall(end)}
    view = f"/v1.0/me/calendarView?startDateTime={quote(start)}&endDateTime={quote(end)}&$top=50"
    return {
        "a page of rooms": lambda: application.get("/v1.0/places/microsoft.graph.room"),
        "the last page of rooms": lambda: application.get(
            f"/v1.0/places/microsoft.graph.room?$skip={size.rooms - 100}"
        ),
        "one room": lambda: application.get(f"/v1.0/places/{rooms[-1]}"),
        "a calendar view": lambda: own.get(view),
        "free and busy": lambda: own.post("/v1.0/me/calendar/getSchedule", asked),
    }


async def at_google(size: Size) -> dict[str, Call]:
    state = sandbox_state()
    customer = await fill_customer(state, DOMAIN, size)
    app = Starlette(routes=[*calendar_routes(state), *directory_routes(state)])
    users = tuple(state.google.directory.users(customer.id))
    granted = scopes("calendar", "admin.directory.resource.calendar.readonly")
    administrator, own = (
        AsgiClient(app, state.google.tokens.issue_access("client", user.sub, granted).value)
        for user in (users[0], users[-1])
    )
    start, end = week(state)
    rooms = [{"id": room.email} for room in state.google.calendars.resources.all(customer.id)][-ROOMS:]
    span = f"timeMin={quote(start)}&timeMax={quote(end)}"
    return {
        "a page of rooms": lambda: administrator.get(f"{RESOURCES}?maxResults=100"),
        "a calendar view": lambda: own.get(f"/calendar/v3/calendars/primary/events?singleEvents=true&{span}"),
        "the list of calendars": lambda: own.get("/calendar/v3/users/me/calendarList"),
        "free and busy": lambda: own.post("/calendar/v3/freeBusy", {"timeMin": start, "timeMax": end, "items": rooms}),
    }


def _wall(moment: str) -> dict[str, str]:
    return {"dateTime": moment[:19], "timeZone": "UTC"}


async def cost(call: Call) -> int:
    """How many functions are called for an answer that has been asked for before."""
    assert (await call()).status == 200
    counted = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        await call()
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize("suite", [at_microsoft, at_google])
async def test_nothing_costs_more_in_a_large_organisation_than_in_a_small_one(
    suite: Callable[[Size], Awaitable[dict[str, Call]]],
) -> None:
    small, large = await suite(SMALL), await suite(LARGE)

    costs = {name: (await cost(small[name]), await cost(large[name])) for name in small}

    assert {name: both for name, both in costs.items() if both[1] > GENEROUS * both[0]} == {}


def test_no_two_meetings_are_in_one_room_at_once() -> None:
    state = sandbox_state()

    for size in (SMALL, LARGE):
        taken = [(one.room, one.start) for one in meetings_of(size, state.clock.now().date()) if one.room is not None]
        assert len(taken) > size.events // 4
        assert len(set(taken)) == len(taken)


@pytest.mark.parametrize(("suite", "path"), [("MICROSOFT", "graph"), ("GOOGLE", "google")])
async def test_a_large_organisation_is_made_by_order_beside_what_is_there(
    sandbox: SandboxClient, suite: str, path: str
) -> None:
    before = len(await sandbox.control("GET", f"{path}/rooms"))
    order = {"suite": suite, "members": 30, "rooms": 10_000, "events": 300}

    made = await sandbox.control("POST", "large-tenant", order)

    assert made["domain"] == DOMAIN
    assert len(await sandbox.control("GET", f"{path}/rooms")) == before + 10_000
    told = await sandbox.control("GET", f"{path}/bookings")
    assert len(told) == 120
    assert {(room["answer"], room["holds"]) for one in told for room in one["rooms"]} == {("accepted", True)}


async def test_an_organisation_without_members_is_refused(sandbox: SandboxClient) -> None:
    with pytest.raises(SandboxControlError):
        await sandbox.control("POST", "large-tenant", {"suite": "GOOGLE", "members": 0})
