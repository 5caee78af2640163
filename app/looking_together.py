"""One look for all who want to know the same at the same moment.

When an organisation's integration changes, everybody who listens looks at the same row in the same second. Whoever asks
before a look has begun shares it; whoever asks later shares the next one. So nobody is told what was true before they
asked, and thousands cost as much as one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LookingTogether(Generic[K, V]):
    """Shares the looks that `look` takes, one at a time for each key; what it raises is raised to all who share."""

    def __init__(self, look: Callable[[K], Awaitable[V]]) -> None:
        self._look = look
        self._next: dict[K, asyncio.Task[V]] = {}
        """The look that has not begun yet."""
        self._one_by_one: dict[K, asyncio.Lock] = {}

    def __len__(self) -> int:
        """How many keys are being looked at."""
        return len(self._one_by_one)

    async def at(self, key: K) -> V:
        """What is there now, or a moment later; never what was there before."""
        # Whoever gives up waiting takes the answer from nobody else.
        return await asyncio.shield(self._next.get(key) or self._begin(key))

    def _begin(self, key: K) -> "asyncio.Task[V]":
        task = self._next[key] = asyncio.create_task(self._take(key))
        task.add_done_callback(_take_note)
        return task

    async def _take(self, key: K) -> V:
        try:
            async with self._one_by_one.setdefault(key, asyncio.Lock()):
                del self._next[key]
                return await self._look(key)
        finally:
            if key not in self._next:
                self._one_by_one.pop(key, None)


def _take_note(task: "asyncio.Task[Any]") -> None:
    """Everybody who asked may be gone by now: then nobody else looks at what went wrong."""
    if not task.cancelled():
        task.exception()
