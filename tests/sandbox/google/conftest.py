"""A Google of two customers with a handful of people and rooms, its APIs and its control calls, in this event loop."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from starlette.applications import Starlette

from app.sandbox.control.routing import as_routes
from app.sandbox.google.calendar_api.app import wire_routes as calendar_routes
from app.sandbox.google.calendar_api.scopes import scopes
from app.sandbox.google.calendars.control import CalendarControl
from app.sandbox.google.calendars.resources import Building, Resource
from app.sandbox.google.directory import Customer, User
from app.sandbox.google.directory_api.app import wire_routes as directory_routes
from app.sandbox.state import Addresses, SandboxState
from tests.sandbox.graph.client import AsgiClient
from tests.support.published import validator

CLIENT = "104827364518-tests.apps.googleusercontent.com"
OTHER_CLIENT = "999-other.apps.googleusercontent.com"
HERE, ELSEWHERE = (
    Customer(id="C01here", domain="meadow.example", display_name="Meadow"),
    Customer(id="C02else", domain="faraway.example", display_name="Faraway"),
)
IRIS, HUGO, LENA = "iris@meadow.example", "hugo@meadow.example", "lena@meadow.example"
STRANGER, SAM = "nell@faraway.example", "sam@mail.example"
ROOM, OTHER_ROOM = "c_1881@resource.calendar.google.com", "c_1882@resource.calendar.google.com"
ROOM_ELSEWHERE = "c_1889@resource.calendar.google.com"
EVERYTHING = scopes("calendar", "admin.directory.resource.calendar.readonly")


@dataclass(slots=True)
class SmallGoogle:
    """The state with clients for whoever is asked for."""

    state: SandboxState
    app: Starlette
    control: AsgiClient
    exchanges: list[dict[str, Any]] = field(default_factory=list)

    def user(self, address: str) -> User:
        """Somebody's account."""
        found = self.state.google.directory.user_by_address(address)
        assert found is not None
        return found

    def as_user(self, address: str, granted: frozenset[str] = EVERYTHING, client_id: str = CLIENT) -> AsgiClient:
        """Someone who granted these scopes."""
        token = self.state.google.tokens.issue_access(client_id, self.user(address).sub, granted)
        return AsgiClient(self.app, token.value, self.exchanges)

    def soon(self, days: int = 1, hour: int = 9, minute: int = 0) -> datetime:
        """A time on a day to come."""
        day = self.state.clock.now().date() + timedelta(days=days)
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def event(start: datetime, *, minutes: int = 60, guests: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """The JSON of an event in UTC."""
    end = start + timedelta(minutes=minutes)
    return {
        "summary": "Design review",
        "start": {"dateTime": start.isoformat(), "timeZone": "UTC"},
        "end": {"dateTime": end.isoformat(), "timeZone": "UTC"},
        **({"attendees": [{"email": one} for one in guests]} if guests else {}),
        **more,
    }


@pytest.fixture
def google() -> SmallGoogle:
    """A fresh Google."""
    state = SandboxState(addresses=Addresses(pages="http://127.0.0.1:1", tls="https://127.0.0.1:2"))
    directory, resources = state.google.directory, state.google.calendars.resources
    for customer in (HERE, ELSEWHERE):
        directory.save_customer(customer)
    homes = {IRIS: HERE.id, HUGO: HERE.id, LENA: HERE.id, STRANGER: ELSEWHERE.id, SAM: None}
    for number, (address, customer_id) in enumerate(homes.items(), 1):
        name = address.partition("@")[0].title()
        directory.save_user(
            User(
                sub=f"10000000000000000000{number}",
                customer_id=customer_id,
                address=address,
                display_name=name,
                given_name=name,
                family_name="",
                is_administrator=address in (IRIS, STRANGER),
            )
        )
    resources.save_building(
        Building(id="HQ", name="Headquarters", customer_id=HERE.id, floor_names=("1", "2"), locality="Utrecht")
    )
    resources.save(
        Resource(
            resource_id="1",
            email=ROOM,
            name="Meadow 2.14",
            generated_name="HQ-2-Meadow 2.14 (8)",
            customer_id=HERE.id,
            capacity=8,
            building_id="HQ",
            floor_name="2",
            features=("Whiteboard", "Video"),
        )
    )
    for resource_id, address, customer in (("2", OTHER_ROOM, HERE), ("9", ROOM_ELSEWHERE, ELSEWHERE)):
        bare = Resource(
            resource_id=resource_id,
            email=address,
            name="Shed",
            generated_name="Shed",
            customer_id=customer.id,
            category="",
        )
        resources.save(bare)
    app = Starlette(routes=[*calendar_routes(state), *directory_routes(state)])
    control = AsgiClient(Starlette(routes=as_routes(CalendarControl(state).routes())))
    return SmallGoogle(state, app, control)


@pytest.fixture(scope="session")
def validate() -> ModuleType:
    """The check that comes with Google's published description."""
    return validator("google")
