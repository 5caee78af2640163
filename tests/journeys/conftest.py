"""Server and sandbox as processes on free ports, on SQLite and on PostgreSQL, with polling off."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.sandbox.process import SandboxProcess
from tests.journeys.story import Story
from tests.support.database import sqlite_url
from tests.support.server import free_port, running_server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of the story's own."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
async def story(database_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    """A server that nobody has used yet, beside a seeded sandbox."""
    port = free_port()
    public_url = f"http://127.0.0.1:{port}"
    async with (
        SandboxProcess.spawn(tmp_path / "sandbox", public_url=public_url) as sandbox,
        running_server(sandbox.description, port, database_url, tmp_path, PENDING_POLLING="false") as server,
    ):
        yield Story(sandbox, server)
