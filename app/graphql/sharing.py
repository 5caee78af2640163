"""Subscriptions that tell many the same: executed once and encoded once, for all who asked for the same.

When an organisation's integration changes, thousands are told one and the same sentence. Callers of one *audience* (see
`callers.Audience`) who sent the same document with the same variables hear one stream, where the subscription's field
says that it tells all of them the same (`TELLS_ALL`).

What keeps a caller from hearing what is another's: the stream is executed for nobody in particular. Its context knows
what the audience has in common and no caller at all, it begins in a task of its own with no context variable set, and
a resolver that asks who is asking has the whole stream given up: each of its listeners is then answered alone, and the
same document is never shared again.

Whoever comes later is told what is true then, never what was true before: their coming begins the stream anew, and
those who have heard the same already are not told it again. So a field that tells all has to begin with the present
state, and each of its answers has to stand for all those before it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from contextvars import Context
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from graphql import GraphQLSchema

from app.graphql.callers import Audience, Caller, Representative
from app.graphql.documents import Operation
from app.graphql.engine import Answer, Engine, GraphQLRequest, Outcome
from app.graphql.execution.fields import BACKREF

TELLS_ALL = "tells_all"
"""Where a subscription field's metadata says that it tells a whole audience the same."""
MOST_REMEMBERED = 500
"""Documents that turned out to ask for something of one caller's."""
TOLD_AT_A_TIME = 100
"""After so many listeners whatever else waits for the event loop has its turn."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer with its encoding."""

    answer: Answer
    payload: bytes

    @property
    def is_last(self) -> bool:
        return self.answer.outcome is not Outcome.EXECUTED


class Listener(Protocol):
    """Somebody who hears a stream; none of this waits."""

    def tell(self, told: Told) -> None:
        """What is true now; where the one before is not sent yet, only the later one has to be."""
        ...

    def complete(self) -> None:
        """Nothing more comes."""
        ...

    def alone(self, operation: Operation, request: GraphQLRequest) -> None:
        """What is asked for is the caller's own: nothing more comes from here, and they are to be answered alone."""
        ...


class _AskedForOne(Exception):
    """A resolver asked who is asking."""


