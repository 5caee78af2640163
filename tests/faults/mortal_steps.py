"""A process that dies at a step of its work, by SIGKILL from within: what wraps the product from outside.

A step is every statement to the database, every begin, commit and rollback, every call to a suite, every mail and every
message on the bus, each before it is sent and after it is answered. The product is wrapped where it leaves the process,
by whoever starts it for a test (`tests.faults.mortal_product`): it knows nothing of that.
"""

import functools
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import aiosmtplib
from tortoise.backends.asyncpg import client as postgresql
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base_postgres import client as base_postgresql
from tortoise.backends.sqlite import client as sqlite

from app.database import sqlite as own_sqlite
from app.jobs.dispatch import DispatchingBus
from app.suites.http import SuiteHttp

_STATEMENTS = ("execute_insert", "execute_many", "execute_query", "execute_query_dict", "execute_script")
_FRAMES = ("begin", "commit", "rollback", "savepoint", "release_savepoint", "savepoint_rollback")
_CLIENTS = frozenset(
    client
    for module in (sqlite, own_sqlite, base_postgresql, postgresql)
    for client in vars(module).values()
    if isinstance(client, type) and issubclass(client, BaseDBAsyncClient)
)
_READS = ("SELECT", "PRAGMA", "WITH")
_MOST_WORDS = 90
_ENDS = frozenset({"commit", "rollback"})


class Kind(StrEnum):
    """What a step does."""

    READ = "read"
    WRITE = "write"
    FRAME = "frame"
    """The begin or the end of a transaction."""
    SUITE = "suite"
    MAIL = "mail"
    PUBLISH = "publish"
    END = "end"
    """The work is done, and nobody was told yet."""


@dataclass(frozen=True, slots=True)
class Step:
    """One moment at which a process can die."""

    kind: Kind
    is_after: bool
    words: str

    @property
    def is_pivotal(self) -> bool:
        """Whether something was just done outside that the database does not know yet."""
        is_done = self.kind is Kind.MAIL or (self.kind is Kind.SUITE and not self.words.startswith("GET"))
        return is_done and self.is_after

    def __str__(self) -> str:
        return f"{'after' if self.is_after else 'before'} {self.kind}: {self.words}"


_TRACES = frozenset({Kind.WRITE, Kind.SUITE, Kind.MAIL, Kind.PUBLISH, Kind.END})


def moments_of(steps: Sequence[Step]) -> list[int]:
    """The steps, counted from 1, at which a death can leave the world otherwise than at the step before.

    Nothing outside the process changes between an answer and whatever is sent next, nor by a read; and what a
    transaction wrote is there when it commits: there the last moment before and the first one after are met.
    """
    found, is_open = [1], False
    for number, step in enumerate(steps, start=1):
        is_end = step.kind is Kind.FRAME and step.words in _ENDS
        if step.kind is Kind.FRAME and step.words == "begin" and step.is_after:
            is_open = True
        leaves_a_trace = is_end or (step.is_after and step.kind in _TRACES and not is_open)
        if is_end and step.is_after:
            is_open = False
        if leaves_a_trace and number > 1:
            found.append(number)
    return found


@dataclass
class Steps:
    """Counts the steps of this process while it is armed, and ends it at one of them."""

    dies_at: int | None = None
    """The step that it does not survive, counted from 1."""
    dies_when: Callable[[Step], bool] | None = None
    """Or the first of this sort."""
    is_armed: bool = False
    taken: list[Step] = field(default_factory=list)

    def take(self, step: Step) -> None:
        """Go on, or die here."""
        if not self.is_armed:
            return
        self.taken.append(step)
        if len(self.taken) == self.dies_at or (self.dies_when is not None and self.dies_when(step)):
            os.kill(os.getpid(), signal.SIGKILL)


def install(steps: Steps) -> None:
    """Wrap everything by which the product leaves this process, for as long as the process lives."""
    for client in _CLIENTS:
        for name in _STATEMENTS:
            _wrap(steps, client, name, _of_statement)
        for name in _FRAMES:
            _wrap(steps, client, name, lambda *_, name=name: (Kind.FRAME, name))
    _wrap(steps, SuiteHttp, "send", lambda request, *_: (Kind.SUITE, f"{request.method} {urlsplit(request.url).path}"))
    _wrap(steps, DispatchingBus, "publish", lambda topic, message: (Kind.PUBLISH, message.kind.value))
    _wrap(steps, aiosmtplib.SMTP, "send_message", lambda *_: (Kind.MAIL, "a mail"))


def _of_statement(query: str, *_: object) -> tuple[Kind, str]:
    is_read = query.lstrip().upper().startswith(_READS)
    return Kind.READ if is_read else Kind.WRITE, query[:_MOST_WORDS]


_is_within: ContextVar[bool] = ContextVar("within_a_step", default=False)


def _wrap(steps: Steps, owner: type, name: str, told_by: Callable[..., tuple[Kind, str]]) -> None:
    original: Callable[..., Awaitable[Any]] | None = vars(owner).get(name)
    if original is None:
        return

    @functools.wraps(original)
    async def stepped(self: Any, *arguments: Any, **named: Any) -> Any:
        if _is_within.get():  # one method that goes through another is one step
            return await original(self, *arguments, **named)
        kind, words = told_by(*arguments, *named.values())
        steps.take(Step(kind, False, words))
        token = _is_within.set(True)
        try:
            answer = await original(self, *arguments, **named)
        finally:
            _is_within.reset(token)
        steps.take(Step(kind, True, words))
        return answer

    setattr(owner, name, stepped)
