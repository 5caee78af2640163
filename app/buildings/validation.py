"""What an administrator may say of a building. Paths of what is wrong are those of the input."""

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import time
from uuid import UUID

from app.buildings.hours import WEEKDAYS, Opening, OpeningHours
from app.buildings.layout import AreaLayout, BuildingLayout, FloorLayout
from app.buildings.models import Area, Floor
from app.errors import InvalidInput, NotFound
from app.rooms.validation import checked_line
from app.shifts.spans import Slot
from app.suites.events import Weekday

MAX_NAME, MAX_PART_NAME, MAX_PRESENT_NAME = 256, 64, 512
MAX_SUITE_NAMES = 20
MAX_CAPACITY = 100_000
MAX_FLOORS, MAX_AREAS = 100, 200


@dataclass(frozen=True, slots=True)
class OpenDay:
    """One entry of the opening hours that are asked for."""

    weekday: Weekday
    opens: time
    closes: time


def checked(layout: BuildingLayout) -> BuildingLayout:
    """The building in its normal form. Raises InvalidInput."""
    if len(layout.floors) > MAX_FLOORS:
        raise InvalidInput("floors", f"A building has at most {MAX_FLOORS} floors.")
    if sum(1 for _ in layout.areas) > MAX_AREAS:
        raise InvalidInput("floors", f"A building has at most {MAX_AREAS} areas in all.")
    if layout.afternoon_starts == time():
        raise InvalidInput("afternoonStarts", "The afternoon starts later than the day: after 00:00.")
    floors = tuple(_checked_floor(f"floors.{place}", floor) for place, floor in enumerate(layout.floors))
    _check_distinct("floors", [floor.name for floor in floors], "floor of this building")
    return replace(
        layout,
        name=_checked_name(layout.name),
        suite_names=_checked_suite_names(layout.suite_names),
        capacity=_checked_capacity("capacity", layout.capacity),
        slots=_checked_slots(layout.slots),
        floors=floors,
    )


def checked_hours(days: Sequence[OpenDay]) -> OpeningHours:
    """The opening hours in the order of the week. Raises InvalidInput."""
    found: dict[Weekday, Opening] = {}
    for place, day in enumerate(days):
        if day.weekday in found:
            raise InvalidInput(
                f"openingHours.{place}.weekday", "A day of the week is named twice.", remedy="Name each day once."
            )
        if day.closes <= day.opens:
            raise InvalidInput(f"openingHours.{place}.closes", "The building closes later than it opens, that day.")
        found[day.weekday] = Opening(day.opens, day.closes)
    return {day: found[day] for day in WEEKDAYS if day in found}


def name_key(name: str) -> str:
    """The same for names that nobody tells apart: without regard to case, and to how accents are encoded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def check_ids(asked: Iterable[FloorLayout], floors: Collection[Floor], areas: Collection[Area]) -> None:
    """Whether the floors and areas that are named are there, each once and each area on its own floor.

    Raises NotFound, InvalidInput.
    """
    known = {floor.id for floor in floors}
    floor_of = {area.id: area.floor_id for area in areas}
    seen: set[UUID] = set()
    for place, floor in enumerate(asked):
        if floor.id is not None and floor.id not in known:
            raise NotFound("floor")
        _check_once(f"floors.{place}.id", floor.id, seen)
        for position, area in enumerate(floor.areas):
            path = f"floors.{place}.areas.{position}.id"
            if area.id is not None and area.id not in floor_of:
                raise NotFound("area")
            _check_once(path, area.id, seen)
            if area.id is not None and floor_of[area.id] != floor.id:
                raise InvalidInput(
                    path,
                    f"{area.name} is on another floor, and an area does not move.",
                    remedy="Leave its id out: it is a new area then, and the one on the other floor is removed.",
                )


def _check_once(path: str, row_id: UUID | None, seen: set[UUID]) -> None:
    if row_id is None:
        return
    if row_id in seen:
        raise InvalidInput(path, "This id is named twice.", remedy="Name each floor and each area once.")
    seen.add(row_id)


def _checked_floor(path: str, floor: FloorLayout) -> FloorLayout:
    areas = tuple(_checked_area(f"{path}.areas.{place}", area) for place, area in enumerate(floor.areas))
    _check_distinct(f"{path}.areas", [area.name for area in areas], "area of this floor")
    return replace(
        floor,
        name=_checked_part_name(f"{path}.name", floor.name),
        capacity=_checked_capacity(f"{path}.capacity", floor.capacity),
        areas=areas,
    )


def _checked_area(path: str, area: AreaLayout) -> AreaLayout:
    return replace(
        area,
        name=_checked_part_name(f"{path}.name", area.name),
        capacity=_checked_capacity(f"{path}.capacity", area.capacity),
    )


def _checked_name(name: str) -> str:
    line = checked_line("name", name, MAX_NAME)
    if line is None:
        raise InvalidInput("name", "The building needs a name.")
    if len(name_key(line)) > MAX_PRESENT_NAME:
        raise InvalidInput("name", "This name is too long once its letters are written in lower case.")
    return line


def _checked_part_name(path: str, name: str) -> str:
    line = checked_line(path, name, MAX_PART_NAME)
    if line is None:
        raise InvalidInput(path, "Every floor and every area needs a name.")
    return line


def _checked_capacity(path: str, capacity: int | None) -> int | None:
    if capacity is not None and not 0 <= capacity <= MAX_CAPACITY:
        raise InvalidInput(
            path, f"A capacity is 0 to {MAX_CAPACITY:,} people.", remedy="Give null where there is no limit."
        )
    return capacity


def _checked_slots(slots: Collection[Slot]) -> tuple[Slot, ...]:
    if not slots:
        raise InvalidInput(
            "slots",
            "Without a slot nobody could book the building.",
            remedy="Name at least one, or remove the building.",
        )
    return tuple(slot for slot in Slot if slot in slots)


def _checked_suite_names(names: Sequence[str]) -> tuple[str, ...]:
    if len(names) > MAX_SUITE_NAMES:
        raise InvalidInput("suiteNames", f"A building has at most {MAX_SUITE_NAMES} other names.")
    lines = (checked_line(f"suiteNames.{place}", name, MAX_NAME) for place, name in enumerate(names))
    return tuple({name_key(line): line for line in lines if line}.values())


def _check_distinct(path: str, names: Sequence[str], what: str) -> None:
    seen: set[str] = set()
    for place, name in enumerate(names):
        key = name_key(name)
        if key in seen:
            raise InvalidInput(
                f"{path}.{place}.name",
                f"Another {what} is called {name} already, without regard to case.",
                remedy="Give each a name of its own.",
            )
        seen.add(key)
