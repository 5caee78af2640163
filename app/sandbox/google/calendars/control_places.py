"""What tests and demos order of what a customer's directory says: buildings, and the details of rooms.

Ours, not Google's.
"""

from dataclasses import replace

from pydantic import Field
from starlette.requests import Request

from app.sandbox.control.routing import Answer, Body, ControlError, ControlRoute, read
from app.sandbox.google.calendars.control_rooms import generated_name, room_json
from app.sandbox.google.calendars.resources import Building, ResourceStore
from app.sandbox.google.directory import Customer
from app.sandbox.state import SandboxState


class RoomDetails(Body):
    """What the directory says of a room; what is left out stays."""

    name: str | None = Field(default=None, min_length=1)
    capacity: int | None = Field(default=None, ge=0)
    building: str | None = None
    floor: str | None = None
    category: str | None = None
    features: tuple[str, ...] | None = None
    description: str | None = None


class NewBuilding(Body):
    """A building of a customer, which is named by its domain or id; one with its id is replaced."""

    customer: str
    id: str = Field(min_length=1)
    name: str = Field(min_length=1)
    floors: tuple[str, ...] = ()
    locality: str | None = None
    region_code: str | None = None


class PlaceControl:
    """The control calls on buildings and on what is written down about rooms."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def routes(self) -> tuple[ControlRoute, ...]:
        """The calls with their summaries."""
        base = "/control/google"
        one = base + "/buildings/{customer}/{id}"
        return (
            ControlRoute(
                "PATCH",
                base + "/rooms/{address}/details",
                "Rename or move a room, or change what it has",
                self.change_room,
            ),
            ControlRoute("POST", base + "/buildings", "Add or replace a building", self.add_building),
            ControlRoute("DELETE", one, "Delete a building; its rooms stay", self.delete_building),
        )

    async def change_room(self, request: Request) -> Answer:
        """Change what the directory says of a room."""
        given, address = await read(request, RoomDetails), str(request.path_params["address"])
        room = self._resources.get(address)
        if room is None:
            raise ControlError(f"no room '{address}'", 404)
        details = {_FIELDS.get(name, name): value for name, value in given.model_dump(exclude_unset=True).items()}
        kept = {name: value for name, value in details.items() if value is not None or name not in _ALWAYS_THERE}
        after = replace(room, **kept)
        named = generated_name(after.building_id, after.floor_name, after.name, after.capacity)
        return room_json(self._resources.save(replace(after, generated_name=named)))

    async def add_building(self, request: Request) -> Answer:
        """Add or replace a building."""
        wanted = await read(request, NewBuilding)
        building = Building(
            id=wanted.id,
            name=wanted.name,
            customer_id=self._customer(wanted.customer).id,
            floor_names=wanted.floors,
            locality=wanted.locality,
            region_code=wanted.region_code,
        )
        self._resources.save_building(building)
        return {"id": building.id, "customer": building.customer_id, "name": building.name}

    async def delete_building(self, request: Request) -> Answer:
        """Delete a building."""
        customer, building_id = self._customer(str(request.path_params["customer"])), str(request.path_params["id"])
        if not self._resources.remove_building(customer.id, building_id):
            raise ControlError(f"no building '{building_id}'", 404)
        return {"deleted": building_id}

    @property
    def _resources(self) -> ResourceStore:
        return self._state.google.calendars.resources

    def _customer(self, key: str) -> Customer:
        found = self._state.google.directory.customer(key)
        if found is None:
            raise ControlError(f"no customer '{key}'", 404)
        return found


_FIELDS = {"building": "building_id", "floor": "floor_name"}
_ALWAYS_THERE = frozenset({"name", "category", "features"})
