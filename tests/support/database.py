"""A migrated database of a test's own: SQLite in a temporary folder, or PostgreSQL where the test asks for it."""

import asyncio
import functools
import getpass
import hashlib
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
_TEMPLATE = "hybrid_meetings_template_"
_UNFINISHED = f"{_TEMPLATE}unfinished"
_TEMPLATE_LOCK = 0x6879_6274


def sqlite_file(folder: Path) -> Path:
    return folder / "database.sqlite3"


def sqlite_url(folder: Path) -> str:
    return f"sqlite://{sqlite_file(folder)}"


MIGRATIONS = Path(engine.__file__).parent / "migrations"


@functools.cache
def _version() -> str:
    """Of the schema: what a migrated database is known by, since migrating one takes seconds."""
    files = sorted(MIGRATIONS.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


async def migrate(url: str) -> None:
    """As `engine.migrate`; an SQLite file that is not there yet is a copy of one that was migrated before."""
    if url.startswith("sqlite:"):
        _copy_unless_there(await migrated_file(), Path(url.removeprefix("sqlite://")))
    await engine.migrate(url)


def _copy_unless_there(template: str, path: Path) -> None:
    if not path.exists():
        shutil.copyfile(template, path)
        path.chmod(0o600)


async def migrated_file() -> str:
    """A migrated and empty SQLite file that others are copied from; every run of tests shares it."""
    path = Path(tempfile.gettempdir()) / f"hybrid-meetings-{getpass.getuser()}-{_version()}.sqlite3"
    if not path.exists():
        with tempfile.TemporaryDirectory(prefix="migrated-") as folder:
            await engine.migrate(sqlite_url(Path(folder)))
            shutil.copyfile(sqlite_file(Path(folder)), moved := path.with_suffix(f".{uuid4().hex}"))
        moved.replace(path)
    return str(path)


async def _migrated_database(administration: asyncpg.Connection, base: str) -> str:
    """The same on PostgreSQL, made by whoever is first, and kept on that server of tests."""
    name = f"{_TEMPLATE}{_version()}"
    await administration.execute("SELECT pg_advisory_lock($1)", _TEMPLATE_LOCK)
    try:
        if not await administration.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await administration.execute(f'DROP DATABASE IF EXISTS "{_UNFINISHED}" WITH (FORCE)')
            await administration.execute(f'CREATE DATABASE "{_UNFINISHED}"')
            await engine.migrate(f"{base}/{_UNFINISHED}")
            await administration.execute(f'ALTER DATABASE "{_UNFINISHED}" RENAME TO "{name}"')
    finally:
        await administration.execute("SELECT pg_advisory_unlock($1)", _TEMPLATE_LOCK)
    return name


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
