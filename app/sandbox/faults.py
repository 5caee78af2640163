"""Faults ordered from outside: which calls they meet, what becomes of those calls, and a record of each.

A fault is matched by server, method, path and whose token the call bears; it meets the next ``times`` calls, or each
of them with some probability (drawn from a seeded row), and is then used up. What it does is one of `FaultEffect`,
before or after the request is carried out: "after" is how an event comes to exist though its creation was answered
with 504, or never.
"""

import asyncio
import itertools
import random
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache


class Host(StrEnum):
    """Which host a path of the sandbox stands for."""

    ENTRA = "entra"
    GRAPH = "graph"
    GOOGLE_ACCOUNTS = "google-accounts"
    """Everything of OAuth and OpenID Connect."""
    GOOGLE_CALENDAR = "google-calendar"
    GOOGLE_DIRECTORY = "google-directory"


class FaultEffect(StrEnum):
    """What happens to a call that meets the fault."""

    ANSWER = "answer"
    """The fault's own status, headers and body instead of the real answer."""

    DROP = "drop"
    """The connection is closed without an answer."""

    MALFORMED = "malformed"
    """The real status and headers with a body that is not what they announce."""

    HOLD = "hold"
    """The real answer, kept back until the fault is released."""

    DELAY = "delay"
    """The real answer, late."""

    TRICKLE = "trickle"
    """The real answer, one byte at a time."""


class FaultMoment(StrEnum):
    """Whether the request is carried out before the fault strikes."""

    BEFORE = "before"
    AFTER = "after"


class FaultNotFoundError(LookupError):
    """No fault has this identifier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultMatch:
    """Which calls a fault meets; None means any. In ``path``, ``*`` stays within a segment and ``**`` does not."""

    host: Host | None = None
    method: str | None = None
    path: str | None = None
    user_oid: str | None = None
    tenant_id: str | None = None

    def meets(self, call: "Call") -> bool:
        """Whether this call is one of those meant."""
        return (
            self.host in (None, call.host)
            and (self.method is None or self.method.upper() == call.method)
            and self.user_oid in (None, call.user_oid)
            and self.tenant_id in (None, call.tenant_id)
            and (self.path is None or any(_pattern(self.path).fullmatch(p) for p in call.paths))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, as far as a fault or a counter can tell calls apart."""

    host: Host
    method: str
    path: str
    template: str
    user_oid: str | None = None
    tenant_id: str | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """The path as sent and, for Graph, also without the version before it."""
        if self.host is Host.GRAPH:
            return self.path, "/" + self.path.lstrip("/").partition("/")[2]
        return (self.path,)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultOrder:
    """A fault as it was ordered; ``times`` None means until it is cleared, ``probability`` below 1 "now and then"."""

    match: FaultMatch
    effect: FaultEffect
    moment: FaultMoment = FaultMoment.BEFORE
    status: int = 503
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    delay: timedelta = timedelta()
    times: int | None = 1
    probability: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedFault:
    """One call that met a fault."""

    fault_id: str
    at: datetime
    call: Call


@dataclass(slots=True, eq=False)
class Fault:
    """An order with its life: how many calls it still meets, and which of them it is holding."""

    id: str
    order: FaultOrder
    remaining: int | None
    applied: int = 0
    held: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    chance: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.order.seed)  # noqa: S311  # the same calls in every run, no secret

    def strikes(self, call: "Call") -> bool:
        """Whether it meets this call, now that it comes; draws where that is left to chance."""
        if self.remaining == 0 or not self.order.match.meets(call):
            return False
        return self.order.probability >= 1 or self.chance.random() < self.order.probability

    async def hold(self) -> None:
        """Keep the caller until the fault is released or cleared."""
        self._count_held(+1)
        try:
            await self.released.wait()
        finally:
            self._count_held(-1)

    async def until_held(self, count: int) -> None:
        """Return once this many calls are being held."""
        while self.held < count:
            await self.changed.wait()

    def _count_held(self, step: int) -> None:
        self.held += step
        self.changed.set()
        self.changed = asyncio.Event()


class FaultBook:
    """The faults on order, first come first met, and the record of those that struck."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._numbers = itertools.count(1)
        self.record: list[AppliedFault] = []

    def order(self, order: FaultOrder) -> Fault:
        """Put a fault on order."""
        fault = Fault(id=f"fault-{next(self._numbers)}", order=order, remaining=order.times)
        self._faults[fault.id] = fault
        return fault

    def all(self) -> tuple[Fault, ...]:
        """Every fault ordered since the last clearing, used up or not."""
        return tuple(self._faults.values())

    def get(self, fault_id: str) -> Fault:
        """The fault with this identifier; raises FaultNotFoundError."""
        try:
            return self._faults[fault_id]
        except KeyError:
            raise FaultNotFoundError(fault_id) from None

    def take(self, call: Call, at: datetime, *, among: frozenset[FaultEffect] = frozenset(FaultEffect)) -> Fault | None:
        """The fault that this call meets, counted and recorded; None when it goes through unharmed.

        Only effects ``among`` these are looked at, and only calls that meet a fault count towards its ``times``.
        """
        for fault in self._faults.values():
            if fault.order.effect not in among or not fault.strikes(call):
                continue
            if fault.remaining is not None:
                fault.remaining -= 1
            fault.applied += 1
            self.record.append(AppliedFault(fault_id=fault.id, at=at, call=call))
            return fault
        return None

    def release(self, fault_id: str) -> Fault:
        """Let the held calls go on and meet no more of them; raises FaultNotFoundError."""
        fault = self.get(fault_id)
        fault.remaining = 0
        fault.released.set()
        return fault

    def clear(self, fault_id: str | None = None) -> int:
        """Take one fault, or all of them (None), off the book; held calls go on. Answers how many."""
        chosen = list(self._faults) if fault_id is None else [self.get(fault_id).id]
        for identifier in chosen:
            self.release(identifier)
            del self._faults[identifier]
        if fault_id is None:
            self.record.clear()
        return len(chosen)


@cache
def _pattern(path: str) -> re.Pattern[str]:
    pieces = {"**": ".*", "*": "[^/]*"}
    return re.compile("".join(pieces.get(piece, re.escape(piece)) for piece in re.split(r"(\*\*|\*)", path)))
