"""What every subscription does: it listens before it reads, and looks again from time to time, whatever it has heard.

So no change falls between the two, and a message that the bus loses only delays what it told, since a row is never
lost.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from app.errors import ProblemError
from app.events_bus.bus import Message, MessageKind
from schema.context import Services
from schema.errors import failure_of

T = TypeVar("T")
MOST_REMEMBERED = 1_000
"""Rows that one subscription knows it has told of: far more than a look can find again of what changed just now."""


class Told:
    """Which version of each row a client has been told of, so that it hears of each once; the oldest are forgotten."""

    def __init__(self) -> None:
        self._versions: dict[UUID, int] = {}

    def is_news(self, row_id: UUID, version: int = 1) -> bool:
        """Whether the client has yet to be told of this version; it counts as told from now on."""
        if self._versions.get(row_id, 0) >= version:
            return False
        self._versions.pop(row_id, None)
        self._versions[row_id] = version
        if len(self._versions) > MOST_REMEMBERED:
            del self._versions[next(iter(self._versions))]
        return True


@asynccontextmanager
async def listening(services: Services, *topics: str) -> AsyncIterator[AsyncIterator[Message | None]]:
    """The messages of these topics from now on, and None whenever it is time to look again.

    A problem that is met inside becomes the subscription's error.
    """
    try:
        async with (
            services.bus.subscribe(*topics) as coming,
            aclosing(_with_looks(coming, services.look_again_after)) as messages,
        ):
            yield messages
    except ProblemError as error:
        raise failure_of(error) from None


async def states(
    services: Services,
    topic: str,
    kinds: Collection[MessageKind],
    read: Callable[[], Awaitable[T]],
    mark: Callable[[T], object],
) -> AsyncGenerator[T, None]:
    """What `read` finds, at once and whenever it has become something else: each state once, by its `mark`."""
    async with listening(services, topic) as messages:
        state = await read()
        told = mark(state)
        yield state
        async for message in messages:
            if message is not None and message.kind not in kinds:
                continue
            state = await read()
            if mark(state) != told:
                told = mark(state)
                yield state


async def _with_looks(messages: AsyncIterator[Message], every: timedelta) -> AsyncGenerator[Message | None, None]:
    """The messages, and None every so often: those that came say nothing of those that were lost."""
    now = asyncio.get_running_loop().time
    look_at = now() + every.total_seconds()
    # Waiting in a task of its own: a time-out must not break into the iterator.
    coming: asyncio.Future[Message] = asyncio.ensure_future(anext(messages))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=max(0.0, look_at - now()))
            if now() >= look_at:
                look_at = now() + every.total_seconds()
                yield None
            if not done:
                continue
            try:
                message = coming.result()
            except StopAsyncIteration:  # the bus was closed
                return
            coming = asyncio.ensure_future(anext(messages))
            yield message
    finally:
        coming.cancel()
        await asyncio.wait({coming})
