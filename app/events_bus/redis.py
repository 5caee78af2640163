"""The bus between processes: Redis publish/subscribe, one connection to listen and a pool to publish.

Redis keeps nothing here (https://redis.io/docs/latest/develop/pubsub/): a message sent while a process is not
connected is lost to it, which delays and never loses, because rows in the database are the truth. While Redis does not
answer, whoever listens in the same process is told all the same; one message more is no harm.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.events_bus.bus import Message, MessageKind
from app.events_bus.memory import SubscriberQueue, Subscribers

_log = structlog.get_logger(__name__)

CHANNEL_PREFIX = "hybrid-meetings:"
MAX_CONNECTIONS = 50
CONNECT_SECONDS = 2.0
ONCE_MORE = Retry(NoBackoff(), 1)
"""Of a Redis that was started anew every connection is dead that we kept: another one is opened at once."""
PATIENCE_SECONDS = 0.5
"""Whoever publishes waits no longer than this for Redis."""
LEFT_ALONE_SECONDS = 2.0
"""How long Redis is not asked again by those who publish, so that not each of them waits for it."""
BROKEN = (RedisError, OSError, RuntimeError, AttributeError)
"""What a lost connection is met as. The last two where one coroutine opens it or lets go of it while another uses it,
which redis-py does not keep from happening: asyncio forbids the one, and after the other nothing is left to use."""
RECONNECT_PAUSE_SECONDS = 0.5
CONFIRMATION_SECONDS = 2.0
LOOK_AGAIN_SECONDS = 1.0
"""How long a topic that Redis could not be asked for waits for the next attempt."""


class RedisBus:
    """Publish and subscribe between processes."""

    def __init__(self, url: str) -> None:
        # The default pool raises at its limit; this one waits for a free connection.
        self._redis = Redis.from_pool(
            BlockingConnectionPool.from_url(
                url, max_connections=MAX_CONNECTIONS, socket_connect_timeout=CONNECT_SECONDS, retry=ONCE_MORE
            )
        )
        self._listener = self._redis.pubsub()
        # One command at a time: where two are the first, redis-py connects twice and forgets one of the connections.
        self._commands = asyncio.Lock()
        self._subscribers = Subscribers()
        self._confirmed: dict[str, asyncio.Event] = {}
        """Every channel that Redis was asked for; set once it said yes."""
        self._unasked: set[str] = set()
        self._left: set[str] = set()
        """Topics that Redis may have to be asked for, and those that somebody left: thousands of others are not looked
        through for each who comes or goes."""
        self._listening: asyncio.Task[None] | None = None
        self._left_alone_until = 0.0
        self._is_closed = False

    async def publish(self, topic: str, message: Message) -> None:
        if time.monotonic() < self._left_alone_until:
            self._subscribers.deliver(topic, message)
            return
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._redis.publish(CHANNEL_PREFIX + topic, _encode(message))
        except (*BROKEN, TimeoutError) as error:
            _log.warning("bus_publish_failed", kind=message.kind, error=type(error).__name__)
            self._left_alone_until = time.monotonic() + LEFT_ALONE_SECONDS
            self._subscribers.deliver(topic, message)

    @asynccontextmanager
    async def subscribe(self, *topics: str) -> AsyncIterator[AsyncIterator[Message]]:
        queue = SubscriberQueue()
        self._subscribers.add(queue, topics)
        self._unasked.update(topics)
        try:
            await self._wait_until_heard(topics)
            yield aiter(queue)
        finally:
            self._subscribers.remove(queue, topics)
            self._left.update(topics)
            with suppress(*BROKEN, TimeoutError):
                async with asyncio.timeout(CONFIRMATION_SECONDS):
                    await self._let_go_of_silent()

    async def is_reachable(self) -> bool:
        """Whether Redis answers now. Wait for it no longer than you like: this asks without end."""
        try:
            await self._redis.ping()
        except BROKEN:
            return False
        return True

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
        async with self._commands:  # whoever is leaving just now needs the connection to the end
            self._is_closed = True
            await self._listener.aclose()  # type: ignore[no-untyped-call]  # untyped in redis-py
        await self._redis.aclose()

    async def _wait_until_heard(self, topics: Sequence[str]) -> None:
        """Wait until Redis has confirmed, so that nothing published from now on is missed."""
        if self._is_closed:
            return
        try:
            async with asyncio.timeout(CONFIRMATION_SECONDS):
                await self._ask_for_missing()
                for confirmed in [self._confirmed.get(CHANNEL_PREFIX + topic) for topic in topics]:
                    if confirmed is not None:  # None where the bus was closed meanwhile
                        await confirmed.wait()
        except (*BROKEN, TimeoutError) as error:
            _log.warning("bus_subscribe_failed", error=type(error).__name__)

    async def _ask_for_missing(self) -> None:
        """Subscribe to what somebody here follows and Redis does not know yet. Raises one of `BROKEN`."""
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        async with self._commands:
            if self._is_closed:
                return
            asked, self._unasked = self._unasked & self._subscribers.topics, set()
            channels = {CHANNEL_PREFIX + topic for topic in asked}
            missing = {channel: asyncio.Event() for channel in channels - self._confirmed.keys()}
            if not missing:
                return
            self._confirmed |= missing
            try:
                await self._listener.subscribe(*missing)
            except BaseException:
                for channel in missing:
                    del self._confirmed[channel]
                self._unasked |= asked
                raise

    async def _let_go_of_silent(self) -> None:
        """Unsubscribe from what nobody here follows any more. Raises one of `BROKEN`."""
        async with self._commands:
            if self._is_closed:
                return
            left, self._left = self._left - self._subscribers.topics, set()
            silent = self._confirmed.keys() & {CHANNEL_PREFIX + topic for topic in left}
            for channel in silent:
                del self._confirmed[channel]
            if silent:
                await self._listener.unsubscribe(*silent)

    async def _listen(self) -> None:
        """Read until cancelled. redis-py subscribes anew after a lost connection; what never got through is ours."""
        while True:
            try:
                await self._ask_for_missing()
                if self._listener.connection is None:  # whoever subscribed first has left again
                    await asyncio.sleep(RECONNECT_PAUSE_SECONDS)
                    continue
                packet = await self._listener.get_message(timeout=LOOK_AGAIN_SECONDS)
            except BROKEN as error:
                _log.warning("bus_connection_lost", error=type(error).__name__)
                await asyncio.sleep(RECONNECT_PAUSE_SECONDS)
                continue
            if packet is None:
                continue
            channel = packet["channel"].decode()
            if packet["type"] == "message":
                self._deliver(channel.removeprefix(CHANNEL_PREFIX), packet["data"])
            elif packet["type"] == "subscribe" and channel in self._confirmed:
                self._confirmed[channel].set()

    def _deliver(self, topic: str, data: bytes) -> None:
        """A message that we cannot read, such as a newer version's, is left out and stops nothing."""
        try:
            message = _decode(data)
        except (ValueError, TypeError, AttributeError):
            _log.warning("bus_message_unreadable")
            return
        self._subscribers.deliver(topic, message)


def _encode(message: Message) -> bytes:
    row_id = str(message.row_id) if message.row_id else None
    return json.dumps([message.kind, row_id, message.version, *message.words]).encode()


def _decode(data: bytes) -> Message:
    kind, row_id, version, *words = json.loads(data)
    return Message(MessageKind(kind), UUID(row_id) if row_id else None, version, tuple(words))
