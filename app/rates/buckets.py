"""Buckets that empty as they are taken from and fill again evenly: the arithmetic, and what keeps them.

A bucket is one number, the moment when it will be full again, as in the generic cell rate algorithm of traffic
shaping (ITU-T I.371). A whole minute's worth may be taken at once; whoever is refused took nothing, and knows the
very moment from which there is enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

MINUTE = 60_000_000
"""In microseconds, as all moments and waits here are: whole numbers that Redis can reckon with exactly."""

FURTHEST_AHEAD = 2 * MINUTE


class Scarce(StrEnum):
    """Of what there is only so much in a minute."""

    REQUESTS = "requests"
    MUTATIONS = "mutations"
    SUITE_CALLS = "suite-calls"
    PAGES = "pages"


class Holder(StrEnum):
    """Whose bucket it is."""

    MEMBER = "member"
    ORGANISATION = "organisation"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """What is to be taken from one bucket; more than it holds counts as all of it. `per_minute` is what it holds."""

    holder: Holder
    holder_id: str
    scarce: Scarce
    per_minute: int
    amount: int

    @property
    def key(self) -> str:
        """The bucket's name, the same in every process."""
        return f"{self.holder.value}:{self.holder_id}:{self.scarce.value}"

    @property
    def time(self) -> int:
        """How long the bucket takes to fill up again by as much, in microseconds."""
        return min(self.amount, self.per_minute) * MINUTE // self.per_minute


@dataclass(frozen=True, slots=True)
class Refusal:
    """What there was not enough of, and how long until there is."""

    take: Take
    wait: timedelta


def full_after(full_at: int, time: int, now: int) -> int:
    """When a bucket is full again, once a take of so much time is taken from it.

    An empty one is full in a minute, by the clock of a process that is a little ahead somewhat later. What lies further
    ahead was noted by a clock that was wrong, which must shut nobody out: it counts for nothing.
    """
    return (now if full_at > now + FURTHEST_AHEAD else max(full_at, now)) + time


def wait_for(full_at: int, now: int) -> int:
    """How long until a take that leaves the bucket full at `full_at` may be taken; 0 or less: it may now."""
    return full_at - MINUTE - now


class Buckets(Protocol):
    """Where buckets are kept."""

    async def take(self, takes: Sequence[Take]) -> Refusal | None:
        """Take from all of these buckets, each named once, or from none where one of them holds too little.

        The answer is the refusal that lasts longest, or None.
        """
        ...

    async def close(self) -> None: ...
