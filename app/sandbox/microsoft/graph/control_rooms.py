"""What tests and demos order of Microsoft's rooms and room lists: what they are, and by which rules they answer.

Ours, not Graph's. Durations are whole minutes or days as the names say; rules are named as Exchange names them.
"""

import uuid
from datetime import date, timedelta
from typing import Any

from pydantic import Field
from starlette.requests import Request

from app.sandbox.control.routing import Answer, Body, ControlError, ControlRoute, read
from app.sandbox.microsoft.graph.control_events import mailbox_of, mailbox_route
from app.sandbox.microsoft.graph.seed_rooms import NAMESPACE
from app.sandbox.microsoft.mailboxes.items import Response
from app.sandbox.microsoft.mailboxes.post import RoomRequest
from app.sandbox.microsoft.mailboxes.rooms import Room, RoomBehaviour, RoomList, RoomPolicy
from app.sandbox.state import SandboxState

RESPONSES = {
    "accept": Response.ACCEPTED,
    "decline": Response.DECLINED,
    "tentativelyAccept": Response.TENTATIVELY_ACCEPTED,
}
_DURATIONS = {
    "booking_window_days": ("booking_window", timedelta(days=1)),
    "minimum_duration_minutes": ("minimum_duration", timedelta(minutes=1)),
    "maximum_duration_minutes": ("maximum_duration", timedelta(minutes=1)),
    "released_after_minutes": ("released_after", timedelta(minutes=1)),
}
_GROUPS = frozenset({"book_in_policy", "request_in_policy"})


class RoomRules(Body):
    """Booking rules to change; what is left out stays. ``released_after_minutes`` null means never."""

    behaviour: RoomBehaviour | None = None
    booking_window_days: int | None = Field(default=None, ge=0, le=1080)
    enforces_horizon: bool | None = None
    minimum_duration_minutes: int | None = Field(default=None, ge=0)
    maximum_duration_minutes: int | None = Field(default=None, ge=0)
    only_in_working_hours: bool | None = None
    all_book_in_policy: bool | None = None
    book_in_policy: list[str] | None = None
    all_request_in_policy: bool | None = None
    request_in_policy: list[str] | None = None
    allows_conflicts: bool | None = None
    allows_series: bool | None = None
    conflict_percentage_allowed: int | None = Field(default=None, ge=0, le=100)
    maximum_conflict_instances: int | None = Field(default=None, ge=0)
    released_after_minutes: int | None = Field(default=None, ge=0)

    def changes(self) -> dict[str, object]:
        """The same as fields of a policy."""
        changed: dict[str, object] = {}
        for name, value in self.model_dump(exclude_unset=True).items():
            field, unit = _DURATIONS.get(name, (name, None))
            if value is None and field != "released_after":
                continue
            if name in _GROUPS:
                changed[field] = frozenset(one.lower() for one in value)
            else:
                changed[field] = value if unit is None or value is None else value * unit
        return changed


class NewRoom(Body):
    """A room to add to the tenant that its address belongs to."""

    address: str = Field(pattern="^[^@ ]+@[^@ ]+$")
    name: str = Field(min_length=1)
    capacity: int | None = Field(default=None, ge=0)
    building: str | None = None
    time_zone: str = "UTC"


class RoomDetails(Body):
    """What the directory says of a room; what is left out stays. Under its former address it is still reached."""

    address: str | None = Field(default=None, pattern="^[^@ ]+@[^@ ]+$")
    name: str | None = Field(default=None, min_length=1)
    capacity: int | None = Field(default=None, ge=0)
    building: str | None = None
    floor_number: int | None = None
    floor_label: str | None = None
    tags: tuple[str, ...] | None = None


class NewRoomList(Body):
    """A list of rooms, which Outlook shows as a building; one with its address is replaced."""

    address: str = Field(pattern="^[^@ ]+@[^@ ]+$")
    name: str = Field(min_length=1)
    rooms: list[str] = []
    city: str | None = None
    country: str | None = None


class Booking(Body):
    """A room's booking, by the organiser's address and the event's id; ``occurrence`` is a date of a series."""

    organizer: str
    event_id: str
    occurrence: date | None = None


class RoomReaction(Booking):
    """A room's answer to one event."""

    response: str = Field(pattern="^(accept|decline|tentativelyAccept)$")