class Sharing:
    """The streams of one schema that many hear."""

    def __init__(self, engine: Engine, schema: GraphQLSchema) -> None:
        self._engine = engine
        self._schema = schema
        self._streams: dict[Hashable, SharedStream] = {}
        self._personal: OrderedDict[Hashable, None] = OrderedDict()

    def __len__(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    def join(
        self, operation: Operation, request: GraphQLRequest, caller: Caller, listener: Listener
    ) -> "SharedStream | None":
        """Has the listener hear the stream, until it leaves; None where the caller has to be answered alone."""
        document = (request.query, request.operation_name)
        if caller.audience is None or document in self._personal or not self._tells_all(operation):
            return None
        key = (caller.audience.key, document, orjson.dumps(request.variables, option=orjson.OPT_SORT_KEYS))
        stream = self._streams.get(key)
        if stream is None:

            def end(*, asked_for_one: bool) -> None:
                if self._streams.get(key) is stream:
                    del self._streams[key]
                if asked_for_one:
                    self._remember(document)

            stream = self._streams[key] = SharedStream(self._engine, operation, request, caller.audience, end)
        stream.join(listener)
        return stream

    async def stream(self, operation: Operation, request: GraphQLRequest, caller: Caller) -> AsyncGenerator[Told, None]:
        """All that the caller is told, whoever hears it too; whoever reads slowly hears what is true by then."""
        latest = _Latest()
        stream = self.join(operation, request, caller, latest)
        if stream is not None:
            try:
                while (told := await latest.next()) is not None:
                    yield told
            finally:
                stream.leave(latest)
            if not latest.is_alone:
                return
        async with aclosing(self._engine.stream(operation, request, caller)) as answers:
            async for answer in answers:
                yield Told(*self._engine.encoded(answer))

    def _tells_all(self, operation: Operation) -> bool:
        """A subscription has one field at its root; the rules of validation see to that."""
        root = self._schema.subscription_type
        names = operation.root_fields()
        if root is None or len(names) != 1 or names[0] not in root.fields:
            return False
        definition = root.fields[names[0]].extensions.get(BACKREF)
        return bool(definition is not None and definition.metadata.get(TELLS_ALL))

    def _remember(self, document: Hashable) -> None:
        self._personal[document] = None
        if len(self._personal) > MOST_REMEMBERED:
            self._personal.popitem(last=False)


class _Latest:
    """A listener that keeps the newest answer until somebody asks for it."""

    def __init__(self) -> None:
        self.is_alone = False
        self._told: Told | None = None
        self._is_over = False
        self._news = asyncio.Event()

    async def next(self) -> Told | None:
        """What was told last, once there is something that was not asked for yet; None: nothing more comes."""
        while self._told is None and not self._is_over:
            self._news.clear()
            await self._news.wait()
        told, self._told = self._told, None
        return told

    def tell(self, told: Told) -> None:
        self._told = told
        self._is_over = told.is_last
        self._news.set()

    def complete(self) -> None:
        self._is_over = True
        self._news.set()

    def alone(self, operation: Operation, request: GraphQLRequest) -> None:
        self.is_alone = True
        self._told = None
        self.complete()


class SharedStream:
    """One stream and those who hear it; it ends with the last of them."""

    def __init__(
        self,
        engine: Engine,
        operation: Operation,
        request: GraphQLRequest,
        audience: Audience,
        end: Callable[..., None],
    ) -> None:
        self._engine = engine
        self._operation = operation
        self._request = request
        self._audience = audience
        self._end = end
        self._joining: dict[Listener, None] = {}
        self._hearing: dict[Listener, Told | None] = {}
        """With what each was told last."""
        self._execution: _Execution | None = None
        self._somebody_joins: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Nothing of whoever comes first may be found by what is executed for all.
        self._task = asyncio.create_task(self._run(), context=Context())

    def join(self, listener: Listener) -> None:
        self._joining[listener] = None
        if not self._somebody_joins.done():
            self._somebody_joins.set_result(None)

    def leave(self, listener: Listener) -> None:
        self._joining.pop(listener, None)
        self._hearing.pop(listener, None)
        if not self._joining and not self._hearing:
            self._end(asked_for_one=False)
            self._task.cancel()

    async def _run(self) -> None:
        try:
            while self._joining or self._hearing:
                if self._joining:
                    await self._begin_anew()
                else:
                    await self._hear_next()
        except _AskedForOne:
            self._end(asked_for_one=True)
            await self._close(self._execution)
            for listener in self._taken():
                listener.alone(self._operation, self._request)
        except Exception as error:
            self._end(asked_for_one=False)
            broken = self._told(self._engine.broken(error))
            for listener in self._taken():
                listener.tell(broken)
        finally:
            self._end(asked_for_one=False)
            await self._close(self._execution)

    async def _begin_anew(self) -> None:
        """Whoever joined until now is told what is true from now on; who heard before is told where it is news."""
        newcomers, self._joining = self._joining, {}
        self._hearing.update(dict.fromkeys(newcomers))
        self._somebody_joins = asyncio.get_running_loop().create_future()
        execution = _Execution(self._engine, self._operation, self._request, self._audience.represent())
        try:
            answer = await execution.answer()
        except BaseException:
            await self._close(execution)
            raise
        if answer is None or answer.outcome is not Outcome.EXECUTED:
            # Whoever has heard something goes on with what there is: it is not they who met this.
            await self._close(execution)
            self._part_with(newcomers, answer)
            return
        before, self._execution = self._execution, execution
        told = self._told(answer)
        await self._tell({one: last for one, last in self._hearing.items() if not _is_known(told, last)}, told)
        await self._close(before)

    async def _hear_next(self) -> None:
        execution = self._execution
        if execution is None:
            return
        either: set[asyncio.Future[Any]] = {execution.coming, self._somebody_joins}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not execution.coming.done():
            return
        answer = await execution.answer()
        if answer is None or answer.outcome is not Outcome.EXECUTED:
            self._part_with(dict(self._hearing), answer)
        else:
            await self._tell(dict(self._hearing), self._told(answer))

    async def _tell(self, listeners: dict[Listener, Told | None], told: Told) -> None:
        for place, listener in enumerate(listeners, 1):
            if listener in self._hearing:
                self._hearing[listener] = told
                listener.tell(told)
            if place % TOLD_AT_A_TIME == 0:
                await asyncio.sleep(0)

    def _part_with(self, listeners: dict[Listener, None] | dict[Listener, Told | None], answer: Answer | None) -> None:
        """They are told this and nothing more; None: that the stream is complete."""
        told = None if answer is None else self._told(answer)
        for listener in listeners:
            if listener in self._hearing:
                del self._hearing[listener]
                listener.complete() if told is None else listener.tell(told)

    def _told(self, answer: Answer) -> Told:
        return Told(*self._engine.encoded(answer))

    def _taken(self) -> list[Listener]:
        listeners = [*self._hearing, *self._joining]
        self._hearing, self._joining = {}, {}
        return listeners

    @staticmethod
    async def _close(execution: "_Execution | None") -> None:
        if execution is not None:
            await execution.close()


class _Execution:
    """A subscription as it is executed once, for a representative."""

    def __init__(
        self, engine: Engine, operation: Operation, request: GraphQLRequest, representative: Representative
    ) -> None:
        self._representative = representative
        self._answers: AsyncGenerator[Answer, None] = engine.stream(
            operation, request, Caller(new_context=representative.new_context)
        )
        self.coming = asyncio.ensure_future(anext(self._answers, None))

    async def answer(self) -> Answer | None:
        """The next answer; None where there are no more. Raises _AskedForOne."""
        answer = await self.coming
        if self._representative.was_asked_who:
            raise _AskedForOne
        if answer is not None:
            self.coming = asyncio.ensure_future(anext(self._answers, None))
        return answer

    async def close(self) -> None:
        self.coming.cancel()
        await asyncio.wait({self.coming})
        await self._answers.aclose()


def _is_known(told: Told, last: Told | None) -> bool:
    return last is not None and last.payload == told.payload
