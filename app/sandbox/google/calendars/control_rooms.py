"""What tests and demos order of rooms: how each answers, when, and what becomes of a booking afterwards.

Ours, not Google's. Durations are whole milliseconds.
"""

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from pydantic import Field
from starlette.requests import Request

from app.sandbox.control.routing import Answer, Body, ControlError, ControlRoute, read
from app.sandbox.google.calendars.control_events import instance_on
from app.sandbox.google.calendars.meetings import Answer as RoomAnswer
from app.sandbox.google.calendars.resources import Resource, ResourceBehaviour
from app.sandbox.google.calendars.store import CalendarStore
from app.sandbox.state import SandboxState

RESPONSES = {
    "accept": RoomAnswer.ACCEPTED,
    "decline": RoomAnswer.DECLINED,
    "tentativelyAccept": RoomAnswer.TENTATIVE,
}


class RoomRules(Body):
    """Rules to change; what is left out stays. ``bookable_by`` an empty list lets everybody book again."""

    behaviour: ResourceBehaviour | None = None
    bookable_by: list[str] | None = None
    replaced_by_similar: bool | None = None
    released_when_empty: bool | None = None


class NewRoom(Body):
    """A room to add to a customer, which is named by its domain or id."""

    customer: str
    name: str = Field(min_length=1)
    address: str | None = Field(default=None, pattern="^[^@ ]+@[^@ ]+$")
    capacity: int | None = Field(default=None, ge=0)
    building: str | None = None
    floor: str | None = None
    category: str = "CONFERENCE_ROOM"
    features: list[str] = []


class AttendantSettings(Body):
    """How long a room takes to answer."""

    delay_milliseconds: int = Field(ge=0)


class Booking(Body):
    """A room's booking by the event's id; ``occurrence`` is a date of a series."""

    event_id: str
    occurrence: date | None = None


class Reaction(Booking):
    """An answer of somebody in charge of the room."""

    response: str = Field(pattern="^(accept|decline|tentativelyAccept)$")


class Replacement(Booking):
    """The address of the room to come in its place."""

    by: str


