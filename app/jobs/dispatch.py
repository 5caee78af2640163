"""Job dispatch: whatever becomes due wakes one process that runs jobs, and one alone.

News on the bus is for everybody; work is for whoever takes it first. So what services publish on `JOBS` leaves the bus
here and goes through a queue. A wake that is lost delays and never loses: what is due is a row in the database, and
each process looks there by itself from time to time.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from app.events_bus.bus import JOBS, EventsBus, Message, MessageKind
from app.settings import Settings

Wake = Callable[[str], None]
"""Is told the kind of a wake, which a newer version may have sent."""


class JobDispatch(Protocol):
    """Takes wakes from anybody, and hands each to one process that listens."""

    async def wake(self, kind: MessageKind) -> None:
        """Something of this kind is due; a queue that is down is logged and never raises."""
        ...

    def listening(self, wake: Wake) -> AbstractAsyncContextManager[None]:
        """For as long as the context lasts this process takes its share of the wakes."""
        ...

    async def close(self) -> None: ...


class LocalDispatch:
    """Within the one process that serves and runs the jobs: nothing lies between the two."""

    def __init__(self) -> None:
        self._wakes: list[Wake] = []

    async def wake(self, kind: MessageKind) -> None:
        for wake in self._wakes:
            wake(kind)

    @asynccontextmanager
    async def listening(self, wake: Wake) -> AsyncIterator[None]:
        self._wakes.append(wake)
        try:
            yield
        finally:
            self._wakes.remove(wake)

    async def close(self) -> None:
        """Nothing to let go of."""


class DispatchingBus:
    """A bus whose `JOBS` are work for one, and whose other topics are news for all."""

    def __init__(self, bus: EventsBus, dispatch: JobDispatch) -> None:
        self._bus = bus
        self._dispatch = dispatch

    async def publish(self, topic: str, message: Message) -> None:
        if topic == JOBS:
            await self._dispatch.wake(message.kind)
        else:
            await self._bus.publish(topic, message)

    def subscribe(self, *topics: str) -> AbstractAsyncContextManager[AsyncIterator[Message]]:
        return self._bus.subscribe(*topics)

    async def close(self) -> None:
        """Closes the bus and the queue."""
        await self._dispatch.close()
        await self._bus.close()


def dispatch_of(settings: Settings) -> JobDispatch:
    """The dispatch that the settings ask for; the caller closes it."""
    if settings.runs_jobs_in_server or settings.redis_url is None:
        return LocalDispatch()
    from app.jobs.queue import QueueDispatch  # half a second that one process alone need not spend

    return QueueDispatch(settings.redis_url)
