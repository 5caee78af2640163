"""Subscriptions that tell many the same: executed once and encoded once, for all who asked for the same.

When an organisation's integration changes, thousands are told one and the same sentence. Callers of one *audience* (see
`callers.Audience`) who sent the same document with the same variables hear one stream, where the subscription's field
says that it tells all of them the same (`TELLS_ALL`). This is the door; the rooms behind it are

- `shared_stream`: one stream, who hears it, and what whoever comes later is told;
- `shared_execution`: how it is executed for nobody in particular;
- `telling`: what listeners are told, and what a listener is; `hearing` has those of sockets.

What keeps a caller from hearing what is another's: the stream's context knows what the audience has in common and no
caller at all, it begins in a task of its own with no context variable set, and a resolver that asks who is asking has
the whole stream given up: each of its listeners is then answered alone, and the same document is never shared again.

Whoever comes later is told what is true then, never what was true before. So a field that tells all has to begin with
the present state, and each of its answers has to stand for all those before it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Hashable
from contextlib import aclosing
from functools import partial

import orjson
from graphql import GraphQLSchema

from app.graphql.callers import Audience, Caller
from app.graphql.documents import Operation
from app.graphql.engine import Engine, GraphQLRequest
from app.graphql.execution.fields import BACKREF
from app.graphql.shared_stream import SharedStream
from app.graphql.telling import Listener, Told

TELLS_ALL = "tells_all"
"""Where a subscription field's metadata says that it tells a whole audience the same."""
MOST_REMEMBERED = 500
"""Documents that turned out to ask for something of one caller's."""


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
    ) -> SharedStream | None:
        """Has the listener hear the stream, until it leaves; None where the caller has to be answered alone."""
        document = (request.query, request.operation_name)
        audience = caller.audience
        if audience is None or document in self._personal or not self._tells_all(operation):
            return None
        key = (audience.key, document, orjson.dumps(request.variables, option=orjson.OPT_SORT_KEYS))
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = self._begun(key, document, operation, request, audience)
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

    def _begun(
        self, key: Hashable, document: Hashable, operation: Operation, request: GraphQLRequest, audience: Audience
    ) -> SharedStream:
        def ended() -> None:
            if self._streams.get(key) is stream:
                del self._streams[key]

        asked_for_one = partial(self._never_share, document)
        stream = SharedStream(self._engine, operation, request, audience, ended=ended, asked_for_one=asked_for_one)
        return stream

    def _tells_all(self, operation: Operation) -> bool:
        """A subscription has one field at its root; the rules of validation see to that."""
        root = self._schema.subscription_type
        names = operation.root_fields()
        if root is None or len(names) != 1 or names[0] not in root.fields:
            return False
        definition = root.fields[names[0]].extensions.get(BACKREF)
        return bool(definition is not None and definition.metadata.get(TELLS_ALL))

    def _never_share(self, document: Hashable) -> None:
        """Not as long as it is remembered: forgotten, it is tried and given up once more."""
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
