"""In which order rooms are offered: a rule without a database and without a suite.

What a room is to bring comes from whoever asks: `Wanted`. A room's details are those that hold, our overrides included.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from app.suites.events import Availability


class RankedRoom(Protocol):
    """What the order looks at."""

    id: UUID
    name: str
    building: str | None
    capacity: int | None
    equipment: list[str]


class Candidate(Protocol):
    """A room, and whether it is free."""

    @property
    def room(self) -> RankedRoom: ...

    @property
    def availability(self) -> Availability: ...


_C = TypeVar("_C", bound=Candidate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a room is to bring. Nothing of it leaves a room out: what lacks it comes later."""

    people: int = 0
    """For how many it has to suffice."""
    equipment: tuple[str, ...] = ()
    """What is to be in it, whatever the case."""
    buildings: tuple[str, ...] = ()
    """Where it had best be, the best first, whatever the case: what rooms call these buildings."""


_AVAILABILITY = {Availability.FREE: 0, Availability.UNKNOWN: 1, Availability.BUSY: 2}
_SUFFICES, _SIZE_UNKNOWN, _TOO_SMALL = 0, 1, 2


def ranked(rooms: Iterable[_C], wanted: Wanted) -> list[_C]:
    """The best fit first: free before unknown before busy, and among those the fewest pieces of equipment missing.

    Then those that suffice before those of unknown size before those too small; then the preferred buildings in their
    order; then the fewest seats to spare, or lacking. Building and name decide between equals, so that the order is the
    same every time.
    """
    places = {building.casefold(): place for place, building in reversed([*enumerate(wanted.buildings)])}
    pieces = {piece.casefold() for piece in wanted.equipment}

    def key(candidate: _C) -> tuple[int, int, int, int, int, str, str, UUID]:
        room = candidate.room
        missing = len(pieces - {piece.casefold() for piece in room.equipment}) if pieces else 0
        place = places.get((room.building or "").casefold(), len(wanted.buildings))
        size, spare = _fit(room.capacity, wanted.people)
        building, name = room.building or "", room.name
        return _AVAILABILITY[candidate.availability], missing, size, place, spare, building, name, room.id

    return sorted(rooms, key=key)


def _fit(capacity: int | None, people: int) -> tuple[int, int]:
    """Whether so many find a seat, and how many seats that leaves or lacks."""
    if capacity is None:
        return _SIZE_UNKNOWN, 0
    return (_SUFFICES if capacity >= people else _TOO_SMALL), abs(capacity - people)
