"""The servers as contenders: each is asked once whether it answers right before each turn, and then loaded."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from benchmarks.benching.graphql import data
from benchmarks.benching.graphql.documents import Asked
from benchmarks.benching.load import Burst, burst
from benchmarks.benching.rows import Conditions, Contender, Unit, Wrong
from benchmarks.benching.servers import serving

SUCCESS = 200
Command = Callable[[], Awaitable[Sequence[str]]]
"""How a server is started; it raises Missing where it cannot be."""


@dataclass(frozen=True, slots=True)
class Place:
    """A server, and the path at which it is asked."""

    command: Command
    path: str = "/graphql"

    @asynccontextmanager
    async def running(self, conditions: Conditions) -> AsyncIterator[str]:
        """Its address, while it serves the events that are written in the folder. Raises Missing and Wrong."""
        environment = {data.VARIABLE: str(conditions.folder / data.FILE)}
        async with serving(await self.command(), environment, conditions.folder / "servers.log") as server:
            yield f"http://127.0.0.1:{server.port}{self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What every server is asked in a row, and what it answers.

    `connections` ask at once for `seconds`; `figure` is what counts of such a turn.
    """

    asked: Asked
    expected: Any
    figure: Callable[[Burst], float]
    connections: int
    seconds: int


def contender(place: Place, question: Question, conditions: Conditions) -> Contender:
    """The server at this place, whose unit is a turn of load."""

    @asynccontextmanager
    async def ready() -> AsyncIterator[Unit]:
        body = conditions.folder / "body.json"
        body.write_text(json.dumps(question.asked))
        async with place.running(conditions) as url:

            async def turn() -> float:
                await check(url, question.asked, question.expected)
                loaded = await burst(url, body, connections=question.connections, seconds=question.seconds)
                return question.figure(loaded)

            yield turn

    return ready


async def check(url: str, asked: Asked, expected: Any) -> None:
    """Asks once. Raises Wrong for another answer than the expected one, as JSON."""
    headers = {"Accept": "application/json"}
    async with aiohttp.ClientSession() as session, session.post(url, json=asked, headers=headers) as response:
        text = await response.text()
    if response.status != SUCCESS or json.loads(text) != expected:
        raise Wrong(f"{url} answered {response.status}: {text[:500]}")
