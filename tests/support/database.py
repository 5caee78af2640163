"""A migrated database of a test's own: SQLite in a temporary folder, or PostgreSQL where the test asks for it."""

import asyncio
import atexit
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext

from app.database import engine

POSTGRESQL_URL = os.environ.get("HYBRID_MEETINGS_TEST_POSTGRESQL_URL")
REDIS_URL = os.environ.get("HYBRID_MEETINGS_TEST_REDIS_URL")


def sqlite_file(folder: Path) -> Path:
    return folder / "database.sqlite3"


def sqlite_url(folder: Path) -> str:
    return f"sqlite://{sqlite_file(folder)}"


_templates: dict[str, str] = {}
"""By engine, the migrated and empty database of this process that others are copied from: migrating takes seconds."""


async def migrate(url: str) -> None:
    """As `engine.migrate`; an SQLite file that is not there yet is a copy of one that was migrated before."""
    if url.startswith("sqlite:"):
        _copy_unless_there(await _migrated_file(), Path(url.removeprefix("sqlite://")))
    await engine.migrate(url)


def _copy_unless_there(template: str, path: Path) -> None:
    if not path.exists():
        shutil.copyfile(template, path)
        path.chmod(0o600)


async def _migrated_file() -> str:
    if "sqlite" not in _templates:
        folder = tempfile.TemporaryDirectory(prefix="migrated-")
        atexit.register(folder.cleanup)
        await engine.migrate(sqlite_url(Path(folder.name)))
        _templates["sqlite"] = str(sqlite_file(Path(folder.name)))
    return _templates["sqlite"]


async def _migrated_database(administration: asyncpg.Connection, base: str) -> str:
    if "postgresql" not in _templates:
        name = f"hybrid_meetings_template_{uuid4().hex}"
        await administration.execute(f'CREATE DATABASE "{name}"')
        atexit.register(lambda: asyncio.run(_drop(name)))
        await engine.migrate(f"{base}/{name}")
        _templates["postgresql"] = name
    return _templates["postgresql"]


async def _drop(name: str) -> None:
    administration = await asyncpg.connect(POSTGRESQL_URL)
    try:
        await administration.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await administration.close()


@asynccontextmanager
async def temporary_postgresql(*, is_migrated: bool = True) -> AsyncIterator[str]:
    """The address of a fresh PostgreSQL database, dropped afterwards; skips where no server is named."""
    if POSTGRESQL_URL is None:
        pytest.skip("HYBRID_MEETINGS_TEST_POSTGRESQL_URL names no server")
    name = f"hybrid_meetings_{uuid4().hex}"
    base, _, _ = POSTGRESQL_URL.rpartition("/")
    administration = await asyncpg.connect(POSTGRESQL_URL)
    EXECUTOR_CACHE.clear()  # Tortoise keeps statements by table name, in whichever dialect came first
    try:
        template = await _migrated_database(administration, base) if is_migrated else "template0"
        EXECUTOR_CACHE.clear()
        await administration.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield f"{base}/{name}"
        finally:
            await administration.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        EXECUTOR_CACHE.clear()
        await administration.close()


async def until_somebody_waits_for_a_lock() -> None:
    """Of the open PostgreSQL database."""
    statement = (
        "SELECT count(*) AS waiting FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(10):
        waiting = 0
        while not waiting:
            [row] = await get_connection("default").execute_query_dict(statement)
            waiting = row["waiting"]


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[TortoiseContext]:
    """Migrated, and open for everything that runs inside."""
    await migrate(url)
    async with engine.database(url) as context:
        yield context
