"""Asking a server over HTTP, so many at once, as fast as it answers."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson

from benchmarks.benching.rows import Unit, Wrong
from benchmarks.loading.processes import processor_seconds

SIDE_BY_SIDE = 8
SHORTEST_SECONDS = 0.01
"""The kernel counts processor time in hundredths."""


class Questions:
    """One question to one server, over connections that stay open."""

    def __init__(self, session: aiohttp.ClientSession, url: str, question: dict[str, Any]) -> None:
        self._session = session
        self._url = url
        self._body = orjson.dumps(question)

    async def once(self) -> bytes:
        """The answer. Raises Wrong unless it is one."""
        async with self._session.post(self._url, data=self._body) as response:
            body = await response.read()
            if response.status != 200 or b'"errors":' in body:
                raise Wrong(f"{response.status}: {body[:500]!r}")
            return body

    async def for_a_while(self, seconds: float, side_by_side: int = SIDE_BY_SIDE) -> int:
        """How many were answered while so many were asked for at once; those under way at the end are waited for."""
        answers, began = 0, time.perf_counter()

        async def keep_asking() -> None:
            nonlocal answers
            while time.perf_counter() - began < seconds:
                await self.once()
                answers += 1

        await asyncio.gather(*(keep_asking() for _ in range(side_by_side)))
        return answers


@asynccontextmanager
async def questions(url: str, token: str, question: dict[str, Any]) -> AsyncIterator[Questions]:
    """As the client with this token asks."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
        yield Questions(session, url, question)


def a_turn(asked: Questions, seconds: float, pid: int) -> Unit:
    """One turn of a contender: answers for each second that a processor worked for the server.

    A server that is kept busy and has its core for itself answers as many in a second; where others use the core as
    well, this tells what it would answer alone.
    """

    async def turn() -> float:
        before = processor_seconds(pid)
        answers = await asked.for_a_while(seconds)
        return answers / max(processor_seconds(pid) - before, SHORTEST_SECONDS)

    return turn
