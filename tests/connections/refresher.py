"""A process of its own that needs one member's access token: `python -m tests.connections.refresher URL SERVER ID`.

It refreshes at a token endpoint that several of these share over HTTP, and prints the tokens that its callers got.
"""

import asyncio
import sys
from datetime import datetime
from uuid import UUID

import aiohttp

from app.connections.models import CalendarConnection
from app.connections.tokens import TokenService
from app.database import engine
from app.events_bus.memory import MemoryBus
from app.keys import Vault
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
        async with aiohttp.ClientSession() as session, session.post(self._server) as response:
            answer = await response.json()
        return Credentials(
            access_token=answer["access_token"],
            expires_at=datetime.fromisoformat(answer["expires_at"]),
            refresh_token=answer["refresh_token"],
            scopes=credentials.scopes,
        )


async def main(database_url: str, server: str, connection_id: UUID) -> None:
    """Wait for the go on standard input, then have many callers ask at once."""
    registry = SuiteRegistry({SuiteName.MICROSOFT_365: RemoteSuite(server)})
    service = TokenService(Vault(KEYRING), registry, MemoryBus())

    async def token() -> str:
        row = await CalendarConnection.filter(id=connection_id).select_related("integration").get()
        return await service.for_connection(row).current()

    async with engine.database(database_url):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        print(*await asyncio.gather(*(token() for _ in range(CALLERS))), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], UUID(sys.argv[3])))
