"""What became of each booking in truth, at whichever suite: the measure for whoever says that they follow it.

Answers are in the suite's own words. A series tells each of its dates, the first four hundred of them.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

MOST_DATES = 400
LOG_LENGTH = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DateTruth:
    """One date of a series: what the room answered, and whether its own calendar keeps the time for it."""

    answer: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomTruth:
    """One room on an event; ``dates`` is empty for a single event, ``answered_at`` None at Google, which keeps none."""

    address: str
    answer: str
    answered_at: datetime | None
    holds: bool
    dates: Mapping[date, DateTruth] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingTruth:
    """An organiser's event with the rooms on it; ``other_id`` is its second id where the suite has two forms."""

    organizer: str
    event_id: str
    other_id: str | None
    subject: str
    start: datetime
    end: datetime
    is_cancelled: bool
    is_series: bool
    rooms: tuple[RoomTruth, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """A room answered, or was taken off (``released``, ``replaced``); ``was`` is what stood there before."""

    at: datetime
    organizer: str
    event_id: str
    room: str
    occurrence: date | None
    was: str
    answer: str


class AnswerLog:
    """Every answer that rooms gave, oldest first, the latest hundred thousand."""

    def __init__(self) -> None:
        self._given: deque[GivenAnswer] = deque(maxlen=LOG_LENGTH)

    def note(self, given: GivenAnswer) -> None:
        """Keep one."""
        self._given.append(given)

    def since(self, moment: datetime | None) -> Iterator[GivenAnswer]:
        """Those given at that moment or later; all when it is None."""
        return (one for one in self._given if moment is None or one.at >= moment)

    def clear(self) -> None:
        """Forget all."""
        self._given.clear()


def narrowed(found: Iterable[BookingTruth], organizers: Iterable[str], rooms: Iterable[str]) -> Iterator[BookingTruth]:
    """The bookings of these people and of these rooms; of anybody, and of any room, where none is named."""
    people, places = {one.lower() for one in organizers}, {one.lower() for one in rooms}
    for booking in found:
        if people and booking.organizer.lower() not in people:
            continue
        if not places or any(room.address.lower() in places for room in booking.rooms):
            yield booking


def booking_json(one: BookingTruth) -> dict[str, Any]:
    """A booking as the control address shows it."""
    return {
        "organizer": one.organizer,
        "event_id": one.event_id,
        "other_id": one.other_id,
        "subject": one.subject,
        "start": one.start.isoformat(),
        "end": one.end.isoformat(),
        "cancelled": one.is_cancelled,
        "is_series": one.is_series,
        "rooms": [_room_json(room) for room in one.rooms],
    }


def answer_json(one: GivenAnswer) -> dict[str, Any]:
    """An answer as the control address shows it."""
    return {
        "at": one.at.isoformat(),
        "organizer": one.organizer,
        "event_id": one.event_id,
        "room": one.room,
        "occurrence": one.occurrence.isoformat() if one.occurrence else None,
        "was": one.was,
        "answer": one.answer,
    }


def _room_json(one: RoomTruth) -> dict[str, Any]:
    return {
        "address": one.address,
        "answer": one.answer,
        "answered_at": one.answered_at.isoformat() if one.answered_at else None,
        "holds": one.holds,
        "dates": {day.isoformat(): {"answer": d.answer, "holds": d.holds} for day, d in one.dates.items()},
    }
