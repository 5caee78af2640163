"""The rooms of the seeded customers: three buildings with some forty rooms, a few of them odd, and a small office."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from app.sandbox.google.calendars.resources import Building, Resource, ResourceBehaviour, ResourceStore
from app.sandbox.google.directory import Customer
from app.sandbox.google.seed import BROOKSIDE, FERNHILL

RESOURCE_DOMAIN = "resource.calendar.google.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A building with the capacity of each room, floor by floor (room numbers count from 1 on each floor)."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str
    coordinates: tuple[float, float] | None
    floors: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def id(self) -> str:
        """How resources name the building."""
        return self.name.upper()


MEADOW = Site(
    name="Meadow",
    street="Weidepad 8",
    postal_code="3511 AA",
    city="Utrecht",
    country="NL",
    coordinates=(52.0907, 5.1214),
    floors=(("1", (20, 6, 4)), ("2", (8, 6, 4, 4, 12, 2, 2, 10, 8, 6, 6, 4, 4, 8)), ("3", (14, 40, 2))),
)
ORCHARD = Site(
    name="Orchard",
    street="Obstallee 21",
    postal_code="10115",
    city="Berlin",
    country="DE",
    coordinates=(52.5321, 13.3849),
    floors=(("EG", (24, 6)), ("1", (8, 4, 4, 10)), ("2", (6, 12))),
)
TERRACE = Site(
    name="Terrace",
    street="3 Terrace Row",
    postal_code="EC1A 1AA",
    city="London",
    country="GB",
    coordinates=None,
    floors=(("4", (6, 8, 4, 2)),),
)
WEIR = Site(
    name="Weir",
    street="Weir Lane 5",
    postal_code="T12 A1B2",
    city="Cork",
    country="IE",
    coordinates=(51.8985, -8.4756),
    floors=(("1", (6, 4)), ("2", (10, 2, 8))),
)
SITES = {FERNHILL: (MEADOW, ORCHARD, TERRACE), BROOKSIDE: (WEIR,)}

_FEATURES = (
    ("Whiteboard",),
    ("Video conferencing", "Whiteboard"),
    (),
    ("Projector",),
    ("Daylight", "Phone", "Video conferencing"),
)


def seed_rooms(resources: ResourceStore, customer: Customer) -> None:
    """Give a customer its rooms; one that is not among those that have any gets none."""
    for site in SITES.get(customer.domain, ()):
        resources.save_building(_building(customer, site))
        for room in _rooms(customer, site):
            resources.save(room)
    if customer.domain == FERNHILL:
        for room in _odd_rooms(customer):
            resources.save(room)


def address_of_room(customer: Customer, name: str) -> str:
    """The address of a seeded room: like Google's, and the same in every sandbox."""
    return f"c_188{hashlib.sha256(f'{customer.domain} {name}'.encode()).hexdigest()[:24]}@{RESOURCE_DOMAIN}"


def _building(customer: Customer, site: Site) -> Building:
    return Building(
        id=site.id,
        name=site.name,
        customer_id=customer.id,
        floor_names=tuple(name for name, _ in site.floors),
        address_lines=(site.street,),
        locality=site.city,
        postal_code=site.postal_code,
        region_code=site.country,
        coordinates=site.coordinates,
    )


def _rooms(customer: Customer, site: Site) -> Iterator[Resource]:
    for floor_number, (floor, capacities) in enumerate(site.floors, 1):
        for number, capacity in enumerate(capacities, 1):
            turn = floor_number * 7 + number
            yield _resource(
                customer,
                f"{site.name} {floor if floor.isdecimal() else 0}.{number:02}",
                capacity=capacity,
                building_id=site.id,
                floor_name=floor,
                floor_section=("A", "B", None)[turn % 3],
                features=_FEATURES[turn % len(_FEATURES)],
                description="Beside the lift" if turn % 9 == 0 else None,
            )


def _odd_rooms(customer: Customer) -> Iterator[Resource]:
    """Resources such as real directories have: hardly filled in, oddly named, for few, slow, unwilling or swapped."""
    third = {"building_id": MEADOW.id, "floor_name": "3"}
    yield _resource(customer, "Unlisted", category="CATEGORY_UNKNOWN")
    yield _resource(customer, "Cargo bicycle", category="OTHER", building_id=MEADOW.id)
    yield _resource(
        customer,
        "Atelier Überraschung — 工作室 «Zażółć gęślą jaźń», the long room beside the winter garden "
        "on the far side of the courtyard (entrance through the bicycle shed)",
        capacity=9,
        building_id=MEADOW.id,
    )
    yield _resource(customer, "Meadow Approval", capacity=24, behaviour=ResourceBehaviour.MANUAL, **third)
    yield _resource(customer, "Meadow Closed", capacity=12, behaviour=ResourceBehaviour.DECLINE_ALL, **third)
    yield _resource(customer, "Meadow Open table", capacity=30, behaviour=ResourceBehaviour.ADD_ALL, **third)
    board = frozenset({f"iris.moreau@{FERNHILL}", f"theo.lindgren@{FERNHILL}"})
    yield _resource(customer, "Meadow Board room", capacity=18, bookable_by=board, **third)
    yield _resource(customer, "Meadow Swap", capacity=6, replaced_by_similar=True, **third)


def _resource(customer: Customer, name: str, **details: object) -> Resource:
    whole: dict[str, object] = {
        "resource_id": str(int(hashlib.sha256(f"{customer.domain} {name}".encode()).hexdigest()[:9], 16)),
        "email": address_of_room(customer, name),
        "name": name,
        "customer_id": customer.id,
        **details,
    }
    return Resource(generated_name=_generated(whole), **whole)  # type: ignore[arg-type]  # fields by name, checked by the dataclass


def _generated(details: dict[str, object]) -> str:
    """The name that Google makes of where a room is, what it is called and how many it seats."""
    where = [str(details[part]) for part in ("building_id", "floor_name") if details.get(part)]
    seats = f" ({details['capacity']})" if details.get("capacity") else ""
    return "-".join([*where, str(details["name"])]) + seats
