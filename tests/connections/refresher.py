"""A process of its own that needs one member's access token: `python -m tests.connections.refresher URL SERVER ID [N]`.

It refreshes at a token endpoint that several of these share over HTTP, and prints what its callers got: a token, or the
name of a refusal. With N it has one caller, and dies at its Nth step: before or after a statement to the database or
the token call.
"""

import asyncio
import os
import signal
import sys
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

import aiohttp

from app.connections.models import CalendarConnection
from app.connections.tokens import TokenService
from app.database import engine
from app.database import sqlite as own_sqlite
from app.events_bus.memory import MemoryBus
from app.keys import Vault
from app.suites.errors import ReconnectReason, ReconnectRequired, SuiteError
from app.suites.protocol import Credentials, SuiteName
from app.suites.registry import SuiteRegistry
from tests.support.suites import FakeSuite

KEYRING = (("k1", b"\x01" * 32),)
CALLERS = 20


class RemoteSuite(FakeSuite):
    """A suite whose token endpoint is another process's."""

    def __init__(self, server: str) -> None:
        super().__init__()
        self._server = server

    async def refresh(self, credentials: Credentials, tenant: str, claims: str | None = None) -> Credentials:
        async with (
            aiohttp.ClientSession() as session,
            session.post(self._server, data=credentials.refresh_token) as response,
        ):
            if response.status == 400:
                raise ReconnectRequired(ReconnectReason.CONSENT_WITHDRAWN, "invalid_grant")
            answer = await response.json()
        return Credentials(
            access_token=answer["access_token"],
            expires_at=datetime.fromisoformat(answer["expires_at"]),
            refresh_token=answer["refresh_token"],
            scopes=credentials.scopes,
        )


def die_at(last: int) -> None:
    """Count the steps from here on, and end this process at one of them."""
    steps = count(1)

    def step() -> None:
        if next(steps) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def mortal(owner: Any, name: str) -> None:
        whole = getattr(owner, name)

        async def wrapped(*arguments: Any, **named: Any) -> Any:
            step()
            answer = await whole(*arguments, **named)
            step()
            return answer

        setattr(owner, name, wrapped)

    for name in ("execute_query", "execute_query_dict", "execute_insert", "execute_many"):
        mortal(own_sqlite._TellingClient, name)
    for name in ("begin", "commit"):
        mortal(own_sqlite._ImmediateWrapper, name)
    mortal(RemoteSuite, "refresh")


async def main(database_url: str, server: str, connection_id: UUID, last: int | None) -> None:
    """Wait for the go on standard input, then have many callers ask at once."""
    registry = SuiteRegistry({SuiteName.MICROSOFT_365: RemoteSuite(server)})
    service = TokenService(Vault(KEYRING), registry, MemoryBus())

    async def token() -> str:
        row = await CalendarConnection.filter(id=connection_id).select_related("integration").get()
        try:
            return await service.for_connection(row).current()
        except SuiteError as error:
            return type(error).__name__

    async with engine.database(database_url):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        callers = CALLERS
        if last is not None:
            callers = 1
            die_at(last)
        print(*await asyncio.gather(*(token() for _ in range(callers))), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], UUID(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else None))