class RoomControl:
    """The control calls on rooms."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state
        self._registry = state.mailboxes.registry

    def routes(self) -> tuple[ControlRoute, ...]:
        """The calls with their summaries."""
        room = "/rooms/{address}"
        return (
            ControlRoute("GET", "/rooms", "Rooms with their booking rules", self.list_rooms),
            ControlRoute("POST", "/rooms", "Add a room", self.add_room),
            ControlRoute("PATCH", room, "Change a room's booking rules", self.change_room),
            ControlRoute("PATCH", room + "/details", "Rename, move or readdress a room", self.change_details),
            ControlRoute("DELETE", room, "Delete a room with its mailbox", self.delete_room),
            mailbox_route("POST", room + "/answer", "Answer as a person in charge of the room", self.answer),
            mailbox_route("POST", room + "/check-in", "Somebody is there: the room is not given back", self.check_in),
            ControlRoute("POST", "/room-lists", "Add or replace a list of rooms", self.add_room_list),
            ControlRoute("DELETE", "/room-lists/{address}", "Delete a list; its rooms stay", self.delete_room_list),
        )

    async def list_rooms(self, _: Request) -> Answer:
        """Every room."""
        return [
            {"address": r.address, "name": r.name, "id": r.id, **_rules(self._registry.policy(r.address))}
            for r in self._registry.rooms()
        ]

    async def add_room(self, request: Request) -> Answer:
        """Add a room."""
        wanted = await read(request, NewRoom)
        room_id = str(uuid.uuid5(NAMESPACE, wanted.address))
        tenant_id = self._tenant_for(wanted.address)
        self._check_free(wanted.address)
        self._registry.add_room(Room(id=room_id, tenant_id=tenant_id, nickname=wanted.name, **wanted.model_dump()))
        return {"id": room_id, "address": wanted.address}

    async def change_room(self, request: Request) -> Answer:
        """Change booking rules."""
        rules, room = await read(request, RoomRules), self._room(request)
        return _rules(self._registry.change_policy(room.address, **rules.changes()))

    async def change_details(self, request: Request) -> Answer:
        """Change what the directory says of a room."""
        wanted, room = (await read(request, RoomDetails)).model_dump(exclude_unset=True), self._room(request)
        kept = {name: value for name, value in wanted.items() if value is not None or name not in ("address", "name")}
        if str(kept.get("address", room.address)).lower() != room.address.lower():
            self._check_free(kept["address"])
        after = self._registry.change_room(room.address, **{**kept, "tags": kept.get("tags") or room.tags})
        return {"id": after.id, "address": after.address, "name": after.name, "building": after.building}

    async def delete_room(self, request: Request) -> Answer:
        """Delete a room."""
        address = self._room(request).address
        self._registry.remove_room(address)
        return {"deleted": address}

    async def answer(self, request: Request) -> Answer:
        """A room's own decision, at any time."""
        order = await read(request, RoomReaction)
        if not self._state.mailboxes.attendant.answer(self._request(request, order), RESPONSES[order.response]):
            raise ControlError("the room is not invited to that event", 404)
        return {"answered": order.response}

    async def check_in(self, request: Request) -> Answer:
        """Somebody is there."""
        order = await read(request, Booking)
        if not self._state.mailboxes.no_shows.check_in(self._request(request, order)):
            raise ControlError("nobody is waited for there", 404)
        return {"checked_in": True}

    async def add_room_list(self, request: Request) -> Answer:
        """Add or replace a list."""
        wanted = await read(request, NewRoomList)
        if absent := [one for one in wanted.rooms if self._registry.room(one) is None]:
            raise ControlError(f"no room '{absent[0]}'", 404)
        list_id = str(uuid.uuid5(NAMESPACE, wanted.address))
        fields = {**wanted.model_dump(), "rooms": tuple(wanted.rooms)}
        self._registry.add_room_list(RoomList(id=list_id, tenant_id=self._tenant_for(wanted.address), **fields))
        return {"id": list_id, "address": wanted.address}

    async def delete_room_list(self, request: Request) -> Answer:
        """Delete a list."""
        address = str(request.path_params["address"])
        if not self._registry.remove_room_list(address):
            raise ControlError(f"no room list '{address}'", 404)
        return {"deleted": address}

    def _room(self, request: Request) -> Room:
        address = str(request.path_params["address"])
        room = self._registry.room(address)
        if room is None:
            raise ControlError(f"no room '{address}'", 404)
        return room

    def _request(self, request: Request, order: Booking) -> RoomRequest:
        target = mailbox_of(self._state, order.organizer).find(order.event_id)
        return RoomRequest(target.root.meeting, order.occurrence or target.day, str(request.path_params["address"]))

    def _tenant_for(self, address: str) -> str:
        tenant = self._state.directory.tenant(address.partition("@")[2])
        if tenant is None:
            raise ControlError(f"no tenant has the domain of '{address}'", 404)
        return tenant.id

    def _check_free(self, address: str) -> None:
        if self._registry.room(address) or self._state.directory.user_by_address(address):
            raise ControlError(f"'{address}' is taken", 409)


def _rules(policy: RoomPolicy) -> dict[str, Any]:
    minute = timedelta(minutes=1)
    return {
        "behaviour": policy.behaviour.value,
        "booking_window_days": policy.booking_window.days,
        "enforces_horizon": policy.enforces_horizon,
        "minimum_duration_minutes": policy.minimum_duration // minute,
        "maximum_duration_minutes": policy.maximum_duration // minute,
        "only_in_working_hours": policy.only_in_working_hours,
        "all_book_in_policy": policy.all_book_in_policy,
        "book_in_policy": sorted(policy.book_in_policy),
        "all_request_in_policy": policy.all_request_in_policy,
        "request_in_policy": sorted(policy.request_in_policy),
        "allows_conflicts": policy.allows_conflicts,
        "allows_series": policy.allows_series,
        "conflict_percentage_allowed": policy.conflict_percentage_allowed,
        "maximum_conflict_instances": policy.maximum_conflict_instances,
        "released_after_minutes": policy.released_after // minute if policy.released_after is not None else None,
    }
