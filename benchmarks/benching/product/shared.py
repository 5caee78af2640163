"""What several contenders of one row stand on, set up once."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Opened by the first who uses it, closed by the last who leaves."""

    def __init__(self, opened: Callable[[], AbstractAsyncContextManager[T]]) -> None:
        self._opened = opened
        self._stack = AsyncExitStack()
        self._held: list[T] = []
        self._users = 0

    @asynccontextmanager
    async def use(self) -> AsyncIterator[T]:
        """The same value for everybody who uses it at this time."""
        if not self._held:
            self._held.append(await self._stack.enter_async_context(self._opened()))
        self._users += 1
        try:
            yield self._held[0]
        finally:
            self._users -= 1
            if not self._users:
                self._held.clear()
                await self._stack.aclose()
