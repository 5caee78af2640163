"""What tests and demos order from outside of Graph: rooms, how long they take, and throttling.

Ours, not Graph's. Durations are whole milliseconds, days or minutes as the names say.
"""

import uuid
from datetime import timedelta
from functools import partial
from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.routing import Route

from app.sandbox.control.routing import Answer, Body, ControlError, ControlRoute, as_routes, read
from app.sandbox.control.truth import TruthControl
from app.sandbox.microsoft.graph.control_calendars import CalendarControl
from app.sandbox.microsoft.graph.control_mailboxes import MailboxControl
from app.sandbox.microsoft.graph.control_subscriptions import SubscriptionControl
from app.sandbox.microsoft.graph.seed_rooms import NAMESPACE
from app.sandbox.microsoft.mailboxes.rooms import Room, RoomBehaviour, RoomPolicy
from app.sandbox.microsoft.mailboxes.truth import bookings
from app.sandbox.state import SandboxState


class RoomRules(Body):
    """Booking rules to change; what is left out stays."""

    behaviour: RoomBehaviour | None = None
    booking_window_days: int | None = Field(default=None, ge=0, le=1080)
    maximum_duration_minutes: int | None = Field(default=None, ge=0)
    allows_series: bool | None = None
    conflict_percentage_allowed: int | None = Field(default=None, ge=0, le=100)
    maximum_conflict_instances: int | None = Field(default=None, ge=0)

    def changes(self) -> dict[str, object]:
        """The same as fields of a policy."""
        given: dict[str, object] = self.model_dump(exclude_none=True)
        if "booking_window_days" in given:
            given["booking_window"] = timedelta(days=self.booking_window_days or 0)
            del given["booking_window_days"]
        if "maximum_duration_minutes" in given:
            given["maximum_duration"] = timedelta(minutes=self.maximum_duration_minutes or 0)
            del given["maximum_duration_minutes"]
        return given


class NewRoom(Body):
    """A room to add to the tenant that its address belongs to."""

    address: str = Field(pattern="^[^@ ]+@[^@ ]+$")
    name: str = Field(min_length=1)
    capacity: int | None = Field(default=None, ge=0)
    building: str | None = None
    time_zone: str = "UTC"


class AttendantSettings(Body):
    """How long a room takes to answer."""

    delay_milliseconds: int = Field(ge=0)


class LimitSettings(Body):
    """Whether the limit of four simultaneous requests holds, and how long each request is made to last."""

    enforced: bool | None = None
    latency_milliseconds: int | None = Field(default=None, ge=0)


class GraphControl:
    """The control calls that are not about one mailbox."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def routes(self) -> tuple[ControlRoute, ...]:
        """The calls with their summaries."""
        return (
            ControlRoute("GET", "/rooms", "Rooms with their booking rules", self.list_rooms),
            ControlRoute("POST", "/rooms", "Add a room", self.add_room),
            ControlRoute("PATCH", "/rooms/{address}", "Change a room's booking rules", self.change_room),
            ControlRoute("DELETE", "/rooms/{address}", "Delete a room with its mailbox", self.delete_room),
            ControlRoute("GET", "/attendant", "How long rooms take, and what waits for them", self.attendant),
            ControlRoute("PATCH", "/attendant", "Change how long rooms take to answer", self.change_attendant),
            ControlRoute("POST", "/attendant/run", "Let every waiting room answer now", self.run_attendant),
            ControlRoute("PATCH", "/limits", "Throttling and latency", self.change_limits),
        )

    async def list_rooms(self, _: Request) -> Answer:
        """Every room."""
        registry = self._state.mailboxes.registry
        return [
            {"address": r.address, "name": r.name, "id": r.id, **_rules(registry.policy(r.address))}
            for r in registry.rooms()
        ]

    async def add_room(self, request: Request) -> Answer:
        """Add a room."""
        wanted = await read(request, NewRoom)
        registry, directory = self._state.mailboxes.registry, self._state.directory
        tenant = directory.tenant(wanted.address.partition("@")[2])
        if tenant is None:
            raise ControlError(f"no tenant has the domain of '{wanted.address}'", 404)
        if registry.room(wanted.address) or directory.user_by_address(wanted.address):
            raise ControlError(f"'{wanted.address}' is taken", 409)
        room_id = str(uuid.uuid5(NAMESPACE, wanted.address))
        registry.add_room(Room(id=room_id, tenant_id=tenant.id, nickname=wanted.name, **wanted.model_dump()))
        return {"id": room_id, "address": wanted.address}

    async def change_room(self, request: Request) -> Answer:
        """Change booking rules."""
        rules = await read(request, RoomRules)
        address = self._room(request)
        return _rules(self._state.mailboxes.registry.change_policy(address, **rules.changes()))

    async def delete_room(self, request: Request) -> Answer:
        """Delete a room."""
        address = self._room(request)
        self._state.mailboxes.registry.remove_room(address)
        return {"deleted": address}

    async def attendant(self, _: Request) -> Answer:
        """Delay and waiting requests."""
        attendant = self._state.mailboxes.attendant
        return {
            "delay_milliseconds": _milliseconds(attendant.delay),
            "pending": [{"room": r.room, "occurrence": str(r.occurrence or "") or None} for r in attendant.waiting()],
        }

    async def change_attendant(self, request: Request) -> Answer:
        """Set the delay."""
        settings = await read(request, AttendantSettings)
        self._state.mailboxes.attendant.delay = timedelta(milliseconds=settings.delay_milliseconds)
        return await self.attendant(request)

    async def run_attendant(self, _: Request) -> Answer:
        """Answer everything."""
        return {"answered": self._state.mailboxes.attendant.run()}

    async def change_limits(self, request: Request) -> Answer:
        """Set throttling and latency."""
        settings = await read(request, LimitSettings)
        limit = self._state.mailboxes.limit
        if settings.enforced is not None:
            limit.enforced = settings.enforced
        if settings.latency_milliseconds is not None:
            limit.latency = timedelta(milliseconds=settings.latency_milliseconds)
        return {"enforced": limit.enforced, "latency_milliseconds": _milliseconds(limit.latency)}

    def _room(self, request: Request) -> str:
        address = str(request.path_params["address"])
        if self._state.mailboxes.registry.room(address) is None:
            raise ControlError(f"no room '{address}'", 404)
        return address


def control_routes(state: SandboxState) -> list[Route]:
    """Every control call on Graph, to be mounted at ``/control/graph``."""
    truth = TruthControl("", partial(bookings, state.mailboxes.registry), lambda: state.mailboxes.attendant.log)
    parts = (GraphControl(state), SubscriptionControl(state), MailboxControl(state), CalendarControl(state), truth)
    return as_routes([route for part in parts for route in part.routes()])


def _rules(policy: RoomPolicy) -> dict[str, Any]:
    return {
        "behaviour": policy.behaviour.value,
        "booking_window_days": policy.booking_window.days,
        "maximum_duration_minutes": policy.maximum_duration // timedelta(minutes=1),
        "allows_series": policy.allows_series,
        "conflict_percentage_allowed": policy.conflict_percentage_allowed,
        "maximum_conflict_instances": policy.maximum_conflict_instances,
    }


def _milliseconds(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)
