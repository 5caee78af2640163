"""A subscription executed once for many: for nobody in particular, and given up once a resolver asks for whom."""

import asyncio
from collections.abc import AsyncGenerator

from app.graphql.callers import Audience, Caller
from app.graphql.documents import Operation
from app.graphql.engine import Answer, Engine, GraphQLRequest
from app.graphql.telling import Told


class AskedForOne(Exception):
    """A resolver asked who is asking: what it answered may be one caller's own."""


class SharedExecution:
    """Its resolvers see what the audience has in common, and no caller. It begins at once."""

    def __init__(self, engine: Engine, operation: Operation, request: GraphQLRequest, audience: Audience) -> None:
        self._engine = engine
        self._representative = audience.represent()
        self._answers: AsyncGenerator[Answer, None] = engine.stream(
            operation, request, Caller(new_context=self._representative.new_context)
        )
        self.coming = self._ask()
        """Done once there is something for `next`."""

    async def next(self) -> Told | None:
        """What all are told next; None where nothing more comes. Raises AskedForOne."""
        answer = await self.coming
        if self._representative.was_asked_who:
            raise AskedForOne
        if answer is None:
            return None
        self.coming = self._ask()
        return Told(*self._engine.encoded(answer))

    async def close(self) -> None:
        """Ends it; what was coming is not told."""
        self.coming.cancel()
        await asyncio.wait({self.coming})
        await self._answers.aclose()

    def _ask(self) -> "asyncio.Future[Answer | None]":
        return asyncio.ensure_future(anext(self._answers, None))
