"""A large organisation, at whichever suite: who works there, which rooms there are, and who meets where and when.

Nothing of it is left to chance: the same order makes the same people, rooms and meetings, and no two in one room.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

GIVEN_NAMES = ("Aino", "Bram", "Celia", "Dario", "Elif", "Femi", "Greta", "Hamza", "Ines", "Jonas", "Kaia", "Luca")
SURNAMES = ("Arnesen", "Boateng", "Castro", "Dekker", "Eriksen", "Fontaine", "Gruber", "Horvat", "Ito", "Jovic")
ROOMS_IN_A_BUILDING = 250
ROOMS_ON_A_FLOOR = 25
CAPACITIES = (4, 6, 8, 12, 20, 2)
DAYS_BEFORE_AND_AFTER = 28
_HOURS = range(8, 18)
_WITH_ROOM = 3
"""Every so manieth meeting of a person has a room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many people, rooms and meetings."""

    members: int
    rooms: int
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdMember:
    """Somebody, by number from nought."""

    number: int
    given_name: str
    surname: str

    @property
    def local_part(self) -> str:
        """The address up to the @: the number keeps people of one name apart."""
        return f"{self.given_name}.{self.surname}.{self.number + 1:04}".lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdRoom:
    """A room, by number from nought."""

    number: int
    building: str
    floor: int
    name: str
    capacity: int

    @property
    def local_part(self) -> str:
        """What its address begins with, or is made from."""
        return f"room.{self.number + 1:05}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdMeeting:
    """One meeting of an hour by a member's number, in a room by its number or in none; instants in UTC."""

    number: int
    member: int
    room: int | None
    start: datetime
    end: datetime


def members_of(size: Size) -> Iterator[CrowdMember]:
    """Everybody."""
    for number in range(size.members):
        yield CrowdMember(
            number=number,
            given_name=GIVEN_NAMES[number % len(GIVEN_NAMES)],
            surname=SURNAMES[number // len(GIVEN_NAMES) % len(SURNAMES)],
        )


def rooms_of(size: Size) -> Iterator[CrowdRoom]:
    """Every room, building by building and floor by floor."""
    for number in range(size.rooms):
        building, inside = divmod(number, ROOMS_IN_A_BUILDING)
        floor, place = divmod(inside, ROOMS_ON_A_FLOOR)
        yield CrowdRoom(
            number=number,
            building=f"Block {building + 1:02}",
            floor=floor,
            name=f"Block {building + 1:02} {floor}.{place + 1:02}",
            capacity=CAPACITIES[number % len(CAPACITIES)],
        )


def meetings_of(size: Size, today: date) -> Iterator[CrowdMeeting]:
    """Every meeting, member by member: an hour each on the working days of four weeks before and after today."""
    slots = _slots(today)
    for number in range(size.events):
        member, turn = number % size.members, number // size.members
        start = slots[turn % len(slots)]
        yield CrowdMeeting(
            number=number,
            member=member,
            room=_room_for(size, member, turn) if turn < len(slots) else None,
            start=start,
            end=start + timedelta(hours=1),
        )


def _slots(today: date) -> list[datetime]:
    """Hours of working days, those nearest to today first."""
    days = [today + timedelta(days=n) for n in range(-DAYS_BEFORE_AND_AFTER, DAYS_BEFORE_AND_AFTER + 1)]
    working = sorted((day for day in days if day.weekday() < 5), key=lambda day: (abs(day - today), day))
    return [datetime.combine(day, time(hour), UTC) for hour in _HOURS for day in working]


def _room_for(size: Size, member: int, turn: int) -> int | None:
    """A room that nobody else has in that hour, as long as there are enough of them."""
    if turn % _WITH_ROOM or member >= size.rooms:
        return None
    return (member + turn // _WITH_ROOM * size.members) % size.rooms
