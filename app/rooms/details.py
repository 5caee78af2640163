"""A room's details: what the suite says, what an administrator says instead, and which of them holds.

The row's own columns always hold what holds, so that whoever reads, filters or orders rooms need not ask again. What an
override hides is kept beside them, detail by detail, and every sync refreshes it there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.rooms.models import Room
from app.suites.events import SuiteRoom


class RoomDetail(StrEnum):
    """What can be said of a room."""

    NAME = "NAME"
    BUILDING = "BUILDING"
    FLOOR = "FLOOR"
    CAPACITY = "CAPACITY"
    EQUIPMENT = "EQUIPMENT"
    ACCESSIBILITY = "ACCESSIBILITY"
    BOOKABLE = "BOOKABLE"

    @property
    def column(self) -> str:
        """Where the row holds it."""
        return _COLUMNS[self]


_COLUMNS = {
    RoomDetail.NAME: "name",
    RoomDetail.BUILDING: "building",
    RoomDetail.FLOOR: "floor",
    RoomDetail.CAPACITY: "capacity",
    RoomDetail.EQUIPMENT: "equipment",
    RoomDetail.ACCESSIBILITY: "is_accessible",
    RoomDetail.BOOKABLE: "is_bookable",
}
_BY_COLUMN = {column: detail for detail, column in _COLUMNS.items()}

DETAIL_COLUMNS = tuple(_COLUMNS.values())
"""The columns of a room's details."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomDetails:
    """A room's details from one source."""

    name: str
    building: str | None
    floor: str | None
    capacity: int | None
    equipment: Sequence[str]
    is_accessible: bool | None
    is_bookable: bool


def listed_details(listed: SuiteRoom) -> dict[str, Any]:
    """What the directory says, by column."""
    return {
        "name": listed.name,
        "building": listed.building,
        "floor": listed.floor,
        "capacity": listed.capacity,
        "equipment": list(listed.equipment),
        "is_accessible": listed.is_accessible,
        "is_bookable": listed.is_bookable,
    }


def overridden(room: Room) -> list[RoomDetail]:
    """The details that an administrator overrode, in the order of the list above."""
    beneath = room.beneath_overrides or {}
    return [detail for detail in RoomDetail if detail.column in beneath]


def suite_details(room: Room) -> RoomDetails | None:
    """What the suite's directory said of the room last; None where it never listed it."""
    if room.suite_room_id is None:
        return None
    present = {column: getattr(room, column) for column in DETAIL_COLUMNS}
    return RoomDetails(**(present | (room.beneath_overrides or {})))


def renewed(room: Room, said: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row of which the suite now says this: overridden details keep ours, with the suite's beneath."""
    beneath = room.beneath_overrides
    if not beneath:
        return dict(said)
    values = {column: value for column, value in said.items() if column not in beneath}
    return {**values, "beneath_overrides": {column: said[column] for column in beneath}}


def with_overrides(room: Room, ours: Mapping[RoomDetail, Any], taken_back: Sequence[RoomDetail]) -> dict[str, Any]:
    """The values of the row once these are overridden, and those are as if nobody ever had."""
    beneath = dict(room.beneath_overrides or {})
    values: dict[str, Any] = {}
    for detail in taken_back:
        if detail.column in beneath:
            values[detail.column] = beneath.pop(detail.column)
    for detail, value in ours.items():
        beneath.setdefault(detail.column, getattr(room, detail.column))
        values[detail.column] = value
    return {**values, "beneath_overrides": beneath or None}
