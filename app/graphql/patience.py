"""A bound on how long something is waited for, at no cost where nothing has to be waited for.

Most bodies are there when they are read, and most small operations never wait: a timer of `asyncio.timeout` for each
takes longer than they do.
"""

import asyncio
from collections.abc import Awaitable, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Within(Awaitable[T], Generic[T]):
    """What an awaitable answers with; the timer starts when it first waits. Raises TimeoutError.

    `is_over`: whether it was this bound that ended it, for a TimeoutError may be of its own.
    """

    __slots__ = ("_awaited", "_seconds", "is_over")

    def __init__(self, seconds: float, awaited: Awaitable[T]) -> None:
        self._seconds = seconds
        self._awaited = awaited
        self.is_over = False

    def __await__(self) -> Generator[Any, Any, T]:
        steps = self._awaited.__await__()
        try:
            waited_for = next(steps)
        except StopIteration as end:
            answer: T = end.value
            return answer
        return (yield from self._patiently(_Rest(steps, waited_for)).__await__())

    async def _patiently(self, rest: "_Rest[T]") -> T:
        timeout = asyncio.timeout(self._seconds)
        try:
            async with timeout:
                return await rest
        finally:
            self.is_over = timeout.expired()


class _Rest(Awaitable[T], Generic[T]):
    """Something that has begun, from what it first waits for to its end."""

    __slots__ = ("_steps", "_waited_for")

    def __init__(self, steps: Generator[Any, Any, T], waited_for: Any) -> None:
        self._steps = steps
        self._waited_for = waited_for

    def __await__(self) -> Generator[Any, Any, T]:
        waited_for = self._waited_for
        try:
            while True:
                try:
                    sent = yield waited_for
                except BaseException as error:
                    waited_for = self._steps.throw(error)
                else:
                    waited_for = self._steps.send(sent)
        except StopIteration as end:
            answer: T = end.value
            return answer
