"""The bus of one process: every subscriber has a bounded queue of its own."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager

from app.events_bus.bus import Message

QUEUE_LENGTH = 1_000


class SubscriberQueue:
    """What one subscriber has not read yet; when it is full the oldest goes, since rows are the truth."""

    def __init__(self, length: int = QUEUE_LENGTH) -> None:
        self._messages: asyncio.Queue[Message] = asyncio.Queue(length)

    def put(self, message: Message) -> None:
        if self._messages.full():
            self._messages.get_nowait()
        self._messages.put_nowait(message)

    async def __aiter__(self) -> AsyncIterator[Message]:
        while True:
            yield await self._messages.get()


class Subscribers:
    """Who listens to which topic in this process."""

    def __init__(self) -> None:
        self._by_topic: dict[str, set[SubscriberQueue]] = defaultdict(set)

    def deliver(self, topic: str, message: Message) -> None:
        for queue in self._by_topic.get(topic, ()):
            queue.put(message)

    @property
    def topics(self) -> Set[str]:
        """What somebody listens to."""
        return self._by_topic.keys()

    def add(self, queue: SubscriberQueue, topics: tuple[str, ...]) -> None:
        for topic in topics:
            self._by_topic[topic].add(queue)

    def remove(self, queue: SubscriberQueue, topics: tuple[str, ...]) -> None:
        for topic in topics:
            self._by_topic[topic].discard(queue)
            if not self._by_topic[topic]:
                del self._by_topic[topic]


class MemoryBus:
    """Publish and subscribe within one process."""

    def __init__(self) -> None:
        self._subscribers = Subscribers()

    async def publish(self, topic: str, message: Message) -> None:
        self._subscribers.deliver(topic, message)

    @asynccontextmanager
    async def subscribe(self, *topics: str) -> AsyncIterator[AsyncIterator[Message]]:
        queue = SubscriberQueue()
        self._subscribers.add(queue, topics)
        try:
            yield aiter(queue)
        finally:
            self._subscribers.remove(queue, topics)

    async def close(self) -> None:
        """Nothing to let go of."""
