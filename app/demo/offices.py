"""The demo's buildings, and where its people work in them: what is said to the API, as anybody would say it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

FORTNIGHT = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Storey:
    """A floor with its areas, each with how many people it takes; null for no limit of its own."""

    name: str
    capacity: int | None = None
    areas: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Office:
    """A building, called as the suite's rooms call it, so that a meeting in one of them is at this building."""

    name: str
    time_zone: str
    capacity: int
    floors: tuple[Storey, ...] = ()

    def as_input(self) -> dict[str, Any]:
        """What `createBuilding` takes."""
        return {
            "name": self.name,
            "timeZone": self.time_zone,
            "capacity": self.capacity,
            "floors": [
                {
                    "name": floor.name,
                    "capacity": floor.capacity,
                    "areas": [{"name": name, "capacity": capacity} for name, capacity in (floor.areas or {}).items()],
                }
                for floor in self.floors
            ],
            "idempotencyKey": f"demo-{self.name}",
        }


@dataclass(frozen=True, slots=True)
class Work:
    """Where somebody works on a day or a part of it: in an office by the names of its parts, or at none."""

    kind: str
    office: str | None = None
    floor: str | None = None
    area: str | None = None
    slot: str = "WHOLE_DAY"


REMOTE = Work("REMOTE")
AWAY = Work("NOT_WORKING")


def at(office: str, floor: str | None = None, area: str | None = None, *, slot: str = "WHOLE_DAY") -> Work:
    """At an office."""
    return Work("AT_OFFICE", office, floor, area, slot)


Week = tuple[tuple[Work, ...], ...]
"""From Monday to Friday, each day in one part or several."""


def always(work: Work) -> Week:
    """The same on each working day."""
    return ((work,),) * 5


def first_day(buildings: Iterable[Mapping[str, Any]]) -> date:
    """The first day that is over in none of these buildings, as `createBuilding` answered them."""
    return max(date.fromisoformat(building["today"]) for building in buildings)


def fortnight(week: Week, today: date) -> Iterator[tuple[Work, list[date]]]:
    """On which of the next fourteen days each kind of work falls; parts of a day not today, where they may be over."""
    days = [today + timedelta(days=number) for number in range(FORTNIGHT.days)]
    falls: dict[Work, list[date]] = {}
    for day in days:
        for work in week[day.weekday()] if day.weekday() < len(week) else ():
            if day > today or work.slot == "WHOLE_DAY":
                falls.setdefault(work, []).append(day)
    yield from falls.items()


def find_place(buildings: Mapping[str, Mapping[str, Any]], work: Work) -> dict[str, str] | None:
    """The ids of a place in buildings as `createBuilding` answered them; None for work at no office."""
    if work.office is None:
        return None
    building = buildings[work.office]
    place = {"buildingId": building["id"]}
    if work.floor is not None:
        floor = next(floor for floor in building["floors"] if floor["name"] == work.floor)
        place["floorId"] = floor["id"]
        if work.area is not None:
            place["areaId"] = next(area["id"] for area in floor["areas"] if area["name"] == work.area)
    return place
