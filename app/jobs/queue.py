"""Job dispatch between processes: taskiq on a Redis stream, read by one consumer group of all workers.

https://taskiq-python.github.io/guide/architecture-overview.html and https://github.com/taskiq-python/taskiq-redis
Taskiq's own loop begins anew without a pause while Redis is away, and never makes the consumer group again that a flush
has taken: so its receiver is started here, afresh after each failure.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from taskiq import AsyncTaskiqDecoratedTask, SendTaskError
from taskiq.acks import AcknowledgeType
from taskiq.receiver import Receiver
from taskiq_redis import RedisStreamBroker

from app.events_bus.bus import MessageKind
from app.jobs.dispatch import Wake

_log = structlog.get_logger(__name__)

STREAM = "hybrid-meetings:jobs"
GROUP = "workers"
TASK = "wake"
MOST_WAKES_KEPT = 1_000
"""Older ones are trimmed, where no worker comes for them: whoever starts looks at everything that is due anyway."""
MAX_CONNECTIONS = 20
ONCE_MORE = Retry(NoBackoff(), 1)
"""Of a Redis that was started anew every connection is dead that we kept: another one is opened at once."""
TAKEN_AT_ONCE = 20
PATIENCE_SECONDS = 0.5
"""Whoever made something due waits no longer than this for Redis."""
LEFT_ALONE_SECONDS = 2.0
"""How long Redis is not asked again by those, so that not each of them waits for it: workers look by themselves too."""
LOCK_SECONDS = 1.0
"""Taskiq's own, for a lock that keeps workers from looking for the same lost messages."""
PAUSE_AFTER_FAILURE_SECONDS = 0.5
STOP_SECONDS = 2.0
"""How long a stop waits for the listener, which needs no more than a moment unless Redis hangs."""


class QueueDispatch:
    """Wakes as messages in a stream."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._wakes: list[Wake] = []
        self._left_alone_until = 0.0
        self._broker, self._task = self._connected()

    def _connected(self) -> tuple[RedisStreamBroker, AsyncTaskiqDecoratedTask[[str], Any]]:
        """A broker with connections of its own, and the one task."""
        broker = RedisStreamBroker(
            self._url,
            queue_name=STREAM,
            consumer_group_name=GROUP,
            # One name for all of them: what each has taken is acknowledged at once, and names would only pile up.
            consumer_name=GROUP,
            maxlen=MOST_WAKES_KEPT,
            # Whoever begins takes what is there: a flush takes the group too, and a wake may come before its successor.
            consumer_id="0",
            retry=ONCE_MORE,
            max_connection_pool_size=MAX_CONNECTIONS,
            unacknowledged_lock_timeout=LOCK_SECONDS,
        )

        async def received(kind: str) -> None:
            self._wake_here(kind)

        return broker, broker.register_task(received, TASK)

    async def wake(self, kind: MessageKind) -> None:
        if time.monotonic() < self._left_alone_until:
            self._wake_here(kind)
            return
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._task.kiq(kind.value)
        except (SendTaskError, RedisError, OSError, TimeoutError) as error:
            self._left_alone_until = time.monotonic() + LEFT_ALONE_SECONDS
            _log.warning("job_wake_failed", kind=kind, error=type(error.__cause__ or error).__name__)
            self._wake_here(kind)

    def _wake_here(self, kind: str) -> None:
        """Without Redis a worker still wakes itself: one of its jobs makes work for another."""
        for wake in self._wakes:
            wake(kind)

    @asynccontextmanager
    async def listening(self, wake: Wake) -> AsyncIterator[None]:
        self._wakes.append(wake)
        # Told to finish, and not cancelled: taskiq's receiver can keep a cancellation to itself and go on.
        finish = asyncio.Event()
        listener = asyncio.create_task(self._listen(finish))
        try:
            yield
        finally:
            finish.set()
            self._wakes.remove(wake)
            await asyncio.wait({listener}, timeout=STOP_SECONDS)
            listener.cancel()

    async def close(self) -> None:
        await self._broker.shutdown()

    async def _listen(self, finish: asyncio.Event) -> None:
        """Takes wakes until told to finish. What is missing in Redis is made at each start, after a flush too."""
        while not finish.is_set():
            # A receiver that breaks off forgets to give connections back: they go with their broker.
            broker, _ = self._connected()
            receiver = Receiver(
                broker, max_async_tasks=TAKEN_AT_ONCE, ack_type=AcknowledgeType.WHEN_RECEIVED, run_startup=True
            )
            try:
                await receiver.listen(finish)
            except (RedisError, OSError, ExceptionGroup) as error:
                _log.warning("job_queue_lost", error=type(error).__name__)
                with suppress(TimeoutError):
                    await asyncio.wait_for(finish.wait(), PAUSE_AFTER_FAILURE_SECONDS)
            finally:
                with suppress(RedisError, OSError):
                    await broker.shutdown()
