"""The rooms of the seeded tenants: three buildings with some forty rooms, a few of them odd, and two small offices."""

import uuid
from dataclasses import dataclass

from app.sandbox.microsoft.directory import Tenant
from app.sandbox.microsoft.mailboxes.registry import MailboxRegistry
from app.sandbox.microsoft.mailboxes.rooms import BookingType, Room, RoomBehaviour, RoomList, RoomPolicy

NAMESPACE = uuid.UUID("2b1f7c8e-90d4-4c55-8a3b-6d4f0e9b7a12")


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """A building with the capacity of each room, floor by floor (room numbers count from 1 on each floor)."""

    name: str
    city: str
    country: str
    street: str
    time_zone: str
    latitude: float
    longitude: float
    floors: tuple[tuple[int, tuple[int, ...]], ...]


LIGHTHOUSE = Building(
    name="Lighthouse",
    city="Rotterdam",
    country="NL",
    street="Quayside 14",
    time_zone="Europe/Amsterdam",
    latitude=51.9049,
    longitude=4.4862,
    floors=((1, (20, 6, 4)), (2, (8, 6, 4, 4, 12, 2, 2, 10, 8, 6, 6, 4, 4, 8)), (3, (14, 40, 2))),
)
HARBOUR = Building(
    name="Harbour",
    city="Lisbon",
    country="PT",
    street="Rua do Cais 7",
    time_zone="Europe/Lisbon",
    latitude=38.7062,
    longitude=-9.1455,
    floors=((0, (30, 6)), (1, (8, 4, 4, 10)), (2, (6, 12))),
)
MILL = Building(
    name="Mill",
    city="New York",
    country="US",
    street="Mill Lane 200",
    time_zone="America/New_York",
    latitude=40.7038,
    longitude=-74.0105,
    floors=((5, (6, 8, 4)), (6, (16, 4))),
)
ANNEX = Building(
    name="Annex",
    city="Oslo",
    country="NO",
    street="Bryggegata 3",
    time_zone="Europe/Oslo",
    latitude=59.9127,
    longitude=10.7461,
    floors=((1, (6, 4)), (2, (10, 2, 8))),
)
PIER = Building(
    name="Pier",
    city="Copenhagen",
    country="DK",
    street="Havnegade 22",
    time_zone="Europe/Copenhagen",
    latitude=55.6786,
    longitude=12.5937,
    floors=((1, (6, 4)), (2, (12,))),
)
BUILDINGS = {
    "tidewater.example": (LIGHTHOUSE, HARBOUR, MILL),
    "newbridge.example": (ANNEX,),
    "harbourside.example": (PIER,),
}

_AUDIO = (None, "Ceiling microphones", "Table speakerphone")
_VIDEO = ("Wide-angle camera", None, "Tracking camera")
_DISPLAY = ("65 inch screen", "Projector", None, "Two 75 inch screens")
_TAGS = ((), ("whiteboard",), ("whiteboard", "daylight"), ("quiet",), ("catering", "daylight"))


def seed_rooms(registry: MailboxRegistry, tenant: Tenant) -> None:
    """Give a tenant its rooms; a tenant that is not one of the seeded ones gets none."""
    for building in BUILDINGS.get(tenant.domain, ()):
        addresses = [registry.add_room(room).address for room in _rooms(tenant, building)]
        registry.add_room_list(
            RoomList(
                id=_id(tenant, building.name),
                tenant_id=tenant.id,
                name=building.name,
                address=f"rooms.{building.name.lower()}@{tenant.domain}",
                rooms=tuple(addresses),
                city=building.city,
                country=building.country,
            )
        )
    if tenant.domain == "tidewater.example":
        for room, policy in _odd_rooms(tenant):
            registry.add_room(room, policy)


def _rooms(tenant: Tenant, building: Building) -> list[Room]:
    rooms = []
    for floor, capacities in building.floors:
        for number, capacity in enumerate(capacities, 1):
            label = f"{floor}.{number:02}"
            turn = floor * 7 + number
            rooms.append(
                Room(
                    id=_id(tenant, f"{building.name} {label}"),
                    tenant_id=tenant.id,
                    name=f"{building.name} {label}",
                    address=f"room.{building.name.lower()}-{label}@{tenant.domain}",
                    nickname=f"{building.name[0]}{floor}{number:02}",
                    label=label,
                    time_zone=building.time_zone,
                    building=building.name,
                    floor_number=floor,
                    floor_label="Ground floor" if floor == 0 else f"Floor {floor}",
                    capacity=capacity,
                    audio_device=_AUDIO[turn % len(_AUDIO)],
                    video_device=_VIDEO[turn % len(_VIDEO)] if capacity > 2 else None,
                    display_device=_DISPLAY[turn % len(_DISPLAY)],
                    is_wheelchair_accessible=turn % 4 != 0,
                    tags=_TAGS[turn % len(_TAGS)],
                    street=building.street,
                    city=building.city,
                    country=building.country,
                    latitude=building.latitude,
                    longitude=building.longitude,
                )
            )
    return rooms


def _odd_rooms(tenant: Tenant) -> list[tuple[Room, RoomPolicy]]:
    """Rooms such as real directories have: hardly filled in, never bookable, oddly named, slow or unwilling."""

    def room(slug: str, name: str, **details: object) -> Room:
        whole: dict[str, object] = {
            "id": _id(tenant, slug),
            "tenant_id": tenant.id,
            "name": name,
            "address": f"room.{slug}@{tenant.domain}",
            "nickname": name,
            "time_zone": LIGHTHOUSE.time_zone,
        }
        return Room(**(whole | details))  # type: ignore[arg-type]  # fields by name, checked by the dataclass

    lighthouse = {"building": LIGHTHOUSE.name, "city": LIGHTHOUSE.city, "country": LIGHTHOUSE.country}
    third = {**lighthouse, "floor_number": 3, "floor_label": "Floor 3"}
    return [
        (room("unlisted", "Unlisted", booking_type=None), RoomPolicy()),
        (
            room("board", "Board room", capacity=18, booking_type=BookingType.RESERVED, **third),
            RoomPolicy(),
        ),
        (
            room(
                "atelier",
                "Atelier Überraschung — 工作室 «Zażółć gęślą jaźń», the long room beside the winter garden "
                "on the far side of the courtyard (entrance through the bicycle shed)",
                nickname="Atelier",
                capacity=9,
                **lighthouse,
            ),
            RoomPolicy(),
        ),
        (
            room("silent", "Lighthouse Silent", capacity=6, **third),
            RoomPolicy(behaviour=RoomBehaviour.SILENT),
        ),
        (
            room("approval", "Lighthouse Approval", capacity=24, **third),
            RoomPolicy(behaviour=RoomBehaviour.APPROVAL),
        ),
        (
            room("closed", "Lighthouse Closed", capacity=12, **third),
            RoomPolicy(behaviour=RoomBehaviour.DECLINE_ALL),
        ),
        (
            room("tolerant", "Lighthouse Tolerant", capacity=7, **third),
            RoomPolicy(maximum_conflict_instances=3, conflict_percentage_allowed=25),
        ),
    ]


def _id(tenant: Tenant, name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{tenant.domain} {name}"))
