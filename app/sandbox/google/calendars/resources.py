"""A customer's rooms and buildings, as its administrators wrote them down, and how each room answers.

https://developers.google.com/workspace/admin/directory/reference/rest/v1/resources.calendars
"""

from dataclasses import dataclass
from enum import StrEnum


class ResourceBehaviour(StrEnum):
    """What a room does with an invitation: https://support.google.com/a/answer/1034381"""

    AUTO_ACCEPT = "AUTO_ACCEPT"
    """Takes what does not conflict; the default."""

    MANUAL = "MANUAL"
    """Someone in charge answers; until then it stays ``needsAction``."""

    DECLINE_ALL = "DECLINE_ALL"
    """Nobody has the right to book it."""

    ADD_ALL = "ADD_ALL"
    """Takes everything, conflicts included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One calendar resource; ``email`` is its address and the id of its calendar."""

    resource_id: str
    email: str
    name: str
    generated_name: str
    customer_id: str
    category: str = "CONFERENCE_ROOM"
    capacity: int | None = None
    building_id: str | None = None
    floor_name: str | None = None
    floor_section: str | None = None
    features: tuple[str, ...] = ()
    description: str | None = None
    behaviour: ResourceBehaviour = ResourceBehaviour.AUTO_ACCEPT
    bookable_by: frozenset[str] | None = None
    """Addresses of those who may book it; None for all the customer's people."""
    replaced_by_similar: bool = False
    """Whether Google looks for another room when this one declines."""
    released_when_empty: bool = False
    """Whether Google takes it off a meeting when all guests but one have declined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """One building, with its postal address; ``coordinates`` are latitude and longitude."""

    id: str
    name: str
    customer_id: str
    description: str | None = None
    floor_names: tuple[str, ...] = ()
    address_lines: tuple[str, ...] = ()
    locality: str | None = None
    postal_code: str | None = None
    region_code: str | None = None
    coordinates: tuple[float, float] | None = None


class ResourceStore:
    """Every customer's rooms and buildings."""

    def __init__(self) -> None:
        self._resources: dict[str, Resource] = {}
        self._of_customer: dict[str, dict[str, Resource]] = {}
        self._buildings: dict[tuple[str, str], Building] = {}
        self.empty_pages_owed = 0
        """How many of the next lists answer a page without rows and with a token."""

    def get(self, email: str) -> Resource | None:
        """The room with this address, whatever the case."""
        return self._resources.get(email.lower())

    def all(self, customer_id: str | None = None) -> tuple[Resource, ...]:
        """One customer's rooms, or all, in the order in which they were added."""
        known = self._resources if customer_id is None else self._of_customer.get(customer_id, {})
        return tuple(known.values())

    def save(self, resource: Resource) -> Resource:
        """Add a room, or put this in the place of the one with its address."""
        key = resource.email.lower()
        if (before := self._resources.get(key)) is not None and before.customer_id != resource.customer_id:
            self.remove(key)
        self._resources[key] = self._of_customer.setdefault(resource.customer_id, {})[key] = resource
        return resource

    def remove(self, email: str) -> None:
        """Delete a room; KeyError when there is none."""
        gone = self._resources.pop(email.lower())
        del self._of_customer[gone.customer_id][email.lower()]

    def buildings(self, customer_id: str) -> tuple[Building, ...]:
        """One customer's buildings."""
        return tuple(one for one in self._buildings.values() if one.customer_id == customer_id)

    def remove_building(self, customer_id: str, building_id: str) -> bool:
        """Delete a building; what its rooms say stays. False when there is none."""
        return self._buildings.pop((customer_id, building_id), None) is not None

    def save_building(self, building: Building) -> Building:
        """Add a building, or put this in the place of the one with its id."""
        self._buildings[building.customer_id, building.id] = building
        return building

    def features(self, customer_id: str) -> tuple[str, ...]:
        """The names of what the customer's rooms have, each once, sorted."""
        return tuple(sorted({name for one in self.all(customer_id) for name in one.features}))

    def takes_empty_page(self) -> bool:
        """Whether a list that is asked for now is to answer an empty page; that one is then no longer owed."""
        owes = self.empty_pages_owed > 0
        self.empty_pages_owed -= owes
        return owes

    def clear(self) -> None:
        """Forget every room and building."""
        self.empty_pages_owed = 0
        self._resources.clear()
        self._of_customer.clear()
        self._buildings.clear()
