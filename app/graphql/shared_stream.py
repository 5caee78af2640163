"""One stream and those who hear it.

Everybody in it has been told the latest, or is about to be. Whoever comes later begins the stream anew, so that they
are told what is true then; for those who heard before, that is news only where it is something else.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextvars import Context
from typing import Any

from app.graphql.callers import Audience
from app.graphql.documents import Operation
from app.graphql.engine import Engine, GraphQLRequest
from app.graphql.shared_execution import AskedForOne, SharedExecution
from app.graphql.telling import Listener, Told

TOLD_AT_A_TIME = 100
"""After so many listeners whatever else waits for the event loop has its turn."""


class SharedStream:
    """It begins with the first who joins, and ends with the last."""

    def __init__(
        self,
        engine: Engine,
        operation: Operation,
        request: GraphQLRequest,
        audience: Audience,
        *,
        ended: Callable[[], None],
        asked_for_one: Callable[[], None],
    ) -> None:
        """`ended` is called once nobody may join any more; `asked_for_one` where a resolver asked who is asking."""
        self._engine = engine
        self._operation = operation
        self._request = request
        self._audience = audience
        self._ended = ended
        self._asked_for_one = asked_for_one
        # Both in the order in which they came.
        self._joining: dict[Listener, None] = {}
        self._hearing: dict[Listener, None] = {}
        self._latest: Told | None = None
        """What those who hear were told last."""
        self._execution: SharedExecution | None = None
        self._somebody_joins: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Nothing of whoever comes first may be found by what is executed for all.
        self._task = asyncio.create_task(self._run(), context=Context())

    def join(self, listener: Listener) -> None:
        """From now on until `leave`, or until they are told the last."""
        self._joining[listener] = None
        if not self._somebody_joins.done():
            self._somebody_joins.set_result(None)

    def leave(self, listener: Listener) -> None:
        """They are told nothing more."""
        self._joining.pop(listener, None)
        self._hearing.pop(listener, None)
        if not self._joining and not self._hearing:
            self._ended()
            self._task.cancel()

    async def _run(self) -> None:
        try:
            while self._joining or self._hearing:
                if self._joining:
                    await self._begin_anew()
                else:
                    await self._hear_next()
        except AskedForOne:
            self._ended()
            self._asked_for_one()
            await _close(self._execution)
            for listener in self._let_go():
                listener.alone(self._operation, self._request)
        except Exception as error:
            self._ended()
            broken = Told(*self._engine.encoded(self._engine.broken(error)))
            for listener in self._let_go():
                listener.tell(broken)
        finally:
            self._ended()
            await _close(self._execution)

    async def _begin_anew(self) -> None:
        """Whoever joined until now is told what is true from now on; who heard before is told where it is news."""
        newcomers, self._joining = self._joining, {}
        self._hearing |= newcomers
        self._somebody_joins = asyncio.get_running_loop().create_future()
        execution = SharedExecution(self._engine, self._operation, self._request, self._audience)
        try:
            told = await execution.next()
        except BaseException:
            await execution.close()
            raise
        if told is None or told.is_last:
            # Whoever has heard something goes on with what there is: it is not they who met this.
            await execution.close()
            self._part_with(newcomers, told)
            return
        before, self._execution = self._execution, execution
        is_news = self._latest is None or self._latest.payload != told.payload
        await self._tell(self._hearing if is_news else newcomers, told)
        await _close(before)

    async def _hear_next(self) -> None:
        """Waits until there is something to tell, or somebody joins."""
        execution = self._execution
        if execution is None:
            return
        either: set[asyncio.Future[Any]] = {execution.coming, self._somebody_joins}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not execution.coming.done():
            return
        told = await execution.next()
        if told is None or told.is_last:
            self._part_with(self._hearing, told)
        else:
            await self._tell(self._hearing, told)

    async def _tell(self, listeners: Iterable[Listener], told: Told) -> None:
        """Tells those of them who are still there when it is their turn."""
        self._latest = told
        hearing = self._hearing
        for place, listener in enumerate(tuple(listeners), 1):
            if listener in hearing:
                listener.tell(told)
            if place % TOLD_AT_A_TIME == 0:
                await asyncio.sleep(0)

    def _part_with(self, listeners: Iterable[Listener], told: Told | None) -> None:
        """They are told this and nothing more; None: that the stream is complete."""
        for listener in tuple(listeners):
            if listener in self._hearing:
                del self._hearing[listener]
                listener.complete() if told is None else listener.tell(told)

    def _let_go(self) -> Iterable[Listener]:
        """All of them; nobody is left."""
        listeners = [*self._hearing, *self._joining]
        self._hearing, self._joining = {}, {}
        return listeners


async def _close(execution: SharedExecution | None) -> None:
    if execution is not None:
        await execution.close()
