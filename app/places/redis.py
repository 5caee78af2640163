"""Places that all processes share, in Redis; while Redis does not answer, each process counts by itself.

A key is a sorted set of its holders by the end of their leases. One script takes from every key or from none
(https://redis.io/docs/latest/develop/programmability/eval-intro/). What time it is Redis says itself: a process whose
clock is wrong would else free what others hold.

All that one process has to say goes to Redis in order and many at a time, over one connection. So a place that was
given back is free for whoever asks next, and ten thousand sockets that come at once wait for some dozen answers.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from app.places.held import HeldPlaces
from app.places.places import Cap, Place

_log = structlog.get_logger(__name__)

KEY_PREFIX = "hybrid-meetings:place:"
LEASE = timedelta(seconds=30)
"""How long the places of a process that died are still counted."""
RENEWALS_PER_LEASE = 3
PATIENCE = timedelta(milliseconds=250)
"""How long Redis may take for one answer, before each process counts by itself."""
LOCAL_FOR = timedelta(seconds=5)
"""How long Redis is left alone after it did not answer, so that not everybody waits for it."""
ONCE_MORE = Retry(NoBackoff(), 1)
"""Of a Redis that was started anew every connection is dead that we kept: another one is opened at once."""
AT_ONCE = 200
"""Errands that go to Redis together, and places that one errand renews."""

_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = tonumber(ARGV[1])
"""

# Who holds a place already keeps it: a repeat after a lost answer takes no second one.
_TAKE = f"""{_NOW}
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  if not redis.call('ZSCORE', key, ARGV[2]) and redis.call('ZCARD', key) >= tonumber(ARGV[i + 2]) then return 0 end
end
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + lease, ARGV[2])
  redis.call('PEXPIRE', key, lease)
end
return 1
"""

# What a restart or a flush of Redis took is there again afterwards: a place once given is not taken away.
_RENEW = f"""{_NOW}
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + lease, ARGV[i + 1])
  redis.call('PEXPIRE', key, lease)
end
return 1
"""

_GIVE_BACK = """
for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end
return 1
"""


@dataclass(frozen=True, slots=True)
class _Errand:
    """One script to be run. `answer`: whether it was granted, for whoever waits; `worth_until`: see `_give_back`."""

    script: AsyncScript
    keys: Sequence[str]
    args: Sequence[str | int]
    answer: "asyncio.Future[bool] | None" = None
    worth_until: float = 0

    def grant(self, answer: bool) -> None:
        """Tell whoever waits, if they still do."""
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(answer)


class RedisPlaces:
    """Implements `Places`."""

    def __init__(
        self,
        url: str,
        *,
        lease: timedelta = LEASE,
        patience: timedelta = PATIENCE,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = Redis.from_url(url, retry=ONCE_MORE)
        self._take = self._redis.register_script(_TAKE)
        self._renew = self._redis.register_script(_RENEW)
        self._return = self._redis.register_script(_GIVE_BACK)
        self._lease = lease
        self._patience = patience
        self._monotonic = monotonic
        self._held = HeldPlaces()
        self._asked_for: set[str] = set()
        self._errands: deque[_Errand] = deque()
        self._sending: asyncio.Task[None] | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._is_shared = True
        self._local_until = 0.0

    def __len__(self) -> int:
        """How many places this process holds."""
        return len(self._held)

    async def take(self, caps: Sequence[Cap]) -> Place | None:
        place = self._held.take(caps)
        if place is None or self._is_left_alone:
            return place
        self._start_renewing()
        self._asked_for.add(place.holder)
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        limits = [cap.limit for cap in caps]
        self._post(_Errand(self._take, _named(place.keys), [self._lease_milliseconds, place.holder, *limits], answer))
        try:
            is_given = await answer
        except asyncio.CancelledError:
            self.give_back(place)
            raise
        finally:
            self._asked_for.discard(place.holder)
        if is_given:
            return place
        self._held.give_back(place)
        return None

    def give_back(self, place: Place) -> None:
        """What cannot be told to Redis now is told once it is back, if its lease has not run out by then."""
        if self._held.give_back(place):
            worth_until = self._monotonic() + self._lease.total_seconds()
            self._post(_Errand(self._return, _named(place.keys), [place.holder], worth_until=worth_until))

    async def close(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
            with suppress(asyncio.CancelledError):
                await self._renewing
        for place in self._held:
            self.give_back(place)
        if self._sending is not None:
            await self._sending
        await self._redis.aclose()

    @property
    def _lease_milliseconds(self) -> int:
        return self._lease // timedelta(milliseconds=1)

    @property
    def _is_left_alone(self) -> bool:
        return self._monotonic() < self._local_until

    # -- errands, in order

    def _post(self, errand: _Errand) -> None:
        self._errands.append(errand)
        if self._is_left_alone:
            self._forget_what_ran_out()
        elif self._sending is None:
            # In no request's context: what it logs and holds is the whole process's.
            self._sending = asyncio.get_running_loop().create_task(self._send(), context=Context())

    async def _send(self) -> None:
        batch: list[_Errand] = []
        try:
            while self._errands:
                batch = [self._errands.popleft() for _ in range(min(AT_ONCE, len(self._errands)))]
                try:
                    async with asyncio.timeout(self._patience.total_seconds()):
                        answers = await self._exchange(batch)
                except (RedisError, OSError, TimeoutError) as error:
                    self._go_by_ourselves(error, batch)
                    return
                for errand, answer in zip(batch, answers, strict=True):
                    errand.grant(bool(answer))
                if not self._is_shared:
                    self._is_shared = True
                    _log.info("places_are_shared")
        finally:
            self._sending = None
            # Only a defect leaves somebody without an answer here; they are not to wait for it without end.
            for errand in batch:
                errand.grant(True)

    async def _exchange(self, batch: Sequence[_Errand]) -> list[Any]:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for errand in batch:
                await errand.script(keys=errand.keys, args=errand.args, client=pipeline)
            answers: list[Any] = await pipeline.execute()
            return answers

    def _go_by_ourselves(self, error: Exception, batch: Sequence[_Errand]) -> None:
        """Nobody is refused because Redis is away; what was given back is told later."""
        if self._is_shared:
            self._is_shared = False
            _log.warning("places_are_local", error=type(error).__name__)
        self._local_until = self._monotonic() + LOCAL_FOR.total_seconds()
        untold = [*batch, *self._errands]
        self._errands = deque(errand for errand in untold if errand.worth_until)
        for errand in untold:
            errand.grant(True)

    def _forget_what_ran_out(self) -> None:
        while self._errands and self._errands[0].worth_until < self._monotonic():
            self._errands.popleft()

    # -- leases

    def _start_renewing(self) -> None:
        if self._renewing is None:
            self._renewing = asyncio.get_running_loop().create_task(self._keep_renewing(), context=Context())

    async def _keep_renewing(self) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / RENEWALS_PER_LEASE)
            self.renew()

    def renew(self) -> None:
        """Prolong the leases of all that is held, for as long again as a new one."""
        if self._is_left_alone:
            return
        # What is still asked for may be refused, and would then be held by nobody.
        held = [place for place in self._held if place.holder not in self._asked_for]
        pairs = [(key, place.holder) for place in held for key in _named(place.keys)]
        for start in range(0, len(pairs), AT_ONCE):
            some = pairs[start : start + AT_ONCE]
            args: list[str | int] = [self._lease_milliseconds, *(holder for _, holder in some)]
            self._post(_Errand(self._renew, [key for key, _ in some], args))


def _named(keys: Sequence[str]) -> list[str]:
    return [KEY_PREFIX + key for key in keys]
