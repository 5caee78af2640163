"""Requests that somebody answers after a while, whichever suite's rooms are asked."""

import asyncio
from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from app.sandbox.clock import SandboxClock

DEFAULT_DELAY = timedelta(milliseconds=300)

Asked = TypeVar("Asked")


class Attendant(ABC, Generic[Asked]):
    """Answers requests, each after ``delay`` of the sandbox's clock unless another moment is named.

    Without a running event loop requests wait until ``run`` is called.
    """

    def __init__(self, clock: SandboxClock) -> None:
        self.delay = DEFAULT_DELAY
        self._clock = clock
        self._waiting: dict[Asked, object] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, request: Asked, *, at: datetime | None = None) -> None:
        """Put a request before its room; asking again replaces what was asked before."""
        self._forget(request)
        ticket = self._waiting[request] = object()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        task = loop.create_task(self._answer_at(at or self._clock.now() + self.delay, request, ticket))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def waiting(self) -> tuple[Asked, ...]:
        """Requests that have not been looked at yet, oldest first."""
        return tuple(self._waiting)

    def run(self) -> int:
        """Let every waiting request be answered now; how many there were."""
        requests = self.waiting()
        for request in requests:
            self._look_at(request)
        return len(requests)

    def clear(self) -> None:
        """Forget every waiting request."""
        self._waiting.clear()
        for task in self._tasks:
            task.cancel()

    @abstractmethod
    def _answer(self, request: Asked) -> None:
        """Decide a request, which waits no longer, and carry that out."""

    def _forget(self, request: Asked) -> None:
        self._waiting.pop(request, None)

    def _look_at(self, request: Asked) -> None:
        self._forget(request)
        self._answer(request)

    async def _answer_at(self, due: datetime, request: Asked, ticket: object) -> None:
        await self._clock.sleep(due - self._clock.now())
        if self._waiting.get(request) is ticket:
            self._look_at(request)
