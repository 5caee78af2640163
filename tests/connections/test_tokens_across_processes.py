"""One refresh holds across processes, on PostgreSQL and on SQLite."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from app import clock
from app.connections.models import CalendarConnection
from app.keys import Keys, Vault
from tests.connections.refresher import CALLERS
from tests.connections.stack import Stack, make_connection, make_integration
from tests.support.database import open_database, sqlite_url
from tests.support.people import make_member, make_organisation

PROCESSES = 2
THINKING = 0.3
"""Seconds the token endpoint takes, so that every process meets the lock."""


class TokenEndpoint:
    """A suite's token endpoint that counts, and takes its time."""

    thinking = THINKING

    def __init__(self) -> None:
        self.calls = 0

    async def answer(self, request: web.Request) -> web.Response:
        self.calls += 1
        await asyncio.sleep(self.thinking)
        return web.json_response(
            {
                "access_token": f"access-{self.calls}",
                "refresh_token": f"refresh-{self.calls}",
                "expires_at": (clock.now() + timedelta(hours=1)).isoformat(),
            }
        )

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        application = web.Application()
        application.router.add_post("/", self.answer)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
        finally:
            await runner.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    url: str = request.getfixturevalue("postgresql_url")
    return url


async def test_callers_in_several_processes_share_one_refresh(database_url: str, keys: Keys, vault: Vault) -> None:
    endpoint = TokenEndpoint()
    async with open_database(database_url), endpoint.served() as server:
        organisation = await make_organisation()
        member = await make_member(organisation)
        connection = await make_connection(
            Stack(keys, vault), member, await make_integration(organisation), expires_at=clock.now()
        )

        processes = await asyncio.gather(*(_started(database_url, server, connection) for _ in range(PROCESSES)))
        answers = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))

        after = await CalendarConnection.of(organisation.id).get(id=connection.id)
        tokens = [token for output, _ in answers for token in output.decode().split()]
        assert tokens == ["access-1"] * PROCESSES * CALLERS
        assert endpoint.calls == 1
        assert after.generation == connection.generation + 1


async def _started(database_url: str, server: str, connection: CalendarConnection) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.connections.refresher",
        database_url,
        server,
        str(connection.id),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process
