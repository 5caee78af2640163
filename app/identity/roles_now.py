"""The present role of whoever holds a socket open, asked for many at once.

Ten thousand sockets are looked after by a server, and each is asked about twice a minute. Whoever asks while a question
is under way shares the next one: so a question costs one query when little is asked, and many share one when much is.
"""

import asyncio
from collections.abc import Mapping
from uuid import UUID

from app.identity import credentials
from app.identity.models import Role
from app.identity.principal import CredentialKind, Principal

MOST_AT_ONCE = 500
PATIENCE_SECONDS = 10
"""A database that hangs keeps the next question waiting no longer."""

_Kind = tuple[UUID, CredentialKind]
"""What one query can ask about: credentials of one kind in one organisation."""


class RolesNow:
    """Answers for single principals, and asks for as many as there are."""

    def __init__(self) -> None:
        self._next: dict[_Kind, tuple[set[UUID], asyncio.Task[Mapping[UUID, Role]]]] = {}
        """The question that was not sent yet, with those it is about."""
        self._one_by_one: dict[_Kind, asyncio.Lock] = {}

    async def of(self, principal: Principal) -> Role | None:
        """The role as it is now or later, never earlier; None where the credential has ended."""
        kind = (principal.organisation_id, principal.credential_kind)
        asked, question = self._next.get(kind) or self._begin(kind)
        asked.add(principal.credential_id)
        # Whoever gives up waiting takes the answer from nobody else.
        return (await asyncio.shield(question)).get(principal.credential_id)

    def _begin(self, kind: _Kind) -> tuple[set[UUID], asyncio.Task[Mapping[UUID, Role]]]:
        asked: set[UUID] = set()
        question = asyncio.create_task(self._ask(kind, asked))
        question.add_done_callback(_take_note)
        self._next[kind] = (asked, question)
        return self._next[kind]

    async def _ask(self, kind: _Kind, asked: set[UUID]) -> Mapping[UUID, Role]:
        lock = self._one_by_one.setdefault(kind, asyncio.Lock())
        async with lock, asyncio.timeout(PATIENCE_SECONDS):
            del self._next[kind]  # whoever comes from here on wants to know what is true later
            ids = sorted(asked)
            roles: dict[UUID, Role] = {}
            for start in range(0, len(ids), MOST_AT_ONCE):
                roles |= await credentials.roles_now(*kind, ids[start : start + MOST_AT_ONCE])
        if kind not in self._next:
            self._one_by_one.pop(kind, None)
        return roles


def _take_note(question: "asyncio.Task[Mapping[UUID, Role]]") -> None:
    """Everybody who asked may be gone by now: then nobody else looks at what went wrong."""
    if not question.cancelled():
        question.exception()
