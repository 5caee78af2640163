"""One read for all that is wanted at the same moment, and none for what was read before, within one answer.

A plan hands over all keys of a level at once, but each part of an answer that it completes has its own: together they
are read here, with what graphql-core's resolvers want at that moment.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

from strawberry.dataloader import DataLoader

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Values = dict[K, V | BaseException]


class SharedLoader(DataLoader[K, V]):
    """Many may wait for the same key: whoever is broken off, by an error elsewhere, takes it from nobody."""

    def load(self, key: K) -> Awaitable[V]:
        return asyncio.shield(super().load(key))


class Together(Generic[K, V]):
    """What a loader loads by. `read` answers for each key, in order, with its value or with what is raised for it."""

    def __init__(self, read: Callable[[list[K]], Awaitable[Sequence[V | BaseException]]]) -> None:
        self.read = read
        self._reading: dict[K, asyncio.Task[Values[K, V]]] = {}
        """What was ever wanted, by who reads it; what could not be read is not tried again."""
        self._next: tuple[list[K], asyncio.Task[Values[K, V]]] | None = None
        """The read that has not begun yet."""
        self._waiting: Counter[asyncio.Task[Values[K, V]]] = Counter()

    async def __call__(self, keys: list[K]) -> list[V | BaseException]:
        """The values of these keys, in order. Raises what reading them does."""
        reading = [self._read_by(key) for key in keys]
        tasks = dict.fromkeys(reading)
        self._waiting.update(tasks.keys())
        try:
            for task in tasks:
                # Whoever gives up waiting takes the answer from nobody else.
                await asyncio.shield(task)
        finally:
            self._waiting.subtract(tasks.keys())
            for task in tasks:
                if not self._waiting[task]:
                    self._give_up(task)
        return [task.result()[key] for key, task in zip(keys, reading, strict=True)]

    def _read_by(self, key: K) -> "asyncio.Task[Values[K, V]]":
        """Who reads the value of this key, or has read it."""
        known = self._reading.get(key)
        if known is not None and not known.cancelling():
            return known
        if self._next is None:
            begun: list[K] = []
            task = asyncio.create_task(self._read(begun))
            task.add_done_callback(_take_note)
            self._next = begun, task
        keys, task = self._next
        keys.append(key)
        self._reading[key] = task
        return task

    def _give_up(self, task: "asyncio.Task[Values[K, V]]") -> None:
        """Nobody waits for it any more."""
        del self._waiting[task]
        if task.cancel() and self._next is not None and self._next[1] is task:
            self._next = None

    async def _read(self, keys: list[K]) -> Values[K, V]:
        await asyncio.sleep(0)  # not all who were woken by one read want their next at the very same step
        self._next = None
        return dict(zip(keys, await self.read(keys), strict=True))


def _take_note(task: "asyncio.Task[Any]") -> None:
    """Everybody who asked may be gone by now: then nobody else looks at what went wrong."""
    if not task.cancelled():
        task.exception()
