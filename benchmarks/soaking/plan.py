"""What will happen in a soak, drawn from its seed: the same seed makes the same bookings, decisions and changes."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

LENGTH = timedelta(minutes=30)
BLOCK_HOURS = 4
"""Each booking has so many hours of its room for itself, so that it can be moved and never meets another."""
BLOCKS_A_DAY = 24 // BLOCK_HOURS
FIRST_DAY = 10
"""Days from now: the clock is put forward by less than that."""
ROOM_IS_FULL_AT = 100


class Decider(StrEnum):
    """How a room decides."""

    ACCEPTS = "accepts"
    DECLINES = "declines"
    IS_ASKED = "is-asked"
    """Somebody in charge of it answers, or never does."""


class Change(StrEnum):
    """What happens at the suite to a booking that had settled, or had not."""

    DECLINED = "declined"
    ACCEPTED = "accepted"
    ROOM_REMOVED = "room-removed"
    EVENT_MOVED = "event-moved"
    EVENT_DELETED = "event-deleted"


AFTER_ACCEPTING = (Change.DECLINED, Change.ROOM_REMOVED, Change.EVENT_MOVED, Change.EVENT_DELETED)
AFTER_DECLINING = (Change.ACCEPTED, Change.EVENT_DELETED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoakPlan:
    """How much happens, and how much of it goes wrong."""

    seed: int
    bookings: int
    members: int
    dropped: float = 0.10
    doubled: float = 0.10
    throttled: float = 0.05
    never_answered: float = 0.02
    changed: float = 0.30
    """The share of the bookings to which something happens at the suite after the rooms' first answers."""
    calm: int = 200
    """Decisions that are timed, one after another, with nothing going wrong."""
    side_by_side: int = 16
    """Members who do something at the same moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBooking:
    """One booking, with what its room says and what becomes of it."""

    subject: str
    member: int
    room: str
    decider: Decider
    accepts: bool | None
    """What somebody in charge says first, where the room asks; None: nothing."""
    change: Change | None
    start: datetime

    @property
    def end(self) -> datetime:
        return self.start + LENGTH

    @property
    def moved_to(self) -> datetime:
        return self.start + timedelta(hours=1)


class Diary:
    """Hands out rooms of each kind and times in them, none of them twice."""

    def __init__(self, today: datetime) -> None:
        self._first = today.replace(hour=0, minute=7, second=0, microsecond=0) + timedelta(days=FIRST_DAY)
        self._taken: dict[Decider, int] = dict.fromkeys(Decider, 0)

    def next(self, decider: Decider) -> tuple[str, datetime]:
        """A room that decides so, and from when on it is free."""
        number, place = divmod(self._taken[decider], ROOM_IS_FULL_AT)
        self._taken[decider] += 1
        day, block = divmod(place, BLOCKS_A_DAY)
        return f"soak-{decider.value}-{number + 1}", self._first + timedelta(days=day, hours=block * BLOCK_HOURS)

    def rooms(self) -> Sequence[tuple[str, Decider]]:
        """Every room that was handed out."""
        return [
            (f"soak-{decider.value}-{number + 1}", decider)
            for decider, taken in self._taken.items()
            for number in range((taken + ROOM_IS_FULL_AT - 1) // ROOM_IS_FULL_AT)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SidePlan:
    """What happens at one of the suites."""

    members: int
    rooms: Sequence[tuple[str, Decider]]
    bookings: Sequence[PlannedBooking]
    calm: Sequence[PlannedBooking]
    """Those whose rooms' decisions are timed."""


def side_plan(plan: SoakPlan, side: int, sides: int, today: datetime | None = None) -> SidePlan:
    """The part of one of the suites."""
    chance = random.Random(f"{plan.seed}/{side}")  # noqa: S311  # the same in every run, no secret
    diary = Diary(today or datetime.now(UTC))
    members = _share(plan.members, side, sides)
    bookings = [
        _booking(plan, chance, diary, f"Soak {side}-{number:04}", number % members)
        for number in range(_share(plan.bookings, side, sides))
    ]
    calm = [
        _calm(chance, diary, f"Calm {side}-{number:04}", number % members)
        for number in range(_share(plan.calm, side, sides))
    ]
    return SidePlan(members=members, rooms=diary.rooms(), bookings=bookings, calm=calm)


def _share(total: int, side: int, sides: int) -> int:
    return total // sides + (side < total % sides)


def _booking(plan: SoakPlan, chance: random.Random, diary: Diary, subject: str, member: int) -> PlannedBooking:
    decider = chance.choices(list(Decider), weights=(55, 20, 25))[0]
    accepts: bool | None = None
    if decider is Decider.IS_ASKED:
        is_never = chance.random() < plan.never_answered / 0.25
        accepts = None if is_never else chance.random() < 0.5
    change = _change(chance, decider, accepts) if chance.random() < plan.changed else None
    room, start = diary.next(decider)
    return PlannedBooking(
        subject=subject, member=member, room=room, decider=decider, accepts=accepts, change=change, start=start
    )


def _change(chance: random.Random, decider: Decider, accepts: bool | None) -> Change:
    if decider is Decider.IS_ASKED and accepts is None:
        return chance.choice((Change.ACCEPTED, Change.DECLINED))
    is_accepted = decider is Decider.ACCEPTS or accepts is True
    return chance.choice(AFTER_ACCEPTING if is_accepted else AFTER_DECLINING)


def _calm(chance: random.Random, diary: Diary, subject: str, member: int) -> PlannedBooking:
    room, start = diary.next(Decider.IS_ASKED)
    return PlannedBooking(
        subject=subject,
        member=member,
        room=room,
        decider=Decider.IS_ASKED,
        accepts=chance.random() < 0.5,
        change=None,
        start=start,
    )
