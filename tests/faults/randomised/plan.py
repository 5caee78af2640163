"""What will be done and what will fail, drawn from a seed: the same seed draws the same acts and the same troubles.

An act names no booking, since which ones there are by then depends on who was faster: it draws a number, and takes that
place in the list of those that it could be done to.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Trouble(StrEnum):
    """What can fail."""

    SERVER_KILLED = "server killed"
    SERVER_TERMINATED = "server terminated"
    WORKER_KILLED = "worker killed"
    WORKER_TERMINATED = "worker terminated"
    POSTGRESQL_KILLED = "PostgreSQL killed"
    POSTGRESQL_RESTARTED = "PostgreSQL restarted"
    POSTGRESQL_PAUSED = "PostgreSQL paused"
    REDIS_KILLED = "Redis killed"
    REDIS_FLUSHED = "Redis flushed"
    REDIS_PAUSED = "Redis paused"
    CALLS_THROTTLED = "calls throttled"
    CALLS_DROPPED = "calls dropped"
    ANSWERS_DROPPED = "answers dropped"
    CALLS_DELAYED = "calls delayed"
    ANSWERS_MALFORMED = "answers malformed"
    NOTIFICATIONS_LOST = "notifications lost"
    NOTIFICATIONS_FORGED = "notifications forged"
    WATCH_ENDED = "watch ended"
    CLOCK_MOVED = "clock moved"


WEIGHTS = {
    Trouble.SERVER_KILLED: 10,
    Trouble.SERVER_TERMINATED: 6,
    Trouble.WORKER_KILLED: 8,
    Trouble.WORKER_TERMINATED: 4,
    Trouble.POSTGRESQL_KILLED: 3,
    Trouble.POSTGRESQL_RESTARTED: 2,
    Trouble.POSTGRESQL_PAUSED: 2,
    Trouble.REDIS_KILLED: 4,
    Trouble.REDIS_FLUSHED: 4,
    Trouble.REDIS_PAUSED: 4,
    Trouble.CALLS_THROTTLED: 5,
    Trouble.CALLS_DROPPED: 5,
    Trouble.ANSWERS_DROPPED: 8,
    Trouble.CALLS_DELAYED: 4,
    Trouble.ANSWERS_MALFORMED: 4,
    Trouble.NOTIFICATIONS_LOST: 8,
    Trouble.NOTIFICATIONS_FORGED: 3,
    Trouble.WATCH_ENDED: 3,
    Trouble.CLOCK_MOVED: 5,
}
BETWEEN_SECONDS = 2.0
"""How far apart two troubles begin, on average."""
LONGEST_SECONDS = 5.0
FURTHEST_MINUTES = 120
"""How far the clock goes at once, the five days apart."""
HOURS_IN_ALL = 8.0
"""And in all: what repeats go by is kept for seven days, and has to be there in the end."""


@dataclass(frozen=True, slots=True)
class PlannedTrouble:
    """One of them."""

    at: float
    """Seconds after the members have begun."""
    trouble: Trouble
    lasts: float
    which: float
    """Which of several it meets: its place among them, from 0 to 1."""
    share: float
    """How many of the calls, or of the notifications, it meets; how far the clock goes."""


class Kind(StrEnum):
    """What a member does."""

    BOOK = "book"
    REPLACE = "replace"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    RESPOND = "respond"
    BOOK_SHIFT = "book a shift"
    CANCEL_SHIFT = "cancel a shift"
    READ_AGENDA = "read the agenda"
    RECONNECT = "disconnect and reconnect"


ACTS = {
    Kind.BOOK: 30,
    Kind.REPLACE: 10,
    Kind.RESCHEDULE: 10,
    Kind.CANCEL: 10,
    Kind.RESPOND: 10,
    Kind.BOOK_SHIFT: 10,
    Kind.CANCEL_SHIFT: 4,
    Kind.READ_AGENDA: 12,
    Kind.RECONNECT: 1,
}
ALSO_AGAIN = 0.2
"""So many acts are repeated under their key although they were answered."""


@dataclass(frozen=True, slots=True)
class PlannedAct:
    """One act of one member."""

    number: int
    kind: Kind
    pause: float
    """Seconds before it."""
    which: float
    room: float
    day: int
    hour: int
    is_repeated: bool
    takes_all: bool
    """Of a cancellation: whether the event goes too."""


class HouseKind(StrEnum):
    """What happens to a booking at the suite, without us."""

    ANSWERED = "somebody in charge of a room answers"
    CHANGED_MIND = "a room that had answered says something else"
    ROOM_REMOVED = "the owner takes the room off"
    MOVED = "the owner moves the event"
    DELETED = "the owner deletes the event"


HOUSE_ACTS = {
    HouseKind.ANSWERED: 50,
    HouseKind.CHANGED_MIND: 25,
    HouseKind.ROOM_REMOVED: 6,
    HouseKind.MOVED: 8,
    HouseKind.DELETED: 6,
}


@dataclass(frozen=True, slots=True)
class PlannedHouseAct:
    """One such happening."""

    kind: HouseKind
    pause: float
    which: float
    accepts: bool


class AdministratorKind(StrEnum):
    """What an administrator does besides enabling and disabling."""

    UPDATE_ROOM = "update a room"
    CREATE_BUILDING = "create a building"
    INVITE = "invite a member"
    SETTLE = "change the notification settings"
    CREATE_TOKEN = "create an access token"
    SYNC_ROOMS = "sync rooms"


@dataclass(frozen=True, slots=True)
class PlannedOfficeAct:
    """One of an administrator's."""

    number: int
    kind: AdministratorKind
    pause: float
    which: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long, how many, and what from."""

    seed: int
    seconds: float
    members: int
    """Of each organisation."""

    def troubles(self) -> Sequence[PlannedTrouble]:
        """In order of their beginning; the last ones end with the acts."""
        chance = self.chance("troubles")
        found, at, hours = [], 1.0, 0.0
        while (at := at + chance.expovariate(1 / BETWEEN_SECONDS)) < self.seconds:
            trouble = chance.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]
            lasts = min(chance.uniform(0.3, LONGEST_SECONDS), self.seconds - at)
            planned = PlannedTrouble(at, trouble, lasts, chance.random(), chance.random())
            if trouble is Trouble.CLOCK_MOVED:
                hours += step_of(planned) / timedelta(hours=1)
                if hours > HOURS_IN_ALL:
                    continue
            found.append(planned)
        return found

    def acts(self, member: str) -> Iterator[PlannedAct]:
        """Without end: as many are done as there is time for."""
        chance, number = self.chance(f"member {member}"), 0
        while True:
            number += 1
            yield PlannedAct(
                number=number,
                kind=chance.choices(list(ACTS), weights=list(ACTS.values()))[0],
                pause=chance.expovariate(1 / 1.2),
                which=chance.random(),
                room=chance.random(),
                day=chance.randrange(14, 30),
                hour=chance.randrange(0, 24),
                is_repeated=chance.random() < ALSO_AGAIN,
                takes_all=chance.random() < 0.5,
            )

    def house_acts(self, house: str) -> Iterator[PlannedHouseAct]:
        chance = self.chance(f"house {house}")
        while True:
            yield PlannedHouseAct(
                kind=chance.choices(list(HOUSE_ACTS), weights=list(HOUSE_ACTS.values()))[0],
                pause=chance.expovariate(1 / 0.6),
                which=chance.random(),
                accepts=chance.random() < 0.5,
            )

    def office_acts(self, house: str) -> Iterator[PlannedOfficeAct]:
        chance, number = self.chance(f"administrator {house}"), 0
        while True:
            number += 1
            kind = chance.choice(list(AdministratorKind))
            yield PlannedOfficeAct(number, kind, chance.expovariate(1 / 2.5), chance.random())

    def chance(self, purpose: str) -> random.Random:
        """A row of numbers for this purpose alone, so that nothing else in the run moves it."""
        return random.Random(f"{self.seed}/{purpose}")  # noqa: S311  # the same in every run, no secret


def step_of(planned: PlannedTrouble) -> timedelta:
    """How far this one moves the clock."""
    return timedelta(minutes=5 + planned.share * FURTHEST_MINUTES)
