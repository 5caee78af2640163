"""A client that reads a subscription one item after the other."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

from app.identity.principal import Principal
from tests.schema.world import House


class Listener:
    """Waits five seconds for each item."""

    def __init__(self, answers: AsyncGenerator[Mapping[str, Any], None]) -> None:
        self._answers = answers

    async def item(self) -> dict[str, Any]:
        """The next item."""
        answer = await asyncio.wait_for(anext(self._answers), timeout=5)
        assert "errors" not in answer, answer
        [item] = answer["data"].values()
        return dict(item)

    async def ends(self) -> bool:
        """Whether nothing more comes."""
        try:
            await asyncio.wait_for(anext(self._answers), timeout=5)
        except StopAsyncIteration:
            return True
        return False


@asynccontextmanager
async def listening(house: House, principal: Principal, document: str) -> AsyncIterator[Listener]:
    """A client whose subscription is closed at the end."""
    async with aclosing(house.server.listen(principal, document)) as answers:
        yield Listener(answers)
