"""One client that asks over HTTP, times each answer, and counts what was no answer."""

import asyncio
import time
from typing import Any, Self

import aiohttp
import orjson

SMALL = "{ viewer { member { name } } }"
MOST_WORDS = 300


class Asker:
    """Speaks for one member with one server, over connections of its own."""

    def __init__(self, address: str, token: str) -> None:
        self.times: list[float] = []
        self.refused = 0
        self.words: str | None = None
        """What was said instead of an answer, the first time."""
        self._url = f"{address}/graphql"
        self._session = aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def ask(self, document: str) -> dict[str, Any] | None:
        """The answer's data, timed; None where there was none."""
        began = time.perf_counter()
        try:
            async with self._session.post(self._url, json={"query": document}) as response:
                body = await response.read()
        except aiohttp.ClientError as error:
            self._refuse(type(error).__name__)
            return None
        self.times.append(time.perf_counter() - began)
        answer = orjson.loads(body) if response.status == 200 else {}
        data: dict[str, Any] | None = answer.get("data")
        if data is None or answer.get("errors"):
            self._refuse(body.decode(errors="replace"))
            return None
        return data

    async def keep_asking(self, document: str, pause: float) -> None:
        """One question after another until cancelled, with so many seconds in between."""
        while True:
            await self.ask(document)
            await asyncio.sleep(pause)

    def _refuse(self, words: str) -> None:
        self.refused += 1
        self.words = self.words or words[:MOST_WORDS]
