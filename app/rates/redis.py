"""Buckets that all processes share, in Redis; while Redis does not answer, each process goes by buckets of its own.

One script takes from every bucket or from none (https://redis.io/docs/latest/develop/programmability/eval-intro/). It
is told the time, so that the product has one clock; what it keeps is gone once it would be full again.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app import clock
from app.rates.buckets import FURTHEST_AHEAD, MINUTE, Buckets, Refusal, Take
from app.rates.memory import moment

_log = structlog.get_logger(__name__)

KEY_PREFIX = "hybrid-meetings:rate:"
MAX_CONNECTIONS = 50
ONCE_MORE = Retry(NoBackoff(), 1)
"""Of a Redis that was started anew every connection is dead that we kept: another one is opened at once."""
PATIENCE_SECONDS = 0.25
"""A request waits no longer than this for Redis to say whether it may go on."""
LOCAL_FOR = timedelta(seconds=5)
"""How long Redis is left alone after it did not answer, so that not every request waits for it."""

# The arithmetic is that of `buckets.full_after` and `buckets.wait_for`.
_SCRIPT = f"""
local now, full_at, worst, longest = tonumber(ARGV[1]), {{}}, 0, 0
for i, key in ipairs(KEYS) do
  local kept = tonumber(redis.call('GET', key) or now)
  if kept > now + {FURTHEST_AHEAD} then kept = now end
  full_at[i] = math.max(kept, now) + tonumber(ARGV[i + 1])
  local wait = full_at[i] - {MINUTE} - now
  if wait > longest then worst, longest = i, wait end
end
if worst == 0 then
  for i, key in ipairs(KEYS) do
    redis.call('SET', key, string.format('%.0f', full_at[i]), 'PX', math.ceil((full_at[i] - now) / 1000))
  end
end
return {{worst, longest}}
"""


class RedisBuckets:
    """Buckets in Redis; `local` stands in for them."""

    def __init__(self, url: str, local: Buckets) -> None:
        # The default pool raises at its limit; this one waits for a free connection.
        pool = BlockingConnectionPool.from_url(url, max_connections=MAX_CONNECTIONS, retry=ONCE_MORE)
        self._redis = Redis.from_pool(pool)
        self._script = self._redis.register_script(_SCRIPT)
        self._local = local
        self._local_until: datetime | None = None

    async def take(self, takes: Sequence[Take]) -> Refusal | None:
        # A clock that was set back meanwhile does not prolong it.
        if self._local_until is not None and self._local_until - LOCAL_FOR <= clock.now() < self._local_until:
            return await self._local.take(takes)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                worst, wait = await self._script(
                    keys=[KEY_PREFIX + take.key for take in takes], args=[moment(), *(take.time for take in takes)]
                )
        except (RedisError, OSError, TimeoutError) as error:
            _log.warning("rates_are_local", error=type(error).__name__)
            self._local_until = clock.now() + LOCAL_FOR
            return await self._local.take(takes)
        if self._local_until is not None:
            _log.info("rates_are_shared")
            self._local_until = None
        return Refusal(takes[worst - 1], timedelta(microseconds=wait)) if worst else None

    async def close(self) -> None:
        await self._local.close()
        await self._redis.aclose()
