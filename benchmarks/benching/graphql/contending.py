"""The servers as contenders: each is asked once whether it answers right before each turn, and then loaded."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.benching.graphql import data
from benchmarks.benching.graphql.documents import Asked
from benchmarks.benching.load import Burst, Tool, burst
from benchmarks.benching.processor import processor_seconds
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
    async def running(self, conditions: Conditions) -> AsyncIterator["Reached"]:
        """The server, while it serves the events that are written in the folder. Raises Missing and Wrong."""
        environment = {data.VARIABLE: str(conditions.folder / data.FILE)}
        async with serving(await self.command(), environment, conditions.folder / "servers.log") as server:
            yield Reached(f"http://127.0.0.1:{server.port}{self.path}", server.pid)


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a running server is asked, and its process."""

    url: str
    pid: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A burst of load, and how long a processor worked for the server meanwhile."""

    burst: Burst
    processor_seconds: float

    @property
    def rate(self) -> float:
        """Requests for each second of processor.

        A server alone on its core, and kept busy, answers as many in a second; of one whose core others use as well
        this tells what it would answer alone.
        """
        return self.burst.requests / self.processor_seconds

    @property
    def p99(self) -> float:
        """In milliseconds, 99 of 100 answers were no slower."""
        return self.burst.p99_milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What every server is asked in a row, and what it answers.

    `connections` ask at once for `seconds`; `figure` is what counts of such a turn.
    """

    asked: Asked
    expected: Any
    figure: Callable[[Turn], float]
    connections: int
    seconds: int
    tool: Tool
    warm_up_seconds: float
    """Of processor, before the first turn."""
    by_work: bool = False
    """Whether each answer is timed by the server's work instead of the clock: one connection, our own client."""


def contender(place: Place, question: Question, conditions: Conditions) -> Contender:
    """The server at this place, whose unit is a turn of load."""

    @asynccontextmanager
    async def ready() -> AsyncIterator[Unit]:
        body = conditions.folder / "body.json"
        body.write_text(json.dumps(question.asked))
        async with place.running(conditions) as server:

            async def turn() -> float:
                await check(server.url, question.asked, question.expected)
                return question.figure(await _loaded(server, question, body))

            await _warm_up(server, question, body)
            yield turn

    return ready


async def _warm_up(server: Reached, question: Question, body: Path) -> None:
    """Loads it until it has worked for long enough: whoever compiles what is often used needs time for that."""
    while processor_seconds(server.pid) < question.warm_up_seconds:
        await _loaded(server, question, body)


async def _loaded(server: Reached, question: Question, body: Path) -> Turn:
    before = processor_seconds(server.pid)
    loaded = await burst(
        server.url,
        body,
        connections=question.connections,
        seconds=question.seconds,
        tool=question.tool,
        worker=server.pid if question.by_work else None,
    )
    return Turn(loaded, processor_seconds(server.pid) - before)


async def check(url: str, asked: Asked, expected: Any) -> None:
    """Asks once. Raises Wrong for another answer than the expected one, as JSON."""
    headers = {"Accept": "application/json"}
    async with aiohttp.ClientSession() as session, session.post(url, json=asked, headers=headers) as response:
        text = await response.text()
    if response.status != SUCCESS or json.loads(text) != expected:
        raise Wrong(f"{url} answered {response.status}: {text[:500]}")