class RoomControl:
    """The control calls on rooms."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def routes(self) -> tuple[ControlRoute, ...]:
        """The calls with their summaries."""
        base = "/control/google"
        room = base + "/rooms/{address}"
        return (
            ControlRoute("GET", base + "/rooms", "Rooms with how they answer", self.list_rooms),
            ControlRoute("POST", base + "/rooms", "Add a room", self.add_room),
            ControlRoute("PATCH", room, "Change how a room answers", self.change_room),
            ControlRoute("DELETE", room, "Delete a room", self.delete_room),
            ControlRoute("POST", room + "/answer", "Answer as a person in charge of the room", self.answer),
            ControlRoute("POST", room + "/replace", "Put another room in its place on an event", self.replace),
            ControlRoute("POST", room + "/release", "Take the room off an event", self.release),
            ControlRoute("GET", base + "/attendant", "How long rooms take, and what waits for them", self.attendant),
            ControlRoute("PATCH", base + "/attendant", "Change how long rooms take", self.change_attendant),
            ControlRoute("POST", base + "/attendant/run", "Let every waiting room answer now", self.run_attendant),
        )

    async def list_rooms(self, _: Request) -> Answer:
        """Every room."""
        return [room_json(one) for one in self._store.resources.all()]

    async def add_room(self, request: Request) -> Answer:
        """Add a room."""
        wanted = await read(request, NewRoom)
        customer = self._state.google.directory.customer(wanted.customer)
        if customer is None:
            raise ControlError(f"no customer '{wanted.customer}'", 404)
        digest = hashlib.sha256(f"{customer.id} {wanted.name}".encode()).hexdigest()
        address = wanted.address or f"c_188{digest[:24]}@resource.calendar.google.com"
        if self._store.calendar(address) is not None:
            raise ControlError(f"'{address}' is taken", 409)
        added = Resource(
            resource_id=str(int(digest[:9], 16)),
            email=address,
            name=wanted.name,
            generated_name=generated_name(wanted.building, wanted.floor, wanted.name, wanted.capacity),
            customer_id=customer.id,
            category=wanted.category,
            capacity=wanted.capacity,
            building_id=wanted.building,
            floor_name=wanted.floor,
            features=tuple(wanted.features),
        )
        return room_json(self._store.resources.save(added))

    async def change_room(self, request: Request) -> Answer:
        """Change how a room answers."""
        rules, room = await read(request, RoomRules), self._room(request)
        if rules.behaviour is not None:
            room = replace(room, behaviour=rules.behaviour)
        if rules.bookable_by is not None:
            room = replace(room, bookable_by=frozenset(rules.bookable_by) or None)
        if rules.replaced_by_similar is not None:
            room = replace(room, replaced_by_similar=rules.replaced_by_similar)
        if rules.released_when_empty is not None:
            room = replace(room, released_when_empty=rules.released_when_empty)
        return room_json(self._store.resources.save(room))

    async def delete_room(self, request: Request) -> Answer:
        """Delete a room."""
        room = self._room(request)
        self._store.resources.remove(room.email)
        return {"deleted": room.email}

    async def answer(self, request: Request) -> Answer:
        """A room's own decision, at any time."""
        order, room = await read(request, Reaction), self._room(request)
        if not self._store.attendant.answer(room.email, self._event_id(room, order), RESPONSES[order.response]):
            raise _not_invited()
        return {"answered": order.response}

    async def replace(self, request: Request) -> Answer:
        """What Google does when a room cannot be had."""
        order, room = await read(request, Replacement), self._room(request)
        if self._store.resources.get(order.by) is None:
            raise ControlError(f"no room '{order.by}'", 404)
        if not self._store.attendant.replace(room.email, self._event_id(room, order), order.by):
            raise _not_invited()
        return {"replaced_by": order.by}

    async def release(self, request: Request) -> Answer:
        """What Google does when nobody is left to meet."""
        order, room = await read(request, Booking), self._room(request)
        if not self._store.attendant.release(room.email, self._event_id(room, order)):
            raise _not_invited()
        return {"released": room.email}

    async def attendant(self, _: Request) -> Answer:
        """Delay and waiting requests."""
        attendant = self._store.attendant
        return {
            "delay_milliseconds": attendant.delay // timedelta(milliseconds=1),
            "pending": [{"room": one.room, "event_id": one.meeting.id} for one in attendant.waiting()],
        }

    async def change_attendant(self, request: Request) -> Answer:
        """Set the delay."""
        settings = await read(request, AttendantSettings)
        self._store.attendant.delay = timedelta(milliseconds=settings.delay_milliseconds)
        return await self.attendant(request)

    async def run_attendant(self, _: Request) -> Answer:
        """Answer everything."""
        return {"answered": self._store.attendant.run()}

    @property
    def _store(self) -> CalendarStore:
        return self._state.google.calendars

    def _room(self, request: Request) -> Resource:
        address = str(request.path_params["address"])
        found = self._store.resources.get(address)
        if found is None:
            raise ControlError(f"no room '{address}'", 404)
        return found

    def _event_id(self, room: Resource, booking: Booking) -> str:
        calendar = self._store.calendar(room.email)
        if booking.occurrence is None or calendar is None:
            return booking.event_id
        return instance_on(calendar, booking.event_id, booking.occurrence)


def generated_name(building: str | None, floor: str | None, name: str, capacity: int | None) -> str:
    """The name that Google makes of a room's details."""
    where = "-".join(part for part in (building, floor, name) if part)
    return where + (f" ({capacity})" if capacity else "")


def _not_invited() -> ControlError:
    return ControlError("the room is not invited to that event", 404)


def room_json(one: Resource) -> dict[str, Any]:
    """A room as the control address shows it."""
    return {
        "address": one.email,
        "name": one.name,
        "id": one.resource_id,
        "customer": one.customer_id,
        "category": one.category,
        "building": one.building_id,
        "capacity": one.capacity,
        "behaviour": one.behaviour,
        "bookable_by": sorted(one.bookable_by) if one.bookable_by is not None else None,
        "replaced_by_similar": one.replaced_by_similar,
        "released_when_empty": one.released_when_empty,
    }
