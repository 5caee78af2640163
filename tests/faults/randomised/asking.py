"""How a good client asks: of any server, again under the same key until there is an answer, with a pause in between."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

ANSWER_SECONDS = 15
PAUSES = (0.2, 0.8)
TRY_AGAIN = frozenset({"SUITE_UNAVAILABLE", "SUITE_THROTTLED", "EVENT_CHANGED"})
"""Problems after which the same request can be answered otherwise."""


class NotAnsweredError(Exception):
    """Whether it was done is open; the message is what came instead of an answer."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that was none."""

    at: float
    """By the monotonic clock."""
    server: str
    what: str
    operation: str


@dataclass
class Ledger:
    """What all clients met together."""

    answers: Counter[str] = field(default_factory=Counter)
    """By operation and the answer's type or problem."""
    failures: list[Failure] = field(default_factory=list)
    repeats: int = 0
    """How often something had to be asked again."""

    def failed(self, server: str, what: str, operation: str) -> None:
        self.failures.append(Failure(time.monotonic(), server, what, operation))


class Front:
    """The servers, as clients reach them: each request goes to any of them."""

    def __init__(self, servers: Callable[[], Sequence[str]], chance: random.Random, ledger: Ledger) -> None:
        self._servers = servers
        self._chance = chance
        self.ledger = ledger
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS))

    async def close(self) -> None:
        await self._session.close()

    def any_server(self) -> str:
        return self._chance.choice(self._servers())

    def pause(self) -> float:
        return self._chance.uniform(*PAUSES)

    async def once(self, token: str, operation: str, document: str, variables: dict[str, Any]) -> Any:
        """The one root field. Raises NotAnsweredError."""
        server = self.any_server()
        try:
            async with self._session.post(
                f"{server}/graphql",
                json={"query": document, "variables": variables},
                headers={"Authorization": f"Bearer {token}"},
            ) as response:
                answer = json.loads(await response.text())
        except (aiohttp.ClientError, TimeoutError, ConnectionError, ValueError) as error:
            what = type(error).__name__
        else:
            errors = answer.get("errors")
            if not errors:
                return next(iter(answer["data"].values()))
            what = str((errors[0].get("extensions") or {}).get("code", errors[0]["message"]))
        self.ledger.failed(server, what, operation)
        raise NotAnsweredError(what)


@dataclass
class Asker:
    """One person's client."""

    front: Front
    token: str
    waiting_for: str | None = None
    """What was asked for and has no answer yet, and what came instead last."""

    async def until_answered(self, operation: str, document: str, **variables: Any) -> "Answered":
        """Ask until there is an answer that a repeat would not change."""
        attempts = 0
        self.waiting_for = operation
        while True:
            attempts += 1
            try:
                answer = await self.front.once(self.token, operation, document, variables)
            except NotAnsweredError as error:
                answer = None
                self.waiting_for = f"{operation}: {error}"
            if answer is not None and answer.get("code") not in TRY_AGAIN:
                self.front.ledger.answers[f"{operation}: {answer.get('code') or answer['__typename']}"] += 1
                self.waiting_for = None
                return Answered(answer, attempts)
            if answer is not None:
                self.waiting_for = f"{operation}: {answer['code']}"
            self.front.ledger.repeats += 1
            await asyncio.sleep(self.front.pause())


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and how often it was asked for: a problem after a first try does not say that nothing was done."""

    answer: dict[str, Any]
    attempts: int

    @property
    def kind(self) -> str:
        kind: str = self.answer["__typename"]
        return kind

    @property
    def code(self) -> str | None:
        code: str | None = self.answer.get("code")
        return code

    @property
    def is_open(self) -> bool:
        """Whether an earlier try may have done it although this says that it could not be done."""
        return self.code is not None and self.attempts > 1
